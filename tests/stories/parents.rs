//! Groups that are shown in the message of a parent group: which state both have, and what happens when the parent closes.

use std::time::Duration;

use hotroom::store::GroupFilter;
use serde_json::{Value, json};

use crate::{
    silences::group_of,
    world::{World, done, minutes},
};

const SERVICES: &str = r#"
[[services]]
id = "db"
name = "Database"

[[services]]
id = "api"
name = "API"
depends_on = ["db"]

[alerts.route]
feed = "alerts"
group_by = ["alertname"]
group_wait = "1s"
group_interval = "20s"
repeat_interval = "4h"
"#;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Posts an alert of a service, which starts now or ends now.
async fn post(world: &World, check: &str, service: &str, over: bool) {
    let now = world.now().to_rfc3339();
    let ends = if over { now.clone() } else { "0001-01-01T00:00:00Z".to_owned() };
    let body = json!({"version": "4", "alerts": [{
        "status": if over { "resolved" } else { "firing" }, "startsAt": now, "endsAt": ends,
        "labels": {"alertname": check, "service": service, "severity": "warning"},
    }]});
    world.posts("alertmanager", &body).await;
}

async fn feed(world: &World) -> Vec<String> {
    let posts = world.posts_of("alerts").await;
    posts.into_iter().filter_map(|post| post.title).collect()
}

async fn listed(world: &World, query: &str) -> Vec<String> {
    let groups = world.get(&format!("/api/v1/groups{query}")).await;
    let line = |group: &Value| {
        let name = group["labels"]["alertname"].as_str().unwrap();
        format!("{name} {}", group["state"].as_str().unwrap())
    };
    let mut lines: Vec<String> = groups["items"].as_array().unwrap().iter().map(line).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn a_child_that_fires_again_after_its_parent_closed_has_a_message_of_its_own() {
    let world = World::with(SERVICES).await;
    post(&world, "DbDown", "db", false).await;
    world.advance(seconds(4)).await;
    post(&world, "ApiSlow", "api", false).await;
    world.advance(seconds(4)).await;
    post(&world, "DbDown", "db", true).await;
    post(&world, "ApiSlow", "api", true).await;
    world.advance(seconds(14)).await;
    let now = world.now();
    let groups = world.app.store.read(move |reads| reads.list_groups(&GroupFilter::default(), now)).await.unwrap();
    let open: Vec<bool> = groups.items.iter().map(|group| group.open).collect();
    assert_eq!(open, [true, false], "the parent is closed and its child is not, yet");
    post(&world, "ApiSlow", "api", false).await;
    world.advance(seconds(30)).await;
    let titles = feed(&world).await;
    assert!(titles.len() == 2 && titles[1].contains("ApiSlow"), "{titles:?}");
    world.end().await;
}

#[tokio::test]
async fn a_child_whose_parent_closed_is_shown_in_the_next_one() {
    let world = World::with(SERVICES).await;
    post(&world, "DbDown", "db", false).await;
    world.advance(seconds(4)).await;
    post(&world, "ApiSlow", "api", false).await;
    world.advance(seconds(4)).await;
    post(&world, "DbDown", "db", true).await;
    post(&world, "ApiSlow", "api", true).await;
    world.advance(seconds(14)).await;
    post(&world, "DbDown", "db", false).await;
    post(&world, "ApiSlow", "api", false).await;
    world.advance(seconds(30)).await;
    let groups = world.get("/api/v1/groups?state=firing").await;
    let children: Vec<&Value> =
        groups["items"].as_array().unwrap().iter().map(|group| &group["folded_firing"]).collect();
    assert_eq!(children, [&json!(1), &json!(0)]);
    assert_eq!(feed(&world).await.len(), 2, "two outages of the database");
    world.end().await;
}

#[tokio::test]
async fn a_parent_of_which_only_children_fire_is_listed_as_what_it_is() {
    let world = World::with(SERVICES).await;
    post(&world, "DbDown", "db", false).await;
    world.advance(seconds(4)).await;
    post(&world, "ApiSlow", "api", false).await;
    world.advance(seconds(4)).await;
    post(&world, "DbDown", "db", true).await;
    let both = ["ApiSlow firing", "DbDown firing"];
    assert_eq!(listed(&world, "").await, both);
    assert_eq!(listed(&world, "?state=firing").await, both);
    assert_eq!(listed(&world, "?state=resolved").await, [""; 0]);

    let parent = group_of(&world, "DbDown").await;
    done(&world.says("bob", &format!("/alert ack {parent}")).await);
    let both = ["ApiSlow acknowledged", "DbDown acknowledged"];
    assert_eq!(listed(&world, "?state=acknowledged").await, both);
    assert_eq!(listed(&world, "?state=firing").await, [""; 0]);

    done(&world.says("bob", &format!("/alert silence {parent} 1h")).await);
    assert_eq!(listed(&world, "?state=silenced").await, ["ApiSlow silenced", "DbDown silenced"]);
    world.advance(minutes(1)).await;
    post(&world, "ApiSlow", "api", true).await;
    assert_eq!(listed(&world, "?state=resolved").await, ["ApiSlow resolved", "DbDown resolved"]);
    assert_eq!(listed(&world, "?state=silenced").await, [""; 0]);
    world.end().await;
}

#[tokio::test]
async fn an_alert_that_was_acknowledged_at_its_source_is_listed_as_acknowledged() {
    let world = World::new().await;
    let body = json!({"name": "Latency", "severity": "warning", "acknowledged_by": "zoe"});
    world.posts("generic", &body).await;
    let states = async |query: &str| {
        let alerts = world.get(&format!("/api/v1/alerts{query}")).await;
        alerts["items"].as_array().unwrap().iter().map(|alert| alert["state"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(states("").await, ["acknowledged"]);
    assert_eq!(states("?state=acknowledged").await, ["acknowledged"]);
    assert_eq!(states("?state=firing").await, [""; 0]);
    world.end().await;
}

#[tokio::test]
async fn an_alert_of_a_child_that_flapped_and_still_fires_is_announced() {
    let world = World::with(&format!("{SERVICES}[alerts.flapping]\nsample = \"10s\"\n")).await;
    post(&world, "DbDown", "db", false).await;
    world.advance(seconds(4)).await;
    for _ in 0..4 {
        post(&world, "ApiSlow", "api", false).await;
        world.advance(seconds(1)).await;
        post(&world, "ApiSlow", "api", true).await;
        world.advance(seconds(1)).await;
    }
    post(&world, "ApiSlow", "api", false).await;
    world.advance(minutes(5)).await;
    let feed = world.room("alerts").await;
    assert!(feed.contains("ApiSlow") && feed.matches("stopped flapping and **still fires**").count() == 1, "{feed}");
    world.end().await;
}
