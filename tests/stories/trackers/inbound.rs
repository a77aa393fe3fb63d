//! What happens to an issue happens to its incident.

use axum::http::StatusCode;
use serde_json::json;

use super::{posts, reports, world};
use crate::{
    fake_github::{BOT, FakeGitHub},
    world::{World, done, minutes},
};

async fn declared(github: &FakeGitHub) -> World {
    let world = world(github, "").await;
    done(&world.says("ann", "/incident declare \"Payments fail\" severity:sev1 service:checkout").await);
    world.advance(minutes(1)).await;
    world
}

#[tokio::test]
async fn comments_status_and_assignee_come_into_the_room() {
    let github = FakeGitHub::start().await;
    let world = declared(&github).await;
    github.state().comment(1, "ben", "The *pool* is empty");
    github.state().edit(1, "ben", &json!({"assignees": ["ben"]}));
    github.state().edit(1, "ben", &json!({"labels": ["sev2", "checkout", "identified"]}));
    for delivery in ["1", "2", "3"] {
        assert_eq!(reports(&world, delivery, "issues", 1, json!({"action": "edited"})).await, StatusCode::ACCEPTED);
    }
    let incident = world.incident("SHOP-1").await;
    assert_eq!((incident.status.as_str(), incident.severity.name()), ("identified", "sev2"));
    assert_eq!(incident.holder(&"incident_manager".into()).expect("a manager").as_str(), "bob");
    let room = world.room("shop-1").await;
    assert_eq!(room.matches("commented on the issue").count(), 1, "{room}");
    assert!(room.contains(r"Bob \(GitHub\) commented"), "{room}");
    world.advance(minutes(1)).await;
    {
        let state = github.state();
        let issue = state.issue(1).expect("an issue");
        let theirs = issue.comments.iter().find(|comment| comment.author == "ben").expect("a comment");
        let after = issue
            .comments
            .iter()
            .filter(|comment| comment.created > theirs.created && !comment.body.starts_with("/cc"));
        assert_eq!(after.count(), 0, "nothing comes back: {:?}", issue.comments);
        let own = issue.events.iter().filter(|event| event.actor == BOT && event.created > theirs.created);
        assert_eq!(own.count(), 0, "what was done there is not done again");
    }
    world.end().await;
}

#[tokio::test]
async fn a_delivery_counts_once_and_the_order_does_not_matter() {
    let github = FakeGitHub::start().await;
    let world = declared(&github).await;
    github.state().comment(1, "eve", "First");
    github.state().comment(1, "eve", "Second");
    // The report of the second comment arrives first, and that of the first three times.
    let commented = |id: u64| json!({"action": "created", "comment": {"id": id}});
    reports(&world, "b", "issue_comment", 1, commented(2)).await;
    for _ in 0..3 {
        assert_eq!(reports(&world, "a", "issue_comment", 1, commented(1)).await, StatusCode::ACCEPTED);
    }
    let room = world.room("shop-1").await;
    let (first, second) = (room.find("First").expect("shown"), room.find("Second").expect("shown"));
    assert!(first < second, "{room}");
    assert_eq!(room.matches("commented on the issue").count(), 2, "{room}");
    assert!(room.contains(r"eve \(GitHub\)"), "somebody who is not in bot.toml is named: {room}");
    world.end().await;
}

#[tokio::test]
async fn a_report_without_the_signature_is_not_believed() {
    let github = FakeGitHub::start().await;
    let world = declared(&github).await;
    github.state().comment(1, "eve", "First");
    let body =
        json!({"action": "edited", "issue": {"number": 1}, "repository": {"full_name": "acme/shop"}}).to_string();
    let status = posts(&world, "1", "issues", "sha256=00", body).await;
    assert!(status.is_client_error(), "{status}");
    assert!(!world.room("shop-1").await.contains("First"));
    world.end().await;
}

/// The token belongs to a responder: what that person does on GitHub's pages counts all the same.
#[tokio::test]
async fn with_the_token_of_a_responder_the_work_of_that_person_is_not_lost() {
    let github = FakeGitHub::start().await;
    let world = declared(&github).await;
    github.state().comment(1, BOT, "Typed on GitHub's pages");
    github.state().edit(1, BOT, &json!({"state": "closed", "state_reason": "completed"}));
    reports(&world, "1", "issues", 1, json!({"action": "closed"})).await;
    assert!(world.room("shop-1").await.contains("Typed on GitHub"));
    assert_eq!(world.incident("SHOP-1").await.status.as_str(), "resolved");
    world.end().await;
}

#[tokio::test]
async fn an_issue_that_is_deleted_leaves_the_incident_with_its_key() {
    let github = FakeGitHub::start().await;
    let world = declared(&github).await;
    github.state().delete(1);
    reports(&world, "1", "issues", 1, json!({"action": "deleted"})).await;
    let room = world.room("shop-1").await;
    assert!(room.contains("was deleted at the tracker") && room.contains("Create the issue again"), "{room}");
    assert_eq!(world.incident("SHOP-1").await.key.to_string(), "SHOP-1");
    done(&world.says_in("shop-1", "ann", "/issue create").await);
    world.advance(minutes(1)).await;
    assert_eq!(github.state().issues.len(), 1);
    assert_eq!(world.incident("SHOP-1").await.key.to_string(), "SHOP-1", "the key stays");
    world.end().await;
}

#[tokio::test]
async fn an_issue_on_a_critical_component_opens_a_hot_room() {
    let github = FakeGitHub::start().await;
    let world = world(&github, "").await;
    let number = github.state().file("ben", "Checkout is down", "Since 9 o'clock");
    github.state().edit(number, "ben", &json!({"labels": ["checkout", "sev1"], "assignees": ["ann"]}));
    reports(&world, "1", "issues", number, json!({"action": "opened"})).await;
    world.advance(minutes(1)).await;
    let incident = world.incident("SHOP-1").await;
    assert_eq!((incident.room.expect("a room").as_str(), incident.severity.name()), ("shop-1", "sev1"));
    assert_eq!(incident.declared_by.person().expect("the reporter").as_str(), "bob");
    assert_eq!(incident.roles[&"incident_manager".into()].person.as_str(), "ann");
    let body = github.state().issue(number).expect("an issue").body.clone();
    assert!(body.contains("hotroom-"), "the mark is added: {body}");
    // Another component is not critical, until somebody asks.
    let number = github.state().file("ben", "A typo", "");
    reports(&world, "2", "issues", number, json!({"action": "opened"})).await;
    assert_eq!(world.get("/api/v1/incidents").await["items"].as_array().map(Vec::len), Some(1));
    reports(&world, "3", "issues", number, json!({"action": "labeled", "label": {"name": "hot-room"}})).await;
    assert_eq!(world.incident("SHOP-2").await.title.verbatim(), "A typo");
    world.end().await;
}

#[tokio::test]
async fn what_no_webhook_reported_is_found_and_summarized() {
    let github = FakeGitHub::start().await;
    let world = declared(&github).await;
    world.was_down(minutes(120));
    {
        let mut state = github.state();
        state.now += chrono::TimeDelta::minutes(100);
        state.comment(1, "eve", "Nobody heard this");
        state.comment(1, "eve", "Nor this");
    }
    world.advance(minutes(1)).await;
    let room = world.room("shop-1").await;
    assert_eq!(room.matches("has caught up").count(), 1, "{room}");
    assert!(!room.contains("Nobody heard this"), "the comments are on the timeline: {room}");
    let timeline = world.get("/api/v1/incidents/SHOP-1/timeline").await.to_string();
    assert!(timeline.contains("Nobody heard this") && timeline.contains("Nor this"), "{timeline}");
    world.end().await;
}
