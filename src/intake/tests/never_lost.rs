//! Tests that nothing optional loses an alert.

use serde_json::json;

use super::*;
use crate::{domain::alert::WarningKind, intake::samples};

fn warnings(parsed: &Reading) -> Vec<(WarningKind, &str)> {
    parsed.warnings.iter().map(|warning| (warning.kind, warning.detail.as_str())).collect()
}

#[test]
fn an_optional_field_of_another_type_is_a_warning() {
    for (body, name, labels, field) in [
        (json!({"name": "Dump", "state": "down", "tags": "prod service:api"}), "Dump", 2, None),
        (json!({"name": "Dump", "tags": "env:prod, team:core"}), "Dump", 2, None),
        (json!({"name": "Free text", "annotations": "see the log"}), "Free text", 0, None),
        (json!({"name": "Empty", "labels": "", "annotations": ""}), "Empty", 0, None),
        (json!({"name": "Number", "labels": 7}), "Number", 0, Some("labels")),
        (json!({"name": "Truth", "annotations": true}), "Truth", 0, Some("annotations")),
    ] {
        let parsed = generic(&body.to_string()).unwrap();
        assert_eq!(parsed.complaints, [], "{body}");
        let expected: Vec<_> = field.map(|field| (WarningKind::OddField, field)).into_iter().collect();
        assert_eq!(warnings(&parsed), expected, "{body}");
        let signal = &parsed.signals[0];
        let own = signal.labels.keys().filter(|label| !matches!(label.as_str(), "alertname" | "service")).count();
        assert_eq!((signal.firing, signal.name.verbatim()), (true, name), "{body}");
        assert_eq!(own + usize::from(signal.service.is_some()), labels, "{body}");
    }
    let odd = webhook(&ALERT.replace(r#"{"summary":"down\nreally"}"#, "[7]"));
    let parsed = alertmanager(&odd).unwrap();
    assert_eq!((parsed.signals.len(), warnings(&parsed)), (1, vec![(WarningKind::OddField, "annotations")]));
}

#[test]
fn a_state_that_is_not_known_means_firing_and_one_that_is_has_no_warning() {
    let read = |word: &str| generic(&json!({"name": "A", "severity": "critical", "state": word}).to_string()).unwrap();
    for word in ["ALARM", "offline", "Fired", "degraded", "UNSTABLE", "raised", "outage", "suppressed"] {
        let parsed = read(word);
        assert!(parsed.signals[0].firing && parsed.warnings.is_empty(), "{word}");
    }
    for word in ["purple", "started", "on", "unknown"] {
        let parsed = read(word);
        assert!(parsed.signals[0].firing, "{word}");
        assert_eq!(warnings(&parsed), [(WarningKind::UnknownState, word)]);
    }
    for word in ["fixed", "passed", "succeeded", "expired", "operational", "stable", "online", "done", "deactivated"] {
        assert!(!read(word).signals[0].firing, "{word}");
    }
    let held = one(generic(r#"{"name":"A","state":"Acknowledged"}"#));
    assert_eq!((held.firing, held.acknowledged_by), (true, Some("test".into())));
}

/// Where each kind names the state of an alert, in its sample.
const STATES: [(&str, &str); 14] = [
    ("alertmanager", "/alerts/0/status"),
    ("checkmk", "/state"),
    ("datadog", "/alert_transition"),
    ("generic", "/state"),
    ("grafana", "/alerts/0/status"),
    ("nagios", "/state"),
    ("newrelic", "/state"),
    ("pagerduty", "/event/data/status"),
    ("pingdom", "/current_state"),
    ("site24x7", "/STATUS"),
    ("stackdriver", "/incident/state"),
    ("statuspage", "/incident/status"),
    ("uptimerobot", "/alertType"),
    ("zabbix", "/event_value"),
];

#[test]
fn every_sender_may_name_a_state_that_is_not_known() {
    let shipped = crate::config::Config::shipped();
    for (kind, pointer) in STATES {
        let mut body: Value = serde_json::from_str(samples::written(kind, "firing").unwrap()).unwrap();
        let place = body.pointer_mut(pointer).unwrap_or_else(|| panic!("{kind} has no {pointer}"));
        *place = json!("purple");
        let source = shipped.source(kind).unwrap();
        let parsed = read(source, body.to_string().as_bytes(), now()).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert!(parsed.signals.iter().all(|signal| signal.firing) && !parsed.signals.is_empty(), "{kind}");
        assert!(warnings(&parsed).contains(&(WarningKind::UnknownState, "purple")), "{kind}: {:?}", parsed.warnings);
    }
}

/// Returns the JSON pointers of all values below the root.
fn pointers(value: &Value, place: &str) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().enumerate().map(|(n, item)| (format!("{place}/{n}"), item)).collect(),
        Value::Object(members) => {
            let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
            members.iter().map(|(name, value)| (format!("{place}/{}", escaped(name)), value)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    let below = inner.into_iter().flat_map(|(place, value)| {
        let mut all = pointers(value, &place);
        all.insert(0, place);
        all
    });
    below.collect()
}

/// The snapshot lists the fields without which a body is no alert of its sender, and those by which a sender says that
/// it is about something else.
#[test]
fn a_value_of_another_type_loses_an_alert_only_in_the_fields_that_make_it_one() {
    let shipped = crate::config::Config::shipped();
    let odd = [json!(null), json!(true), json!(7), json!("x"), json!([[]]), json!({"a": [{}]})];
    let mut kinds: Vec<&str> = samples::kinds().collect();
    kinds.sort_unstable();
    let lines = kinds.into_iter().map(|kind| {
        let source = shipped.source(kind).unwrap_or_else(|| panic!("no source is shipped for {kind}"));
        let body: Value = serde_json::from_str(samples::written(kind, "firing").unwrap()).unwrap();
        let loses = |pointer: &String| {
            odd.iter().any(|odd| {
                let mut body = body.clone();
                *body.pointer_mut(pointer).unwrap() = odd.clone();
                let parsed = read(source, body.to_string().as_bytes(), now()).unwrap_or_default();
                !parsed.signals.iter().any(|signal| signal.firing) && parsed.orders.is_empty()
            })
        };
        let lost: Vec<String> = pointers(&body, "").into_iter().filter(loses).collect();
        format!("{kind}: {}", lost.join(" "))
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_resolve_needs_only_the_key_that_its_sender_uses() {
    for field in ["fingerprint", "dedup_key", "alert_uid", "deduplication_key", "alias", "incident_key", "id"] {
        let fires = one(generic(&json!({"name": "Pump hot", field: "pump-3", "state": "firing"}).to_string()));
        let over = one(generic(&json!({field: "pump-3", "state": "resolved"}).to_string()));
        assert_eq!((fires.fingerprint, over.firing), (over.fingerprint, false), "{field}");
    }
    let renamed = [
        r#"{"title":"[ALERT] hot","alert_uid":"1","state":"alerting"}"#,
        r#"{"title":"[OK] fine","alert_uid":"1","state":"ok"}"#,
    ];
    let [fires, over] = renamed.map(|body| one(generic(body)));
    assert_eq!((fires.fingerprint, over.firing), (over.fingerprint, false));
    let mapping = FieldMapping { name: vec!["/what".to_owned()], ..FieldMapping::default() };
    let mapped = source(SourceKind::Generic, Some(mapping));
    let print = |id: &str| one(read(&mapped, format!(r#"{{"what":"A","id":{id}}}"#).as_bytes(), now())).fingerprint;
    assert_eq!(print("1"), print("2"), "through a mapping an `id` may be that of the event");
}

#[test]
fn an_alert_without_a_name_is_named_by_what_it_says_or_by_its_labels() {
    let named = |labels: &str, annotations: &str| {
        one(alertmanager(&webhook(&format!(r#"{{"labels":{labels},"annotations":{annotations}}}"#)))).name
    };
    assert_eq!(
        named(r#"{"debug":"true","env":"prod"}"#, r#"{"summary":"High memory\nnow"}"#).verbatim(),
        "High memory"
    );
    assert_eq!(named(r#"{"debug":"true"}"#, r#"{"title":"High memory"}"#).verbatim(), "High memory");
    assert_eq!(named(r#"{"debug":"true","env":"prod"}"#, "{}").verbatim(), "debug=true env=prod");
    assert_eq!(one(generic(r#"{"labels":{"b":"2","a":"1"}}"#)).name.verbatim(), "a=1 b=2");
    assert_eq!(one(generic(r#"{"annotations":{"summary":"Full"},"labels":{"a":"1"}}"#)).name.verbatim(), "Full");
}

#[test]
fn words_for_severity_that_are_not_known_are_counted_while_the_alert_fires() {
    let read = |severity: &str, state: &str| {
        let body = json!({"name": "A", "severity": severity, "state": state}).to_string();
        generic(&body).unwrap()
    };
    assert_eq!(warnings(&read("Katastrophe", "firing")), [(WarningKind::UnknownSeverity, "Katastrophe")]);
    assert_eq!(warnings(&read("Katastrophe", "resolved")), []);
    assert_eq!(warnings(&read("P0", "firing")), []);
    assert_eq!(warnings(&read(" ", "firing")), []);
}

#[test]
fn the_number_of_a_severity_of_zabbix_counts_before_its_name() {
    let read = |name: &str, number: &str| {
        let body = json!({"event_id": "1", "event_value": "1", "event_severity": name, "event_nseverity": number});
        let parsed = read(&source(SourceKind::Zabbix, None), body.to_string().as_bytes(), now()).unwrap();
        (parsed.signals[0].severity, parsed.warnings.len())
    };
    assert_eq!(read("Katastrophe", "5"), (Some(Severity::Sev1), 0));
    assert_eq!(read("High", "5"), (Some(Severity::Sev1), 0), "renamed");
    assert_eq!(read("High", "{EVENT.NSEVERITY}"), (Some(Severity::Sev2), 0), "an older media type");
    assert_eq!(read("Not classified", "0"), (Some(Severity::Sev4), 0));
}

#[test]
fn alerts_that_the_sender_cut_are_counted() {
    let body = webhook(ALERT).replacen('{', r#"{"truncatedAlerts":13,"receiver":"hot","#, 1);
    let parsed = alertmanager(&body).unwrap();
    assert_eq!(parsed.signals[0].truncated, 13);
    assert_eq!(warnings(&parsed), [(WarningKind::Truncated, "hot")]);
    assert_eq!(parsed.warnings[0].count, 13);
    assert_eq!(alertmanager(&webhook(ALERT)).unwrap().warnings, []);
}

#[test]
fn times_are_read_in_every_common_notation() {
    let at = |time: Value| one(generic(&json!({"name": "A", "starts_at": time}).to_string()));
    for time in [
        json!("2026-11-21T11:00:00.5Z"),
        json!(1_795_258_800.5),
        json!("1795258800500"),
        json!("1795258800500000"),
        json!("1795258800500000000"),
        json!("2026-11-21 11:00:00.5 +0000 UTC"),
        json!("2026-11-21 12:00:00.5 +0100 CET m=+0.123"),
    ] {
        let signal = at(time.clone());
        assert_eq!(
            (signal.starts_at.map(|at| at.timestamp_millis()), signal.remarks),
            (Some(1_795_258_800_500), vec![]),
            "{time}"
        );
    }
    assert_eq!(at(json!("Sat, 21 Nov 2026 12:00:00 +0100")).starts_at.unwrap().timestamp(), 1_795_258_800);
    let odd = generic(r#"{"name":"A","starts_at":"yesterday"}"#).unwrap();
    assert_eq!((odd.signals[0].firing, warnings(&odd)), (true, vec![(WarningKind::OddTime, "")]));
}
