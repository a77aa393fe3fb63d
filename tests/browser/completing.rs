//! What the composer offers while one types.

use serde_json::{Value, json};

use crate::{
    stage,
    window::{Looks, Window},
};

/// Asks the script's own function; `|` is where the caret stands.
async fn offered(window: &Window, typed: &str) -> Vec<String> {
    let caret = typed.find('|').unwrap_or(typed.len());
    let text = typed.replace('|', "");
    let script = "const [text, caret, world] = arguments, done = arguments[3];
        import('/static/complete.js').then(({ complete }) => done(complete(text, caret, world).items.map((i) => i.insert)), (e) => done([String(e)]));";
    let args = vec![json!(text), json!(caret), world()];
    let found = window.driver().execute_async(script, args).await.expect("the script answers");
    found.json().as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn world() -> Value {
    let option = |name: &str, kind: &str, positional: bool, choices: Value| json!({"name": name, "kind": kind, "required": positional, "positional": positional, "help": "", "choices": choices});
    let severities = json!([["sev1", "SEV1: critical"], ["sev2", "SEV2: major"]]);
    json!({
        "people": [{"id": "ann", "name": "Ann Lee"}, {"id": "bob", "name": "Bob Annan"}],
        "incidents": [{"key": "HOT-1", "title": "Checkout"}, {"key": "HOT-12", "title": "Search"}],
        "commands": [
            {"command": "incident severity", "aliases": ["inc severity"], "summary": "", "options": [
                option("to", "severity", true, severities), option("reason", "line", true, json!([])), option("incident", "incident", false, json!([]))]},
            {"command": "incident role", "aliases": ["inc role"], "summary": "", "options": [
                option("role", "role", true, json!([["tech_lead", "Tech lead"], ["scribe", "Scribe"]])), option("person", "person", true, json!([]))]},
            {"command": "page", "aliases": [], "summary": "", "options": [option("whom", "whom", true, json!([])), option("message", "text", true, json!([]))]},
            {"command": "page ack", "aliases": [], "summary": "", "options": []},
        ],
    })
}

#[tokio::test]
async fn the_composer_offers_what_fits_at_the_caret() {
    let Some((rig, bot, _turn)) = stage().await else { return };
    let window = Window::open(&rig, &bot, Looks::DESK).await;
    window.go("/sign-in").await;
    let cases: [(&str, &[&str]); 14] = [
        ("/", &["/incident severity", "/incident role", "/page", "/page ack"]),
        ("/inc", &["/incident severity", "/incident role"]),
        ("/sev", &["/incident severity"]),
        ("/incident se", &["/incident severity"]),
        ("/incident severity ", &["sev1", "sev2", "reason:", "incident:"]),
        ("/inc severity maj", &["sev2"]),
        ("/incident severity sev1 inc", &["incident:"]),
        ("/incident role tech_lead @a", &["@ann", "@bob"]),
        ("/incident role person:b", &["person:@bob"]),
        ("/pa", &["/page", "/page ack"]),
        ("hello @an", &["@ann", "@bob"]),
        ("see hot-1", &["HOT-1", "HOT-12"]),
        ("//not a command", &[]),
        ("@b| and the rest", &["@bob"]),
    ];
    for (typed, expected) in cases {
        assert_eq!(offered(&window, typed).await, expected, "typed {typed:?}");
    }
    window.close().await;
}
