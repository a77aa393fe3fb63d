//! A real outage is noticed although its alert flapped before.

use std::time::Duration;

use hotroom::chat::PostKind;
use serde_json::{Value, json};

use crate::world::{World, done, minutes};

const CALM_SOON: &str = "[alerts.flapping]\nsample = \"10s\"\n";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Returns an Alertmanager body for CheckoutDown, firing or resolved.
fn checkout_down(world: &World, severity: &str, since: &str, over: bool) -> Value {
    let ends = if over { world.now().to_rfc3339() } else { "0001-01-01T00:00:00Z".to_owned() };
    json!({"version": "4", "alerts": [{
        "status": if over { "resolved" } else { "firing" }, "startsAt": since, "endsAt": ends,
        "labels": {"alertname": "CheckoutDown", "service": "checkout", "severity": severity},
        "annotations": {"summary": "CheckoutDown on Checkout"},
    }]})
}

async fn fires(world: &World, severity: &str) -> String {
    let since = world.now().to_rfc3339();
    world.posts("alertmanager", &checkout_down(world, severity, &since, false)).await;
    since
}

/// Makes the alert fire and resolve four times within ten seconds, after its group was posted.
async fn flaps(world: &World, severity: &str) {
    let since = fires(world, severity).await;
    world.advance(seconds(20)).await;
    world.posts("alertmanager", &checkout_down(world, severity, &since, true)).await;
    for _ in 0..4 {
        world.advance(seconds(1)).await;
        let since = fires(world, severity).await;
        world.advance(seconds(1)).await;
        world.posts("alertmanager", &checkout_down(world, severity, &since, true)).await;
    }
    let group = world.get("/api/v1/groups").await["items"][0].clone();
    assert_eq!(group["counts"]["firing"], 1, "held as firing: {group}");
}

async fn pages(world: &World, state: &str) -> usize {
    let pages = world.get("/api/v1/pages").await;
    pages["items"].as_array().unwrap().iter().filter(|page| page["state"] == state).count()
}

async fn notices(world: &World) -> Vec<String> {
    let posts = world.posts_of("alerts").await;
    posts.into_iter().filter(|post| post.kind == PostKind::Announcement).map(|post| post.text).collect()
}

async fn message(world: &World) -> String {
    let posts = world.posts_of("alerts").await;
    posts.into_iter().rfind(|post| post.kind == PostKind::Group).expect("a message").text
}

#[tokio::test]
async fn an_alert_that_flapped_opens_a_new_incident_and_pages_when_it_fires_after_the_first_was_closed() {
    let world = World::new().await;
    flaps(&world, "critical").await;
    assert_eq!(pages(&world, "triggered").await, 1);
    done(&world.says("dee", "/incident resolve \"rolled back\" incident:HOT-1").await);
    done(&world.says("dee", "/incident close \"all done\" incident:HOT-1").await);
    assert_eq!(pages(&world, "triggered").await, 0);

    world.advance(seconds(2)).await;
    fires(&world, "critical").await;
    let incident = world.incident("HOT-2").await;
    assert!(incident.is_open());
    assert_eq!(pages(&world, "triggered").await, 1, "whoever is on call is woken");
    world.advance(seconds(6)).await;
    let shown =
        world.posts_of("alerts").await.into_iter().rfind(|post| post.kind == PostKind::Group).expect("a message");
    assert!(shown.fields.iter().any(|field| field.value.contains("HOT-2")), "{shown:?}");
    world.end().await;
}

#[tokio::test]
async fn an_alert_that_fires_again_while_its_incident_is_open_opens_no_second_one() {
    let world = World::new().await;
    flaps(&world, "critical").await;
    world.advance(seconds(2)).await;
    fires(&world, "critical").await;
    world.advance(minutes(90)).await;
    let incidents = world.get("/api/v1/incidents").await;
    assert_eq!(incidents["items"].as_array().unwrap().len(), 1);
    world.end().await;
}

#[tokio::test]
async fn when_flapping_ends_while_the_alert_fires_the_feed_is_told_and_the_rules_are_asked_again() {
    let world = World::with(CALM_SOON).await;
    flaps(&world, "critical").await;
    world.advance(seconds(1)).await;
    fires(&world, "critical").await;
    done(&world.says("dee", "/incident close \"false positive\" incident:HOT-1").await);
    world.advance(seconds(70)).await;
    assert!(notices(&world).await.last().expect("a notice").contains("is flapping"));
    assert!(message(&world).await.contains("flapping"));

    world.advance(minutes(5)).await;
    let said = notices(&world).await;
    assert!(said.last().expect("a notice").contains("stopped flapping and **still fires**: 1 firing"), "{said:?}");
    let shown = message(&world).await;
    assert!(shown.contains("1 firing") && !shown.contains("flapping"), "{shown}");
    assert!(world.incident("HOT-2").await.is_open());
    assert_eq!(pages(&world, "triggered").await, 1);
    world.end().await;
}

#[tokio::test]
async fn an_alert_that_no_rule_speaks_of_is_announced_when_it_stops_flapping_and_fires() {
    let world = World::with(CALM_SOON).await;
    flaps(&world, "warning").await;
    world.advance(seconds(1)).await;
    fires(&world, "warning").await;
    world.advance(minutes(5)).await;
    let said = notices(&world).await;
    assert!(said.last().expect("a notice").contains("**still fires**"), "{said:?}");
    assert_eq!(world.get("/api/v1/incidents").await["items"].as_array().unwrap().len(), 0);
    world.end().await;
}
