//! Recorded bodies of real senders, each with its expected result.

use serde_json::Value;

use super::{now, source};
use crate::{
    config::{Source, SourceKind},
    domain::{Timestamp, alert::Signal},
    intake::{Reading, read},
    shared_files::shared,
};

/// The folders of recorded bodies, each with its source kind.
pub(super) const FOLDERS: [(&str, SourceKind); 16] = [
    ("alertmanager", SourceKind::Alertmanager),
    ("cloudwatch", SourceKind::Sns),
    ("grafana", SourceKind::Grafana),
    ("graylog", SourceKind::Graylog),
    ("newrelic", SourceKind::NewRelic),
    ("opsgenie", SourceKind::Opsgenie),
    ("pagerduty", SourceKind::PagerDuty),
    ("pingdom", SourceKind::Pingdom),
    ("riemann", SourceKind::Riemann),
    ("sentry", SourceKind::Sentry),
    ("site24x7", SourceKind::Site24x7),
    ("stackdriver", SourceKind::Stackdriver),
    ("statuspage", SourceKind::Statuspage),
    ("uptimerobot", SourceKind::UptimeRobot),
    ("vmware", SourceKind::VRealize),
    ("zabbix", SourceKind::Zabbix),
];

#[test]
fn the_recorded_bodies_are_read_as_expected() {
    for (folder, kind) in FOLDERS {
        let Some(expected) = shared(&format!("payloads/{folder}/expected.json")) else { return };
        for file in serde_json::from_str::<Vec<Value>>(&expected).unwrap() {
            let name = format!("{folder}/{}", file["file"].as_str().unwrap());
            let body = shared(&format!("payloads/{name}")).expect("beside it");
            let listed = file["subscription"]["TopicArn"].as_str().map(ToOwned::to_owned).into_iter().collect();
            let source = Source { topics: listed, ..source(kind, None) };
            let parsed = read(&source, body.as_bytes(), now());
            check(&name, &parsed.unwrap_or_else(|error| panic!("{name}: {error}")), &file);
        }
    }
}

fn check(name: &str, parsed: &Reading, file: &Value) {
    assert_eq!(parsed.complaints, [], "{name}");
    assert_eq!(parsed.confirm.as_deref(), file["subscription"]["SubscribeURL"].as_str(), "{name}");
    let wanted: Vec<&Value> =
        file["alerts"].as_array().unwrap().iter().filter(|alert| alert["state"] != "info").collect();
    assert_eq!(parsed.signals.len(), wanted.len(), "{name}: {:?}", parsed.signals);
    for (signal, wanted) in parsed.signals.iter().zip(&wanted) {
        check_one(name, signal, wanted);
    }
    let mut prints: Vec<_> = parsed.signals.iter().map(|signal| &signal.fingerprint).collect();
    prints.dedup();
    let one_incident = name == "pagerduty/alerta_pagerduty_alert.json";
    assert_eq!(prints.len(), if one_incident { 1 } else { wanted.len() }, "{name}: which are the same alert");
}

fn state(signal: &Signal) -> &'static str {
    match (signal.firing, &signal.acknowledged_by) {
        (true, None) => "firing",
        (true, Some(_)) => "acknowledged",
        (false, _) => "resolved",
    }
}

fn check_one(name: &str, signal: &Signal, wanted: &Value) {
    let state = state(signal);
    let allowed =
        wanted["also_acceptable_states"].as_array().is_some_and(|states| states.contains(&Value::from(state)));
    assert!(wanted["state"] == state || allowed, "{name}: {state}");
    let title = wanted["title_or_name"].as_str().unwrap();
    let titles = [signal.name.verbatim(), signal.summary.verbatim()];
    assert!(titles.contains(&title), "{name}: {titles:?} and not {title:?}");
    if let Some(link) = wanted["link"].as_str() {
        assert_eq!(signal.links.first().map(|link| link.verbatim()), Some(link), "{name}");
    }
    let word = signal.labels.get("severity").map(|word| word.verbatim().to_owned());
    let as_sent = &wanted["severity_as_sent"];
    let as_sent = as_sent.as_str().map(ToOwned::to_owned).or_else(|| as_sent.as_i64().map(|number| number.to_string()));
    assert_eq!(word, as_sent, "{name}");
    check_fields(name, signal, &wanted["key_fields"]);
}

fn check_fields(name: &str, signal: &Signal, fields: &Value) {
    if let Some(summary) = fields["summary"].as_str() {
        assert_eq!(signal.summary.verbatim(), summary, "{name}");
    }
    // Riemann's service is the name of a check.
    if let Some(service) = fields["service"].as_str().filter(|_| !name.starts_with("riemann/")) {
        assert_eq!(signal.service.as_deref(), Some(service), "{name}");
    }
    if let Some(host) = fields["hostname"].as_str() {
        assert_eq!(signal.host.as_ref().map(|host| host.verbatim()), Some(host), "{name}");
    }
    for (label, value) in fields["labels"].as_object().into_iter().flatten() {
        assert_eq!(signal.labels.get(label).map(|value| value.verbatim()), value.as_str(), "{name}: {label}");
    }
    for (field, read) in [("startsAt", signal.starts_at), ("endsAt", signal.ends_at)] {
        let wanted =
            fields[field].as_str().filter(|time| !time.starts_with("0001")).map(|time| time.parse::<Timestamp>());
        let wanted = wanted.map(|time| time.unwrap().timestamp_millis());
        assert!(wanted.is_none() || wanted == read.map(|time| time.timestamp_millis()), "{name}: {field}");
    }
}
