//! The exact fields of every document, compared with Statuspage's read API.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::World;
use crate::domain::{
    Timestamp,
    incident::{Command, IncidentKind, Severity},
    status::{ComponentStatus, PublicStatus},
};

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().collect()
}

const COMPONENT: &str = "id name status created_at updated_at position description showcase start_date group_id page_id \
                         group only_show_if_degraded";
const INCIDENT: &str = "id name status created_at updated_at monitoring_at resolved_at impact shortlink started_at \
                        page_id incident_updates components reminder_intervals";
const UPDATE: &str = "id status body incident_id created_at updated_at display_at affected_components \
                      deliver_notifications custom_tweet tweet_id";

fn is_id(value: &Value) {
    let id = value.as_str().unwrap();
    assert!(id.len() == 12 && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{id}");
}

fn is_time(value: &Value) {
    let text = value.as_str().unwrap();
    assert!(text.len() == 24 && text.ends_with('Z') && text.as_bytes()[19] == b'.', "{text}");
    text.parse::<Timestamp>().unwrap();
}

fn check_component(component: &Value) {
    let mut wanted = words(COMPONENT);
    if component["group"] == true {
        wanted.insert("components");
        component["components"].as_array().unwrap().iter().for_each(is_id);
    }
    assert_eq!(keys(component), wanted);
    let known = ["operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"];
    assert!(known.contains(&component["status"].as_str().unwrap()));
    is_id(&component["id"]);
    is_id(&component["page_id"]);
    is_time(&component["created_at"]);
    is_time(&component["updated_at"]);
    assert!(component["position"].is_u64() && component["showcase"].is_boolean());
    assert!(component["description"].is_string() || component["description"].is_null());
    if !component["group_id"].is_null() {
        is_id(&component["group_id"]);
    }
}

fn check_incident(incident: &Value) {
    assert_eq!(keys(incident), words(INCIDENT));
    is_id(&incident["id"]);
    for time in ["created_at", "updated_at", "started_at"] {
        is_time(&incident[time]);
    }
    for time in ["monitoring_at", "resolved_at"].into_iter().filter(|time| !incident[*time].is_null()) {
        is_time(&incident[time]);
    }
    let known = ["investigating", "identified", "monitoring", "resolved", "postmortem"];
    assert!(known.contains(&incident["status"].as_str().unwrap()));
    assert!(["none", "minor", "major", "critical", "maintenance"].contains(&incident["impact"].as_str().unwrap()));
    assert_eq!(incident["resolved_at"].is_null(), incident["status"] != "resolved");
    incident["components"].as_array().unwrap().iter().for_each(check_component);
    let updates = incident["incident_updates"].as_array().unwrap();
    let mut times: Vec<&str> = updates.iter().map(|update| update["created_at"].as_str().unwrap()).collect();
    let told = times.clone();
    times.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(told, times, "newest first");
    for update in updates {
        assert_eq!(keys(update), words(UPDATE));
        is_id(&update["id"]);
        assert_eq!(update["incident_id"], incident["id"]);
        for affected in update["affected_components"].as_array().into_iter().flatten() {
            assert_eq!(keys(affected), words("code name old_status new_status"));
        }
    }
}

fn check(path: &str, document: &Value, parts: &str) {
    assert_eq!(keys(document), words(parts), "{path}");
    let first = document.as_object().unwrap().keys().next().map(String::as_str);
    assert_eq!(first, Some("page"), "every document starts with its page");
    assert_eq!(keys(&document["page"]), words("id name url time_zone updated_at"));
    is_id(&document["page"]["id"]);
    is_time(&document["page"]["updated_at"]);
    if let Some(status) = document.get("status") {
        assert_eq!(keys(status), words("indicator description"));
    }
    document["components"].as_array().into_iter().flatten().for_each(check_component);
    document["incidents"].as_array().into_iter().flatten().for_each(check_incident);
}

#[tokio::test]
async fn documents_have_exactly_the_fields_that_readers_know() {
    let world = World::new().await;
    let slow = world.declare("Checkout is slow", Severity::Sev2, IncidentKind::Real).await;
    world.posts(slow, PublicStatus::Investigating, "We look.", &[("checkout", ComponentStatus::PartialOutage)]).await;
    world.minutes(5);
    world
        .posts(slow, PublicStatus::Monitoring, "We watch.", &[("checkout", ComponentStatus::DegradedPerformance)])
        .await;
    world.minutes(5);
    world.says(slow, Command::Resolve { summary: None, cause: None }).await.unwrap();
    world.minutes(5);
    let mute = world.declare("Mails are late", Severity::Sev3, IncidentKind::Real).await;
    world.posts(mute, PublicStatus::Identified, "A queue is full.", &[]).await;
    for (path, parts) in [
        ("summary.json", "page components incidents scheduled_maintenances status"),
        ("status.json", "page status"),
        ("components.json", "page components"),
        ("incidents.json", "page incidents"),
        ("incidents/unresolved.json", "page incidents"),
        ("scheduled-maintenances.json", "page scheduled_maintenances"),
        ("scheduled-maintenances/upcoming.json", "page scheduled_maintenances"),
        ("scheduled-maintenances/active.json", "page scheduled_maintenances"),
    ] {
        check(path, &world.json(path).await, parts);
    }
    let all = world.json("incidents.json").await;
    let names: Vec<&str> = all["incidents"].as_array().unwrap().iter().map(|i| i["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Service incident", "Checkout incident"]);
    let told = &all["incidents"][1];
    assert_eq!((&told["impact"], &told["status"]), (&json!("major"), &json!("resolved")));
    assert_eq!(told["incident_updates"][0]["body"], "This incident is over.");
    assert_eq!(told["incident_updates"][0]["affected_components"][0]["new_status"], "operational");
    assert_eq!(told["incident_updates"][2]["affected_components"][0]["old_status"], "operational");
    assert_eq!(all["incidents"][0]["incident_updates"][0]["affected_components"], Value::Null);
    let summary = world.json("summary.json").await;
    assert_eq!(summary["incidents"].as_array().unwrap().len(), 1, "only what is not over");
    assert_eq!(summary["status"], json!({"indicator": "minor", "description": "Minor Service Outage"}));
}
