//! Private incidents and drills leave nothing at a tracker.

use super::world;
use crate::{
    fake_github::FakeGitHub,
    previews::writes,
    world::{done, minutes},
};

#[tokio::test]
async fn private_incidents_and_drills_have_no_issue_and_a_key_of_hotroom() {
    let github = FakeGitHub::start().await;
    let world = world(&github, "").await;
    done(&world.says("ann", "/incident declare \"Leak\" severity:sev1 private:yes").await);
    done(&world.says("ann", "/incident declare \"Practice\" severity:sev3 drill:yes").await);
    world.advance(minutes(5)).await;
    assert_eq!(world.incident("HOT-1").await.room.expect("a room").as_str(), "hot-1");
    assert_eq!(world.incident("HOT-2").await.room.expect("a room").as_str(), "hot-2");
    assert!(github.state().issues.is_empty());
    let asked = world.says("ann", "/issue create incident:HOT-1").await;
    assert_eq!(asked.outcome, hotroom::chat::ReplyOutcome::Refused);
    world.end().await;
}

#[tokio::test]
async fn an_incident_made_private_stops_at_once_and_the_room_says_what_the_tracker_has() {
    let github = FakeGitHub::start().await;
    let world = world(&github, "").await;
    done(&world.says("ann", "/incident declare \"Payments fail\" severity:sev1 service:checkout").await);
    done(&world.says_in("shop-1", "ann", "/incident note \"Seen by all\"").await);
    world.advance(minutes(1)).await;
    done(&world.says_in("shop-1", "ann", "/incident private yes").await);
    done(&world.says_in("shop-1", "ann", "/incident note \"Customers' data is out\"").await);
    done(&world.says_in("shop-1", "ann", "/incident rename \"Leak of data\"").await);
    done(&world.says_in("shop-1", "ann", "/incident status identified").await);
    world.advance(minutes(5)).await;
    let room = world.room("shop-1").await;
    assert!(room.contains("The tracker has already") && room.contains("1 comment from here"), "{room}");
    {
        let state = github.state();
        let issue = state.issue(1).expect("an issue");
        let all = format!("{issue:?}");
        assert!(!all.contains("data") && !issue.labels.contains(&"identified".to_owned()), "{all}");
    }
    done(&world.says_in("shop-1", "ann", "/incident private no").await);
    world.advance(minutes(5)).await;
    {
        let state = github.state();
        let issue = state.issue(1).expect("an issue");
        assert_eq!(issue.title, "Leak of data");
        let said = issue.comments.iter().any(|comment| comment.body.contains("Customers' data is out"));
        assert!(!said, "what was said while it was private stays inside");
    }
    world.end().await;
}

#[tokio::test]
async fn an_incident_made_public_gets_an_issue_only_when_somebody_asks() {
    let github = FakeGitHub::start().await;
    let world = world(&github, "").await;
    done(&world.says("ann", "/incident declare \"Leak\" severity:sev1 private:yes").await);
    done(&world.says_in("hot-1", "ann", "/incident note \"Customers' data is out\"").await);
    done(&world.says_in("hot-1", "ann", "/incident private no").await);
    world.advance(minutes(5)).await;
    assert!(github.state().issues.is_empty());
    assert!(world.room("hot-1").await.contains("has no issue in the tracker"));
    world.presses("ann", "hot-1", "Create the issue").await;
    world.advance(minutes(5)).await;
    assert_eq!(world.incident("SHOP-1").await.former_key.expect("a key").to_string(), "HOT-1");
    {
        let state = github.state();
        let issue = state.issue(1).expect("an issue");
        assert!(issue.comments.iter().all(|comment| !comment.body.contains("data is out")), "{:?}", issue.comments);
    }
    world.end().await;
}

#[tokio::test]
async fn what_is_said_in_a_private_room_never_follows_to_the_issue() {
    let github = FakeGitHub::start().await;
    let world = world(&github, "chat = true").await;
    done(&world.says("ann", "/incident declare \"Payments fail\" severity:sev1 service:checkout").await);
    world.advance(minutes(1)).await;
    done(&world.says_in("shop-1", "ann", "/incident private yes").await);
    writes(&world, "shop-1", "Customers' data is out").await;
    world.advance(minutes(1)).await;
    done(&world.says_in("shop-1", "ann", "/incident private no").await);
    world.advance(minutes(1)).await;
    writes(&world, "shop-1", "Now to the others").await;
    world.advance(minutes(1)).await;
    {
        let state = github.state();
        let comments = format!("{:?}", state.issue(1).expect("an issue").comments);
        assert!(comments.contains("Now to the others") && !comments.contains("data is out"), "{comments}");
    }
    world.end().await;
}

#[tokio::test]
async fn an_issue_that_is_created_again_shows_what_the_incident_is_now() {
    let github = FakeGitHub::start().await;
    let world = world(&github, "").await;
    done(&world.says("ann", "/incident declare \"Payments fail\" severity:sev1 private:yes service:checkout").await);
    done(&world.says_in("hot-1", "ann", "/incident status identified").await);
    done(&world.says_in("hot-1", "ann", "/incident private no").await);
    done(&world.says_in("hot-1", "ann", "/issue create").await);
    world.advance(minutes(5)).await;
    {
        let state = github.state();
        let issue = state.issue(1).expect("an issue");
        assert!(issue.labels.contains(&"identified".to_owned()), "{:?}", issue.labels);
    }
    world.end().await;
}
