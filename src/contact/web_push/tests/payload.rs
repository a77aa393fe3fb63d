//! What the service worker gets.

use serde_json::Value;

use super::*;

fn payload(title: &str, body: &str) -> PushPayload {
    PushPayload {
        title: title.to_owned(),
        body: body.to_owned(),
        tag: "page-1".to_owned(),
        renotify: true,
        silent: false,
        sticky: true,
        at: 1_795_269_600_000,
        open: "/a/k3J9".to_owned(),
        shown: Some("/a/k3J9/shown".to_owned()),
        actions: vec![PushAction {
            action: "ack",
            title: "Acknowledge".to_owned(),
            post: "/a/k3J9".to_owned(),
            done: "Acknowledged".to_owned(),
            failed: "Not acknowledged: no connection".to_owned(),
        }],
        retry: "Try again".to_owned(),
        taken: "{by} acknowledged".to_owned(),
        over: "Over".to_owned(),
    }
}

fn read(payload: &PushPayload) -> Value {
    let json = payload.to_json();
    assert!(json.len() <= LARGEST_PAYLOAD, "{} bytes", json.len());
    serde_json::from_slice(&json).expect("JSON")
}

#[test]
fn a_short_payload_is_sent_as_it_is() {
    let json = String::from_utf8(payload("SEV1 HOT-12", "Checkout is slow").to_json()).expect("text");
    insta::assert_snapshot!(json, @r#"{"title":"SEV1 HOT-12","body":"Checkout is slow","tag":"page-1","renotify":true,"silent":false,"sticky":true,"at":1795269600000,"open":"/a/k3J9","shown":"/a/k3J9/shown","actions":[{"action":"ack","title":"Acknowledge","post":"/a/k3J9","done":"Acknowledged","failed":"Not acknowledged: no connection"}],"retry":"Try again","taken":"{by} acknowledged","over":"Over"}"#);
}

#[test]
fn the_body_is_shortened_first_then_the_title_and_never_the_paths() {
    for letter in ["a", "ü", "☃", "👩‍🚒", "\"", "\n", "\\"] {
        let read_body = read(&payload("SEV1 HOT-12", &letter.repeat(5_000)));
        assert_eq!(read_body["title"], "SEV1 HOT-12");
        let body = read_body["body"].as_str().expect("a text");
        assert!(body.ends_with('…') && body.len() > 1_000, "{letter}: {} bytes", body.len());
        let both = read(&payload(&letter.repeat(5_000), &letter.repeat(5_000)));
        assert_eq!(both["body"], "");
        assert!(both["title"].as_str().is_some_and(|title| title.ends_with('…')), "{letter}");
        assert_eq!((&both["open"], &both["actions"][0]["post"]), (&"/a/k3J9".into(), &"/a/k3J9".into()));
    }
}

#[test]
fn the_most_that_fits_is_kept() {
    let json = payload("SEV1", &"a".repeat(5_000)).to_json();
    assert_eq!(json.len(), LARGEST_PAYLOAD);
}

#[test]
fn deceptive_characters_are_left_out() {
    let shown = read(&payload("SEV1\u{202E} kciuq", "a\u{0}b\u{200B}c"));
    assert_eq!((shown["title"].as_str(), shown["body"].as_str()), (Some("SEV1 kciuq"), Some("abc")));
}
