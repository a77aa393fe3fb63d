//! Stored events of every family.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::IncidentEvent;
use crate::domain::{
    Timestamp,
    incident::{RECORD_VERSION, apply},
    people::Actor,
};

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const AT: &str = "2026-01-01T00:00:00Z";

fn lifecycle() -> Vec<Value> {
    vec![
        json!({
            "event": "declared", "id": ID, "key": {"prefix": "HOT", "number": 1}, "title": "Down", "description": "", "status": "investigating",
            "category": "active", "severity": "sev2", "kind": "real", "private": false, "service": "shop",
            "impact_since": AT,
        }),
        json!({
            "event": "status_changed", "from": "investigating", "to": "closed", "category": "closed", "reason": "done",
            "stamps": ["closed"],
        }),
        json!({"event": "severity_changed", "from": "sev2", "to": "sev1", "reason": null}),
        json!({"event": "severity_proposed", "to": "sev1", "because": {"alert": ID, "title": "Down"}}),
        json!({"event": "privacy_changed", "private": true}),
        json!({"event": "renamed", "from": "Down", "to": "Still down"}),
        json!({"event": "resolution_recorded", "resolution": {"summary": "fixed", "cause": "Bug"}}),
        json!({"event": "fields_changed", "fields": {
            "cause": {"word": "bug"}, "services": {"words": ["api"]}, "root_cause": {"text": "a flag"},
            "hosts": {"texts": ["web-1", "web-2"]}, "cost": null,
        }}),
        json!({"event": "merged", "into": ID, "key": {"prefix": "HOT", "number": 2}}),
        json!({"event": "absorbed", "other": ID, "key": {"prefix": "HOT", "number": 3}}),
    ]
}

fn people() -> Vec<Value> {
    vec![
        json!({"event": "people_invited", "people": ["ann"]}),
        json!({"event": "admin_joined", "person": "dee", "reason": "everyone left"}),
        json!({"event": "role_assigned", "role": "scribe", "person": "ann", "previous": null}),
        json!({"event": "role_released", "role": "scribe", "previous": "ann"}),
        json!({"event": "task_added", "number": 1, "text": "look", "assignee": "ann"}),
        json!({"event": "task_assigned", "number": 1, "person": "bob"}),
        json!({"event": "task_done", "number": 1}),
        json!({"event": "tasks_closed", "numbers": [1]}),
    ]
}

fn timeline() -> Vec<Value> {
    let message = json!({
        "id": "900", "author": "bob", "link": "https://chat.example/900",
        "files": [{"name": "a.png", "size": 5, "sha256": null}],
    });
    vec![
        json!({
            "event": "update_posted", "text": "t", "impact": "i", "affected": "a", "cause": "c", "estimate": "e",
            "next": AT, "draft": 4,
        }),
        json!({"event": "update_drafted", "author": "bob", "text": "t"}),
        json!({"event": "update_clock_set", "due": AT}),
        json!({"event": "update_nudged", "due": AT}),
        json!({"event": "snoozed", "until": AT}),
        json!({"event": "note_added", "text": "t"}),
        json!({"event": "timeline_added", "at": AT, "text": "t", "message": message}),
        json!({"event": "message_changed", "entry": 3, "author": "bob", "at": AT, "text": null}),
        json!({"event": "words_taken_out", "entries": [{"entry": 3, "sha256": "ab"}], "reason": "secret"}),
        json!({"event": "time_set", "name": "impact", "at": AT}),
    ]
}

fn paging() -> Vec<Value> {
    vec![
        json!({"event": "page_started", "page": ID, "whom": "shop", "by_rule": true}),
        json!({"event": "page_acknowledged", "page": ID, "person": "ann"}),
        json!({"event": "page_escalated", "page": ID, "step": 2, "people": ["ann"]}),
        json!({"event": "page_declined", "page": ID, "person": "ann"}),
        json!({"event": "page_snoozed", "page": ID, "person": "ann", "until": "2026-11-21T14:05:00Z"}),
        json!({"event": "page_reassigned", "page": ID, "whom": "core", "people": ["ann"]}),
        json!({"event": "page_responder_added", "page": ID, "person": "ann"}),
        json!({"event": "nobody_on_call", "page": ID, "schedule": "primary", "fallback": "ann"}),
        json!({"event": "page_exhausted", "page": ID}),
        json!({"event": "pages_stopped", "whom": ["shop"]}),
    ]
}

fn alerts() -> Vec<Value> {
    vec![
        json!({"event": "alerts_linked", "group": ID}),
        json!({"event": "alerts_cleared", "group": ID}),
        json!({"event": "alerts_acknowledged", "group": ID, "person": "ann"}),
    ]
}

fn public() -> Vec<Value> {
    let components = json!([["checkout", "partial_outage"]]);
    vec![
        json!({
            "event": "status_posted", "status": "investigating", "body": "b", "components": components,
            "before": [["checkout", "operational"]],
        }),
        json!({"event": "status_restored", "body": "b", "components": components}),
        json!({"event": "public_title_changed", "from": null, "to": "t"}),
        json!({"event": "status_taken_over", "other": ID, "key": {"prefix": "HOT", "number": 3}, "title": "t", "before": components}),
        json!({"event": "status_moved", "into": ID, "key": {"prefix": "HOT", "number": 2}}),
    ]
}

fn delivery() -> Vec<Value> {
    vec![
        json!({"event": "room_opened", "room": "hot-1"}),
        json!({"event": "delivery_failed", "what": "invite", "why": "gone"}),
        json!({"event": "person_unreachable", "person": "ann", "why": "closed"}),
        json!({"event": "not_on_discord", "person": "ann"}),
        json!({"event": "room_elsewhere", "stead": "thread", "lack": "channels"}),
        json!({"event": "status_mirror_behind", "mirror": "statuspage", "since": AT, "why": "HTTP 503", "given_up": false}),
        json!({"event": "status_mirror_caught_up", "mirror": "statuspage"}),
    ]
}

fn tracker() -> Vec<Value> {
    let issue = json!({"id": "10012", "key": "HOT-330"});
    vec![
        json!({
            "event": "issue_linked", "tracker": "jira", "issue": issue, "url": "https://jira.example/browse/HOT-330",
            "key": {"prefix": "HOT", "number": 330}, "adopted": true,
        }),
        json!({"event": "issue_not_created", "tracker": "jira", "why": "Summary is required"}),
        json!({"event": "issue_offered", "tracker": "jira"}),
        json!({"event": "transition_missing", "issue": "HOT-330", "to": "Done", "possible": ["In Review"]}),
        json!({
            "event": "issue_commented", "comment": "77", "author": "Eve", "at": AT, "text": "t", "summarized": true,
        }),
        json!({"event": "issue_comment_changed", "entry": 5, "author": "Eve", "text": "u"}),
        json!({"event": "issue_change_refused", "author": "Eve", "change": "status Done", "why": "no transition"}),
        json!({"event": "issue_caught_up", "since": AT, "comments": 3}),
        json!({"event": "issue_deleted", "issue": "HOT-330"}),
        json!({"event": "issue_left_behind", "issue": "HOT-330", "url": "https://jira.example/browse/HOT-330", "comments": 2}),
    ]
}

fn outside_pages() -> Vec<Value> {
    vec![
        json!({"event": "page_sent_outside", "page": ID, "pager": "pagerduty", "whom": "Checkout", "accept_seconds": 30}),
        json!({
            "event": "page_accepted_outside", "page": ID, "pager": "pagerduty",
            "link": "https://acme.pagerduty.com/incidents/P1", "late": true,
        }),
        json!({"event": "page_missed_outside", "page": ID, "pager": "pagerduty", "why": {"refused": "HTTP 400"}, "people": ["ann"]}),
        json!({
            "event": "page_answered_outside", "page": ID, "pager": "pagerduty", "answer": "acknowledged",
            "person": "ann", "name": "Ann Lee",
        }),
    ]
}

type Family = (fn() -> Vec<Value>, fn(&IncidentEvent) -> bool);

const FAMILIES: [Family; 9] = [
    (lifecycle, |event| matches!(event, IncidentEvent::Lifecycle(_))),
    (people, |event| matches!(event, IncidentEvent::People(_))),
    (timeline, |event| matches!(event, IncidentEvent::Timeline(_))),
    (paging, |event| matches!(event, IncidentEvent::Paging(_))),
    (alerts, |event| matches!(event, IncidentEvent::Alerts(_))),
    (public, |event| matches!(event, IncidentEvent::Public(_))),
    (delivery, |event| matches!(event, IncidentEvent::Delivery(_))),
    (tracker, |event| matches!(event, IncidentEvent::Tracker(_))),
    (outside_pages, |event| matches!(event, IncidentEvent::OutsidePage(_))),
];

#[test]
fn every_stored_event_is_read_by_its_family_and_written_unchanged() {
    let mut names = BTreeSet::new();
    for (stored, belongs) in FAMILIES {
        for body in stored() {
            let event: IncidentEvent = serde_json::from_value(body.clone()).expect("a stored event is read");
            assert!(belongs(&event), "{body} is read by another family");
            assert_eq!(body["event"], event.name());
            assert_eq!(serde_json::to_value(&event).expect("an event is written"), body);
            assert!(names.insert(event.name()), "{body} repeats a name");
        }
    }
    assert_eq!(names.len(), 67, "one stored sample for each event");
}

/// Stored samples in which people wrote nothing. The hash of a redaction confirms what it removed, so that the redaction
/// itself stays as it is.
const WITHOUT_TEXT: [&str; 50] = [
    "absorbed",
    "alerts_acknowledged",
    "alerts_cleared",
    "alerts_linked",
    "delivery_failed",
    "issue_caught_up",
    "issue_change_refused",
    "issue_deleted",
    "issue_left_behind",
    "issue_linked",
    "issue_not_created",
    "issue_offered",
    "transition_missing",
    "merged",
    "message_changed",
    "nobody_on_call",
    "not_on_discord",
    "page_accepted_outside",
    "page_acknowledged",
    "page_answered_outside",
    "page_declined",
    "page_missed_outside",
    "page_sent_outside",
    "page_snoozed",
    "page_reassigned",
    "page_responder_added",
    "page_escalated",
    "page_exhausted",
    "page_started",
    "pages_stopped",
    "people_invited",
    "person_unreachable",
    "privacy_changed",
    "role_assigned",
    "role_released",
    "room_elsewhere",
    "room_opened",
    "severity_changed",
    "severity_proposed",
    "snoozed",
    "status_mirror_behind",
    "status_mirror_caught_up",
    "status_moved",
    "task_assigned",
    "task_done",
    "tasks_closed",
    "time_set",
    "update_clock_set",
    "update_nudged",
    "words_taken_out",
];

#[test]
fn every_text_that_people_wrote_can_be_removed() {
    for body in FAMILIES.iter().flat_map(|(stored, _)| stored()) {
        let name = body["event"].as_str().expect("a name");
        let mut event: IncidentEvent = serde_json::from_value(body.clone()).expect("a stored event is read");
        let left = event.without_texts(|_| true);
        assert_eq!(left == event, WITHOUT_TEXT.contains(&name), "{name}");
        assert!(left.texts().iter().all(|text| text.is_blank()), "{name}: {left:?}");
        assert_eq!(left.name(), name);
        event = left.without_texts(|_| true);
        assert_eq!(event, left, "nothing more is left to remove");
    }
}

/// A snapshot belongs to one version: when this test fails, raise `RECORD_VERSION` and accept the snapshot that is new then.
#[test]
fn the_record_of_a_version_never_changes() {
    let actor = Actor::Person("cho".into());
    let mut record = None;
    for (second, body) in FAMILIES.iter().flat_map(|(stored, _)| stored()).enumerate() {
        let event: IncidentEvent = serde_json::from_value(body).expect("a stored event is read");
        let at = Timestamp::from_timestamp(1_800_000_000 + i64::try_from(second).expect("few"), 0).expect("in range");
        record = apply(record, &event, at, &actor);
    }
    let record = serde_json::to_string_pretty(&record.expect("declared")).expect("a record is written");
    insta::assert_snapshot!(format!("record_{RECORD_VERSION}"), record);
}
