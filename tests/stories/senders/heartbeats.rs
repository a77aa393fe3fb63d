//! Heartbeats of Opsgenie's API: a missing heartbeat is an alert until the next one arrives.

use hotroom::{
    app::alerts::heartbeats,
    web::pages::{health, words::ConfigNames},
};
use serde_json::{Value, json};

use crate::world::{World, minutes};

const SOURCE: &str = "[[sources]]\nid = \"og\"\nkind = \"opsgenie-api\"\n";

async fn asks(world: &World, line: &str, body: Value) -> Value {
    let (status, told) = world.takes(line, &[], if body.is_null() { String::new() } else { body.to_string() }).await;
    assert!(status.is_success(), "{line}: {status} {told}");
    told
}

async fn backup(world: &World) {
    let plan = json!({"name": "nightly backup", "interval": 10, "intervalUnit": "minutes", "enabled": true,
        "alertMessage": "the backup did not run", "alertTags": ["db"], "alertPriority": "P1", "ownerTeam": {"name": "ops"}});
    asks(world, "POST /v2/heartbeats", plan).await;
}

const PING: &str = "GET /v2/heartbeats/nightly%20backup/ping";

#[tokio::test]
async fn a_heartbeat_that_does_not_come_is_an_alert_until_it_comes() {
    let world = World::with(SOURCE).await;
    backup(&world).await;
    for _ in 0..3 {
        world.advance(minutes(9)).await;
        assert_eq!(asks(&world, PING, Value::Null).await["result"], "PONG - Heartbeat received");
    }
    assert_eq!(world.alerts().await, "");
    world.advance(minutes(10)).await;
    assert_eq!(world.alerts().await, "the backup did not run firing");
    let told = asks(&world, "GET /v2/alerts/heartbeat%2Fnightly%20backup?identifierType=alias", Value::Null).await;
    let alert = &told["data"];
    assert_eq!((&alert["priority"], &alert["tags"], &alert["count"]), (&json!("P1"), &json!(["db"]), &json!(1)));
    assert_eq!(alert["details"], json!({"heartbeat": "nightly backup", "team": "ops"}));
    world.advance(minutes(1)).await;
    let feed = world.room("alerts").await;
    assert!(feed.contains("the backup did not run"), "{feed}");
    assert_eq!(asks(&world, "GET /v2/heartbeats/nightly%20backup", Value::Null).await["data"]["expired"], true);

    world.advance(minutes(3 * 24 * 60)).await;
    assert_eq!(world.alerts().await, "the backup did not run firing", "for as long as it does not come");
    asks(&world, PING, Value::Null).await;
    assert_eq!(world.alerts().await, "the backup did not run resolved");
    world.advance(minutes(10)).await;
    let again = "the backup did not run firing, the backup did not run resolved";
    assert_eq!(world.alerts().await, again, "and it is waited for again");
    world.end().await;
}

#[tokio::test]
async fn nobody_waits_for_a_heartbeat_that_is_off_or_gone() {
    let world = World::with(SOURCE).await;
    backup(&world).await;
    world.advance(minutes(10)).await;
    assert_eq!(world.alerts().await, "the backup did not run firing");
    asks(&world, "POST /v2/heartbeats/nightly%20backup/disable", Value::Null).await;
    assert_eq!(world.alerts().await, "the backup did not run resolved");
    world.advance(minutes(60)).await;
    assert_eq!(world.alerts().await, "the backup did not run resolved");
    asks(&world, "POST /v2/heartbeats/nightly%20backup/enable", Value::Null).await;
    asks(&world, "PATCH /v2/heartbeats/nightly%20backup", json!({"interval": 1, "intervalUnit": "hours"})).await;
    world.advance(minutes(59)).await;
    assert!(!world.alerts().await.contains("firing"));
    asks(&world, "DELETE /v2/heartbeats/nightly%20backup", Value::Null).await;
    world.advance(minutes(600)).await;
    assert!(!world.alerts().await.contains("firing"));
    assert_eq!(world.takes(PING, &[], "").await.0, 404);
    world.end().await;
}

#[tokio::test]
async fn what_came_while_the_bot_was_down_is_not_held_against_its_sender() {
    let world = World::with(SOURCE).await;
    backup(&world).await;
    world.was_down(minutes(60));
    let (config, now) = (world.app.config.current(), world.now());
    world.app.store.transact(move |tx| heartbeats::resume(tx, &config, now)).await.expect("resumed");
    world.advance(minutes(9)).await;
    assert_eq!(world.alerts().await, "");
    world.advance(minutes(1)).await;
    assert_eq!(world.alerts().await, "the backup did not run firing", "but now it is missed");
    world.end().await;
}

#[tokio::test]
async fn a_source_that_leaves_takes_its_heartbeats_along_and_brings_them_back() {
    let world = World::with(SOURCE).await;
    backup(&world).await;
    let reload = async || world.says("ann", "/admin reload").await;
    world.rewrites("");
    reload().await;
    world.advance(minutes(60)).await;
    assert_eq!(world.alerts().await, "");
    world.rewrites(SOURCE);
    reload().await;
    world.advance(minutes(9)).await;
    assert_eq!(world.alerts().await, "");
    world.advance(minutes(1)).await;
    assert_eq!(world.alerts().await, "the backup did not run firing");
    world.end().await;
}

#[tokio::test]
async fn the_health_page_tells_what_is_expired_first() {
    let world = World::with(SOURCE).await;
    backup(&world).await;
    asks(
        &world,
        "POST /v2/heartbeats",
        json!({"name": "<i>a", "interval": 1, "intervalUnit": "days", "enabled": true}),
    )
    .await;
    world.advance(minutes(10)).await;
    let (config, now, store) = (world.app.config.current(), world.now(), world.app.store.clone());
    let seen = store.health();
    let view = world.app.store.read(move |reads| {
        let words = ConfigNames { config: &config };
        health::read(
            reads,
            words,
            &"ann".into(),
            health::ProcessHealth { store: &seen, open_pages: 0, discord: None },
            now,
        )
    });
    let view = view.await.expect("the page");
    let told: Vec<_> =
        view.heartbeats.iter().map(|beat| (beat.name.as_str(), beat.every.as_str(), beat.expired)).collect();
    assert_eq!(told, [("nightly backup", "10 minutes", true), ("<i>a", "day", false)]);
    assert_eq!(view.overall, health::Mood::Warning);
    world.end().await;
}

#[tokio::test]
async fn a_page_of_another_site_pings_nothing() {
    let world = World::with(SOURCE).await;
    backup(&world).await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "http://evil.example")] {
        assert_eq!(world.takes(PING, &[(name, value)], "").await.0, 403, "{name}");
    }
    world.end().await;
}
