//! Deliveries of the webhook.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use ring::hmac;
use serde_json::{Value, json};

use super::*;
use crate::tracker::hook::{HookEvent, HookRefusal, TrackerHook};

pub(super) fn headers(event: &str, body: &[u8]) -> HeaderMap {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = format!("sha256={}", hex::encode(hmac::sign(&key, body)));
    let given = [
        ("content-type", "application/json"),
        ("x-github-event", event),
        ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
        ("x-hub-signature-256", &signature),
    ];
    let pair = |(name, value): (&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"))
    };
    given.into_iter().map(pair).collect()
}

fn read(event: &str, body: &Value) -> Result<Option<TrackerHook>, HookRefusal> {
    let body = body.to_string().into_bytes();
    read_hook(&settings("u"), &headers(event, &body), &body)
}

fn body(action: &str) -> Value {
    json!({
        "action": action, "issue": {"number": 12}, "repository": {"full_name": "Acme/Shop"}, "sender": {"login": "ann"},
    })
}

fn event(event: &str, body: &Value) -> HookEvent {
    let hook = read(event, body).expect("taken").expect("a change");
    assert_eq!(hook.issue, IssueRef { id: "acme/shop#12".to_owned(), key: "OPS-12".to_owned() });
    assert_eq!(hook.delivery, "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    assert_eq!(hook.actor, Some(account("ann")));
    hook.event
}

#[test]
fn a_delivery_says_which_issue_changed() {
    let with = |action: &str, key: &str, value: Value| {
        let mut body = body(action);
        body[key] = value;
        body
    };
    assert_eq!(event("issues", &body("opened")), HookEvent::Created);
    assert_eq!(event("issues", &body("deleted")), HookEvent::Deleted);
    assert_eq!(event("issues", &body("transferred")), HookEvent::Deleted);
    assert_eq!(event("issues", &body("something new")), HookEvent::Changed(None));
    assert_eq!(event("issues", &with("labeled", "label", json!({"name": "bug"}))), HookEvent::Changed(None));
    assert_eq!(event("issues", &with("labeled", "label", json!({"name": "Hot-Room"}))), HookEvent::RoomRequested);
    assert_eq!(event("issues", &with("unlabeled", "label", json!({"name": "hot-room"}))), HookEvent::Changed(None));
    let id = ChangeId("comment/99".to_owned());
    let comment = |action| with(action, "comment", json!({"id": 99}));
    assert_eq!(event("issue_comment", &comment("created")), HookEvent::Commented(id.clone()));
    assert_eq!(event("issue_comment", &comment("edited")), HookEvent::CommentEdited(id.clone()));
    assert_eq!(event("issue_comment", &comment("deleted")), HookEvent::CommentDeleted(id));
}

#[test]
fn what_is_no_change_of_an_issue_is_left_alone() {
    assert_eq!(read("ping", &json!({"zen": "Design for failure."})), Ok(None));
    assert_eq!(read("star", &body("created")), Ok(None));
    let mut other = body("opened");
    other["repository"]["full_name"] = json!("acme/secret");
    assert_eq!(read("issues", &other), Ok(None));
    let mut pull = body("created");
    pull["issue"]["pull_request"] = json!({"url": "u"});
    pull["comment"] = json!({"id": 1});
    assert_eq!(read("issue_comment", &pull), Ok(None));
}

#[test]
fn only_what_is_signed_is_taken() {
    let body = body("opened").to_string().into_bytes();
    let good = headers("issues", &body);
    let mut unsigned = good.clone();
    unsigned.remove("x-hub-signature-256");
    assert_eq!(read_hook(&settings("u"), &unsigned, &body), Err(HookRefusal::BadSignature));
    for wrong in ["sha256=00", "sha1=00", "", "sha256=zz"] {
        let mut headers = good.clone();
        headers.insert("x-hub-signature-256", wrong.parse().expect("a header"));
        assert_eq!(read_hook(&settings("u"), &headers, &body), Err(HookRefusal::BadSignature), "{wrong}");
    }
    let changed = String::from_utf8(body.clone()).expect("text").replace("12", "13");
    assert_eq!(read_hook(&settings("u"), &good, changed.as_bytes()), Err(HookRefusal::BadSignature));
    let none = GitHubSettings { webhook_secret: None, ..settings("u") };
    assert_eq!(read_hook(&none, &good, &body), Err(HookRefusal::NoSecret));
    let form = b"payload=%7B%7D".to_vec();
    let mut headers = headers("issues", &form);
    headers.insert("content-type", "application/x-www-form-urlencoded".parse().expect("a header"));
    let refusal = read_hook(&settings("u"), &headers, &form).expect_err("refused");
    assert!(refusal.to_string().ends_with("set the content type of the webhook to application/json"), "{refusal}");
}

/// The example of GitHub's documentation.
#[test]
fn the_signature_is_that_of_the_documentation() {
    let mut headers = HeaderMap::new();
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    headers.insert("x-hub-signature-256", signature.parse().expect("a header"));
    let secret = SecretString::from(SECRET);
    assert_eq!(super::super::hook::check_signature(Some(&secret), &headers, b"Hello, World!"), Ok(()));
}
