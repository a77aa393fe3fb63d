//! Planned maintenance: what customers see of it, the alerts that it mutes, and what people are reminded of.

use std::time::Duration;

use hotroom::{chat::Reply, domain::refusal::Refusal};
use serde_json::{Value, json};

use crate::{
    silences::firing,
    world::{World, done, minutes, show},
};

const HOUR: u64 = 3_600;

fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * HOUR)
}

/// Schedules maintenance of checkout in two hours, for an hour.
async fn schedule(world: &World, more: &str) -> Reply {
    let line = format!(
        "/status maintenance \"Move of the database\" components:checkout from:\"in 2h\" until:\"in 3h\" \
         message:\"Orders may be slow.\"{more}"
    );
    world.says("ann", &line).await
}

async fn summary(world: &World) -> Value {
    world.get("/status/api/v2/summary.json").await
}

async fn planned(world: &World, list: &str) -> Vec<String> {
    let found = world.get(&format!("/status/api/v2/scheduled-maintenances{list}.json")).await;
    let items = found["scheduled_maintenances"].as_array().expect("a list").iter();
    items.map(|one| one["status"].as_str().expect("a status").to_owned()).collect()
}

async fn feed(world: &World) -> String {
    world.posts_of("incidents").await.iter().map(show).collect::<Vec<_>>().join("\n")
}

async fn alert_states(world: &World) -> Vec<String> {
    let alerts = world.get("/api/v1/alerts?limit=200").await;
    let items = alerts["items"].as_array().expect("a list").iter();
    items.map(|alert| format!("{} {}", alert["name"].as_str().unwrap(), alert["state"].as_str().unwrap())).collect()
}

fn refused(reply: &Reply) -> &'static str {
    let refusal: Refusal = serde_json::from_value(reply.data.clone().expect("a reason")).expect("a refusal");
    refusal.name()
}

#[tokio::test]
async fn timers_carry_maintenance_through_and_customers_see_each_step() {
    let world = World::new().await;
    let told = show(&done(&schedule(&world, "").await).post);
    assert!(told.contains("maintenance 1") && told.contains("Alerts of Checkout are muted"), "{told}");
    let document = summary(&world).await;
    let entry = &document["scheduled_maintenances"][0];
    assert_eq!((&entry["status"], &entry["impact"]), (&json!("scheduled"), &json!("maintenance")));
    assert_eq!(entry["scheduled_for"], "2026-03-02T12:00:00.000Z");
    assert_eq!(entry["scheduled_until"], "2026-03-02T13:00:00.000Z");
    assert_eq!(entry["incident_updates"][0]["body"], "Orders may be slow.");
    assert_eq!(entry["components"][0]["name"], "Checkout");
    assert_eq!(document["status"]["indicator"], "none", "it has not begun");
    assert_eq!((planned(&world, "/upcoming").await.len(), planned(&world, "/active").await.len()), (1, 0));

    world.advance(hours(1)).await;
    assert!(show(world.posts_of("dm-ann").await.last().expect("a reminder")).contains("begins"));
    world.advance(hours(1)).await;
    let document = summary(&world).await;
    assert_eq!(document["status"], json!({"indicator": "maintenance", "description": "Service Under Maintenance"}));
    assert_eq!(document["components"][0]["status"], "under_maintenance");
    assert_eq!(planned(&world, "/active").await, ["in_progress"]);
    assert_eq!(planned(&world, "/upcoming").await, [""; 0]);
    world.advance(hours(1)).await;
    assert_eq!(planned(&world, "/active").await, ["verifying"]);
    assert_eq!(summary(&world).await["components"][0]["status"], "under_maintenance");
    world.advance(minutes(15)).await;
    let document = summary(&world).await;
    assert_eq!((&document["scheduled_maintenances"], &document["status"]["indicator"]), (&json!([]), &json!("none")));
    assert_eq!(planned(&world, "").await, ["completed"]);
    let id = entry["id"].as_str().expect("an id");
    let month = world.now().format("%Y-%m");
    for path in [
        "/status",
        "/status/history.atom",
        "/status/history.rss",
        &format!("/status/incidents/{id}"),
        &format!("/status/history/{month}"),
    ] {
        let (status, page) = world.get_as("nobody", path).await;
        assert_eq!(status, 200, "{path}");
        assert!(
            page.contains("Move of the database") && page.contains("The maintenance is completed."),
            "{path}: {page}"
        );
    }
    let feed = feed(&world).await;
    for part in ["scheduled maintenance 1", "begins", "in progress", "verifying", "completed"] {
        assert!(feed.contains(part), "{part}: {feed}");
    }
    world.end().await;
}

const RULE: &str = "[[alerts.declare]]\nname = \"worst\"\nat_least = \"sev1\"\nafter = \"0s\"\nduring_maintenance = true\n\
                    [[alerts.declare]]\nname = \"errors\"\nat_least = \"sev2\"\nafter = \"0s\"\n";

#[tokio::test]
async fn it_mutes_alerts_of_its_services_and_their_pages_with_three_exceptions() {
    let world = World::with(RULE).await;
    done(&schedule(&world, "").await);
    world.advance(hours(2)).await;
    let alerts = firing(&[("Slow", "checkout", "error"), ("Slow", "api", "warning")]);
    world.posts("alertmanager", &alerts).await;
    world.advance(minutes(5)).await;
    let states = alert_states(&world).await;
    assert_eq!(states.iter().filter(|state| *state == "Slow silenced").count(), 1, "{states:?}");
    assert_eq!(world.get("/api/v1/incidents").await["items"], json!([]), "no rule opens an incident");
    // Both places show the mute.
    let listed = show(&done(&world.says("bob", "/status").await).post);
    assert!(listed.contains("in progress") && listed.contains("mutes 1 firing"), "{listed}");
    let view = world.page("ann", "/maintenance").await;
    assert!(view.contains("Mutes 1 firing of Checkout"), "{view}");
    let messages: String = world.posts_of("alerts").await.iter().map(show).collect();
    assert!(messages.contains("maintenance 1") || !messages.contains("checkout"), "{messages}");
    let silences = show(&done(&world.says("bob", "/alert silences").await).post);
    assert!(silences.contains("maintenance 1") && silences.contains("Move of the database"), "{silences}");
    assert!(world.page("ann", "/alerts").await.contains("maintenance 1"));

    // People can always page.
    done(&world.says("ann", "/page @bob the database is gone").await);
    assert!(world.room("dm-bob").await.contains("the database is gone"));
    // A rule that applies during maintenance still pages.
    world.posts("alertmanager", &firing(&[("Down", "checkout", "critical")])).await;
    world.advance(minutes(1)).await;
    let incidents = world.get("/api/v1/incidents").await;
    assert_eq!(incidents["items"].as_array().map(Vec::len), Some(1), "{incidents}");
    assert_eq!(incidents["items"][0]["severity"], "sev1");
    world.end().await;
}

#[tokio::test]
async fn an_alert_that_outlives_its_maintenance_is_announced_and_pages() {
    let world = World::with(RULE).await;
    done(&schedule(&world, "").await);
    world.advance(minutes(150)).await;
    world.posts("alertmanager", &firing(&[("Slow", "checkout", "error")])).await;
    world.advance(minutes(20)).await;
    assert_eq!(world.get("/api/v1/incidents").await["items"], json!([]));
    world.advance(minutes(15)).await;
    let incidents = world.get("/api/v1/incidents").await;
    assert_eq!(incidents["items"].as_array().map(Vec::len), Some(1), "its rule is evaluated again: {incidents}");
    assert_eq!(alert_states(&world).await.iter().filter(|state| state.contains("silenced")).count(), 0);
    // It is not completed while the alert fires, and whoever scheduled it is reminded.
    assert_eq!(planned(&world, "/active").await, ["verifying"]);
    world.advance(minutes(30)).await;
    let told = world.room("dm-ann").await;
    assert!(told.contains("is not completed"), "{told}");
    done(&world.says("ann", "/status post 1 \"We found the cause.\" status:completed").await);
    assert_eq!(planned(&world, "").await, ["completed"]);
    world.end().await;
}

#[tokio::test]
async fn a_window_is_moved_extended_and_cancelled_with_its_mute() {
    let world = World::new().await;
    done(&schedule(&world, "").await);
    done(&world.says("ann", "/status move 1 from:\"in 5h\" until:\"in 6h\"").await);
    let entry = summary(&world).await["scheduled_maintenances"][0].clone();
    assert_eq!(entry["scheduled_for"], "2026-03-02T15:00:00.000Z");
    let moved = "The maintenance was moved. It takes place from 2 Mar 2026, 15:00 UTC to 2 Mar 2026, 16:00 UTC.";
    assert_eq!(entry["incident_updates"][0]["body"], moved);
    let pending = || async { world.get("/api/v1/silences?state=pending").await["items"].clone() };
    let silence = pending().await[0].clone();
    assert!(silence["from"].as_str().unwrap_or_default().starts_with("2026-03-02T15:00"), "{silence}");
    assert_eq!(refused(&world.says("ann", "/status move 1 until:\"2026-03-02 14:00\"").await), "bad_window");
    assert_eq!(refused(&world.says("ann", "/status post 1 Done. status:completed").await), "maintenance_state");
    assert_eq!(refused(&world.says("ann", "/status cancel 7 No.").await), "unknown_maintenance");

    // It begins early, is extended, and is cancelled while it mutes an alert.
    done(&world.says("ann", "/status post 1 \"We begin now.\" status:in_progress").await);
    world.posts("alertmanager", &firing(&[("Slow", "checkout", "warning")])).await;
    world.advance(minutes(1)).await;
    assert_eq!(alert_states(&world).await, ["Slow silenced"]);
    done(&world.says("ann", "/status move 1 until:\"in 8h\" message:\"It takes longer.\"").await);
    done(&world.says("ann", "/status cancel 1 \"We stop for today.\"").await);
    world.advance(minutes(1)).await;
    assert_eq!(alert_states(&world).await, ["Slow firing"]);
    assert_eq!(pending().await, json!([]));
    assert_eq!(planned(&world, "").await, ["completed"], "Statuspage has no word for a cancelled one");
    assert_eq!(summary(&world).await["components"][0]["status"], "operational");
    world.end().await;
}

#[tokio::test]
async fn a_component_shows_the_worst_of_maintenance_and_incidents_in_either_order() {
    let world = World::new().await;
    done(&schedule(&world, " manual:yes").await);
    done(&world.says("ann", "/incident declare one severity:sev3").await);
    let post = |status: &str| format!("/incident statuspage investigating Looking. components:checkout={status}");
    let shown = || async { summary(&world).await["components"][0]["status"].clone() };
    done(&world.says_in("hot-1", "ann", &post("partial_outage")).await);
    world.advance(hours(2)).await;
    assert_eq!(shown().await, "partial_outage");
    done(&world.says_in("hot-1", "ann", "/incident resolve fixed").await);
    assert_eq!(shown().await, "under_maintenance");
    done(&world.says("ann", "/incident declare two severity:sev3").await);
    done(&world.says_in("hot-2", "ann", &post("major_outage")).await);
    done(&world.says("ann", "/status post 1 Done. status:completed").await);
    assert_eq!(shown().await, "major_outage", "the incident still holds it");
    done(&world.says_in("hot-2", "ann", "/incident resolve fixed").await);
    assert_eq!(shown().await, "operational");
    world.end().await;
}

#[tokio::test]
async fn an_overrun_reminds_who_scheduled_it_until_a_person_completes_it() {
    let world = World::new().await;
    done(&schedule(&world, " manual:yes").await);
    let reminders = || async {
        let posts = world.posts_of("dm-ann").await;
        posts.iter().map(show).filter(|text| text.contains("is not completed")).count()
    };
    world.advance(hours(3)).await;
    assert_eq!(reminders().await, 0);
    world.advance(minutes(15)).await;
    assert_eq!(reminders().await, 1);
    world.advance(minutes(60)).await;
    assert_eq!(reminders().await, 3);
    let view = world.page("ann", "/maintenance").await;
    assert!(view.contains("Window is over"), "{view}");
    done(&world.says("ann", "/status post 1 Done. status:completed").await);
    world.advance(hours(3)).await;
    assert_eq!(reminders().await, 3);
    world.end().await;
}

#[tokio::test]
async fn a_window_over_a_change_of_clocks_has_the_length_that_the_clock_shows() {
    let world = World::new().await;
    // In Berlin, the clock jumps from 02:00 to 03:00 on 29 March 2026.
    world.pass(Duration::from_secs(26 * 24 * HOUR));
    let line = "/status maintenance \"Move\" components:checkout from:\"2026-03-29 01:30\" until:\"2026-03-29 03:30\" \
                message:\"Orders may be slow.\"";
    done(&world.says("ann", line).await);
    let entry = summary(&world).await["scheduled_maintenances"][0].clone();
    assert_eq!(entry["scheduled_for"], "2026-03-29T00:30:00.000Z");
    assert_eq!(entry["scheduled_until"], "2026-03-29T01:30:00.000Z", "one hour, not two");
    let begin = "2026-03-29T00:30:00Z".parse::<hotroom::domain::Timestamp>().unwrap();
    world.advance((begin - world.now()).to_std().unwrap()).await;
    assert_eq!(planned(&world, "/active").await, ["in_progress"]);
    world.posts("alertmanager", &firing(&[("Slow", "checkout", "warning")])).await;
    world.advance(minutes(59)).await;
    assert_eq!(alert_states(&world).await, ["Slow silenced"]);
    world.advance(minutes(2)).await;
    assert_eq!(alert_states(&world).await, ["Slow firing"]);
    assert_eq!(planned(&world, "/active").await, ["verifying"]);
    world.end().await;
}
