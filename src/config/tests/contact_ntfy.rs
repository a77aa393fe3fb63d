//! `[ntfy]` and `[[contact_gateways]]`.

use super::{mistakes_with, read};
use crate::contact::gateway::Placeholder;

const SECRETS: [(&str, &str); 3] = [("TOKEN", "tk_1"), ("LOGIN", "ann:p"), ("KEY", "k")];

#[test]
fn nobody_is_reached_by_what_is_not_configured() {
    let contact = read("", &[]).expect("no mistake").contact;
    assert!(contact.ntfy.is_none() && contact.gateways.is_empty());
}

#[test]
fn a_server_of_ntfy_is_read() {
    let text = "[ntfy]\nserver = \"https://ntfy.example.com/\"\ntoken = \"env:TOKEN\"\nprivate = true\n";
    let config = read(text, &SECRETS).expect("no mistake");
    let ntfy = config.contact.ntfy.expect("configured");
    assert_eq!((ntfy.server.as_str(), ntfy.private, ntfy.token.is_some()), ("https://ntfy.example.com", true, true));
    assert!(config.warnings.is_empty());
    assert!(!format!("{ntfy:?}").contains("tk_1"), "a secret is never shown");
    let plain = read("[ntfy]\nserver = \"http://ntfy.example.com\"\n", &[]).expect("no mistake");
    assert_eq!(plain.warnings.len(), 1);
    assert!(!plain.contact.ntfy.expect("configured").private);
}

#[test]
fn a_gateway_is_read() {
    let text = r#"
[[contact_gateways]]
id = "sms"
url = "https://sms.example.com/send/{{digits}}?key={{secret}}"
secret = "env:KEY"
headers = ["Accept: application/json"]
content_type = "text/xml"
body = """
<sms>
  <text ref="{{id}}">{{text}}</text>
</sms>
"""
success_status = [200]
success_pointer = "/0/status"
success_value = "0"
"#;
    let config = read(text, &SECRETS).expect("no mistake");
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    let gateway = &config.contact.gateways[0];
    assert_eq!((gateway.id.as_str(), gateway.name.as_str(), gateway.method.as_str()), ("sms", "sms", "POST"));
    assert!(gateway.uses(Placeholder::Id) && !gateway.uses(Placeholder::Number));
}

#[test]
fn what_is_wrong_with_ntfy_and_gateways_is_said() {
    let said = mistakes_with(
        r##"
[ntfy]
server = "https://ntfy.example.com/alerts"
token = "tk_1"
privat = true

[[contact_gateways]]
id = "a"
method = "PATCH"
url = "https://{{digits}}.example.com"
headers = ["X-Key", "Content-Length: 1", "X-Text: {{message}}"]
content_type = "application/json"
body = '{"to": {{number}}}'
success_status = [404]
success_pointer = "status"

[[contact_gateways]]
id = "A"
url = "https://sms.example.com/"
body = "{{text}}"
basic_auth = "env:KEY"
success_value = "ok"

[[contact_gateways]]
id = "b"
method = "GET"
url = "https://sms.example.com/?key={{secret}}"
body = "{{text}}"
content_type = "text/plain"

[[contact_gateways]]
id = "c"
url = "https://sms.example.com/?to={{number}}&text={{text}}"
headers = ["Authorization: x"]
basic_auth = "env:LOGIN"
"##
        .trim_start(),
        &SECRETS,
    );
    insta::assert_snapshot!(said);
}

/// What people copy from the documents is accepted as it stands.
#[test]
fn the_examples_of_the_documents_are_good() {
    let secrets = [
        ("NTFY_TOKEN", "tk_1"),
        ("SMS_LOGIN", "ann:p"),
        ("SMS_KEY", "k"),
        ("TWILIO_AUTH_TOKEN", "t"),
        ("PUSHOVER_TOKEN", "azGDORePK8gMaC0QOYAMyEEuzJnyUi"),
    ];
    for page in ["ntfy.md", "pushover.md", "sms-and-voice.md", "sms-gateway.md", "web-push.md"] {
        let path = format!("{}/docs/contact/{page}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).expect("a document");
        let mut count = 0;
        let mut block: Option<String> = None;
        for line in text.lines() {
            match (&mut block, line.trim()) {
                (None, "```toml") => block = Some(String::new()),
                (Some(toml), "```") => {
                    let said = mistakes_with(toml, &secrets);
                    assert_eq!(said, "no mistakes", "{page}: {toml}");
                    count += 1;
                    block = None;
                }
                (Some(toml), line) => *toml += &format!("{line}\n"),
                (None, _) => {}
            }
        }
        assert!(count > 0, "{page} has examples");
    }
}
