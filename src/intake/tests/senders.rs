//! Cases beyond the recorded bodies: the life of an alert, and messages that neither start nor end one.

use serde_json::{Value, json};

use super::*;

fn hear(kind: SourceKind, body: &Value) -> Reading {
    let parsed = read(&source(kind, None), body.to_string().as_bytes(), now());
    let parsed = parsed.unwrap_or_else(|error| panic!("{error}: {body}"));
    assert_eq!(parsed.complaints, [], "{body}");
    parsed
}

fn heard(kind: SourceKind, body: &Value) -> Signal {
    let mut parsed = hear(kind, body);
    assert_eq!(parsed.signals.len(), 1, "{body}");
    parsed.signals.remove(0)
}

fn wrong(kind: SourceKind, body: &Value) -> String {
    complaint(read(&source(kind, None), body.to_string().as_bytes(), now()))
}

/// Replaces some values of a body, each at its JSON pointer.
fn with(body: &Value, changes: &[(&str, Value)]) -> Value {
    let mut body = body.clone();
    for (pointer, value) in changes {
        *body.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value.clone();
    }
    body
}

fn says_nothing(kind: SourceKind, bodies: &[Value]) {
    for body in bodies {
        assert_eq!(hear(kind, body), Reading::default(), "{body}");
    }
}

fn links(signal: &Signal) -> Vec<&str> {
    signal.links.iter().map(Untrusted::verbatim).collect()
}

fn label<'a>(signal: &'a Signal, name: &str) -> &'a str {
    signal.labels.get(name).map_or("", Untrusted::verbatim)
}

#[test]
fn grafanas_pictures_panels_and_values_are_kept() {
    let body = json!({"version": "1", "status": "firing", "orgId": 1, "alerts": [{
        "status": "firing", "labels": {"alertname": "DatasourceNoData", "service": "api", "severity": "P2"},
        "annotations": {"runbook_url": "https://runbooks.example/x"}, "startsAt": "2026-11-21T11:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "https://g.example/alert", "fingerprint": "a1",
        "panelURL": "https://g.example/panel", "imageURL": "https://g.example/image.png", "dashboardURL": "",
        "values": {"B": 44.2}, "valueString": "", "enrichments": {"x": []}}]});
    let signal = heard(SourceKind::Grafana, &body);
    let pages = ["alert", "image.png", "panel"].map(|page| format!("https://g.example/{page}"));
    assert_eq!(links(&signal), [&pages[0], &pages[1], &pages[2], "https://runbooks.example/x"]);
    assert_eq!((signal.severity, signal.annotations["values"].verbatim()), (Some(Severity::Sev2), r#"{"B":44.2}"#));
    let over =
        with(&body, &[("/alerts/0/status", json!("resolved")), ("/alerts/0/endsAt", json!("2026-11-21T11:30:00Z"))]);
    let over = heard(SourceKind::Grafana, &over);
    assert_eq!((over.firing, over.fingerprint), (false, signal.fingerprint));
}

#[test]
fn all_that_fired_of_a_legacy_rule_of_grafana_is_over_when_the_rule_is() {
    let body = json!({"ruleId": 7, "orgId": 2, "ruleName": "CPU", "ruleUrl": "https://g.example/d", "state": "alerting",
        "title": "[Alerting] CPU", "message": "boom\nmore", "tags": {"severity": "critical"},
        "evalMatches": [{"metric": "user", "value": 97.5, "tags": {"host": "zeta"}}]});
    let first = heard(SourceKind::Grafana, &body);
    assert_eq!((first.firing, first.severity, first.host.clone()), (true, Some(Severity::Sev1), Some("zeta".into())));
    assert_eq!((first.summary.verbatim(), first.annotations["matches"].verbatim()), ("boom", "user = 97.5"));
    let over = heard(SourceKind::Grafana, &with(&body, &[("/state", json!("ok")), ("/evalMatches", json!([]))]));
    assert_eq!((over.firing, &over.fingerprint), (false, &first.fingerprint));
    let no_data =
        heard(SourceKind::Grafana, &with(&body, &[("/state", json!("no_data")), ("/evalMatches", json!(null))]));
    assert!(no_data.firing);
    assert_ne!(heard(SourceKind::Grafana, &with(&body, &[("/orgId", json!(3))])).fingerprint, first.fingerprint);
    says_nothing(
        SourceKind::Grafana,
        &[with(&body, &[("/state", json!("paused"))]), with(&body, &[("/state", json!("pending"))])],
    );
    assert!(heard(SourceKind::Grafana, &with(&body, &[("/state", json!("purple"))])).firing, "an unknown state fires");
}

/// The body to paste from `docs/senders/datadog.md`, as Datadog fills it in.
fn datadog() -> Value {
    json!({"alert_transition": "Triggered", "alert_cycle_key": "123456", "alert_id": "77", "alert_priority": "P2",
        "alert_type": "error", "alert_scope": "host:web-1,env:prod", "alert_title": "CPU on web-1", "alert_metric": "system.cpu",
        "title": "[P2] [Triggered on {host:web-1}] CPU on web-1", "body": "%%%\nCPU is **high**\n\nmore\n%%%",
        "hostname": "web-1", "tags": "env:prod,service:checkout,team", "link": "https://app.datadoghq.com/event/1",
        "snapshot": "$SNAPSHOT", "date": "1795260000000", "last_updated": "1795260000000", "id": "1"})
}

#[test]
fn an_alert_of_datadog_fires_is_told_again_and_is_over() {
    let fires = heard(SourceKind::Datadog, &datadog());
    assert_eq!(
        (fires.firing, fires.severity, fires.service.as_deref()),
        (true, Some(Severity::Sev2), Some("checkout"))
    );
    assert_eq!((fires.name.verbatim(), fires.summary.verbatim()), ("CPU on web-1", "CPU is **high**"));
    assert_eq!((label(&fires, "env"), label(&fires, "team"), label(&fires, "host")), ("prod", "true", "web-1"));
    assert_eq!(links(&fires), ["https://app.datadoghq.com/event/1"], "a variable without value is none");
    assert_eq!(fires.starts_at.map(|at| at.timestamp()), Some(1_795_260_000));
    for (transition, firing) in
        [("Re-Triggered", true), ("Warn", true), ("No Data", true), ("Renotify", true), ("Recovered", false)]
    {
        let next = heard(SourceKind::Datadog, &with(&datadog(), &[("/alert_transition", json!(transition))]));
        assert_eq!((next.firing, &next.fingerprint), (firing, &fires.fingerprint), "{transition}");
    }
    says_nothing(SourceKind::Datadog, &[with(&datadog(), &[("/alert_transition", json!("Muted"))])]);
    assert!(heard(SourceKind::Datadog, &with(&datadog(), &[("/alert_transition", json!("Wobbled"))])).firing);
}

#[test]
fn without_a_cycle_the_monitor_and_its_scope_are_the_alert_of_datadog_whatever_the_order_of_the_scope() {
    let without = |scope: &str| {
        with(&datadog(), &[("/alert_cycle_key", json!("$ALERT_CYCLE_KEY")), ("/alert_scope", json!(scope))])
    };
    let print = |scope: &str| heard(SourceKind::Datadog, &without(scope)).fingerprint;
    assert_eq!(print("a:1,b:2"), print("b:2, a:1"));
    assert_ne!(print("a:1"), print("a:2"));
}

#[test]
fn the_default_body_of_datadog_says_in_its_title_how_the_monitor_stands() {
    let default = |title: &str| {
        json!({"body": "%%%\ntext\n%%%", "title": title, "date": "1795260000000", "id": "9",
        "last_updated": "1795260000000", "event_type": "query_alert_monitor", "org": {"id": "1", "name": "x"}})
    };
    let fires = heard(SourceKind::Datadog, &default("[P1] [Triggered on {host:h1}] Disk"));
    assert_eq!((fires.name.verbatim(), fires.severity, label(&fires, "host")), ("Disk", Some(Severity::Sev1), "h1"));
    let over = heard(SourceKind::Datadog, &default("[P1] [Recovered on {host:h1}] Disk"));
    assert_eq!((over.firing, &over.fingerprint), (false, &fires.fingerprint));
    let no_data = heard(SourceKind::Datadog, &default("[No Data on {host:h1}] [P1] Disk"));
    assert_eq!((no_data.firing, &no_data.fingerprint), (true, &fires.fingerprint));
    assert!(heard(SourceKind::Datadog, &default("Disk")).firing, "a state that is not known");
    assert!(wrong(SourceKind::Datadog, &default("")).contains("neither `alert_transition` nor a title"));
}

fn pagerduty(kind: &str, status: &str) -> Value {
    json!({"event": {"id": "e", "event_type": kind, "resource_type": "incident", "occurred_at": "2026-11-21T11:30:00Z",
        "agent": {"summary": "Ann"}, "client": null, "data": {"id": "PX", "type": "incident", "title": "Disk",
        "html_url": "https://x.pagerduty.com/incidents/PX", "number": 4, "status": status, "urgency": "low",
        "created_at": "2026-11-21T11:00:00Z", "service": {"summary": "checkout"}, "assignees": [{"summary": "Bob"}],
        "priority": null, "teams": []}}})
}

#[test]
fn an_incident_of_pagerduty_is_triggered_acknowledged_and_resolved_and_may_be_opened_again() {
    let kind = SourceKind::PagerDuty;
    let fires = heard(kind, &pagerduty("incident.triggered", "triggered"));
    assert_eq!(
        (fires.firing, fires.severity, fires.service.as_deref()),
        (true, Some(Severity::Sev4), Some("checkout"))
    );
    let taken = heard(kind, &pagerduty("incident.acknowledged", "acknowledged"));
    assert_eq!((taken.acknowledged_by, &taken.fingerprint), (Some("Ann".into()), &fires.fingerprint));
    let moved = heard(kind, &pagerduty("incident.reassigned", "acknowledged"));
    assert_eq!(moved.acknowledged_by, Some("Bob".into()), "whoever reassigns need not have it");
    assert_eq!(heard(kind, &pagerduty("incident.unacknowledged", "triggered")).acknowledged_by, None);
    let over = heard(kind, &pagerduty("incident.resolved", "resolved"));
    assert_eq!(
        (over.firing, over.starts_at, over.ends_at),
        (false, fires.starts_at, Some("2026-11-21T11:30:00Z".parse().unwrap()))
    );
    let again = heard(kind, &pagerduty("incident.reopened", "triggered"));
    assert!(again.starts_at > fires.starts_at, "a new episode");
    let note = json!({"event": {"event_type": "incident.annotated", "data": {"id": "N", "type": "incident_note", "content": "x"}}});
    says_nothing(
        kind,
        &[note, json!({"event": {"event_type": "service.updated", "data": {"id": "S", "type": "service"}}})],
    );
    assert!(wrong(kind, &json!({})).contains("`event` should stand here"));
    assert!(wrong(kind, &json!({"messages": [{"type": "x"}]})).contains("1 messages are about no incident"));
}

#[test]
fn an_issue_of_sentry_and_its_alerts_are_one_alert_until_the_issue_is_resolved() {
    let kind = SourceKind::Sentry;
    let alert = heard(
        kind,
        &json!({"action": "triggered", "data": {"triggered_rule": "Errors", "event": {"event_id": "e",
        "issue_id": "12", "title": "Boom", "culprit": "main", "level": "fatal", "environment": "prod",
        "datetime": "2026-11-21T11:00:00Z", "url": "https://sentry.io/api/0/projects/org/checkout/events/e/",
        "web_url": "https://org.sentry.io/issues/12/", "tags": [["server_name", "web-1"], ["odd"], 7]}}}),
    );
    assert_eq!((alert.severity, alert.service.as_deref()), (Some(Severity::Sev1), Some("checkout")));
    assert_eq!((alert.host.clone(), alert.summary.verbatim()), (Some("web-1".into()), "Boom in main"));
    assert_eq!((label(&alert, "rule"), label(&alert, "environment")), ("Errors", "prod"));
    let issue = |action: &str, status: &str| {
        json!({"action": action, "data": {"issue": {"id": "12", "shortId": "C-1",
        "title": "Boom", "culprit": "", "level": "error", "status": status, "project": {"slug": "checkout"},
        "assignedTo": {"name": "Ann"}, "permalink": null, "web_url": "https://org.sentry.io/issues/12/"}}})
    };
    let taken = heard(kind, &issue("assigned", "unresolved"));
    assert_eq!(
        (taken.firing, taken.acknowledged_by.clone(), &taken.fingerprint),
        (true, Some("Ann".into()), &alert.fingerprint)
    );
    for status in ["resolved", "ignored", "archived"] {
        let over = heard(kind, &issue("resolved", status));
        assert_eq!((over.firing, &over.fingerprint, over.acknowledged_by.clone()), (false, &alert.fingerprint, None));
    }
    let metric = |action: &str| {
        json!({"sentry_hook_resource": "metric_alert", "action": action, "data": {
        "description_title": "Critical: Slow", "description_text": "1000 events", "web_url": "https://org.sentry.io/a",
        "metric_alert": {"id": "12", "alert_rule": {"name": "Slow"}, "projects": ["checkout"]}}})
    };
    let slow = heard(kind, &metric("critical"));
    assert_eq!((slow.name.verbatim(), slow.summary.verbatim()), ("Slow", "1000 events"));
    assert_ne!(slow.fingerprint, alert.fingerprint, "numbers of issues and of metric alerts are not the same");
    assert_eq!(heard(kind, &metric("warning")).severity, Some(Severity::Sev3));
    assert_eq!(
        (heard(kind, &metric("resolved")).firing, heard(kind, &metric("resolved")).fingerprint),
        (false, slow.fingerprint)
    );
    says_nothing(
        kind,
        &[
            json!({"sentry_hook_resource": "installation", "action": "created", "data": {}}),
            json!({"sentry_hook_resource": "comment", "data": {"issue_id": 1}}),
        ],
    );
    assert_eq!(wrong(kind, &json!({"data": {}})), "this is none of Sentry's resources at /data");
}

fn alarm(state: &str, at: &str) -> Value {
    let message = json!({"AlarmName": "CPU/high", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:12:alarm:CPU/high",
        "AlarmDescription": null, "AWSAccountId": "12", "Region": "EU (Ireland)", "NewStateValue": state,
        "NewStateReason": "Threshold Crossed", "StateChangeTime": at,
        "Trigger": {"MetricName": "CPU", "Namespace": "AWS/EC2", "Dimensions": [{"name": "InstanceId", "value": "i-1"}]}});
    json!({"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:eu-west-1:12:t", "Message": message.to_string()})
}

#[test]
fn an_alarm_of_cloudwatch_goes_on_and_is_over() {
    let kind = SourceKind::Sns;
    let fires = heard(kind, &alarm("ALARM", "2026-11-21T11:00:00.500+0000"));
    assert_eq!(
        (fires.firing, fires.host.clone(), fires.summary.verbatim()),
        (true, Some("i-1".into()), "Threshold Crossed")
    );
    assert_eq!(fires.starts_at.map(|at| at.timestamp_millis()), Some(1_795_258_800_500));
    let page = "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/CPU%2Fhigh";
    assert_eq!(links(&fires), [page]);
    let over = heard(kind, &alarm("OK", "2026-11-21T11:10:00.000+0000"));
    assert_eq!((over.firing, &over.fingerprint), (false, &fires.fingerprint));
    says_nothing(
        kind,
        &[alarm("INSUFFICIENT_DATA", "2026-11-21T11:10:00.000+0000"), json!({"Type": "UnsubscribeConfirmation"})],
    );
    assert!(wrong(kind, &json!({"Type": "Notification", "Message": "hello"})).contains("/Message, byte 0"));
    assert!(wrong(kind, &json!({"Type": "Notification", "Message": "{}"})).contains("no alarm of CloudWatch"));
    assert_eq!(wrong(kind, &json!({"alerts": []})), "`Type` is none of Amazon SNS's at /Type");
}

#[test]
fn a_monitor_of_uptime_kuma_goes_down_and_comes_up() {
    let kind = SourceKind::UptimeKuma;
    let beat = |status: u8| {
        json!({"heartbeat": {"monitorID": 3, "status": status, "time": "2026-11-21 11:00:00.250",
        "msg": "connect ECONNREFUSED"}, "monitor": {"id": 3, "name": "Shop", "url": "https://shop.example/up", "hostname": null,
        "type": "http", "tags": [{"name": "service", "value": "checkout"}, {"name": "severity", "value": "critical"}]},
        "msg": "[Shop] [🔴 Down] connect ECONNREFUSED"})
    };
    let down = heard(kind, &beat(0));
    assert_eq!((down.severity, down.service.as_deref()), (Some(Severity::Sev1), Some("checkout")));
    assert_eq!(
        (down.host.clone(), down.summary.verbatim()),
        (Some("shop.example".into()), "Shop: connect ECONNREFUSED")
    );
    assert_eq!((down.starts_at.map(|at| at.timestamp_millis()), &down.remarks), (Some(1_795_258_800_250), &vec![]));
    let up = heard(kind, &beat(1));
    assert_eq!((up.firing, &up.fingerprint), (false, &down.fingerprint));
    says_nothing(kind, &[beat(2), beat(3), json!({"heartbeat": null, "monitor": null, "msg": "Test"})]);
    assert!(heard(kind, &beat(9)).firing, "an unknown state fires");
    assert!(wrong(kind, &json!({})).contains("`heartbeat` should stand here"));
}

#[test]
fn cloudevents_of_one_source_about_one_subject_are_one_alert() {
    let kind = SourceKind::CloudEvents;
    let event = |kind: &str, data: Value| {
        json!({"specversion": "1.0", "id": "1", "source": "/scaler", "type": kind,
        "subject": "pool-7", "time": "2026-11-21T11:00:00Z", "data": data})
    };
    let fires = heard(kind, &event("com.example.pool.triggered", json!({"summary": "empty", "severity": "major"})));
    assert_eq!(
        (fires.name.verbatim(), fires.severity, label(&fires, "ce_source")),
        ("pool-7", Some(Severity::Sev2), "/scaler")
    );
    assert_eq!(fires.starts_at.map(|at| at.timestamp()), Some(1_795_258_800));
    let over = heard(kind, &event("com.example.pool.resolved", json!(null)));
    assert_eq!((over.firing, &over.fingerprint, over.ends_at.is_some()), (false, &fires.fingerprint, true));
    let said = heard(kind, &event("com.example.pool", json!({"state": "ok"})));
    assert_eq!((said.firing, &said.fingerprint), (false, &fires.fingerprint), "the data's word counts");
    let named = heard(kind, &event("x.triggered", json!({"fingerprint": "f"})));
    assert_ne!(named.fingerprint, fires.fingerprint, "and so does the data's own name for the alert");
    says_nothing(kind, &[event("com.github.push", json!({"commits": 2}))]);
    let batch = json!([event("a.firing", json!({})), {"id": "1"}, event("a.ok", json!({}))]);
    let batch = read(&source(kind, None), batch.to_string().as_bytes(), now()).unwrap();
    assert_eq!(
        (batch.signals.len(), batch.complaint().unwrap().as_str()),
        (2, "a CloudEvent must have `source` at /1/source")
    );
    assert_eq!(wrong(kind, &json!({"specversion": "1.0"})), "a CloudEvent must have `id` at /id");
    let old = json!({"specversion": "0.3", "id": "1", "source": "s", "type": "t"});
    assert!(wrong(kind, &old).contains("version 0.3 of CloudEvents is not known"));
}

#[test]
fn the_data_of_a_cloudevent_are_read_through_a_mapping() {
    let mapping = FieldMapping { name: vec!["/what".into()], state: vec!["/how".into()], ..FieldMapping::default() };
    let event =
        json!({"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data": {"what": "Disk", "how": "open"}});
    let signal = one(read(&source(SourceKind::CloudEvents, Some(mapping)), event.to_string().as_bytes(), now()));
    assert_eq!((signal.name.verbatim(), signal.firing), ("Disk", true));
}
