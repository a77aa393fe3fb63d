//! Opening, writing, reviewing, publishing, and the reminders of each step.

use std::time::Duration;

use serde_json::json;

use super::{WITH_A_REPORTER, postmortem, refused, resolved, section, text, writes};
use crate::world::{World, done, minutes, show};

const DAY: Duration = Duration::from_secs(24 * 3_600);

#[tokio::test]
async fn a_severe_incident_gets_a_post_mortem_that_its_record_fills() {
    let world = World::new().await;
    resolved(&world).await;
    let opened = postmortem(&world).await;
    assert_eq!((opened["state"].as_str(), opened["owner"].as_str()), (Some("draft"), Some("ann")));
    assert_eq!(opened["needs_approval"], true);
    assert!(text(&opened, "summary").contains("Checkout is slow") && text(&opened, "summary").contains("Rolled back"));
    assert!(text(&opened, "timeline").contains("The pool is full"), "{opened}");
    assert!(text(&opened, "root_cause").contains("change"), "{opened}");
    assert_eq!(section(&opened, "summary")["prefilled"], true);
    assert_eq!(text(&opened, "lessons"), "");
    let room = world.room("hot-1").await;
    assert!(room.contains("A post-mortem was opened"), "{room}");
    world.end().await;
}

#[tokio::test]
async fn a_section_that_nobody_wrote_follows_the_record() {
    let world = World::new().await;
    resolved(&world).await;
    assert_eq!(writes(&world, "impact", "Half of all carts failed.", 1).await.0, 200);
    done(&world.says_in("hot-1", "ann", "/incident note \"Found later\"").await);
    let now = postmortem(&world).await;
    assert!(text(&now, "timeline").contains("Found later"), "{now}");
    assert_eq!(text(&now, "impact"), "Half of all carts failed.");
    done(&world.says_in("hot-1", "ann", "/postmortem submit").await);
    done(&world.says_in("hot-1", "ann", "/incident note \"Too late\"").await);
    assert!(!text(&postmortem(&world).await, "timeline").contains("Too late"), "a submitted document stays as it is");
    world.end().await;
}

#[tokio::test]
async fn a_document_is_written_reviewed_and_published() {
    let world = World::new().await;
    resolved(&world).await;
    assert_eq!(writes(&world, "lessons", "Alert on the pool.", 1).await.0, 200);
    let early = world.says_in("hot-1", "ann", "/postmortem publish").await;
    assert!(refused(&early).contains("/postmortem submit"), "{early:?}");
    done(&world.says_in("hot-1", "ann", "/postmortem submit").await);
    assert!(world.room("dm-bob").await.contains("submitted the post-mortem"));
    let own = world.says_in("hot-1", "ann", "/postmortem approve").await;
    assert!(refused(&own).contains("somebody else approves it"), "{own:?}");
    done(&world.says_in("hot-1", "bob", "/postmortem return \"The impact lacks numbers\"").await);
    assert!(world.room("dm-ann").await.contains("lacks numbers"));
    done(&world.says_in("hot-1", "ann", "/postmortem submit").await);
    done(&world.presses("bob", "hot-1", "Approve post-mortem").await);
    done(&world.says_in("hot-1", "ann", "/postmortem publish").await);
    let feed = world.room("incidents").await;
    assert!(feed.contains("Post-mortem of HOT-1"), "{feed}");
    let published = postmortem(&world).await;
    assert_eq!((published["state"].as_str(), published["approved_by"].as_str()), (Some("published"), Some("bob")));
    world.end().await;
}

#[tokio::test]
async fn an_edit_of_an_approved_document_returns_it_to_review() {
    let world = World::new().await;
    resolved(&world).await;
    done(&world.says_in("hot-1", "ann", "/postmortem submit").await);
    done(&world.says_in("hot-1", "bob", "/postmortem approve").await);
    let version = section(&postmortem(&world).await, "summary")["version"].as_u64().expect("a version");
    assert_eq!(writes(&world, "summary", "Another story.", version).await.0, 200);
    assert_eq!(postmortem(&world).await["state"], "in_review");
    assert!(world.room("hot-1").await.contains("It has to be approved again"));
    world.end().await;
}

#[tokio::test]
async fn two_people_who_write_one_section_lose_nothing() {
    let world = World::new().await;
    resolved(&world).await;
    assert_eq!(writes(&world, "lessons", "Ann's text", 1).await.0, 200);
    let (status, problem) = writes(&world, "lessons", "Bob's text", 1).await;
    assert_eq!(status, 409, "{problem}");
    assert_eq!(text(&problem["postmortem"], "lessons"), "Ann's text");
    assert_eq!(writes(&world, "lessons", "Ann's text", 1).await.0, 200, "a repeat changes nothing");
    assert_eq!(writes(&world, "lessons", "Both texts", 2).await.0, 200);
    let versions = world.get("/api/v1/incidents/HOT-1/postmortem/sections/lessons").await;
    let texts: Vec<&str> =
        versions["items"].as_array().unwrap().iter().filter_map(|one| one["text"].as_str()).collect();
    assert_eq!(texts, ["Both texts", "Ann's text"]);
    assert_eq!(writes(&world, "gossip", "x", 1).await.0, 404);
    assert_eq!(writes(&world, "lessons", &"x".repeat(20_001), 3).await.0, 422);
    world.end().await;
}

#[tokio::test]
async fn comments_are_made_and_settled() {
    let world = World::new().await;
    resolved(&world).await;
    let path = "/api/v1/incidents/HOT-1/postmortem/comments";
    let body = json!({"section": "summary", "text": "How many customers?"});
    let (status, commented) = world.send("POST", path, Some(&body)).await;
    assert_eq!((status.as_u16(), commented["comments"][0]["resolved"].as_bool()), (200, Some(false)));
    let (status, settled) = world.send("POST", &format!("{path}/1/resolve"), None).await;
    assert_eq!((status.as_u16(), settled["comments"][0]["resolved"].as_bool()), (200, Some(true)));
    assert_eq!(world.send("POST", &format!("{path}/2/resolve"), None).await.0.as_u16(), 404);
    world.end().await;
}

#[tokio::test]
async fn each_step_is_reminded_of_and_escalates() {
    let world = World::new().await;
    resolved(&world).await;
    done(&world.says_in("hot-1", "ann", "/postmortem assign owner:@cho").await);
    // The draft has three days; the first reminder comes a day before.
    world.advance(DAY * 2 - minutes(1)).await;
    assert!(!world.room("dm-cho").await.contains("has to be submitted"));
    world.advance(minutes(2)).await;
    let early = world.room("dm-cho").await;
    assert!(early.contains("has to be submitted") && !early.contains("Overdue"), "{early}");
    world.advance(DAY).await;
    assert!(world.room("dm-cho").await.contains("Overdue"));
    assert!(!world.room("hot-1").await.contains("Escalated"));
    world.advance(DAY * 2).await;
    assert!(world.room("hot-1").await.contains("Escalated to"), "{}", world.room("hot-1").await);
    done(&world.says_in("hot-1", "cho", "/postmortem submit").await);
    world.advance(DAY + minutes(1)).await;
    assert!(world.room("dm-bob").await.contains("waits for an approval"));
    done(&world.says_in("hot-1", "bob", "/postmortem approve").await);
    world.advance(DAY + minutes(1)).await;
    assert!(world.room("dm-cho").await.contains("has to be published"));
    done(&world.says_in("hot-1", "cho", "/postmortem publish").await);
    let before = world.room("dm-cho").await;
    world.advance(DAY * 30).await;
    assert_eq!(world.room("dm-cho").await, before, "a published document reminds nobody");
    world.end().await;
}

#[tokio::test]
async fn a_lesser_incident_gets_one_on_request_and_one_can_be_skipped() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Slow search\" severity:sev3").await);
    let open = world.says_in("hot-1", "ann", "/postmortem open").await;
    assert!(refused(&open).contains("is not resolved"), "{open:?}");
    done(&world.says_in("hot-1", "ann", "/incident resolve summary:\"Restarted\"").await);
    assert!(refused(&world.says_in("hot-1", "ann", "/postmortem show").await).contains("has no post-mortem"));
    done(&world.presses("ann", "hot-1", "Open post-mortem").await);
    done(&world.says_in("hot-1", "ann", "/postmortem skip \"A known limit\"").await);
    assert!(show(&world.says_in("hot-1", "ann", "/postmortem show").await.post).contains("A known limit"));
    done(&world.says_in("hot-1", "ann", "/postmortem open").await);
    assert_eq!(postmortem(&world).await["state"], "draft");
    world.end().await;
}

#[tokio::test]
async fn a_drill_gets_none_by_itself_and_what_is_written_stays_in_its_room() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Practice\" severity:sev1 service:checkout drill:yes").await);
    done(&world.says_in("hot-1", "ann", "/incident resolve summary:\"It worked\"").await);
    assert_eq!(world.send("GET", "/api/v1/incidents/HOT-1/postmortem", None).await.0.as_u16(), 404);
    done(&world.says_in("hot-1", "ann", "/postmortem open").await);
    done(&world.says_in("hot-1", "ann", "/postmortem submit").await);
    done(&world.says_in("hot-1", "bob", "/postmortem approve").await);
    done(&world.says_in("hot-1", "ann", "/postmortem publish").await);
    assert!(world.room("hot-1").await.contains("Post-mortem of HOT-1"));
    assert!(!world.room("incidents").await.contains("Post-mortem"));
    world.end().await;
}

#[tokio::test]
async fn redacted_text_leaves_every_version_and_the_chain_still_verifies() {
    let world = World::new().await;
    resolved(&world).await;
    done(&world.says_in("hot-1", "ann", "/incident note \"password *hunter2*\"").await);
    done(&world.says_in("hot-1", "ann", "/postmortem submit").await);
    let before = postmortem(&world).await;
    assert!(text(&before, "timeline").contains("hunter2"), "{before}");
    let timeline = world.get("/api/v1/incidents/HOT-1/timeline?limit=200").await;
    let entry = timeline["items"].as_array().unwrap().iter().find(|one| one["event"]["text"] == "password *hunter2*");
    let seq = entry.expect("the note")["seq"].as_u64().unwrap();
    done(&world.says_in("hot-1", "ann", &format!("/incident timeline redact:{seq}")).await);
    let after = postmortem(&world).await;
    assert!(!after.to_string().contains("hunter2"), "{after}");
    let versions = world.get("/api/v1/incidents/HOT-1/postmortem/sections/timeline").await;
    assert!(!versions.to_string().contains("hunter2"), "{versions}");
    world.end().await;
}

#[tokio::test]
async fn the_view_shows_the_document_and_what_is_next() {
    let world = World::new().await;
    resolved(&world).await;
    let page = world.page("ann", "/incidents/HOT-1/postmortem").await;
    assert!(page.contains("Prefilled from the record") && page.contains("Submit post-mortem"), "{page}");
    assert!(world.page("ann", "/incidents/HOT-1").await.contains("Post-mortem: draft"));
    world.end().await;
}

#[tokio::test]
async fn a_reporter_reads_and_changes_nothing() {
    let world = World::with(WITH_A_REPORTER).await;
    resolved(&world).await;
    assert!(refused(&world.says("dee", "/postmortem skip incident:HOT-1 \"I say so\"").await).contains("responder"));
    let reader = world.page("dee", "/incidents/HOT-1/postmortem").await;
    assert!(reader.contains("Checkout is slow") && !reader.contains("<textarea"), "{reader}");
    assert!(world.page("ann", "/incidents/HOT-1/postmortem").await.contains("<textarea"));
    world.end().await;
}

#[tokio::test]
async fn an_overdue_step_escalates_to_the_managers_of_the_team() {
    let world = World::with(WITH_A_REPORTER).await;
    resolved(&world).await;
    world.advance(DAY * 5 - minutes(1)).await;
    assert_eq!(world.room("dm-mia").await, "");
    world.advance(minutes(2)).await;
    assert!(world.room("dm-mia").await.contains("Escalated to"), "{}", world.room("dm-mia").await);
    world.end().await;
}
