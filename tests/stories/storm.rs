//! Alert storms: a feed stays readable, and the most severe alerts are shown first.

use std::time::Duration;

use hotroom::{
    chat::Post,
    domain::{
        effect::{ChatEffect, EffectKey},
        ids::GroupId,
    },
};
use serde_json::{Value, json};

use crate::world::{World, done, minutes, show};

/// Returns an Alertmanager body with an alert for each number, each in its own group.
fn body(numbers: impl Iterator<Item = usize>, severity: &str, resolved: bool) -> Value {
    let (status, ends) =
        if resolved { ("resolved", "2026-03-02T10:05:00Z") } else { ("firing", "0001-01-01T00:00:00Z") };
    let alerts: Vec<Value> = numbers
        .map(|n| {
            json!({
                "status": status, "startsAt": "2026-03-02T09:59:59Z", "endsAt": ends,
                "labels": {"alertname": format!("Check{n}"), "service": if n % 3 == 0 { "api" } else { "website" },
                           "severity": severity, "instance": format!("web-{}", n % 7)},
                "annotations": {"summary": format!("Check {n} fails")},
            })
        })
        .collect();
    json!({"version": "4", "status": status, "alerts": alerts})
}

/// Returns the alert messages of the feed.
async fn feed(world: &World) -> Vec<Post> {
    world.posts_of("alerts").await
}

fn summaries(posts: &[Post]) -> Vec<&Post> {
    posts.iter().filter(|post| post.title.as_deref().is_some_and(|title| title.contains("lert storm"))).collect()
}

/// Returns a group that is shown in the summary: its id, its check and its service.
async fn withheld(world: &World) -> (String, String, String) {
    let posts = feed(world).await;
    let told = |name: &str| {
        posts.iter().any(|post| post.title.as_deref().is_some_and(|title| title.contains(&format!(" {name} "))))
    };
    let groups = world.get("/api/v1/groups?limit=200").await;
    let label = |group: &Value, name: &str| group["labels"][name].as_str().expect("a label").to_owned();
    let mut groups = groups["items"].as_array().expect("groups").iter();
    let group = groups.find(|group| !told(&label(group, "alertname"))).expect("one without a message");
    (group["id"].as_str().expect("an id").to_owned(), label(group, "alertname"), label(group, "service"))
}

#[tokio::test]
async fn a_thousand_groups_at_once_are_twenty_messages_and_one_summary() {
    let world = World::new().await;
    world.posts("alertmanager", &body(0..1_000, "warning", false)).await;
    world.advance(Duration::from_secs(20)).await;
    let posts = feed(&world).await;
    assert_eq!(posts.len(), 21);
    let [summary] = summaries(&posts)[..] else { panic!("one summary") };
    let said = show(summary);
    assert!(said.contains("980 firing"), "{said}");
    assert!(said.contains("and 975 more"), "{said}");
    assert!(["Services: Website 6", ", API 3"].iter().all(|part| said.contains(part)), "{said}");
    assert_eq!((0..7).filter(|n| said.contains(&format!("web-{n} 1"))).count(), 5, "{said}");
    world.end().await;
}

#[tokio::test]
async fn a_group_in_the_summary_of_a_storm_has_no_message_id_when_its_message_is_skipped() {
    let world = World::new().await;
    world.posts("alertmanager", &body(0..60, "warning", false)).await;
    world.advance(Duration::from_secs(20)).await;
    let (id, ..) = withheld(&world).await;
    let group = GroupId::parse(&id).expect("an id");
    let (key, now) = (EffectKey::new("test", 1, 0), world.now());
    let known = key.clone();
    let effect = ChatEffect::GroupMessage { group, critical: false }.into();
    assert_eq!(world.app.store.transact(move |tx| tx.enqueue(&key, &effect, now)).await, Ok(true));
    world.settle().await;
    let row = world.app.store.read(move |reads| reads.outbox_row(&known)).await.expect("reads").expect("a row");
    assert_eq!((row.state.as_str(), row.receipt, row.why.as_deref()), ("done", None, Some("in_storm_summary")));
    let shown = world.get(&format!("/api/v1/groups/{id}")).await;
    assert_eq!(shown["message"], Value::Null, "{shown}");
    world.end().await;
}

#[tokio::test]
async fn a_critical_group_in_a_storm_has_its_own_message() {
    let world = World::new().await;
    world.posts("alertmanager", &body(0..500, "warning", false)).await;
    world.advance(Duration::from_secs(15)).await;
    world.posts("alertmanager", &body(5_000..5_001, "critical", false)).await;
    world.advance(Duration::from_secs(15)).await;
    let posts = feed(&world).await;
    assert!(posts.iter().any(|post| post.title.as_deref().is_some_and(|title| title.contains("Check5000"))));
    assert_eq!(posts.len(), 22);
    world.end().await;
}

#[tokio::test]
async fn when_the_feed_is_calm_the_storm_is_over_and_news_has_a_message_again() {
    let world = World::new().await;
    world.posts("alertmanager", &body(0..100, "warning", false)).await;
    world.advance(minutes(3)).await;
    let said = show(summaries(&feed(&world).await)[0]);
    assert!(said.contains("is over") && said.contains("80 firing"), "{said}");
    let (_, name, service) = withheld(&world).await;
    let more = json!({"version": "4", "alerts": [{"status": "firing", "startsAt": "2026-03-02T10:03:00Z",
        "labels": {"alertname": name, "service": service, "severity": "warning", "instance": "web-9"}}]});
    world.posts("alertmanager", &more).await;
    world.advance(minutes(2)).await;
    let posts = feed(&world).await;
    let own = posts.last().expect("posts");
    assert!(own.title.as_deref().is_some_and(|title| title.contains(&format!("{name} "))), "{}", show(own));
    let said = show(summaries(&posts)[0]);
    assert!(said.contains("79 firing"), "what has its own message is no longer counted: {said}");
    world.posts("alertmanager", &body(0..100, "warning", true)).await;
    world.advance(minutes(1)).await;
    let said = show(summaries(&feed(&world).await)[0]);
    assert!(said.contains("All 79 groups are over"), "{said}");
    world.end().await;
}

#[tokio::test]
async fn what_a_person_takes_out_of_a_storm_has_a_message_of_its_own() {
    let world = World::new().await;
    world.posts("alertmanager", &body(0..60, "warning", false)).await;
    world.advance(Duration::from_secs(20)).await;
    let (id, name, _) = withheld(&world).await;
    done(&world.says("bob", &format!("/alert ack {id}")).await);
    let posts = feed(&world).await;
    let own = posts.last().expect("posts");
    assert!(own.title.as_deref().is_some_and(|title| title.contains(&format!("{name} "))), "{}", show(own));
    assert!(show(own).contains("Bob"), "{}", show(own));
    world.end().await;
}

#[tokio::test]
async fn a_reminder_that_a_storm_leaves_no_room_for_is_posted_once_there_is_room() {
    let route = "[alerts.route]\nfeed = \"alerts\"\ngroup_by = [\"alertname\"]\ngroup_wait = \"1s\"\n\
        group_interval = \"1m\"\nrepeat_interval = \"10m\"\n";
    let world = World::with(route).await;
    world.posts("alertmanager", &body(5_000..5_001, "warning", false)).await;
    world.advance(Duration::from_secs(9 * 60 + 50)).await;
    let messages = async || {
        let posts = feed(&world).await;
        posts.iter().filter(|post| post.title.as_deref().is_some_and(|title| title.contains("Check5000"))).count()
    };
    assert_eq!(messages().await, 1);
    world.posts("alertmanager", &body(0..100, "warning", false)).await;
    world.advance(Duration::from_secs(20)).await;
    assert_eq!(messages().await, 1, "the storm has no room for it");
    world.advance(minutes(4)).await;
    assert_eq!(messages().await, 2, "it is posted at a later tick, not ten minutes later");
    world.end().await;
}
