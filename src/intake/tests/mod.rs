//! Tests of the readers.

mod chat;
mod checks;
mod corpus;
mod expected;
mod mappings;
mod nasty;
mod never_lost;
mod pasted;
mod senders;
mod unsigned;

use serde_json::Value;

use super::{DeliveryKey, MOST_ALERTS, Reading, Unreadable, delivery_key, read};
use crate::{
    config::{FieldMapping, Source, SourceKind},
    domain::{
        Timestamp,
        alert::{Remark, Signal},
        ids::SourceId,
        incident::Severity,
        text::Untrusted,
    },
};

fn source(kind: SourceKind, mapping: Option<FieldMapping>) -> Source {
    Source { mapping, ..Source::new(SourceId::new("test"), kind) }
}

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn alertmanager(body: &str) -> Result<Reading, Unreadable> {
    read(&source(SourceKind::Alertmanager, None), body.as_bytes(), now())
}

fn generic(body: &str) -> Result<Reading, Unreadable> {
    read(&source(SourceKind::Generic, None), body.as_bytes(), now())
}

fn one(parsed: Result<Reading, Unreadable>) -> Signal {
    let parsed = parsed.expect("it can be read");
    assert_eq!((parsed.signals.len(), &parsed.complaints), (1, &Vec::new()));
    parsed.signals.into_iter().next().expect("one")
}

fn complaint(parsed: Result<Reading, Unreadable>) -> String {
    match parsed {
        Ok(parsed) => parsed.complaint().expect("a complaint"),
        Err(error) => error.to_string(),
    }
}

const ALERT: &str = r#"{"status":"firing","labels":{"alertname":"Up","service":"checkout","severity":"critical"},
    "annotations":{"summary":"down\nreally"},"startsAt":"2026-11-21T11:00:00Z","endsAt":"0001-01-01T00:00:00Z",
    "generatorURL":"http://prom/graph","fingerprint":"ab"}"#;

fn webhook(alerts: &str) -> String {
    format!(r#"{{"version":"4","status":"firing","notification_reason":"x","routeLabels":{{}},"alerts":[{alerts}]}}"#)
}

#[test]
fn fields_that_are_not_known_do_not_matter() {
    let signal = one(alertmanager(&webhook(ALERT)));
    assert_eq!((signal.service.as_deref(), signal.summary.verbatim()), (Some("checkout"), "down"));
    assert_eq!(signal.starts_at, Some("2026-11-21T11:00:00Z".parse().unwrap()));
}

#[test]
fn a_resolved_alert_is_the_same_alert_with_an_end() {
    let over = ALERT.replace("firing", "resolved").replace("0001-01-01T00:00:00Z", "2026-11-21T11:30:00Z");
    let (fires, over) = (one(alertmanager(&webhook(ALERT))), one(alertmanager(&webhook(&over))));
    assert_eq!((&fires.fingerprint, fires.starts_at), (&over.fingerprint, over.starts_at));
    assert_eq!((over.firing, over.ends_at), (false, Some("2026-11-21T11:30:00Z".parse().unwrap())));
}

#[test]
fn one_bad_alert_does_not_spoil_the_others() {
    let parsed = alertmanager(&webhook(&format!(r#"{ALERT},{{"labels":7}},{{"status":"firing"}},null"#)));
    let parsed = parsed.unwrap();
    assert_eq!(parsed.signals.len(), 1);
    insta::assert_snapshot!(
        parsed.complaints.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        @r"
    an object should stand here, not a number at /alerts/1/labels
    an alert without labels has no name at /alerts/2/labels
    an alert should stand here, not null at /alerts/3
    "
    );
    assert_eq!(
        parsed.complaint().unwrap(),
        "an object should stand here, not a number at /alerts/1/labels (and 2 more)"
    );
}

#[test]
fn times_no_sender_can_mean_are_left_out_and_remarked() {
    for (start, remark) in [
        ("2030-01-01T00:00:00Z", Remark::FutureStart),
        ("9999-12-31T23:59:59Z", Remark::FutureStart),
        ("1970-01-01T00:00:00Z", Remark::AncientStart),
        ("yesterday", Remark::OddTime),
    ] {
        let signal = one(alertmanager(&webhook(&ALERT.replace("2026-11-21T11:00:00Z", start))));
        assert_eq!((signal.starts_at, signal.remarks), (None, vec![remark]), "{start}");
    }
    let bare = one(alertmanager(&webhook(&ALERT.replace("11:00:00Z", "11:00:00"))));
    assert_eq!((bare.starts_at, bare.remarks), (Some("2026-11-21T11:00:00Z".parse().unwrap()), vec![Remark::NoZone]));
    let zero = one(alertmanager(&webhook(&ALERT.replace("2026-11-21T11:00:00Z", "0001-01-01T00:00:00Z"))));
    assert_eq!((zero.starts_at, zero.remarks), (None, vec![]), "Go's zero time says nothing");
}

#[test]
fn labels_are_kept_verbatim_whatever_they_are() {
    let labels = r#"{"__proto__":"x","id":"1","'; DROP TABLE alerts":"@everyone <b>","n":1e999,"t":true,"gone":null,
        "empty":"","nested":{"a":[1,"\u0000"]},"twice":"first","twice":"last","nul":"a\u0000b","big":9223372036854775809}"#;
    let signal = one(alertmanager(&webhook(&format!(r#"{{"labels":{labels}}}"#))));
    let read: Vec<(&str, &str)> = signal.labels.iter().map(|(name, value)| (name.as_str(), value.verbatim())).collect();
    assert_eq!(
        read,
        [
            ("'; DROP TABLE alerts", "@everyone <b>"),
            ("__proto__", "x"),
            ("big", "9223372036854775809"),
            ("id", "1"),
            ("n", "1e999"),
            ("nested", r#"{"a":[1,"\u0000"]}"#),
            ("nul", "a\0b"),
            ("t", "true"),
            ("twice", "last"),
        ]
    );
}

#[test]
fn many_labels_and_long_ones_are_taken() {
    let many: Vec<String> = (0..10_000).map(|n| format!(r#""l{n}":"v""#)).collect();
    assert_eq!(one(alertmanager(&webhook(&format!(r#"{{"labels":{{{}}}}}"#, many.join(","))))).labels.len(), 10_000);
    let long = "x".repeat(1 << 20);
    let signal = one(alertmanager(&webhook(&format!(r#"{{"labels":{{"alertname":"A","long":"{long}"}}}}"#))));
    assert_eq!(signal.labels["long"].verbatim().len(), 1 << 20);
}

#[test]
fn of_too_many_alerts_the_first_are_taken_and_the_rest_is_complained_of() {
    let alert = r#"{"labels":{"a":"b"}}"#;
    let body = webhook(&vec![alert; MOST_ALERTS + 1].join(","));
    let parsed = alertmanager(&body).unwrap();
    assert_eq!(parsed.signals.len(), MOST_ALERTS);
    assert_eq!(parsed.complaint().unwrap(), "10001 alerts in one body; the first 10000 were taken at /alerts/10000");
}

#[test]
fn links_are_http_only_and_come_bare() {
    let body = webhook(
        r#"{"labels":{"a":"b"},"generatorURL":"javascript:alert(1)","annotations":{"a":"https://ok.example/x",
        "b":"see https://no.example","c":"http://bad.example/\u0022>","d":"ftp://x"}}"#,
    );
    let links = one(alertmanager(&body)).links;
    assert_eq!(links, [Untrusted::new("https://ok.example/x")]);
}

#[test]
fn bodies_of_another_shape_are_complained_of_with_the_place() {
    for (body, why) in [
        ("", "the body is empty at byte 0"),
        ("  \n", "the body is empty at byte 0"),
        ("null", "Alertmanager's list `alerts` should stand here, not null at /alerts"),
        ("[]", "Alertmanager's list `alerts` should stand here, not a list at /alerts"),
        ("\"x\"", "Alertmanager's list `alerts` should stand here, not a text at /alerts"),
        (r#"{"alerts":{}}"#, "Alertmanager's list `alerts` should stand here, not an object without it at /alerts"),
        (r#"{"version":"5","alerts":[]}"#, "version 5 is not known; it was read as 4 at /version"),
        (r#"{"alerts":[{"labels":{}}]}"#, "an alert without labels has no name at /alerts/0/labels"),
    ] {
        assert_eq!(complaint(alertmanager(body)), why, "{body}");
    }
}

#[test]
fn the_documented_json_is_read_with_all_its_fields() {
    let signal = one(generic(
        r#"{"name":"DiskFull","state":"firing","severity":"warning","service":"api","host":"web-1",
        "summary":"92 % used\nmore","labels":{"mount":"/var"},"starts_at":1795000000,"link":"https://graphs.example/d"}"#,
    ));
    assert_eq!((signal.name.verbatim(), signal.severity), ("DiskFull", Some(Severity::Sev3)));
    assert_eq!((signal.summary.verbatim(), signal.host), ("92 % used", Some("web-1".into())));
    assert_eq!(signal.starts_at.unwrap().timestamp(), 1_795_000_000);
    let labels: Vec<&str> = signal.labels.keys().map(String::as_str).collect();
    assert_eq!(labels, ["alertname", "host", "mount", "service", "severity"], "routes can match on all of them");
}

#[test]
fn one_alert_a_list_and_an_object_with_alerts_are_all_taken() {
    let alert = r#"{"name":"A"}"#;
    for body in [alert.to_owned(), format!("[{alert}]"), format!(r#"{{"alerts":[{alert}]}}"#)] {
        let signal = one(generic(&body));
        assert_eq!((signal.name.verbatim(), signal.firing), ("A", true));
    }
    assert_eq!(generic("[]").unwrap(), Reading::default());
    assert_eq!(complaint(generic("7")), "an alert should stand here, not a number at /");
    assert_eq!(complaint(generic("{}")), "the alert has no name at /name");
    assert_eq!(complaint(generic(r#"[{"name":"a"},{"state":"firing"}]"#)), "the alert has no name at /1/name");
}

#[test]
fn an_alert_that_gets_graver_or_ends_without_a_severity_stays_the_same_alert() {
    let print = |body: &str| one(generic(body)).fingerprint;
    let first = print(r#"{"name":"A","service":"api","severity":"warning","labels":{"x":"1"}}"#);
    assert_eq!(first, print(r#"{"name":"A","service":"api","severity":"critical","labels":{"x":"1"}}"#));
    assert_eq!(first, print(r#"{"name":"A","service":"api","state":"ok","labels":{"x":"1"},"summary":"fine"}"#));
    assert_ne!(first, print(r#"{"name":"A","service":"api","labels":{"x":"2"}}"#));
    let named = print(r#"{"name":"A","fingerprint":"7"}"#);
    assert_eq!(named, print(r#"{"name":"B","fingerprint":7,"state":"resolved"}"#), "the sender's own name decides");
}

#[test]
fn an_end_in_the_past_means_that_it_is_over() {
    let over = one(generic(r#"{"name":"A","ends_at":"2026-11-21T11:59:00Z"}"#));
    assert!(!over.firing);
    let times_out = one(generic(r#"{"name":"A","ends_at":"2026-11-21T12:59:00Z"}"#));
    assert!(times_out.firing && times_out.ends_at.is_some());
}

#[test]
fn any_json_is_read_through_a_mapping() {
    let pointer = |text: &str| vec![text.to_owned()];
    let mapping = FieldMapping {
        alerts: Some("/data/events".to_owned()),
        name: pointer("/check/title"),
        state: pointer("/state"),
        resolved_values: vec!["Cleared".to_owned()],
        severity: pointer("/prio"),
        service: pointer("/tags/0"),
        host: pointer("/check/node~1name"),
        summary: pointer("/text"),
        fingerprint: pointer("/check/id"),
        starts_at: pointer("/since"),
        labels: pointer("/meta"),
        link: pointer("/url"),
        acknowledged_by: pointer("/owner"),
        ..FieldMapping::default()
    };
    let source = source(SourceKind::Generic, Some(mapping));
    let body = r#"{"data":{"events":[{"check":{"title":"Ping","id":12,"node/name":"db-1"},"state":"RED ALERT","prio":"P1",
        "tags":["checkout"],"text":"lost","since":"1795000000000","meta":{"dc":"fra"},"url":"https://x.example/12",
        "owner":"ann"},
        {"check":{"title":"Ping","id":12},"state":"cleared"}]}}"#;
    let parsed = read(&source, body.as_bytes(), now()).unwrap();
    assert_eq!(parsed.complaints, []);
    let (first, second) = (&parsed.signals[0], &parsed.signals[1]);
    assert_eq!((first.firing, second.firing), (true, false));
    assert_eq!(first.fingerprint, second.fingerprint);
    assert_eq!((first.severity, first.service.as_deref()), (Some(Severity::Sev1), Some("checkout")));
    assert_eq!((first.host.clone(), first.labels["dc"].verbatim()), (Some("db-1".into()), "fra"));
    assert_eq!(first.starts_at.unwrap().timestamp(), 1_795_000_000);
    assert_eq!((first.acknowledged_by.clone(), second.acknowledged_by.clone()), (Some("ann".into()), None));
    let nowhere = read(&source, b"{}", now()).unwrap_err();
    assert_eq!(nowhere.to_string(), "the body has no such field at /data/events");
}

#[test]
fn delivery_ids_are_the_senders_or_for_alertmanager_the_body_for_a_few_minutes() {
    let none = |_: &str| None;
    let said = |name: &str| (name == "x-delivery-id").then_some(" d-1 ");
    let key = |kind, body: &[u8]| delivery_key(kind, none, body);
    assert_eq!(key(SourceKind::Alertmanager, b"a"), DeliveryKey::EqualSoon);
    assert_eq!(key(SourceKind::Generic, b"a"), DeliveryKey::New);
    assert_eq!(key(SourceKind::UptimeKuma, b"a"), key(SourceKind::UptimeKuma, b"a"));
    assert_ne!(key(SourceKind::UptimeKuma, b"a"), key(SourceKind::UptimeKuma, b"b"));
    for kind in [SourceKind::Generic, SourceKind::Alertmanager] {
        assert_eq!(delivery_key(kind, said, b"a"), DeliveryKey::Id("d-1".to_owned()));
    }
    let long = "x".repeat(5000);
    let DeliveryKey::Id(hashed) = delivery_key(SourceKind::Generic, |_| Some(long.as_str()), b"") else {
        panic!("an id");
    };
    assert!(hashed.starts_with("sha256:") && hashed.len() == 71);
}

#[test]
fn what_the_operator_says_of_a_senders_words_for_severity_counts() {
    let table = "[[sources]]\nid = \"a\"\nkind = \"generic\"\n[sources.severity]\nCritical = \"sev3\"\nred = \"sev1\"\ndefault = \"sev4\"\n";
    let source = crate::config::Config::from_text("bot.toml", table, []).expect("good").sources.remove(0);
    let judged = |word: &str| {
        let body = format!("{{\"name\":\"A\",\"severity\":{word}}}");
        one(read(&source, body.as_bytes(), now())).severity
    };
    for (word, severity) in [
        ("\"CRITICAL\"", Severity::Sev3),
        ("\"red\"", Severity::Sev1),
        ("\"warning\"", Severity::Sev3),
        ("\"error\"", Severity::Sev2),
        ("\"purple\"", Severity::Sev4),
        ("null", Severity::Sev4),
    ] {
        assert_eq!(judged(word), Some(severity), "{word}");
    }
}
