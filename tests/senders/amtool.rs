//! Debian's `amtool` against hotroom's own Alertmanager API.

use std::{path::Path, process::Command};

use serde_json::Value;

use crate::rig::{House, program, run};

const ROUTES: &str = "
[[alerts.route.routes]]
matchers = ['severity=\"critical\"']
feed = \"grave\"
continue = true
[[alerts.route.routes]]
matchers = ['service=~\"check.*\"']
feed = \"shop\"
[[alerts.route.routes.routes]]
matchers = ['team=\"db\"', 'severity!=\"info\"']
feed = \"database\"
[[alerts.route.routes]]
matchers = ['service=\"\"']
feed = \"nobody\"
";

/// Label sets that go different ways through the routes.
const ALERTS: [&[&str]; 6] = [
    &["alertname=A", "severity=critical", "service=checkout"],
    &["alertname=B", "severity=critical", "service=api"],
    &["alertname=C", "severity=info", "service=checkout", "team=db"],
    &["alertname=D", "severity=warning", "service=checkout", "team=db"],
    &["alertname=E"],
    &["alertname=F", "service=api"],
];

fn amtool(tool: &Path, house: &House, words: &[&str]) -> Result<String, String> {
    run(Command::new(tool)
        .current_dir(house.dir())
        .arg(format!("--alertmanager.url=http://{}", house.address))
        .args(words))
}

fn queried(tool: &Path, house: &House, words: &[&str]) -> Vec<Value> {
    let said = amtool(tool, house, &[&["alert", "query", "-o", "json"], words].concat()).expect("answered");
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn amtool_adds_alerts_and_finds_them() {
    let Some(tool) = program(&["amtool"]) else { return };
    let house = House::new();
    house.ready().await;
    let added =
        ["alert", "add", "alertname=Disk", "service=checkout", "severity=critical", "--annotation=summary=Full <@1>"];
    amtool(&tool, &house, &added).expect("taken");
    house.until("SELECT count(*) FROM incidents WHERE is_open = 1", 1).await;
    let found = queried(&tool, &house, &["service=~\"check.+\""]);
    assert_eq!((found.len(), &found[0]["labels"]["alertname"]), (1, &Value::from("Disk")));
    assert_eq!(found[0]["annotations"]["summary"], "Full <@1>");
    assert_eq!(queried(&tool, &house, &["service=other"]), [Value::Null; 0]);
    let refused = amtool(&tool, &house, &["alert", "query", "service=~\"(\""]).expect_err("no regular expression");
    assert!(!refused.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn amtool_routes_as_hotroom_does() {
    let Some(tool) = program(&["amtool"]) else { return };
    let house = House::configured(ROUTES);
    house.ready().await;
    for labels in ALERTS {
        amtool(&tool, &house, &[&["alert", "add"], labels].concat()).expect("taken");
        let said = amtool(&tool, &house, &[&["config", "routes", "test"], labels].concat()).expect("routed");
        let mut expected: Vec<&str> = said.trim().split(',').collect();
        expected.sort_unstable();
        let mut feeds = Vec::new();
        let arrived = || {
            let found = queried(&tool, &house, &labels[..1]);
            let receivers = found.first().and_then(|alert| alert["receivers"].as_array().cloned()).unwrap_or_default();
            feeds = receivers.iter().filter_map(|feed| Some(feed["name"].as_str()?.to_owned())).collect();
            feeds.sort();
            feeds == expected
        };
        house.eventually(&format!("{labels:?} goes to {expected:?}"), arrived).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn amtool_silences_and_lets_speak_again() {
    let Some(tool) = program(&["amtool"]) else { return };
    let house = House::new();
    house.ready().await;
    amtool(&tool, &house, &["alert", "add", "alertname=Disk", "service=api"]).expect("taken");
    house.until("SELECT count(*) FROM alerts WHERE firing = 1", 1).await;
    let made = amtool(
        &tool,
        &house,
        &["silence", "add", "-a", "ann", "-c", "a new disk comes", "-d", "1h", "alertname=~\"Di.+\""],
    );
    let id = made.expect("made");
    let silences = || amtool(&tool, &house, &["silence", "query"]).expect("answered");
    assert!(silences().contains(id.trim()) && silences().contains("a new disk comes"), "{}", silences());
    let state = || {
        let alerts = queried(&tool, &house, &["--silenced", "alertname=Disk"]);
        alerts.first().map(|alert| alert["status"]["state"].clone()).unwrap_or_default()
    };
    house.eventually("the alert is suppressed", || state() == "suppressed").await;
    amtool(&tool, &house, &["silence", "expire", id.trim()]).expect("expired");
    assert!(!silences().contains(id.trim()), "{}", silences());
    let speaks = || {
        queried(&tool, &house, &["alertname=Disk"]).first().is_some_and(|alert| alert["status"]["state"] == "active")
    };
    house.eventually("the alert speaks again", speaks).await;
}
