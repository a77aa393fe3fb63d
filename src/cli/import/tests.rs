//! Imported routes behave as in Alertmanager, and everything left out is reported.

use std::{collections::BTreeMap, io::Write as _};

use base64::Engine as _;
use serde_json::{Value, json};

use super::{ImportRemark, alertmanager, import_alertmanager};
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
    let sort = |remark: &ImportRemark| if remark.lost { "error: " } else { "" };
    let remarks = imported.remarks.iter().map(|remark| format!("{}: {}{}", remark.line, sort(remark), remark.text));
    let remarks: Vec<String> = remarks.collect();
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

/// Returns the configuration that an operator means, as it is.
const PLAIN: &str = "route:\n  receiver: a\n  routes:\n  - receiver: b\n    matchers: [severity=\"page\"]\nreceivers: [{name: a}, {name: b}]\n";

fn encoded(bytes: &[u8]) -> String {
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

fn packed(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).expect("packed");
    packer.finish().expect("packed")
}

#[test]
fn the_configuration_is_found_in_secrets_config_maps_and_helm_values() {
    let expected = alertmanager(PLAIN).expect("translated").toml;
    let under = |keys: &[&str], text: &str| {
        let mut out = String::new();
        for (depth, key) in keys.iter().enumerate() {
            out.push_str(&format!("{}{key}\n", "  ".repeat(depth)));
        }
        text.lines().for_each(|line| out.push_str(&format!("{}{line}\n", "  ".repeat(keys.len()))));
        out
    };
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: alertmanager-main}\n";
    let other = format!("  tls.key: {}\n  other.yaml: {}\n", encoded(b"\x00\xff"), encoded(b"{{ broken"));
    for (file, text_in) in [
        (
            format!("{secret}{}", under(&["stringData:", "alertmanager.yaml: |-"], PLAIN)),
            Some("stringData.alertmanager.yaml"),
        ),
        (
            format!("{secret}data:\n  alertmanager.yaml: {}\n", encoded(PLAIN.as_bytes())),
            Some("data.alertmanager.yaml"),
        ),
        (
            format!("{secret}data:\n  alertmanager.yaml.gz: {}\n", encoded(&packed(PLAIN))),
            Some("data.alertmanager.yaml.gz"),
        ),
        (format!("kind: ConfigMap\n{}", under(&["data:", "config.yml: |"], PLAIN)), Some("data.config.yml")),
        (
            format!(
                "kind: List\nitems:\n- kind: Secret\n  data: {{alertmanager.yml: {}}}\n",
                encoded(PLAIN.as_bytes())
            ),
            Some("items.0.data.alertmanager.yml"),
        ),
        (format!("replicas: 2\n---\n{PLAIN}"), None),
        (under(&["alertmanager:", "config:"], PLAIN), None),
        (under(&["kube-prometheus-stack:", "alertmanager:", "config:"], PLAIN), None),
        (format!("ingress: {{route: /alerts}}\n{}", under(&["config:"], PLAIN)), None),
        (under(&["alertmanagerFiles:", "alertmanager.yml:"], PLAIN), None),
        (under(&["alertmanager:", "stringConfig: |"], PLAIN), Some("alertmanager.stringConfig")),
    ] {
        let imported = alertmanager(&file).unwrap_or_else(|error| panic!("{error}\n{file}"));
        assert_eq!((imported.toml.as_str(), imported.text_in.as_deref()), (expected.as_str(), text_in), "{file}");
    }
    let with_others = format!("{secret}data:\n{other}  alertmanager.yaml: {}\n", encoded(PLAIN.as_bytes()));
    assert_eq!(alertmanager(&with_others).map(|imported| imported.toml), Ok(expected));
}

#[test]
fn a_lost_route_is_an_error_and_no_file_is_read_as_something_else() {
    let route = |routes: &str| format!("route:\n  receiver: a\n  routes: {routes}\nreceivers: [{{name: a}}]\n");
    for (file, why) in [
        ("route: {{ routes | to_json }}".to_owned(), "line 1: a key is not a text. A template must be rendered"),
        ("route: {receiver: a, routes: [{{ x }}]}".to_owned(), "a key is not a text"),
        ("route: {group_by: [a]}".to_owned(), "`route` has no receiver"),
        ("route:\nreceivers: []".to_owned(), "`route` has no receiver"),
        ("route: x".to_owned(), "`route` has no receiver"),
        ("kind: AlertmanagerConfig\nspec: {route: {receiver: a, groupBy: [x]}}".to_owned(), "AlertmanagerConfig"),
        ("kind: Secret\ndata: {alertmanager.yaml: '%'}".to_owned(), "data.alertmanager.yaml: not base64"),
        ("kind: Secret\nstringData: {alertmanager.yaml: 'a: ['}".to_owned(), "stringData.alertmanager.yaml: "),
        (format!("{PLAIN}---\n{PLAIN}"), "2 configurations: line 1, line 8"),
        ("a: *x".to_owned(), "unknown anchor"),
        (format!("a: {}", "[".repeat(200)), ""),
    ] {
        let refused = alertmanager(&file);
        assert!(refused.as_ref().is_err_and(|said| said.contains(why)), "{file}: {refused:?}");
    }
    for (routes, line, why) in [
        ("[{receiver: a, continue: maybe}]", 3, "neither true nor false"),
        ("[{receiver: a, continue: 'yes'}]", 3, "neither true nor false"),
        ("{receiver: a}", 3, "`routes` is not a list"),
        ("[x]", 3, "not a mapping"),
        ("[~]", 3, "not a mapping"),
        ("[{receiver: [b]}]", 3, "not a text"),
        ("[{receiver: b}]", 3, "not in `receivers`"),
        ("[{matchers: [{severity=\"page\"}]}]", 3, "quote each matcher"),
        ("[{matchers: {severity: page}}]", 3, "quote each matcher"),
        ("[{match: [a]}]", 3, "`match` is not a mapping"),
        ("[{match_re: {a: [b]}}]", 3, "the value of a is not a text"),
        ("[{match_re: {a: '('}}]", 3, "not a regular expression"),
    ] {
        let imported = alertmanager(&route(routes)).unwrap_or_else(|error| panic!("{routes}: {error}"));
        let lost: Vec<&ImportRemark> = imported.remarks.iter().filter(|remark| remark.lost).collect();
        assert!(matches!(lost.as_slice(), [one] if one.line == line && one.text.contains(why)), "{routes}: {lost:?}");
        let config = config(&imported.toml);
        let found = config.alerts.route.matching(&labels(&json!({"severity": "page", "a": "b"})));
        assert_eq!(found.len(), 1, "{routes}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secret.yml");
    std::fs::write(&file, "stringData:\n  alertmanager.yaml: |\n    route: {receiver: a, routes: [x]}\n")
        .expect("written");
    let (printed, report) = import_alertmanager(&file, None);
    assert!(printed.contains("feed = \"a\""), "what is not lost is printed: {printed}");
    assert_eq!(report.exit, Exit::Failed);
    assert!(
        report.text().contains("secret.yml (stringData.alertmanager.yaml):1: error: this route is lost"),
        "{}",
        report.text()
    );
}
