//! What does not happen because the bot was down, or because its configuration was read again.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::world::{World, minutes};

/// Stops the bot and starts it again on the same file after a while.
pub async fn restarted(world: World, toml: &str, down: Duration) -> World {
    world.settle().await;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    world.damages(&format!("VACUUM INTO '{}'", copy.display()));
    let now = world.now() + TimeDelta::from_std(down).unwrap();
    world.end().await;
    World::on(&copy, toml, now).await
}

async fn alerts(world: &World) -> Vec<String> {
    let listed = world.get("/api/v1/alerts").await;
    let line = |alert: &Value| format!("{} {}", alert["name"].as_str().unwrap(), alert["state"].as_str().unwrap());
    let mut lines: Vec<String> = listed["items"].as_array().unwrap().iter().map(line).collect();
    lines.sort();
    lines
}

/// Posts an alert as Prometheus does, with an end four minutes ahead.
async fn prometheus(world: &World) {
    let end = (world.now() + TimeDelta::minutes(4)).to_rfc3339();
    let alert = json!([{"labels": {"alertname": "DiskFull", "service": "checkout", "severity": "critical"},
        "startsAt": "2026-03-02T09:00:00Z", "endsAt": end}]);
    let (status, told) = world.send("POST", "/api/v2/alerts", Some(&alert)).await;
    assert_eq!(status, 200, "{told}");
    world.settle().await;
}

#[tokio::test]
async fn the_time_in_which_the_bot_was_down_ends_no_alert() {
    for down in [minutes(5), minutes(25 * 60)] {
        let world = World::new().await;
        prometheus(&world).await;
        world.posts("generic", &json!({"name": "Latency", "severity": "warning"})).await;
        world.advance(minutes(2)).await;
        let world = restarted(world, "", down).await;
        world.settle().await;
        assert_eq!(
            alerts(&world).await,
            ["DiskFull firing", "Latency firing"],
            "its sender had no chance to repeat it"
        );
        world.advance(minutes(4)).await;
        assert_eq!(alerts(&world).await, ["DiskFull firing", "Latency firing"]);
        prometheus(&world).await;
        world.advance(minutes(2)).await;
        assert!(alerts(&world).await.contains(&"DiskFull firing".to_owned()), "it was repeated");
        assert!(!world.room("hot-1").await.contains("Is it over"), "nobody is asked");
        world.advance(minutes(3)).await;
        assert!(alerts(&world).await.contains(&"DiskFull resolved".to_owned()), "it was not repeated any more");
        world.end().await;
    }
}

#[tokio::test]
async fn a_group_that_is_not_repeated_after_a_start_ends_after_the_grace() {
    let world = World::with("[alerts]\nstart_grace = \"2m\"\n").await;
    prometheus(&world).await;
    let world = restarted(world, "[alerts]\nstart_grace = \"2m\"\n", minutes(10)).await;
    world.advance(Duration::from_secs(119)).await;
    assert_eq!(alerts(&world).await, ["DiskFull firing"]);
    world.advance(Duration::from_secs(1)).await;
    assert_eq!(alerts(&world).await, ["DiskFull resolved"]);
    world.end().await;
}

const HEARTBEAT: &str = "[alerts]\nresolve_timeout = \"20s\"\nstart_grace = \"0s\"\n\
    [[sources]]\nid = \"og\"\nkind = \"opsgenie-api\"\n";

#[tokio::test]
async fn the_alert_of_an_expired_heartbeat_goes_on_after_a_restart_unless_a_person_closed_it() {
    for closed in [false, true] {
        let world = World::with(HEARTBEAT).await;
        let plan = json!({"name": "backup", "interval": 1, "intervalUnit": "minutes", "enabled": true});
        assert!(world.send("POST", "/v2/heartbeats", Some(&plan)).await.0.is_success());
        world.advance(minutes(2)).await;
        assert_eq!(alerts(&world).await.len(), 1);
        assert!(alerts(&world).await[0].ends_with("firing"));
        if closed {
            let close = "/v2/alerts/heartbeat%2Fbackup/close?identifierType=alias";
            assert!(world.send("POST", close, Some(&json!({}))).await.0.is_success());
            world.settle().await;
        }
        // Without a grace the alert times out while the bot is down.
        let world = restarted(world, HEARTBEAT, minutes(1)).await;
        world.advance(minutes(5)).await;
        let firing = alerts(&world).await.iter().any(|alert| alert.ends_with("firing"));
        assert_eq!(firing, !closed, "{:?}", alerts(&world).await);
        world.end().await;
    }
}

const WATCHED: &str = "[alerts]\nresolve_timeout = \"20s\"\n\
    [[sources]]\nid = \"generic\"\nkind = \"generic\"\nsilent_after = \"1m\"\nheartbeat = true\n";

#[tokio::test]
async fn the_alert_of_a_silent_source_lasts_for_as_long_as_it_is_silent() {
    let world = World::with(WATCHED).await;
    world.advance(minutes(1)).await;
    for _ in 0..20 {
        assert_eq!(alerts(&world).await, ["SourceSilent firing"]);
        world.advance(Duration::from_secs(13)).await;
    }
    world.posts("generic", &json!([])).await;
    assert_eq!(alerts(&world).await, ["SourceSilent resolved"]);
    world.end().await;
}

#[tokio::test]
async fn a_reload_does_not_postpone_the_alert_of_a_silent_source() {
    let world = World::with(WATCHED).await;
    for _ in 0..3 {
        world.advance(Duration::from_secs(25)).await;
        world.app.reload(&hotroom::domain::people::Actor::Machine("SIGHUP".into()), "SIGHUP").await.unwrap();
        world.settle().await;
    }
    assert_eq!(alerts(&world).await, ["SourceSilent firing"], "silent for 75 seconds");
    world.end().await;
}

#[tokio::test]
async fn a_source_has_its_whole_interval_again_after_a_start() {
    let world = World::with(WATCHED).await;
    world.advance(Duration::from_secs(30)).await;
    let world = restarted(world, WATCHED, minutes(60)).await;
    world.advance(Duration::from_secs(59)).await;
    assert_eq!(alerts(&world).await, [""; 0]);
    world.advance(Duration::from_secs(1)).await;
    assert_eq!(alerts(&world).await, ["SourceSilent firing"]);
    world.end().await;
}
