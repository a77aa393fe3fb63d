//! Tests of the senders without signatures, over the life of an alert.

use serde_json::{Value, json};

use super::*;
use crate::domain::alert::{
    Alert,
    episode::{EpisodeChange, SignalContext, merge},
};

pub(super) fn hear(kind: SourceKind, body: &Value) -> Result<Reading, Unreadable> {
    read(&source(kind, None), body.to_string().as_bytes(), now())
}

/// Returns the effect of each of a sender's bodies on one alert, one line each.
pub(super) fn life(kind: SourceKind, bodies: &[Value]) -> Vec<String> {
    let mut stored: Option<Alert> = None;
    let mut lines = Vec::new();
    for (minute, body) in (0..).zip(bodies) {
        for signal in hear(kind, body).unwrap_or_else(|error| panic!("{error}: {body}")).signals {
            let at = now() + chrono::TimeDelta::minutes(minute);
            let id = SourceId::new("test");
            let heard = SignalContext {
                source: &id,
                at,
                resolve_timeout: std::time::Duration::from_secs(86_400),
                reopen_hold: std::time::Duration::from_secs(20),
                leases: false,
            };
            if let Some(alert) = &stored {
                assert_eq!(alert.fingerprint, signal.fingerprint, "it is the same alert: {body}");
            }
            let (word, alert) = match merge(stored.as_ref(), &signal, &heard) {
                EpisodeChange::Ignored => ("ignored", stored.clone()),
                EpisodeChange::Repeated(alert) => ("heard", Some(alert)),
                EpisodeChange::Changed(alert) => ("changed", Some(alert)),
                EpisodeChange::Resolved(alert) => ("resolved", Some(alert)),
                EpisodeChange::Fired(alert) => ("fired", Some(alert)),
                EpisodeChange::Recorded(alert) => ("recorded", Some(alert)),
                EpisodeChange::Held(alert) => ("held", Some(alert)),
            };
            lines.push(alert.as_ref().map_or_else(|| word.to_owned(), |alert| line(word, alert)));
            stored = alert;
        }
    }
    lines
}

fn line(word: &str, alert: &Alert) -> String {
    let severity = alert.severity.map_or("-", Severity::name);
    let host = alert.host.as_ref().map_or("-", Untrusted::verbatim);
    let holder = alert.acknowledged_there.as_ref().map_or(String::new(), |who| format!(", {} has it", who.verbatim()));
    format!("{word} {severity} {}@{host}: {}{holder}", alert.name.verbatim(), alert.summary.verbatim())
}

#[test]
fn new_relic_from_activated_over_acknowledged_to_closed() {
    let issue = |state: &str, updated: i64| {
        json!({"id": "issue-1", "title": "High CPU on web-1", "state": state, "priority": "HIGH", "impactedEntities": ["web-1"],
            "alertConditionNames": ["High CPU"], "alertPolicyNames": ["Shop"], "issueUrl": "https://nr.example/issue-1",
            "createdAt": 1_795_260_000_000_i64, "updatedAt": updated})
    };
    let (first, held, over) = (
        issue("ACTIVATED", 1_795_260_000_000),
        issue("ACKNOWLEDGED", 1_795_260_060_000),
        issue("CLOSED", 1_795_260_120_000),
    );
    insta::assert_snapshot!(life(SourceKind::NewRelic, &[first.clone(), held, over.clone()]).join("\n"), @r"
    fired sev2 High CPU@-: High CPU on web-1
    changed sev2 High CPU@-: High CPU on web-1, New Relic has it
    resolved sev2 High CPU@-: High CPU on web-1, New Relic has it
    ");
    assert_eq!(life(SourceKind::NewRelic, &[over, first])[1].split(' ').next(), Some("held"), "late words");

    let old = |state: &str| {
        json!({"current_state": state, "incident_id": 42, "condition_name": "Error rate", "details": "5 % of requests fail",
            "severity": "CRITICAL", "owner": "ann", "incident_url": "https://nr.example/42", "timestamp": 1_795_260_000_000_i64})
    };
    insta::assert_snapshot!(life(SourceKind::NewRelic, &[old("open"), old("acknowledged"), old("closed")]).join("\n"), @r"
    fired sev1 Error rate@-: 5 % of requests fail
    changed sev1 Error rate@-: 5 % of requests fail, ann has it
    resolved sev1 Error rate@-: 5 % of requests fail, ann has it
    ");
}

#[test]
fn pingdom_from_down_to_up_whatever_comes_first() {
    let check = |state: &str, at: i64| {
        json!({"check_id": 7, "check_name": "Shop", "current_state": state, "description": "HTTP Error 503", "importance_level": "HIGH",
            "check_params": {"hostname": "shop.example", "full_url": "https://shop.example/"}, "state_changed_timestamp": at})
    };
    let (down, up, again) = (check("DOWN", 1_795_260_000), check("UP", 1_795_260_300), check("DOWN", 1_795_260_360));
    insta::assert_snapshot!(life(SourceKind::Pingdom, &[down.clone(), down.clone(), up.clone(), again]).join("\n"), @r"
    fired sev2 Shop@shop.example: Shop: HTTP Error 503
    heard sev2 Shop@shop.example: Shop: HTTP Error 503
    resolved sev2 Shop@shop.example: Shop: HTTP Error 503
    fired sev2 Shop@shop.example: Shop: HTTP Error 503
    ");
    insta::assert_snapshot!(life(SourceKind::Pingdom, &[up, down]).join("\n"), @r"
    recorded sev2 Shop@shop.example: Shop: HTTP Error 503
    held sev2 Shop@shop.example: Shop: HTTP Error 503
    ");
    assert_eq!(hear(SourceKind::Pingdom, &check("PAUSED", 1_795_260_000)), Ok(Reading::default()));
}

#[test]
fn uptimerobot_from_down_to_up_and_a_certificate_apart() {
    let alert = |kind: &str, at: &str| {
        json!({"monitorID": "7", "monitorURL": "https://shop.example", "monitorFriendlyName": "Shop", "alertType": kind,
            "alertDetails": "HTTP 502 - Bad Gateway", "alertDateTime": at, "alertDuration": "*alertDuration*"})
    };
    let (down, up) = (alert("1", "1795260000"), alert("2", "1795260300"));
    insta::assert_snapshot!(life(SourceKind::UptimeRobot, &[down.clone(), down.clone(), up]).join("\n"), @r"
    fired sev1 Shop@-: Shop: HTTP 502 - Bad Gateway
    heard sev1 Shop@-: Shop: HTTP 502 - Bad Gateway
    resolved sev1 Shop@-: Shop: HTTP 502 - Bad Gateway
    ");
    let print = |body: &Value| one(hear(SourceKind::UptimeRobot, body)).fingerprint;
    assert_ne!(print(&down), print(&alert("3", "*alertDateTime*")));
    assert_eq!(one(hear(SourceKind::UptimeRobot, &alert("1", "*alertDateTime*"))).remarks, []);
}

#[test]
fn opsgenie_from_create_over_acknowledge_and_a_new_priority_to_close() {
    let action = |action: &str, priority: &str| {
        json!({"action": action, "alert": {"alertId": "a-1", "message": "Disk full", "priority": priority, "username": "ann@example.com",
            "alias": "disk-db-1", "entity": "db-1", "tags": ["db"], "details": {"service": "api", "url": "https://og.example/a-1"},
            "createdAt": 1_795_260_000_000_i64, "updatedAt": 1_795_260_300_000_000_110_i64}})
    };
    let bodies = [
        action("Create", "P3"),
        action("AddNote", "P3"),
        action("Acknowledge", "P3"),
        action("UnAcknowledge", "P3"),
        action("UpdatePriority", "P1"),
        action("Close", "P1"),
        action("AddNote", "P1"),
    ];
    insta::assert_snapshot!(life(SourceKind::Opsgenie, &bodies).join("\n"), @r"
    fired sev3 Disk full@-: Disk full
    changed sev3 Disk full@-: Disk full, ann@example.com has it
    changed sev3 Disk full@-: Disk full
    changed sev1 Disk full@-: Disk full
    resolved sev1 Disk full@-: Disk full
    ");
    let signal = one(hear(SourceKind::Opsgenie, &bodies[0]));
    assert_eq!((signal.service.as_deref(), signal.links[0].verbatim()), (Some("api"), "https://og.example/a-1"));
}

#[test]
fn statuspage_incidents_and_components_are_alerts_and_maintenance_is_none() {
    let incident = |status: &str, impact: &str, resolved: Value| {
        json!({"page": {"id": "p"}, "incident": {"id": "i-1", "name": "Slow queries", "status": status, "impact": impact,
            "shortlink": "https://stspg.io/i-1", "created_at": "2026-11-21T11:00:00Z", "resolved_at": resolved,
            "components": [{"name": "API"}, {"name": "Website"}], "incident_updates": [{"body": "We look into it."}]}})
    };
    let bodies = [
        incident("investigating", "minor", Value::Null),
        incident("monitoring", "critical", Value::Null),
        incident("resolved", "critical", json!("2026-11-21T11:30:00Z")),
        incident("postmortem", "critical", json!("2026-11-21T11:30:00Z")),
    ];
    insta::assert_snapshot!(life(SourceKind::Statuspage, &bodies).join("\n"), @r"
    fired sev3 Slow queries@-: Slow queries
    changed sev1 Slow queries@-: Slow queries
    resolved sev1 Slow queries@-: Slow queries
    ignored sev1 Slow queries@-: Slow queries
    ");
    assert_eq!(one(hear(SourceKind::Statuspage, &bodies[0])).labels["components"].verbatim(), "API, Website");
    assert_eq!(hear(SourceKind::Statuspage, &incident("in_progress", "none", Value::Null)), Ok(Reading::default()));

    let component = |status: &str, at: &str| {
        json!({"page": {"id": "p"}, "component": {"id": "c-1", "name": "API", "status": status},
            "component_update": {"new_status": status, "created_at": at, "component_id": "c-1"}})
    };
    let bodies = [
        component("partial_outage", "2026-11-21T11:00:00Z"),
        component("major_outage", "2026-11-21T11:05:00Z"),
        component("under_maintenance", "2026-11-21T11:06:00Z"),
        component("operational", "2026-11-21T11:10:00Z"),
    ];
    insta::assert_snapshot!(life(SourceKind::Statuspage, &bodies).join("\n"), @r"
    fired sev2 API@-: API: partial outage
    changed sev1 API@-: API: major outage
    resolved sev1 API@-: API: major outage
    ");
}

#[test]
fn google_cloud_monitoring_from_open_to_closed() {
    let incident = |state: &str, ended: Value| {
        json!({"version": "1.2", "incident": {"incident_id": "0.m1", "state": state, "started_at": 1_795_260_000, "ended_at": ended,
            "policy_name": "Shop", "condition_name": "CPU usage", "severity": "Error", "summary": "CPU is above 90 %", "scoping_project_id": "shop",
            "resource": {"type": "gce_instance", "labels": {"instance_id": "i-7", "zone": "europe-west3-a"}},
            "policy_user_labels": {"service": "checkout"}, "url": "https://console.cloud.google.com/m1"}})
    };
    let (open, closed) = (incident("open", Value::Null), incident("closed", json!(1_795_260_300)));
    insta::assert_snapshot!(life(SourceKind::Stackdriver, &[open.clone(), open.clone(), closed]).join("\n"), @r"
    fired sev2 CPU usage@i-7: CPU is above 90 %
    heard sev2 CPU usage@i-7: CPU is above 90 %
    resolved sev2 CPU usage@i-7: CPU is above 90 %
    ");
    let signal = one(hear(SourceKind::Stackdriver, &open));
    assert_eq!((signal.service.as_deref(), signal.labels["zone"].verbatim()), (Some("checkout"), "europe-west3-a"));
}

#[test]
fn graylog_events_of_one_key_are_one_alert_that_nobody_ends() {
    let event = |key: &str, at: &str, alert: bool| {
        json!({"event_definition_id": "d-1", "event_definition_title": "Failed logins", "event": {"message": "Failed logins: 12", "key_tuple": [key],
            "alert": alert, "priority": 3, "timestamp": at, "source": "graylog-1", "fields": {"user": key}, "group_by_fields": {"user": key}},
            "backlog": [{"message": "login of eve failed"}, {"message": "login of eve failed again"}]})
    };
    let bodies = [event("eve", "2026-11-21T11:00:00.000Z", true), event("eve", "2026-11-21T11:05:00.000Z", true)];
    insta::assert_snapshot!(life(SourceKind::Graylog, &bodies).join("\n"), @r"
    fired sev2 Failed logins@graylog-1: Failed logins: 12
    heard sev2 Failed logins@graylog-1: Failed logins: 12
    ");
    let print = |key| one(hear(SourceKind::Graylog, &event(key, "2026-11-21T11:00:00.000Z", true))).fingerprint;
    assert_ne!(print("eve"), print("mallory"));
    assert_eq!(hear(SourceKind::Graylog, &event("eve", "2026-11-21T11:00:00.000Z", false)), Ok(Reading::default()));
}

#[test]
fn site24x7_from_trouble_over_down_to_up() {
    let monitor = |status: &str, at: &str| {
        json!({"MONITORNAME": "Shop", "MONITOR_ID": "7", "STATUS": status, "MONITORTYPE": "URL", "INCIDENT_REASON": "Internal Server Error",
            "OUTAGE_TIME_UNIX_FORMAT": at, "MONITOR_DASHBOARD_LINK": "https://s247.example/7"})
    };
    let bodies = [
        monitor("TROUBLE", "1795260000000"),
        monitor("DOWN", "1795260060000"),
        monitor("MAINTENANCE", "1795260070000"),
        monitor("UP", "1795260120000"),
    ];
    insta::assert_snapshot!(life(SourceKind::Site24x7, &bodies).join("\n"), @r"
    fired sev3 Shop@-: Shop: Internal Server Error
    changed sev1 Shop@-: Shop: Internal Server Error
    resolved sev1 Shop@-: Shop: Internal Server Error
    ");
}

#[test]
fn riemann_from_warning_over_critical_to_ok_and_what_is_well_is_not_recorded() {
    let event = |state: &str, time: i64| json!({"host": "web-1", "service": "cpu", "state": state, "description": "97 % used", "metric": 0.97, "time": time, "dc": "fra"});
    let bodies = [
        event("ok", 1_795_259_900),
        event("warning", 1_795_260_000),
        event("critical", 1_795_260_010),
        event("expired", 1_795_260_020),
        event("ok", 1_795_260_030),
        event("ok", 1_795_260_040),
    ];
    insta::assert_snapshot!(life(SourceKind::Riemann, &bodies).join("\n"), @r"
    ignored
    fired sev3 cpu@web-1: cpu: 97 % used
    changed sev1 cpu@web-1: cpu: 97 % used
    changed - cpu@web-1: cpu: 97 % used
    resolved - cpu@web-1: cpu: 97 % used
    ignored - cpu@web-1: cpu: 97 % used
    ");
    let several = json!([event("critical", 1_795_260_000), {"host": "web-2"}, {"service": "disk", "state": "ok"}]);
    let parsed = hear(SourceKind::Riemann, &several).unwrap();
    assert_eq!((parsed.signals.len(), parsed.signals[0].labels["dc"].verbatim()), (2, "fra"));
    assert_eq!(parsed.complaint().unwrap(), "Riemann's `service` should stand here at /1/service");
}

#[test]
fn vrealize_from_active_to_cancelled() {
    let alert = |status: &str, level: &str| {
        json!({"alertId": "a-1", "status": status, "criticality": format!("ALERT_CRITICALITY_LEVEL_{level}"), "alertName": "Datastore is full",
            "info": "2 GB are left", "resourceName": "vm-7", "resourceKind": "VirtualMachine", "startDate": 1_795_260_000_000_i64,
            "cancelDate": 1_795_260_000_000_i64})
    };
    let bodies = [alert("ACTIVE", "WARNING"), alert("ACTIVE", "IMMEDIATE"), alert("CANCELED", "IMMEDIATE")];
    insta::assert_snapshot!(life(SourceKind::VRealize, &bodies).join("\n"), @r"
    fired sev3 Datastore is full@vm-7: 2 GB are left
    changed sev2 Datastore is full@vm-7: 2 GB are left
    resolved sev2 Datastore is full@vm-7: 2 GB are left
    ");
}

#[test]
fn what_these_senders_do_not_say_is_complained_of_with_its_place() {
    for (kind, body, why) in [
        (SourceKind::NewRelic, json!({"state": "open"}), "New Relic's `id` should stand here at /id"),
        (SourceKind::Pingdom, json!({"check": 1}), "Pingdom's `check_id` should stand here at /check_id"),
        (
            SourceKind::UptimeRobot,
            json!({"monitorID": "*monitorID*"}),
            "UptimeRobot's `monitorID` should stand here at /monitorID",
        ),
        (SourceKind::Opsgenie, json!({"action": "Create"}), "the alert has no id at /alert/alertId"),
        (SourceKind::Statuspage, json!({"page": {}}), "the body has neither `incident` nor `component` at "),
        (
            SourceKind::Stackdriver,
            json!([]),
            "Google Cloud Monitoring's `incident_id` should stand here at /incident/incident_id",
        ),
        (SourceKind::Graylog, json!({}), "Graylog's `event_definition_id` should stand here at /event_definition_id"),
        (SourceKind::Site24x7, json!({"STATUS": "UP"}), "Site24x7's `MONITORNAME` should stand here at /MONITORNAME"),
        (SourceKind::Riemann, json!("x"), "Riemann's `service` should stand here at /service"),
        (SourceKind::VRealize, json!({"status": "ACTIVE"}), "vRealize's `alertId` should stand here at /alertId"),
        (SourceKind::Zabbix, json!({}), "Zabbix's `trigger` should stand here at /trigger"),
        (SourceKind::Nagios, json!({"type": "PROBLEM"}), "Nagios's `host` should stand here at /host"),
        (SourceKind::Icinga, json!({"host": "web-1"}), "Icinga's `type` should stand here at /type"),
    ] {
        assert_eq!(hear(kind, &body).unwrap_err().to_string(), why);
    }
}
