//! My profile: adding and verifying methods, rules, and what of it others and the database see.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use hotroom::chat::ReplyOutcome;
use serde_json::{Value, json};

use super::{Providers, declare, page, statuses};
use crate::{
    fake_ntfy::FakeNtfy,
    world::{World, done, minutes, show},
};

const NUMBER: &str = "+4915199999999";

async fn says(world: &World, line: &str) -> String {
    show(&done(&world.says("cho", &format!("/oncall contact {line}")).await).post)
}

/// The code in the last text message.
fn code(providers: &Providers) -> String {
    let text = providers.texts().pop().expect("a text message").1;
    text.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).expect("a code").to_owned()
}

/// Adds and verifies a number.
async fn with_number(world: &World, providers: &Providers) {
    says(world, &format!("add gateway {NUMBER} label:Work phone")).await;
    says(world, &format!("verify 1 {}", code(providers))).await;
}

#[tokio::test]
async fn a_method_is_added_verified_and_paged() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(&[], false)).await;
    assert!(says(&world, "").await.contains("no contact method"));
    let added = says(&world, &format!("add gateway {NUMBER} label:Work phone")).await;
    assert!(added.contains("/oncall contact verify 1"), "{added}");
    declare(&world, "").await;
    assert_eq!(providers.texts().len(), 1, "a method that is not verified is not paged");

    let wrong = if code(&providers) == "000000" { "000001" } else { "000000" };
    let refused = world.says("cho", &format!("/oncall contact verify 1 {wrong}")).await;
    assert_eq!(refused.outcome, ReplyOutcome::Refused);
    let verified = says(&world, &format!("verify 1 {}", code(&providers))).await;
    assert!(verified.contains("verified"), "{verified}");
    let listed = says(&world, "").await;
    assert!(listed.contains(NUMBER) && listed.contains("Work phone") && listed.contains("High urgency"), "{listed}");

    world.advance(minutes(2)).await;
    declare(&world, "").await;
    assert_eq!(providers.texts().len(), 2);
    let attempts = says(&world, "attempts").await;
    assert!(attempts.contains("page") && attempts.contains("code") && attempts.contains("accepted"), "{attempts}");
    world.end().await;
}

#[tokio::test]
async fn ntfy_proposes_a_topic_and_refuses_one_that_others_guess() {
    let ntfy = FakeNtfy::start().await;
    let world = World::with(&format!("[ntfy]\nserver = \"{}\"\n", ntfy.url())).await;
    let guessable = world.says("cho", "/oncall contact add ntfy alerts").await;
    assert!(show(&guessable.post).contains("guesses this topic"), "{}", show(&guessable.post));
    let added = says(&world, "add ntfy").await;
    let topic = added.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').find(|word| word.starts_with("hotroom-"));
    let topic = topic.expect("a topic");
    assert!(added.contains(&format!("/{topic}?secure=false")) && added.contains("ntfy://"), "{added}");
    let message = ntfy.messages(topic).remove(0);
    let text = message["message"].as_str().expect("a text");
    let code = text.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).expect("a code");
    says(&world, &format!("verify 1 {code}")).await;
    let elsewhere = format!("/oncall contact add ntfy http://10.0.0.5/{topic}");
    assert!(show(&world.says("cho", &elsewhere).await.post).contains("must be public"));
    world.end().await;
}

#[tokio::test]
async fn rules_and_quiet_hours_are_set_in_one_line_each() {
    let providers = Providers::start().await;
    let world =
        World::with(&providers.settings(&[("cho", &["ntfy:cho-topic-1", "gateway:+4915100000003"])], false)).await;
    let saved = says(&world, "rules high 2 1@10m").await;
    assert!(saved.contains("at once 2.") && saved.contains("after 10 min 1."), "{saved}");
    let key = declare(&world, "").await;
    assert_eq!((providers.texts().len(), providers.pushes().len()), (1, 0), "the text message goes first now");
    assert_eq!(statuses(&page(&world, &key).await), ["cho gateway accepted", "cho ntfy planned"]);
    assert!(says(&world, "quiet 22:00-24:00").await.contains("22:00–24:00"));
    assert!(says(&world, "quiet off").await.contains("no quiet hours"));
    assert!(says(&world, "rules high default").await.contains("(default)"));
    for wrong in
        ["rules high 9", "rules high 1@2h", "quiet 25:00-26:00", "verify 1", "add pigeon x", "move 1 0", "test"]
    {
        let reply = world.says("cho", &format!("/oncall contact {wrong}")).await;
        assert_ne!(reply.outcome, ReplyOutcome::Done, "{wrong}: {}", show(&reply.post));
    }
    world.end().await;
}

#[tokio::test]
async fn a_method_that_rules_use_is_removed_only_after_a_confirmation() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(&[], false)).await;
    with_number(&world, &providers).await;
    says(&world, "rules high 1@3m").await;
    let asked = world.says("cho", "/oncall contact remove 1").await;
    assert_eq!(asked.outcome, ReplyOutcome::Refused);
    let button = asked.post.buttons.first().unwrap_or_else(|| panic!("{}", show(&asked.post))).command.clone();
    assert!(show(&asked.post).contains("high urgency"), "the rules are named: {}", show(&asked.post));
    done(&world.says("cho", &button).await);
    assert!(says(&world, "").await.contains("no contact method"));
    world.end().await;
}

#[tokio::test]
async fn managed_methods_are_read_only() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(&[("cho", &["gateway:+4915100000003"])], false)).await;
    for line in ["off 1", "remove 1"] {
        let reply = world.says("cho", &format!("/oncall contact {line}")).await;
        assert_eq!(reply.outcome, ReplyOutcome::Refused, "{line}: {}", show(&reply.post));
    }
    assert!(says(&world, "").await.contains("managed by configuration"));
    world.end().await;
}

#[tokio::test]
async fn neither_address_nor_code_nor_secret_is_kept_with_deliveries() {
    let providers = Providers::start().await;
    let world = World::with(&format!("{}[net]\nallow = [\"127.0.0.0/8\"]\n", providers.settings(&[], false))).await;
    with_number(&world, &providers).await;
    let code = code(&providers);
    let added = world.says("cho", &format!("/oncall contact add webhook {}/hook", providers.http.url)).await;
    let secret = done(&added).data.as_ref().expect("data")["secret"].as_str().expect("a secret").to_owned();
    let erased = says(&world, "erase sure:yes").await;
    assert!(erased.contains("2 contact methods"), "{erased}");
    let file = rusqlite::Connection::open(world.database()).unwrap();
    for table in ["inbox", "events", "outbox", "contact_messages", "contact_methods", "contact_settings"] {
        let mut rows = file.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                let value = row.get_ref(column).unwrap();
                let Ok(bytes) = value.as_bytes() else { continue };
                let text = String::from_utf8_lossy(bytes);
                for kept in ["15199999999", code.as_str(), secret.as_str(), "/hook"] {
                    assert!(!text.contains(kept), "{table} keeps {kept}: {text}");
                }
            }
        }
    }
    drop(file);
    world.end().await;
}

pub(super) async fn api(world: &World, who: &str, line: &str, body: Value) -> (StatusCode, Value) {
    let (method, path) = line.split_once(' ').expect("a method and a path");
    let request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080");
    let request = request.header("content-type", "application/json").header("x-hotroom-person", who);
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let answer = world.asks(request.body(body).unwrap()).await;
    world.settle().await;
    answer
}

#[tokio::test]
async fn the_api_does_the_same_and_masks_addresses_for_others() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(&[], false)).await;
    let wanted = json!({"kind": "gateway", "address": NUMBER, "label": "Work"});
    let (status, added) = api(&world, "cho", "POST /api/v1/profile/methods", wanted).await;
    assert_eq!(status, StatusCode::CREATED, "{added}");
    let id = added["data"]["method"].as_str().expect("an id").to_owned();
    let verify = format!("POST /api/v1/profile/methods/{id}/verify");
    let (status, said) = api(&world, "cho", &verify, json!({"code": code(&providers)})).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let (status, said) =
        api(&world, "cho", "PUT /api/v1/profile/rules/high", json!({"rules": [{"method": id, "after": 90}]})).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let (status, _) =
        api(&world, "cho", "PUT /api/v1/profile/quiet-hours", json!({"from": "22:00", "until": "07:00"})).await;
    assert_eq!(status, StatusCode::OK);

    let (_, own) = api(&world, "cho", "GET /api/v1/profile", Value::Null).await;
    assert_eq!((&own["methods"][0]["address"], &own["methods"][0]["label"]), (&json!(NUMBER), &json!("Work")));
    assert_eq!((&own["high"]["rules"][0]["after"], &own["high"]["default"]), (&json!(90), &json!(false)));
    assert_eq!(own["quiet_hours"], json!({"from": "22:00", "until": "07:00"}));
    assert!(own["warnings"].as_array().expect("a list").contains(&json!("links_local")), "{own}");
    let (_, seen) = api(&world, "dee", "GET /api/v1/people/cho/contacts", Value::Null).await;
    assert_eq!(seen["items"][0]["address"], "+4…999");
    assert!(!seen.to_string().contains("Work"), "{seen}");

    let (status, _) = api(&world, "dee", &format!("POST /api/v1/profile/methods/{id}/off"), json!({})).await;
    assert!(status.is_client_error(), "it is not dee's");
    let (status, _) = api(&world, "dee", "DELETE /api/v1/people/cho/contacts", Value::Null).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _) = api(&world, "ann", "DELETE /api/v1/people/cho/contacts", Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (_, own) = api(&world, "cho", "GET /api/v1/profile", Value::Null).await;
    assert_eq!((&own["methods"], &own["quiet_hours"]), (&json!([]), &Value::Null));
    assert_eq!(own["messages"][0]["kind"], "gateway", "what was sent stays, without its address");
    world.end().await;
}

#[tokio::test]
async fn the_page_shows_everything_to_its_person_alone() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(&[], false)).await;
    says(&world, &format!("add gateway {NUMBER} label:<b>Work</b>")).await;
    let waiting = world.page("cho", "/profile").await;
    for text in
        ["Not verified", "Verify method", "Add method", "cannot open them", "A page reaches you in the chat only"]
    {
        assert!(waiting.contains(text), "{text}");
    }
    says(&world, &format!("verify 1 {}", code(&providers))).await;
    let shown = world.page("cho", "/profile").await;
    for text in [NUMBER, "&lt;b&gt;Work&lt;", "High urgency", "Quiet hours", "Last messages", "Send test"] {
        assert!(shown.contains(text), "{text}");
    }
    assert!(!world.page("dee", "/profile").await.contains(NUMBER));
    world.end().await;
}
