//! Property tests with modified bodies of real senders: every reader returns a result and none panics.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{pasted::pasted_bodies, *};
use crate::{
    intake::{
        json, opsgenie_api, opsgenie_heartbeats,
        pagerduty_events::{End, admit},
    },
    shared_files::shared,
};

/// Bodies from the senders' documentation and, if available, recorded ones.
static BODIES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let mut bodies: Vec<Value> = pasted_bodies().iter().map(|(_, body)| serde_json::from_str(body).unwrap()).collect();
    for (folder, _) in super::expected::FOLDERS {
        let Some(expected) = shared(&format!("payloads/{folder}/expected.json")) else { break };
        for file in serde_json::from_str::<Vec<Value>>(&expected).unwrap() {
            let body = shared(&format!("payloads/{folder}/{}", file["file"].as_str().unwrap())).expect("beside it");
            bodies.extend(serde_json::from_str::<Value>(&body));
        }
    }
    bodies
});

/// Unexpected values.
fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!(true)),
        Just(json!("")),
        Just(json!("\u{202E}\u{0}<@1> *x* {EVENT.NAME} \\n")),
        Just(json!("9".repeat(400))),
        Just(json!(-1e308)),
        Just(json!(u64::MAX)),
        Just(json!([])),
        Just(json!([[], {}, "a:b", {"name": "n", "value": [1]}])),
        Just(json!({})),
        Just(json!({"id": {"id": {}}})),
        any::<i64>().prop_map(|number| json!(number)),
        "\\PC{0,40}".prop_map(|text| json!(text)),
    ]
}

/// Returns the n-th value of a document, wrapping around at the end.
fn nth(value: &mut Value, n: usize) -> &mut Value {
    fn size(value: &Value) -> usize {
        1 + match value {
            Value::Array(items) => items.iter().map(size).sum(),
            Value::Object(members) => members.values().map(size).sum(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
        }
    }
    fn find(value: &mut Value, mut left: usize) -> &mut Value {
        if left == 0 {
            return value;
        }
        left -= 1;
        let inner: Vec<&mut Value> = match value {
            Value::Array(items) => items.iter_mut().collect(),
            Value::Object(members) => members.values_mut().collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        };
        for value in inner {
            let inside = size(value);
            if left < inside {
                return find(value, left);
            }
            left -= inside;
        }
        unreachable!("it is counted before it is looked for")
    }
    let all = size(value);
    find(value, n % all)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_body_with_anything_anywhere_is_read_or_complained_of_by_every_reader(
        body in 0_usize..10_000,
        changes in prop::collection::vec((0_usize..5_000, odd()), 0..4),
        kind in 0_usize..SourceKind::ALL.len(),
    ) {
        let mut document = BODIES[body % BODIES.len()].clone();
        for (place, value) in changes {
            *nth(&mut document, place) = value;
        }
        let (_, kind) = SourceKind::ALL[kind];
        if let Ok(parsed) = read(&source(kind, None), document.to_string().as_bytes(), now()) {
            prop_assert!(parsed.signals.len() <= MOST_ALERTS);
            prop_assert!(parsed.signals.iter().all(|signal| signal.links.len() <= 5), "links are bounded");
        }
    }
    /// The same for PagerDuty and Opsgenie client requests, which are validated before the response.
    #[test]
    fn a_body_with_anything_anywhere_is_taken_or_refused_at_the_ends_of_clients(
        body in 0_usize..10_000,
        changes in prop::collection::vec((0_usize..5_000, odd()), 0..4),
        action in prop::sample::select(&["create", "snooze", "assign", "responders", "teams", "tags", "details"][..]),
    ) {
        let mut document = BODIES[body % BODIES.len()].clone();
        for (place, value) in changes {
            *nth(&mut document, place) = value;
        }
        let bytes = document.to_string().into_bytes();
        for end in [End::Event, End::Change, End::Version1] {
            let _either = admit(end, &bytes, now()).map(|admitted| admitted.stored("scope"));
        }
        let Ok(read) = json::parse(&bytes) else { return Ok(()) };
        let heartbeat = opsgenie_heartbeats::create(&read.root, now());
        prop_assert!(heartbeat.is_err() || heartbeat.unwrap().due.is_none_or(|due| now() < due));
        let frame = opsgenie_api::frame(action, Some(("1", "tiny")), read.root, "made");
        let _either = opsgenie_api::call(&frame, now());
    }
}
