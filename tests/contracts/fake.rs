//! The fake, asked request by request.

use serde_json::{Value, json};

use crate::{
    discord::{Fake, Fault, interactions::callback},
    raw::{Line, ask},
};

async fn post(fake: &Fake, channel: u64, body: Value) -> (u16, Value) {
    ask(fake, "POST", &format!("/channels/{channel}/messages"), body).await
}

async fn register(fake: &Fake, commands: Value) -> (u16, Value) {
    let path = format!("/applications/{}/guilds/{}/commands", fake.bot(), fake.guild());
    ask(fake, "PUT", &path, commands).await
}

/// Answers the next interaction.
async fn answers(fake: &Fake, line: &mut Line, body: Value) -> (u16, Value, Value) {
    let asked = line.event("INTERACTION_CREATE").await;
    let path = format!("/interactions/{}/{}/callback", asked["id"].as_str().unwrap(), asked["token"].as_str().unwrap());
    let (status, answer) = ask(fake, "POST", &path, body).await;
    (status, answer, asked)
}

#[tokio::test]
async fn a_message_is_told_read_edited_pinned_and_deleted() {
    let fake = Fake::start().await;
    let channel = fake.channel("general").await;
    let (mut line, _) = Line::identified(&fake).await;
    let (status, made) = post(&fake, channel, json!({"content": "hello <@1>", "embeds": [{"title": "t"}]})).await;
    assert_eq!((status, &made["embeds"][0]["type"]), (200, &json!("rich")), "{made}");
    assert_eq!(line.event("MESSAGE_CREATE").await["content"], "hello <@1>");
    let path = format!("/channels/{channel}/messages/{}", made["id"].as_str().unwrap());
    assert_eq!(ask(&fake, "PATCH", &path, json!({"content": "changed"})).await.1["content"], "changed");
    assert_eq!(line.event("MESSAGE_UPDATE").await["content"], "changed");
    let pin = format!("/channels/{channel}/messages/pins/{}", made["id"].as_str().unwrap());
    assert_eq!(ask(&fake, "PUT", &pin, Value::Null).await.0, 204);
    let (_, pins) = ask(&fake, "GET", &format!("/channels/{channel}/messages/pins"), Value::Null).await;
    assert_eq!((&pins["items"][0]["message"]["content"], &pins["has_more"]), (&json!("changed"), &json!(false)));
    assert_eq!(fake.pinned(channel).len(), 1);
    assert_eq!(ask(&fake, "DELETE", &path, Value::Null).await.0, 204);
    let (status, error) = ask(&fake, "GET", &path, Value::Null).await;
    assert_eq!((status, &error["code"]), (404, &json!(10008)));
}

#[tokio::test]
async fn a_command_is_registered_given_deferred_and_answered() {
    let fake = Fake::start().await;
    let (ann, channel) = (fake.member("ann"), fake.channel("general").await);
    let (mut line, _) = Line::identified(&fake).await;
    let title = json!({"name": "title", "description": "d", "type": 3, "required": true});
    let declare = json!({"name": "declare", "description": "d", "type": 1, "options": [title]});
    let (status, made) = register(&fake, json!([{"name": "incident", "description": "d", "options": [declare]}])).await;
    assert_eq!((status, &made[0]["type"]), (200, &json!(1)), "{made}");
    let bot = async {
        let (status, _, asked) =
            answers(&fake, &mut line, json!({"type": callback::DEFERRED, "data": {"flags": 64}})).await;
        assert_eq!(status, 204);
        assert_eq!(asked["data"]["options"][0]["options"][0]["value"], "it burns");
        let path = format!("/webhooks/{}/{}/messages/@original", fake.bot(), asked["token"].as_str().unwrap());
        assert_eq!(ask(&fake, "PATCH", &path, json!({"content": "declared"})).await.0, 200);
    };
    let (answer, ()) = tokio::join!(fake.slash(ann, channel, "/incident declare", &[("title", "it burns")]), bot);
    assert_eq!((answer.ephemeral, answer.content.as_str()), (true, "declared"));
    assert!(fake.messages(channel).is_empty(), "an ephemeral answer is nobody else's");
}

#[tokio::test]
async fn an_interaction_is_answered_once_and_in_three_seconds() {
    let fake = Fake::start().await;
    let (ann, channel) = (fake.member("ann"), fake.channel("general").await);
    let (mut line, _) = Line::identified(&fake).await;
    register(&fake, json!([{"name": "help", "description": "d"}])).await;
    fake.gives_command(ann, channel, "help", &[]);
    let (_, _, asked) = answers(&fake, &mut line, json!({"type": callback::DEFERRED})).await;
    let path = format!("/interactions/{}/{}/callback", asked["id"].as_str().unwrap(), asked["token"].as_str().unwrap());
    let (status, again) = ask(&fake, "POST", &path, json!({"type": callback::DEFERRED})).await;
    assert_eq!((status, &again["code"]), (400, &json!(40060)));
    fake.gives_command(ann, channel, "help", &[]);
    fake.clock.advance(std::time::Duration::from_secs(4));
    let (status, late, _) = answers(&fake, &mut line, json!({"type": callback::DEFERRED})).await;
    assert_eq!((status, &late["code"]), (404, &json!(10062)));
    fake.clock.advance(std::time::Duration::from_secs(900));
    let path = format!("/webhooks/{}/{}/messages/@original", fake.bot(), asked["token"].as_str().unwrap());
    let (status, dead) = ask(&fake, "PATCH", &path, json!({"content": "late"})).await;
    assert_eq!((status, &dead["code"]), (401, &json!(50027)));
}

#[tokio::test]
async fn a_button_opens_a_form_and_the_form_updates_the_message() {
    let fake = Fake::start().await;
    let (ann, channel) = (fake.member("ann"), fake.channel("general").await);
    let (mut line, _) = Line::identified(&fake).await;
    let button = json!({"type": 2, "style": 1, "label": "Update", "custom_id": "u"});
    post(&fake, channel, json!({"content": "card", "components": [{"type": 1, "components": [button]}]})).await;
    let input = json!({"type": 4, "custom_id": "text", "label": "Text", "style": 2, "required": true});
    let modal = json!({"custom_id": "m", "title": "Update", "components": [{"type": 1, "components": [input]}]});
    let bot = answers(&fake, &mut line, json!({"type": callback::MODAL, "data": modal}));
    let (form, _) = tokio::join!(fake.press(ann, channel, "Update"), bot);
    let bot = answers(&fake, &mut line, json!({"type": callback::UPDATE, "data": {"content": "updated"}}));
    let (answer, (status, _, asked)) = tokio::join!(fake.submit(&form, &[("Text", "all well")]), bot);
    assert_eq!((status, answer.content.as_str()), (204, "updated"));
    assert_eq!(asked["data"]["components"][0]["components"][0]["value"], "all well");
    assert_eq!(fake.texts(channel), ["updated"]);
}

#[tokio::test]
async fn what_discord_forbids_is_refused_and_noted() {
    let fake = Fake::start().await;
    let channel = fake.channel("general").await;
    let long = "x".repeat(2_001);
    let (status, error) = post(&fake, channel, json!({"content": long})).await;
    assert_eq!((status, &error["code"]), (400, &json!(50035)));
    assert_eq!(post(&fake, channel, json!({"contents": "typo"})).await.0, 400);
    assert_eq!(register(&fake, json!([{"name": "Bad Name", "description": "d"}])).await.0, 400);
    let said = fake.violations().join("\n");
    assert!(said.contains("longer than 2000") && said.contains("Bad Name"), "{said}");
    if crate::discord::spec::spec().is_some() {
        assert!(said.contains("contents"), "{said}");
    }
    assert_eq!(post(&fake, channel, json!({"content": " "})).await.1["code"], 50006);
    assert!(fake.violations().is_empty());
}

#[tokio::test]
async fn a_lost_session_is_resumed_with_what_was_missed() {
    let fake = Fake::start().await;
    let (ann, channel) = (fake.member("ann"), fake.channel("general").await);
    let (mut line, session) = Line::identified(&fake).await;
    line.event("GUILD_CREATE").await;
    fake.cuts();
    assert_eq!(line.hears().await, json!({"close": null}));
    fake.says(ann, channel, "missed");
    let mut next = Line::open(&fake).await;
    next.resumes(&session, line.seq).await;
    assert_eq!(next.event("MESSAGE_CREATE").await["content"], "missed");
    next.event("RESUMED").await;
    let mut wrong = Line::open(&fake).await;
    wrong.resumes("no-such-session", 1).await;
    assert_eq!(wrong.hears().await, json!({"op": 9, "d": false}));
    wrong.identifies(1 << 8).await;
    assert_eq!(wrong.hears().await, json!({"close": 4014}));
}

#[tokio::test]
async fn faults_act_or_do_not_and_doubles_are_seen() {
    let fake = Fake::start().await;
    let channel = fake.channel("general").await;
    fake.fail("POST /channels/:id/messages", Fault::DropAfter, 1);
    let url = format!("{}/api/v10/channels/{channel}/messages", fake.base_url());
    let body = json!({"content": "once", "nonce": "n1", "enforce_nonce": true});
    let client = hotroom::net::tls::client().build().expect("a client");
    let sent = client.post(&url).header("authorization", "Bot x").header("user-agent", "DiscordBot (u, 1)").json(&body);
    assert!(sent.send().await.is_err());
    assert_eq!(fake.texts(channel), ["once"]);
    let (status, again) = post(&fake, channel, body.clone()).await;
    assert_eq!((status, &again["nonce"]), (200, &json!("n1")));
    assert_eq!(fake.texts(channel), ["once"], "the same nonce is the same message");
    fake.fail("POST /channels/:id/messages", Fault::Limited { retry_after: 2.5, scope: "shared" }, 1);
    let (status, limited) = post(&fake, channel, body).await;
    assert_eq!((status, &limited["retry_after"]), (429, &json!(2.5)));
}
