//! Alerts that fire again after their resolve: at once, after a hold, or not at all.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::world::{World, minutes};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Returns the time so many seconds from now.
fn at(world: &World, seconds: i64) -> String {
    (world.now() + TimeDelta::seconds(seconds)).to_rfc3339()
}

/// Posts an alert as Alertmanager's webhook does, with a start that never changes.
async fn webhook(world: &World, ends: Option<String>) {
    let body = json!({"version": "4", "alerts": [{
        "status": if ends.is_some() { "resolved" } else { "firing" },
        "startsAt": "2026-03-02T09:50:00Z", "endsAt": ends.unwrap_or_else(|| "0001-01-01T00:00:00Z".to_owned()),
        "labels": {"alertname": "CheckoutDown", "service": "checkout", "severity": "critical"},
    }]});
    world.posts("alertmanager", &body).await;
}

/// Posts an alert to `/api/v2/alerts`. A Prometheus that fires gives it an end in the future.
async fn api(world: &World, starts: &str, ends: Option<&str>) {
    let mut alert = json!({"labels": {"alertname": "CheckoutDown", "service": "checkout", "severity": "critical"}});
    alert["startsAt"] = starts.into();
    alert["endsAt"] = ends.map_or(Value::Null, Value::from);
    let (status, told) = world.send("POST", "/api/v2/alerts", Some(&json!([alert]))).await;
    assert_eq!(status, 200, "{told}");
    world.settle().await;
}

/// Returns the states of the episodes, oldest first.
async fn states(world: &World) -> Vec<String> {
    let listed = world.get("/api/v1/alerts").await;
    let mut states: Vec<String> =
        listed["items"].as_array().unwrap().iter().map(|alert| alert["state"].as_str().unwrap().to_owned()).collect();
    states.reverse();
    states
}

async fn open_pages(world: &World) -> usize {
    let pages = world.get("/api/v1/pages").await;
    pages["items"].as_array().unwrap().iter().filter(|page| page["state"] == "triggered").count()
}

#[tokio::test]
async fn an_alert_that_keeps_firing_with_the_same_start_is_shown_again_after_the_hold() {
    let world = World::new().await;
    webhook(&world, None).await;
    world.advance(minutes(4)).await;
    webhook(&world, Some(at(&world, 0))).await;
    assert_eq!(states(&world).await, ["resolved"]);
    world.advance(minutes(4)).await;
    webhook(&world, None).await;
    world.advance(seconds(19)).await;
    assert_eq!(states(&world).await, ["resolved"], "it may still be out of date");
    world.advance(seconds(1)).await;
    assert_eq!(states(&world).await, ["resolved", "firing"]);
    world.advance(minutes(2)).await;
    assert!(world.room("alerts").await.contains("CheckoutDown"));
    webhook(&world, Some(at(&world, 0))).await;
    assert_eq!(states(&world).await, ["resolved", "resolved"], "and its sender may resolve it");
    world.end().await;
}

#[tokio::test]
async fn a_stale_repeat_of_another_replica_that_is_resolved_in_time_notifies_nobody() {
    let world = World::new().await;
    webhook(&world, None).await;
    world.advance(minutes(2)).await;
    let ends = at(&world, 0);
    webhook(&world, Some(ends.clone())).await;
    let before = world.posts_of("alerts").await.len();
    world.advance(seconds(5)).await;
    webhook(&world, None).await;
    world.advance(seconds(10)).await;
    webhook(&world, Some(ends)).await;
    world.advance(minutes(30)).await;
    assert_eq!(states(&world).await, ["resolved"]);
    assert_eq!(world.posts_of("alerts").await.len(), before);
    assert_eq!(world.get("/api/v1/pages").await["items"].as_array().unwrap().len(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_later_start_is_never_held() {
    let world = World::new().await;
    webhook(&world, None).await;
    webhook(&world, Some(at(&world, 0))).await;
    world.advance(seconds(1)).await;
    let later = at(&world, 0);
    let body = json!({"version": "4", "alerts": [{"status": "firing", "startsAt": later, "endsAt": "0001-01-01T00:00:00Z",
        "labels": {"alertname": "CheckoutDown", "service": "checkout", "severity": "critical"}}]});
    world.posts("alertmanager", &body).await;
    assert_eq!(states(&world).await, ["resolved", "firing"]);
    world.end().await;
}

#[tokio::test]
async fn of_two_replicas_the_one_that_still_fires_keeps_the_alert_open() {
    let world = World::new().await;
    let (first, second) = (at(&world, -600), at(&world, -590));
    api(&world, &first, Some(&at(&world, 240))).await;
    api(&world, &second, Some(&at(&world, 240))).await;
    world.advance(minutes(1)).await;
    let ended = at(&world, 0);
    api(&world, &first, Some(&ended)).await;
    assert_eq!(states(&world).await, ["resolved"]);
    for _ in 0..10 {
        world.advance(minutes(1)).await;
        api(&world, &second, Some(&at(&world, 240))).await;
        // Prometheus repeats a resolve for a quarter of an hour.
        api(&world, &first, Some(&ended)).await;
        assert_eq!(states(&world).await, ["resolved", "firing"], "a lease cannot be a late delivery");
    }
    api(&world, &second, Some(&at(&world, 0))).await;
    assert_eq!(states(&world).await, ["resolved", "resolved"]);
    world.end().await;
}

#[tokio::test]
async fn a_replica_that_began_before_the_end_of_the_other_and_is_received_after_it_is_shown() {
    let world = World::new().await;
    api(&world, &at(&world, -600), Some(&at(&world, 240))).await;
    let second = at(&world, -30);
    api(&world, &at(&world, -600), Some(&at(&world, 0))).await;
    world.advance(seconds(5)).await;
    api(&world, &second, Some(&at(&world, 240))).await;
    assert_eq!(states(&world).await, ["resolved", "firing"]);
    world.end().await;
}

#[tokio::test]
async fn a_replica_with_the_older_start_keeps_the_alert_alive_when_the_other_one_is_gone() {
    let world = World::new().await;
    let (old, new) = (at(&world, -600), at(&world, -10));
    api(&world, &new, Some(&at(&world, 240))).await;
    for _ in 0..20 {
        api(&world, &old, Some(&at(&world, 240))).await;
        world.advance(minutes(1)).await;
        assert_eq!(states(&world).await, ["firing"]);
    }
    world.advance(minutes(5)).await;
    assert_eq!(states(&world).await, ["resolved"]);
    world.end().await;
}

#[tokio::test]
async fn a_reopened_incident_of_a_status_page_fires_again_and_pages() {
    let toml = "[[alerts.declare]]\nname = \"any\"\nmatchers = [\"alertname!=\\\"\\\"\"]\nseverity = \"sev1\"\n";
    let world = World::with(toml).await;
    let post = async |status: &str, resolved: Value| {
        let body = json!({"page": {"id": "p1", "status_indicator": "major"}, "incident": {"id": "i1",
            "name": "Payments are delayed", "status": status, "impact": "major", "created_at": "2026-01-01T00:00:00Z",
            "resolved_at": resolved, "components": [{"name": "API"}], "incident_updates": [{"body": "We look."}]}});
        world.posts("statuspage", &body).await;
    };
    post("investigating", Value::Null).await;
    assert_eq!(open_pages(&world).await, 1);
    post("resolved", "2026-01-01T01:00:00Z".into()).await;
    world.says("ann", "/incident resolve \"they fixed it\" incident:HOT-1").await;
    assert_eq!((states(&world).await, open_pages(&world).await), (vec!["resolved".to_owned()], 0));
    world.advance(minutes(60)).await;
    post("investigating", Value::Null).await;
    world.advance(seconds(20)).await;
    assert_eq!(states(&world).await, ["resolved", "firing"]);
    assert_eq!(open_pages(&world).await, 1, "the rules are evaluated for the new episode");
    world.end().await;
}

/// Posts a body of a sender that has no times in it.
async fn datadog(world: &World, transition: &str, id: &str) -> bool {
    let body = json!({"alert_transition": transition, "alert_id": id, "alert_scope": "host:web-1",
        "title": format!("[{transition} on {{host:web-1}}] Latency"), "alert_title": format!("Latency {id}"),
        "alert_priority": "P1"});
    let (status, told) = world.send("POST", "/intake/datadog", Some(&body)).await;
    assert_eq!(status, 202, "{told}");
    world.settle().await;
    told["duplicate"].as_bool().unwrap()
}

#[tokio::test]
async fn an_equal_body_is_a_retry_unless_the_opposite_came_in_between() {
    let world = World::new().await;
    assert!(!datadog(&world, "Triggered", "991").await);
    assert!(datadog(&world, "Triggered", "991").await, "a retry");
    assert!(!datadog(&world, "Triggered", "992").await);
    assert!(datadog(&world, "Triggered", "991").await, "another alert changes nothing for this one");
    assert!(!datadog(&world, "Recovered", "991").await);
    assert!(!datadog(&world, "Triggered", "991").await, "it fires again");
    assert!(datadog(&world, "Triggered", "991").await, "and that has a retry as well");
    let mut shown = states(&world).await;
    shown.sort();
    assert_eq!(shown, ["firing", "firing", "resolved"]);
    assert!(!datadog(&world, "Recovered", "991").await);
    assert_eq!(states(&world).await.iter().filter(|state| *state == "firing").count(), 1);

    world.advance(minutes(4)).await;
    let straddling = datadog(&world, "Triggered", "993").await;
    world.advance(minutes(2)).await;
    assert_eq!((straddling, datadog(&world, "Triggered", "993").await), (false, true), "no border of minutes counts");
    world.advance(minutes(6)).await;
    assert!(!datadog(&world, "Triggered", "993").await, "a repeat that shows that it still fires");
    world.end().await;
}

#[tokio::test]
async fn the_legacy_webhook_of_grafana_shows_an_alert_that_fires_again() {
    let world = World::new().await;
    for (state, shown) in [("alerting", "firing"), ("ok", "resolved"), ("alerting", "firing"), ("ok", "resolved")] {
        let body = json!({"ruleId": 7, "orgId": 2, "ruleName": "CPU", "ruleUrl": "https://g.example/d", "state": state,
            "title": "CPU", "evalMatches": []});
        world.posts("grafana", &body).await;
        assert_eq!(states(&world).await.last().map(String::as_str), Some(shown), "{state}");
        world.advance(seconds(10)).await;
    }
    world.end().await;
}

#[tokio::test]
async fn an_alert_that_ended_before_it_arrived_is_named_on_the_health_page() {
    let world = World::new().await;
    assert!(!world.page("ann", "/health").await.contains("had ended before"));
    api(&world, &at(&world, -3660), Some(&at(&world, -3360))).await;
    assert_eq!(states(&world).await, ["resolved"]);
    let page = world.page("ann", "/health").await;
    assert!(page.contains("1 alert had ended before it arrived") && page.contains("clock"), "{page}");
    world.advance(minutes(25 * 60)).await;
    assert!(!world.page("ann", "/health").await.contains("had ended before"), "an old warning is gone");
    world.end().await;
}
