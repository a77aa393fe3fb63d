//! Snoozes of Opsgenie's API: each belongs to one alert, and ends with it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::{World, minutes};

const SOURCES: &str = "[[sources]]\nid = \"og\"\nkind = \"opsgenie-api\"\n\
    [[sources]]\nid = \"am\"\nkind = \"alertmanager-api\"\n";

/// Sends a call of the Opsgenie API, and returns its result once it was carried out.
async fn call(world: &World, line: &str, body: Value) -> Value {
    let (status, told) = world.takes(line, &[], body.to_string()).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{line}: {told}");
    let request = told["requestId"].as_str().expect("an id");
    world.get(&format!("/v2/alerts/requests/{request}")).await["data"].clone()
}

async fn create(world: &World, alias: &str) {
    let body = json!({"message": "disk full", "alias": alias, "priority": "P1", "details": {"service": "checkout"}});
    assert_eq!(call(world, "POST /v2/alerts", body).await["isSuccess"], true);
}

async fn snooze(world: &World, alias: &str, until: &str) -> Value {
    let line = format!("POST /v2/alerts/{alias}/snooze?identifierType=alias");
    call(world, &line, json!({"endTime": until, "user": "ann"})).await
}

/// Returns what the Opsgenie API says about the newest alert of an alias: its status, and the end of its snooze.
async fn shown(world: &World, alias: &str) -> (String, Option<String>) {
    let told = world.get(&format!("/v2/alerts/{alias}?identifierType=alias")).await;
    let alert = &told["data"];
    assert_eq!(alert["snoozed"] == true, alert["snoozedUntil"].is_string(), "{alert}");
    (alert["status"].as_str().expect("a status").to_owned(), alert["snoozedUntil"].as_str().map(str::to_owned))
}

fn open(until: Option<&str>) -> (String, Option<String>) {
    ("open".to_owned(), until.map(str::to_owned))
}

const SOON: &str = "2026-03-02T12:00:00.000Z";
const NEXT_MONTH: &str = "2026-04-02T10:00:00.000Z";

#[tokio::test]
async fn a_snooze_covers_its_alert_and_no_other_with_the_same_labels() {
    let world = World::with(SOURCES).await;
    create(&world, "db-1").await;
    create(&world, "db-2").await;
    assert_eq!(snooze(&world, "db-1", NEXT_MONTH).await["isSuccess"], true);
    assert_eq!(world.alerts().await, "disk full firing, disk full silenced");
    assert_eq!(shown(&world, "db-1").await, open(Some(NEXT_MONTH)));
    assert_eq!(shown(&world, "db-2").await, open(None));

    let labels = json!({"alertname": "disk full", "priority": "P1", "service": "checkout", "severity": "critical"});
    let (status, told) = world.takes("POST /api/v2/alerts", &[], json!([{"labels": labels}]).to_string()).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(
        world.alerts().await,
        "disk full firing, disk full firing, disk full silenced",
        "nor one of another source"
    );
    world.advance(minutes(10)).await;
    world.end().await;
}

#[tokio::test]
async fn a_snooze_ends_when_its_alert_is_closed_deleted_or_resolved() {
    for line in ["POST /v2/alerts/db-1/close?identifierType=alias", "DELETE /v2/alerts/db-1?identifierType=alias"] {
        let world = World::with(SOURCES).await;
        create(&world, "db-1").await;
        snooze(&world, "db-1", NEXT_MONTH).await;
        call(&world, line, json!({})).await;
        assert_eq!(world.get("/api/v1/silences?state=active").await["items"], json!([]), "{line}");
        world.advance(minutes(10)).await;
        create(&world, "db-1").await;
        assert_eq!(shown(&world, "db-1").await, open(None), "{line}: the next alert of the alias is not snoozed");
        assert!(world.alerts().await.contains("disk full firing"), "{line}: {}", world.alerts().await);
        world.advance(minutes(10)).await;
        world.end().await;
    }
}

#[tokio::test]
async fn a_second_snooze_replaces_the_first() {
    let world = World::with(SOURCES).await;
    create(&world, "db-1").await;
    snooze(&world, "db-1", NEXT_MONTH).await;
    snooze(&world, "db-1", SOON).await;
    assert_eq!(shown(&world, "db-1").await, open(Some(SOON)));
    let active = world.get("/api/v1/silences?state=active").await;
    assert_eq!(active["items"].as_array().map(Vec::len), Some(1), "{active}");
    assert_eq!(active["items"][0]["of_alert"], true);
    world.advance(minutes(130)).await;
    assert_eq!(shown(&world, "db-1").await, open(None));
    assert!(!world.alerts().await.contains("silenced"), "{}", world.alerts().await);
    world.end().await;
}

#[tokio::test]
async fn what_changes_a_snooze_elsewhere_changes_what_the_opsgenie_api_says() {
    let world = World::with(SOURCES).await;
    create(&world, "db-1").await;
    create(&world, "db-2").await;
    snooze(&world, "db-1", SOON).await;
    let listed = world.get("/api/v2/silences").await;
    let mut silence = listed[0].clone();
    silence["endsAt"] = json!(NEXT_MONTH);
    let (status, told) = world.takes("POST /api/v2/silences", &[], silence.to_string()).await;
    assert_eq!(
        (status, &told["silenceID"]),
        (StatusCode::OK, &silence["id"]),
        "amtool silence update keeps the snooze"
    );
    assert_eq!(shown(&world, "db-1").await, open(Some(NEXT_MONTH)));
    assert_eq!(world.alerts().await, "disk full firing, disk full silenced");
    world.says("ann", &format!("/alert expire {}", silence["id"].as_str().expect("an id"))).await;
    assert_eq!(shown(&world, "db-1").await, open(None));
    assert_eq!(world.alerts().await, "disk full firing, disk full firing");
    world.advance(minutes(10)).await;
    world.end().await;
}

#[tokio::test]
async fn a_snooze_survives_a_change_of_the_labels() {
    let world = World::with(SOURCES).await;
    create(&world, "db-1").await;
    snooze(&world, "db-1", SOON).await;
    call(&world, "PUT /v2/alerts/db-1/message?identifierType=alias", json!({"message": "disk nearly full"})).await;
    assert!(world.alerts().await.ends_with("silenced"), "{}", world.alerts().await);
    assert_eq!(shown(&world, "db-1").await, open(Some(SOON)));
    world.end().await;
}
