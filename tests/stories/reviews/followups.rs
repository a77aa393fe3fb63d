//! Follow-ups: added in the room, from a task and by the API, reminded of, done and dropped.

use std::time::Duration;

use serde_json::json;

use super::refused;
use crate::world::{World, done, minutes, show};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// An incident of the checkout whose severity asks for no post-mortem.
async fn resolved(world: &World) {
    done(&world.says("ann", "/incident declare \"Checkout is slow\" severity:sev3 service:checkout").await);
    done(&world.says_in("hot-1", "ann", "/incident resolve summary:\"Rolled back\" cause:change").await);
}

#[tokio::test]
async fn the_completion_of_a_post_mortem_is_a_follow_up_that_follows_the_document() {
    let world = World::new().await;
    super::resolved(&world).await;
    let item = async || world.get("/api/v1/followups?incident=HOT-1").await["items"][0].clone();
    let shown = item().await;
    assert_eq!(shown["title"], "Complete the post-mortem of HOT-1");
    assert_eq!((shown["state"].as_str(), shown["owner"].as_str()), (Some("open"), Some("ann")));
    assert!(shown["due"].is_null(), "the post-mortem reminds of its own steps");
    done(&world.says_in("hot-1", "ann", "/postmortem assign owner:@bob").await);
    assert_eq!(item().await["owner"], "bob");
    done(&world.says_in("hot-1", "ann", "/postmortem skip \"A drill of the supplier\"").await);
    assert_eq!(
        (item().await["state"].as_str(), item().await["reason"].as_str()),
        (Some("not_doing"), Some("A drill of the supplier"))
    );
    done(&world.says_in("hot-1", "ann", "/postmortem open").await);
    assert_eq!(item().await["state"], "open");
    done(&world.says_in("hot-1", "bob", "/postmortem submit").await);
    done(&world.says_in("hot-1", "cho", "/postmortem approve").await);
    done(&world.says_in("hot-1", "bob", "/postmortem publish").await);
    assert_eq!(item().await["state"], "done");
    assert_eq!(world.get("/api/v1/followups?incident=HOT-1").await["items"].as_array().unwrap().len(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_follow_up_is_added_changed_and_done() {
    let world = World::new().await;
    resolved(&world).await;
    let added = world.says_in("hot-1", "ann", "/followup add \"Alert on the pool\" owner:@bob class:detect").await;
    assert_eq!(done(&added).data.as_ref().and_then(|data| data["number"].as_u64()), Some(1));
    assert!(world.room("hot-1").await.contains("Alert on the pool"));
    assert!(world.room("dm-bob").await.contains("Alert on the pool"), "its owner reads of it");
    assert!(show(&world.says("bob", "/followup mine").await.post).contains("Alert on the pool"));
    done(&world.says_in("hot-1", "ann", "/followup change 1 link:https://tracker.example/1").await);
    let again = world.says_in("hot-1", "ann", "/followup change 1 link:https://tracker.example/1").await;
    assert!(show(&again.post).contains("Nothing changes"), "{again:?}");
    done(&world.says_in("hot-1", "bob", "/followup done 1").await);
    assert!(refused(&world.says_in("hot-1", "bob", "/followup done 1").await).contains("is done"));
    assert!(show(&world.says("bob", "/followup mine").await.post).contains("You own no open follow-up"));
    assert!(show(&world.says("ann", "/followup list done").await.post).contains("Alert on the pool"));
    assert!(refused(&world.says_in("hot-1", "bob", "/followup done 7").await).contains("no follow-up 7"));
    world.end().await;
}

#[tokio::test]
async fn a_task_that_is_left_becomes_a_follow_up() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Checkout is slow\" severity:sev3").await);
    done(&world.says_in("hot-1", "ann", "/incident task \"Raise the limit of the pool\"").await);
    done(&world.says_in("hot-1", "ann", "/followup add task:1").await);
    assert!(world.room("hot-1").await.contains("follow-up 1 of HOT-1: **Raise the limit of the pool**"));
    assert!(refused(&world.says_in("hot-1", "ann", "/followup add task:9").await).contains("9"));
    world.end().await;
}

#[tokio::test]
async fn a_priority_follow_up_has_the_target_of_its_service_and_is_reminded_of_after_the_incident_is_closed() {
    let world = World::new().await;
    resolved(&world).await;
    done(&world.says_in("hot-1", "ann", "/followup add \"Split the pool\" owner:@bob priority:yes").await);
    done(&world.says_in("hot-1", "ann", "/incident close reason:Done").await);
    let listed = world.get("/api/v1/followups?owner=bob").await;
    assert_eq!(
        (listed["items"][0]["kind"].as_str(), listed["items"][0]["overdue"].as_bool()),
        (Some("priority"), Some(false))
    );
    // Eight weeks, and a reminder three days before.
    world.advance(DAY * 53 - minutes(1)).await;
    assert!(!world.room("dm-bob").await.contains("is due"));
    world.advance(minutes(2)).await;
    assert!(world.room("dm-bob").await.contains("is due"));
    world.advance(DAY * 3).await;
    assert!(world.room("dm-bob").await.contains("Overdue"));
    let overdue = world.get("/api/v1/followups?overdue=true").await;
    assert_eq!(overdue["items"].as_array().unwrap().len(), 1);
    done(&world.says("bob", "/followup drop 1 \"Too costly\" incident:HOT-1").await);
    assert_eq!(world.get("/api/v1/followups?overdue=true").await["items"], json!([]));
    let before = world.room("dm-bob").await;
    world.advance(DAY * 30).await;
    assert_eq!(world.room("dm-bob").await, before);
    world.end().await;
}

#[tokio::test]
async fn programs_add_and_change_follow_ups_and_the_console_lists_them() {
    let world = World::new().await;
    resolved(&world).await;
    let body = json!({"title": "Alert on <b>the pool</b>", "owner": "@cho", "class": "detect", "link": "https://tracker.example/1"});
    let (status, _) = world.send("POST", "/api/v1/incidents/HOT-1/followups", Some(&body)).await;
    assert_eq!(status.as_u16(), 200);
    let (status, problem) = world
        .send("POST", "/api/v1/incidents/HOT-1/followups", Some(&json!({"title": "x", "link": "javascript:1"})))
        .await;
    assert_eq!(status.as_u16(), 422, "{problem}");
    assert_eq!(world.send("POST", "/api/v1/incidents/HOT-1/followups/9/done", None).await.0.as_u16(), 404);
    let page = world.page("ann", "/followups").await;
    assert!(page.contains("Alert on &lt;b&gt;the pool") && page.contains("tracker.example"), "{page}");
    assert!(world.page("ann", "/incidents/HOT-1").await.contains("Alert on &lt;b&gt;the pool"));
    assert_eq!(world.send("POST", "/api/v1/incidents/HOT-1/followups/1/done", None).await.0.as_u16(), 200);
    assert!(!world.page("ann", "/followups").await.contains("the pool"));
    assert!(world.page("ann", "/followups?show=done").await.contains("the pool"));
    world.end().await;
}

#[tokio::test]
async fn redacted_text_leaves_the_follow_ups() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Checkout is slow\" severity:sev3").await);
    done(&world.says_in("hot-1", "ann", "/incident task \"Rotate hunter2\"").await);
    done(&world.says_in("hot-1", "ann", "/followup add task:1").await);
    let timeline = world.get("/api/v1/incidents/HOT-1/timeline?limit=200").await;
    let entry = timeline["items"].as_array().unwrap().iter().find(|one| one["event"]["text"] == "Rotate hunter2");
    let seq = entry.expect("the task")["seq"].as_u64().unwrap();
    done(&world.says_in("hot-1", "ann", &format!("/incident timeline redact:{seq}")).await);
    assert!(!world.get("/api/v1/followups").await.to_string().contains("hunter2"));
    world.end().await;
}

#[tokio::test]
async fn owners_and_managers_read_a_digest_every_monday_until_nothing_is_left() {
    let world = World::with(super::WITH_A_REPORTER).await;
    resolved(&world).await;
    done(&world.says_in("hot-1", "ann", "/followup add \"Alert on the pool\" owner:@bob priority:yes").await);
    world.advance(DAY * 8).await;
    assert!(world.room("dm-bob").await.contains("1 follow-up to do"), "{}", world.room("dm-bob").await);
    assert!(!world.room("dm-mia").await.contains("Overdue in your teams"), "nothing is overdue yet");
    world.advance(DAY * 60).await;
    let report = world.room("dm-mia").await;
    assert!(report.contains("Overdue in your teams") && report.contains("Alert on the pool"), "{report}");
    done(&world.says("bob", "/followup done 1 incident:HOT-1").await);
    world.advance(DAY * 7).await;
    let digests = async || {
        let (bob, mia) = (world.room("dm-bob").await, world.room("dm-mia").await);
        (bob.matches("follow-up to do").count(), mia.matches("Overdue in your teams").count())
    };
    let before = digests().await;
    world.advance(DAY * 30).await;
    assert_eq!(digests().await, before);
    world.end().await;
}
