//! Imported routes behave as in Alertmanager, and everything left out is reported.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{alertmanager, import_alertmanager};
use crate::{cli::Exit, config::Config, domain::text::Untrusted, shared_files::shared};

fn config(toml: &str) -> Config {
    Config::from_text("imported.toml", toml, []).unwrap_or_else(|mistakes| panic!("{mistakes}\n{toml}"))
}

fn labels(value: &Value) -> BTreeMap<String, Untrusted> {
    let members = value.as_object().expect("labels").iter();
    members.map(|(name, value)| (name.clone(), Untrusted::new(value.as_str().expect("text")))).collect()
}

fn indented(yaml: &str) -> String {
    let lines: Vec<String> = yaml.lines().map(|line| format!("  {line}")).collect();
    format!("route:\n{}\n", lines.join("\n"))
}

#[test]
fn what_was_imported_sends_alerts_where_alertmanager_sends_them() {
    let Some(text) = shared("vectors/alertmanager_routing.json") else { return };
    let vectors: Value = serde_json::from_str(&text).expect("JSON");
    let mut cases = 0;
    for tree in vectors["trees"].as_array().expect("trees") {
        let imported = alertmanager(&indented(tree["route_yaml"].as_str().expect("YAML"))).expect("translated");
        let config = config(&imported.toml);
        for case in tree["cases"].as_array().expect("cases") {
            let found = config.alerts.route.matching(&labels(&case["labels"]));
            cases += 1;
            let Some(expected) = case["expected"].as_array() else {
                assert_eq!(found.len() as u64, case["expected_matches"].as_u64().expect("a number"));
                continue;
            };
            assert_eq!(found.len(), expected.len(), "{case}");
            for (route, expected) in found.iter().zip(expected) {
                let mut group_by = route.group_by.clone().unwrap_or_default();
                group_by.sort();
                assert_eq!(json!(route.feed.as_str()), expected["receiver"]);
                assert_eq!(json!(group_by), expected["group_by"]);
                assert_eq!(json!(route.group_by.is_none()), expected["group_by_all"]);
                assert_eq!(json!(route.group_wait.as_secs()), expected["group_wait_seconds"]);
                assert_eq!(json!(route.group_interval.as_secs()), expected["group_interval_seconds"]);
                assert_eq!(json!(route.repeat_interval.as_secs()), expected["repeat_interval_seconds"]);
            }
        }
    }
    assert_eq!(cases, vectors["header"]["counts"]["inputs"].as_u64().expect("a number"), "no case was left out");
}

const FILE: &str = r##"global:
  resolve_timeout: 5m
  smtp_smarthost: localhost:25
templates: [/etc/*.tmpl]
route:
  receiver: "team X & co"
  group_by: [alertname, cluster]
  group_interval: 1500ms
  repeat_interval: 1d12h
  routes:
    - matchers: [severity="page", 'team=~"a|b"']
      receiver: pagerduty
      continue: true
      mute_time_intervals: [nights]
      routes:
        - match: {code: 500}
          match_re: {host: "web-[0-9]+"}
          group_by: ['...']
    - receiver: "team X + co"
      matchers: ['broken=~"(("']
inhibit_rules:
  - source_matchers: [severity="critical"]
    target_match: {severity: warning}
    equal: [alertname]
time_intervals:
  - name: nights
    time_intervals:
      - times: [{start_time: "00:00", end_time: "07:00"}, {start_time: "22:00", end_time: "24:00"}]
        weekdays: ["monday:friday"]
        location: Europe/Berlin
      - months: [1, "december"]
        days_of_month: ["-3:-1"]
receivers:
  - name: team X & co
    slack_configs: [{channel: "#x"}]
  - name: team X + co
  - name: pagerduty
    pagerduty_configs: [{routing_key: secret}]
    webhook_configs: [{url: "http://localhost/"}]
"##;

#[test]
fn routes_are_carried_and_the_rest_is_named_line_by_line() {
    let imported = alertmanager(FILE).expect("translated");
    insta::assert_snapshot!(imported.toml);
    let remarks: Vec<String> = imported.remarks.iter().map(|(line, what)| format!("{line}: {what}")).collect();
    insta::assert_snapshot!(remarks.join("\n"));
    let config = config(&imported.toml);
    let feeds: Vec<&str> = config.alerts.route.feeds().into_iter().map(|feed| feed.as_str()).collect();
    assert_eq!(feeds, ["pagerduty", "team-X---co", "team-X---co-2"]);
    assert_eq!((config.alerts.inhibit.is_empty(), config.alerts.route.routes[0].mute.len()), (false, 2));
    let broken = config.alerts.route.matching(&labels(&json!({"broken": "((", "alertname": "x"})));
    assert_eq!(broken[0].id.as_str(), "root", "a route that could not be read takes nothing");
}

#[test]
fn secrets_of_the_file_are_not_repeated() {
    let imported = alertmanager(FILE).expect("translated");
    let all = format!("{}{:?}", imported.toml, imported.remarks);
    assert!(!all.contains("secret"), "{all}");
}

#[test]
fn what_is_no_alertmanager_file_is_refused_in_words() {
    assert!(alertmanager("a: [").is_err());
    assert_eq!(alertmanager("").unwrap_err(), "there is nothing in it");
    assert_eq!(alertmanager("a: b").unwrap_err(), "it has no `route`: is it an alertmanager.yml?");
}

#[test]
fn an_existing_file_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, into) = (folder.path().join("alertmanager.yml"), folder.path().join("routes.toml"));
    std::fs::write(&from, "route: {receiver: x}\n").expect("written");
    let (printed, report) = import_alertmanager(&from, None);
    assert!(printed.contains("feed = \"x\"") && report.exit == Exit::Good, "{printed}");
    let (printed, report) = import_alertmanager(&from, Some(&into));
    assert_eq!((printed.as_str(), report.exit), ("", Exit::Good));
    let (_, report) = import_alertmanager(&from, Some(&into));
    assert_eq!(report.exit, Exit::Failed);
    let (_, report) = import_alertmanager(&folder.path().join("none.yml"), None);
    assert_eq!(report.exit, Exit::Failed);
}
