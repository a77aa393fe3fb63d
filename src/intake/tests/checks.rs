//! Tests of Zabbix, Nagios and Icinga over the life of an alert.

use serde_json::{Value, json};

use super::{
    unsigned::{hear, life},
    *,
};

#[test]
fn zabbix_from_problem_over_acknowledged_to_recovery_by_its_event() {
    let event = |value: &str, acknowledged: &str, recovered: &str| {
        json!({"event_id": "10528", "event_source": "0", "event_value": value, "event_name": "Disk is full on db-1", "event_severity": "High",
            "host": "db-1", "host_ip": "10.0.0.7", "event_timestamp": "1795260000", "recovery_timestamp": recovered, "acknowledged": acknowledged,
            "update_user": if acknowledged == "Yes" { "Ann (ann)" } else { "{USER.FULLNAME}" }, "update_message": "*UNKNOWN*",
            "tags": [{"tag": "service", "value": "api"}, {"tag": "scope", "value": "capacity"}], "link": "https://zabbix.example/tr_events.php?triggerid=1&eventid=10528"})
    };
    let bodies = [
        event("1", "No", "{EVENT.RECOVERY.TIMESTAMP}"),
        event("1", "Yes", "{EVENT.RECOVERY.TIMESTAMP}"),
        event("0", "Yes", "1795260300"),
    ];
    insta::assert_snapshot!(life(SourceKind::Zabbix, &bodies).join("\n"), @r"
    fired sev2 Disk is full on db-1@db-1: Disk is full on db-1
    changed sev2 Disk is full on db-1@db-1: Disk is full on db-1, Ann (ann) has it
    resolved sev2 Disk is full on db-1@db-1: Disk is full on db-1, Ann (ann) has it
    ");
    let signal = one(hear(SourceKind::Zabbix, &bodies[0]));
    assert_eq!((signal.service.as_deref(), signal.labels["scope"].verbatim()), (Some("api"), "capacity"));
    assert_eq!((signal.annotations.get("comment"), signal.remarks.len()), (None, 0));
    assert_eq!(
        hear(SourceKind::Zabbix, &json!({"event_id": "1", "event_source": "1"})),
        Ok(Reading::default()),
        "discovery"
    );
}

#[test]
fn zabbix_bodies_without_an_event_of_their_own_are_paired_by_the_trigger() {
    let said = |status: &str, trigger: &str, event: &str| {
        json!({"hostname": "web-1", "severity": "Disaster", "status": status, "item": "Agent ping", "trigger": trigger,
            "link": format!("https://zabbix.example/tr_events.php?triggerid=14032{event}")})
    };
    let bodies =
        [said("PROBLEM", "web-1 is unreachable", "&eventid=1"), said("OK", "web-1 is reachable", "&eventid=2")];
    insta::assert_snapshot!(life(SourceKind::Zabbix, &bodies).join("\n"), @r"
    fired sev1 web-1 is unreachable@web-1: web-1 is unreachable
    resolved sev1 web-1 is unreachable@web-1: web-1 is unreachable
    ");
    let linkless =
        |status: &str| json!({"hostname": "web-1", "status": status, "item": "Agent ping", "trigger": status});
    assert_eq!(life(SourceKind::Zabbix, &[linkless("PROBLEM"), linkless("OK")]).len(), 2);
}

fn nagios(kind: &str, state: &str, since: &str) -> Value {
    json!({"type": kind, "host": "web-1", "address": "10.0.0.1", "service": "HTTP", "state": state, "output": "Connection refused",
        "long_output": "a\\nb", "since": since, "time": since, "author": "ann", "comment": "I look", "problem_id": "7", "hotroom_service": "checkout",
        "notes_url": "https://wiki.example/http"})
}

#[test]
fn nagios_and_icinga_from_problem_over_acknowledgement_to_recovery() {
    let bodies = [
        nagios("PROBLEM", "WARNING", "1795260000"),
        nagios("PROBLEM", "CRITICAL", "1795260060"),
        nagios("ACKNOWLEDGEMENT", "CRITICAL", "1795260060"),
        nagios("DOWNTIMESTART", "CRITICAL", "1795260060"),
        nagios("RECOVERY", "OK", "1795260300.123456"),
        nagios("PROBLEM", "CRITICAL", "1795260060"),
    ];
    insta::assert_snapshot!(life(SourceKind::Nagios, &bodies).join("\n"), @r"
    fired sev3 HTTP@web-1: HTTP: Connection refused
    changed sev1 HTTP@web-1: HTTP: Connection refused
    changed sev1 HTTP@web-1: HTTP: Connection refused, ann has it
    resolved sev1 HTTP@web-1: HTTP: Connection refused, ann has it
    held sev1 HTTP@web-1: HTTP: Connection refused, ann has it
    ");
    assert_eq!(life(SourceKind::Nagios, &bodies), life(SourceKind::Icinga, &bodies));
    let signal = one(hear(SourceKind::Icinga, &bodies[0]));
    assert_eq!((signal.service.as_deref(), signal.annotations["long_output"].verbatim()), (Some("checkout"), "a\nb"));
    let mut host = nagios("PROBLEM", "DOWN", "1795260000");
    host["service"] = json!("");
    let down = one(hear(SourceKind::Nagios, &host));
    assert_eq!((down.name.verbatim(), down.severity), ("web-1", Some(Severity::Sev1)));
    assert_ne!(down.fingerprint, signal.fingerprint);
}

#[test]
fn a_flapping_check_is_one_alert_more_that_ends_when_it_no_longer_flaps() {
    let told = |kind: &str, state: &str| {
        let parsed = hear(SourceKind::Nagios, &nagios(kind, state, "1795260000")).unwrap();
        let words = parsed
            .signals
            .iter()
            .map(|s| format!("{} {}", if s.firing { "firing" } else { "over" }, s.summary.verbatim()));
        words.collect::<Vec<_>>()
    };
    assert_eq!(told("FLAPPINGSTART", "OK"), ["over HTTP: Connection refused", "firing HTTP: flapping"]);
    assert_eq!(told("FLAPPINGEND", "CRITICAL"), ["firing HTTP: Connection refused", "over HTTP: flapping"]);
}
