//! Tests of the shipped mappings, and of recorded bodies of senders without a reader of their own.

use super::*;
use crate::{
    config::{Config, shipped_mappings},
    intake::{form, samples},
    shared_files::shared,
};

/// Returns the signals of a sample of a shipped mapping, one line each.
fn lines(source: &Source, body: &str) -> Vec<String> {
    let parsed = read(source, body.as_bytes(), now()).unwrap_or_else(|error| panic!("{}: {error}", source.id));
    assert_eq!((&parsed.complaints, &parsed.warnings), (&Vec::new(), &Vec::new()), "{}: {body}", source.id);
    parsed.signals.iter().map(line).collect()
}

/// `firing sev1 name@host (service) [who]: summary`
fn line(signal: &Signal) -> String {
    let state = if signal.firing { "firing" } else { "resolved" };
    let severity = signal.severity.map_or("-", Severity::name);
    let host = signal.host.as_ref().map_or(String::new(), |host| format!("@{}", host.verbatim()));
    let service = signal.service.as_ref().map_or(String::new(), |service| format!(" ({service})"));
    let holder = signal.acknowledged_by.as_ref().map_or(String::new(), |who| format!(" [{}]", who.verbatim()));
    format!("{state} {severity} {}{host}{service}{holder}: {}", signal.name.verbatim(), signal.summary.verbatim())
}

#[test]
fn each_shipped_mapping_has_a_source_and_reads_its_samples_as_one_alert() {
    let shipped = Config::shipped();
    let mut told = Vec::new();
    for mapping in shipped_mappings() {
        let source = shipped.source(mapping.name).unwrap_or_else(|| panic!("bot.toml has no source {}", mapping.name));
        assert_eq!((source.kind_name(), source.kind), (mapping.name, SourceKind::Generic));
        let mut fingerprints = std::collections::BTreeSet::new();
        for step in samples::STEPS {
            let Some(body) = samples::written(mapping.name, step) else { continue };
            told.extend(lines(source, body).into_iter().map(|line| format!("{} {line}", mapping.name)));
            let parsed = read(source, body.as_bytes(), now()).unwrap();
            fingerprints.extend(parsed.signals.into_iter().map(|signal| signal.fingerprint));
        }
        assert_eq!(fingerprints.len(), 1, "{}: its samples are one alert", mapping.name);
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn each_recorded_body_of_another_sender_gives_the_documented_result() {
    // After the times in the bodies.
    let received: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
    let shipped = Config::shipped();
    let mut told = Vec::new();
    for (file, kind) in [
        ("sender-argocd.json", "argo-cd"),
        ("sender-azure-resolved.json", "azure-monitor"),
        ("sender-betterstack.json", "better-stack"),
        ("sender-betterstack-resolved.json", "better-stack"),
        ("sender-bugsnag.json", "bugsnag"),
        ("sender-checkly.json", "checkly"),
        ("sender-dynatrace.json", "dynatrace"),
        ("sender-falco.json", "falco"),
        ("sender-flux.json", "flux"),
        ("sender-flux-alertmanager.json", "api"),
        ("sender-flux-alertmanager.json", "generic"),
        ("sender-gatus.json", "gatus"),
        ("sender-gatus.json", "generic"),
        ("sender-healthchecks-json.json", "healthchecks"),
        ("sender-healthchecks-json.json", "generic"),
        ("sender-honeycomb.json", "honeycomb"),
        ("sender-incidentio-1.json", "incident-io"),
        ("sender-incidentio-2.json", "incident-io"),
        ("sender-incidentio-1.json", "generic"),
        ("sender-incidentio-2.json", "generic"),
        ("sender-jenkins.json", "jenkins"),
        ("sender-jenkins-started.json", "jenkins"),
        ("sender-k8s-event.json", "kubernetes-events"),
        ("sender-librenms.json", "librenms"),
        ("sender-netdata-cloud.json", "netdata"),
        ("sender-netdata-clear.json", "netdata"),
        ("sender-ntfy.json", "ntfy"),
        ("sender-oncall-formatted-1.json", "grafana-oncall"),
        ("sender-oncall-formatted-2.json", "grafana-oncall"),
        ("sender-oncall-formatted-3.json", "grafana-oncall"),
        ("sender-oncall-formatted-1.json", "generic"),
        ("sender-oncall-formatted-2.json", "generic"),
        ("sender-oncall-formatted-3.json", "generic"),
        ("sender-rollbar.json", "rollbar"),
        ("sender-rollbar-resolved.json", "rollbar"),
        ("sender-splunk.json", "splunk"),
        ("sender-statuscake.form", "statuscake"),
        ("one-no-alertname.json", "alertmanager"),
        ("one-truncated.json", "alertmanager"),
        ("one-zabbix-renamed.json", "zabbix"),
    ] {
        let Some(body) = shared(&format!("cases/alerts/{file}")) else { return };
        let source = shipped.source(kind).unwrap();
        let form = |name: &str| (name == "content-type").then_some("application/x-www-form-urlencoded");
        let body = form::document(source.kind, form, "", body.as_bytes());
        let parsed = read(source, &body, received).unwrap_or_else(|error| panic!("{file} for {kind}: {error}"));
        assert_eq!(parsed.complaints, [], "{file} for {kind}");
        let signals: Vec<String> = parsed.signals.iter().map(line).collect();
        let warnings: Vec<String> =
            parsed.warnings.iter().map(|warning| format!("  {} {:?}", warning.kind.name(), warning.detail)).collect();
        told.push(format!("{file} for {kind}: {}", if signals.is_empty() { "ignored" } else { &signals[0] }));
        told.extend(warnings);
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn each_step_of_a_recorded_sequence_gives_the_documented_result() {
    let shipped = Config::shipped();
    for file in ["seq-generic-odd-fields", "seq-generic-state-words", "seq-resolve-by-key", "seq-severity-zero"] {
        let Some(text) = shared(&format!("cases/alerts/{file}.jsonl")) else { return };
        let steps = text.lines().filter(|line| !line.trim().is_empty());
        for step in steps.map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            let source = step["to"].as_str().unwrap().trim_start_matches("/intake/");
            let signal = one(read(shipped.source(source).unwrap(), step["body"].to_string().as_bytes(), now()));
            let state = if signal.firing { "firing" } else { "resolved" };
            let severity = signal.severity.map(Severity::name);
            let wanted = step["want"].as_str();
            assert!(wanted == Some(state) || (wanted.is_some() && wanted == severity), "{file}: {step}: {signal:?}");
        }
    }
}

#[test]
fn clients_of_victorops_are_read_by_a_mapping_of_ones_own() {
    let toml = r#"
[[sources]]
id = "victorops"
kind = "generic"
[sources.mapping]
name = "/entity_display_name"
fingerprint = "/entity_id"
state = "/message_type"
resolved_values = ["RECOVERY"]
severity = "/message_type"
summary = "/state_message"
host = "/host_name"
starts_at = "/state_start_time"
"#;
    let source = Config::from_text("bot.toml", toml, []).unwrap_or_else(|error| panic!("{error}")).sources.remove(0);
    let Some(body) = shared("cases/alerts/sender-victorops.json") else { return };
    assert_eq!(lines(&source, &body), ["firing sev1 Disk full on db-1@db-1: 98 %"]);
    assert_eq!(lines(&source, &body.replace("CRITICAL", "RECOVERY")), ["resolved - Disk full on db-1@db-1: 98 %"]);
}

#[test]
fn a_mapping_of_ones_own_replaces_single_fields_of_the_shipped_one() {
    let toml = "[[sources]]\nid = \"ci\"\nkind = \"jenkins\"\n[sources.mapping]\nname = \"/build/number\"\n\
        [sources.severity]\nunstable = \"sev1\"\n";
    let source = Config::from_text("bot.toml", toml, []).unwrap_or_else(|error| panic!("{error}")).sources.remove(0);
    let body = samples::written("jenkins", "update").unwrap();
    assert_eq!(lines(&source, body), ["firing sev1 19: 19"]);
    assert_eq!(lines(&source, &body.replace("COMPLETED", "STARTED")), [""; 0]);
}

#[test]
fn a_mapping_ignores_finds_and_acknowledges() {
    let toml = r#"
[[sources]]
id = "m"
kind = "generic"
[sources.mapping]
when = ["/kind=alert", '/env=~"prod|live"']
name = ["/title", "/check"]
fingerprint = ["/check", "/where"]
state = "/state"
acknowledged_values = ["in progress"]
host = "/where"
[sources.mapping.fields]
team = "/owner/team"
[sources.mapping.find]
host = 'on (\S+)$'
"#;
    let source = Config::from_text("bot.toml", toml, []).unwrap_or_else(|error| panic!("{error}")).sources.remove(0);
    let body = |kind: &str, env: &str, state: &str, place: &str| {
        format!(
            r#"{{"kind":"{kind}","env":"{env}","state":"{state}","title":" ","check":"disk","where":"{place}","owner":{{"team":"ops"}}}}"#
        )
    };
    assert_eq!(lines(&source, &body("alert", "prod", "firing", "disk on db-1")), ["firing - disk@db-1: disk"]);
    assert_eq!(lines(&source, &body("alert", "live", "In Progress", "disk on db-1")), ["firing - disk@db-1 [m]: disk"]);
    assert_eq!(lines(&source, &body("test", "prod", "firing", "x")), [""; 0]);
    assert_eq!(lines(&source, &body("alert", "production", "firing", "x")), [""; 0], "the whole text must match");
    let signal = one(read(&source, body("alert", "prod", "firing", "nowhere").as_bytes(), now()));
    assert_eq!((signal.host, signal.labels["team"].verbatim()), (None, "ops"));
    let print = |body: String| one(read(&source, body.as_bytes(), now())).fingerprint;
    let [one_host, other] = ["disk on db-1", "disk on db-2"].map(|place| print(body("alert", "prod", "firing", place)));
    assert_ne!(one_host, other);
}
