//! Webhooks and the button.

use reqwest::header::{HeaderMap, HeaderName};

use super::{FLAVORS, Rig, draft};
use crate::{
    domain::tracker::ChangeId,
    fake_jira::{ANN, Flavor, JiraDelivery},
    tracker::{
        hook::{HookEvent, HookRefusal, TrackerHook},
        jira::read_hook,
    },
};

fn headers(delivery: &JiraDelivery) -> HeaderMap {
    let pair =
        |(name, value): &(&'static str, String)| (HeaderName::from_static(name), value.parse().expect("a header"));
    delivery.headers.iter().map(pair).collect()
}

fn read(rig: &Rig, delivery: &JiraDelivery) -> Result<Option<TrackerHook>, HookRefusal> {
    read_hook(&rig.client.settings, &headers(delivery), &delivery.body)
}

fn all(rig: &Rig) -> Vec<TrackerHook> {
    let deliveries = rig.jira.take_deliveries();
    deliveries.iter().map(|delivery| read(rig, delivery).expect("signed").expect("an event")).collect()
}

#[tokio::test]
async fn every_event_says_which_issue_and_what_sort_of_change() {
    for flavor in FLAVORS {
        let rig = Rig::start(flavor).await;
        let issue = rig.create(&draft("OPS")).await;
        let comment = rig.jira.person_comments(ANN, "OPS-1", "Hello");
        rig.jira.person_edits_comment(ANN, "OPS-1", &comment, "Hello, again");
        rig.jira.person_deletes_comment(ANN, "OPS-1", &comment);
        rig.jira.person_moves(ANN, "OPS-1", "Done");
        let entry = rig.jira.issue("OPS-1").history[0]["id"].as_str().expect("an id").to_owned();
        rig.jira.person_deletes(ANN, "OPS-1");
        let hooks = all(&rig);
        let comment = ChangeId(format!("comment-{comment}"));
        let events: Vec<HookEvent> = hooks.iter().map(|hook| hook.event.clone()).collect();
        assert_eq!(
            events,
            [
                HookEvent::Created,
                HookEvent::Commented(comment.clone()),
                HookEvent::CommentEdited(comment.clone()),
                HookEvent::CommentDeleted(comment),
                HookEvent::Changed(Some(ChangeId(format!("history-{entry}")))),
                HookEvent::Deleted,
            ]
        );
        assert!(hooks.iter().all(|hook| hook.issue == issue));
        assert!(hooks[1..].iter().all(|hook| hook.actor.as_ref().is_some_and(|actor| actor.0 == ANN)), "{hooks:?}");
        let mut ids: Vec<&str> = hooks.iter().map(|hook| hook.delivery.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), hooks.len(), "each delivery has an id of its own");
    }
}

#[tokio::test]
async fn a_repeated_delivery_has_the_same_id() {
    for flavor in FLAVORS {
        let rig = Rig::start(flavor).await;
        rig.jira.person_creates(ANN, "OPS", "Slow");
        let delivery = rig.jira.take_deliveries().remove(0);
        assert_eq!(read(&rig, &delivery), read(&rig, &delivery.clone()));
    }
}

#[tokio::test]
async fn only_what_is_signed_with_a_secret_in_force_is_read() {
    let rig = Rig::start(Flavor::Cloud).await;
    rig.jira.person_creates(ANN, "OPS", "Slow");
    let good = rig.jira.take_deliveries().remove(0);
    let mut other = good.clone();
    other.body.push(b' ');
    assert_eq!(read(&rig, &other), Err(HookRefusal::BadSignature));
    let mut unsigned = good.clone();
    unsigned.headers.retain(|(name, _)| *name != "x-hub-signature");
    assert_eq!(read(&rig, &unsigned), Err(HookRefusal::BadSignature));
    let mut settings = rig.client.settings.clone();
    settings.webhook_secrets.insert(0, "the next secret".into());
    assert!(
        read_hook(&settings, &headers(&good), &good.body).is_ok(),
        "the old secret is accepted while it is replaced"
    );
    settings.webhook_secrets.clear();
    assert_eq!(read_hook(&settings, &headers(&good), &good.body), Err(HookRefusal::NoSecret));
}

#[tokio::test]
async fn the_button_is_checked_by_its_header() {
    let rig = Rig::start(Flavor::Cloud).await;
    rig.jira.person_creates(ANN, "OPS", "Slow");
    let pressed = rig.jira.person_presses_button(ANN, "OPS-1");
    let hook = read(&rig, &pressed).expect("the secret is right").expect("an event");
    assert_eq!((hook.event, hook.issue.key.as_str()), (HookEvent::RoomRequested, "OPS-1"));
    rig.jira.advance(1);
    let again = read(&rig, &rig.jira.person_presses_button(ANN, "OPS-1")).expect("right").expect("an event");
    assert_ne!(again.delivery, hook.delivery, "a second press is another request");
    let mut wrong = pressed;
    wrong.headers[0].1.push('x');
    assert_eq!(read(&rig, &wrong), Err(HookRefusal::BadSignature));
}

#[tokio::test]
async fn what_is_about_no_issue_is_passed_over_and_rubbish_is_refused() {
    let rig = Rig::start(Flavor::Cloud).await;
    let sign = |body: &str| {
        use hmac::{Hmac, KeyInit, Mac};
        let mac = Hmac::<sha2::Sha256>::new_from_slice(crate::fake_jira::HOOK_SECRET.as_bytes()).expect("a key");
        let digits = hex::encode(mac.chain_update(body).finalize().into_bytes());
        let headers = vec![("x-hub-signature", format!("sha256={digits}"))];
        JiraDelivery { headers, body: body.as_bytes().to_vec() }
    };
    assert_eq!(read(&rig, &sign(r#"{"webhookEvent":"project_created","timestamp":1}"#)), Ok(None));
    assert_eq!(read(&rig, &sign(r#"{"webhookEvent":"worklog_created","issue":{"id":"1","key":"OPS-1"}}"#)), Ok(None));
    for rubbish in ["", "[]", "{\"issue\":{\"id\":{},\"key\":\"A-1\"}}", "\u{0}"] {
        assert!(matches!(read(&rig, &sign(rubbish)), Err(HookRefusal::Unreadable(_))), "{rubbish:?}");
    }
    // The Automation format has numbers for ids.
    let number = sign(r#"{"webhookEvent":"jira:issue_created","issue":{"id":10001,"key":"OPS-1"}}"#);
    assert_eq!(read(&rig, &number).expect("signed").map(|hook| hook.issue.id).as_deref(), Some("10001"));
}
