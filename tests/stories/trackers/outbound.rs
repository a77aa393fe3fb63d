//! What happens in an incident happens to its issue.

use super::world;
use crate::{
    fake_github::{BOT, FakeGitHub},
    fake_http::Reaction,
    world::{done, minutes},
};

/// The comments, without those that make people watch or name another issue.
fn said<'a>(bodies: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    bodies.map(String::as_str).filter(|body| !body.starts_with("/cc ") && !body.starts_with("Related: ")).collect()
}

#[tokio::test]
async fn an_issue_follows_its_incident_from_declaration_to_resolution() {
    let github = FakeGitHub::start().await;
    let world = world(&github, "").await;
    done(&world.says("ann", "/incident declare \"Payments fail\" severity:sev1 service:checkout").await);
    let incident = world.incident("SHOP-1").await;
    assert_eq!(incident.room.expect("a room").as_str(), "shop-1");
    assert_eq!(incident.issue.expect("an issue").url.rsplit('/').next(), Some("1"));
    {
        let state = github.state();
        let issue = state.issue(1).expect("an issue");
        assert_eq!((issue.title.as_str(), issue.author.as_str()), ("Payments fail", BOT));
        assert!(issue.body.contains("hotroom-") && issue.body.contains("SHOP-P1"), "the mark: {}", issue.body);
        assert!(issue.labels.contains(&"sev1".to_owned()) && issue.labels.contains(&"investigating".to_owned()));
        assert_eq!(issue.assignees, ["ann"], "the incident manager is the assignee");
    }
    world.advance(minutes(1)).await;
    done(&world.says_in("shop-1", "bob", "/incident update \"The pool is empty\" impact:\"EU only\"").await);
    done(&world.says_in("shop-1", "bob", "/incident note \"Restarted the pool\"").await);
    done(&world.says_in("shop-1", "bob", "/incident severity sev2").await);
    done(&world.says_in("shop-1", "bob", "/incident role incident_manager bob").await);
    world.advance(minutes(1)).await;
    done(&world.says_in("shop-1", "ann", "/incident resolve summary:\"Rolled back\"").await);
    world.advance(minutes(1)).await;
    {
        let state = github.state();
        let issue = state.issue(1).expect("an issue");
        assert!(
            issue.is_closed && issue.labels.contains(&"sev2".to_owned()) && !issue.labels.contains(&"sev1".to_owned())
        );
        assert_eq!(issue.assignees, ["ben"]);
        let comments = said(issue.comments.iter().map(|comment| &comment.body));
        let all = comments.join("\n");
        for said in ["The pool is empty", "EU only", "Restarted the pool", "Rolled back", "**Bob**"] {
            assert!(all.contains(said), "{said} is said: {all}");
        }
        assert!(comments.len() <= 3, "what is said within ten seconds is one comment: {comments:#?}");
        assert_eq!(all.matches("Restarted the pool").count(), 1);
    }
    let room = world.room("shop-1").await;
    assert!(!room.contains("commented on the issue"), "its own comments do not come back: {room}");
    world.end().await;
}

#[tokio::test]
async fn what_happens_while_the_tracker_is_away_for_an_hour_is_written_later_in_order() {
    let github = FakeGitHub::start().await;
    let world = world(&github, "").await;
    for _ in 0..8 {
        github.react_next(Reaction::answer(503, "{}"), false);
    }
    done(&world.says("ann", "/incident declare \"Payments fail\" severity:sev1 service:checkout").await);
    world.advance(minutes(1)).await;
    let incident = world.incident("SHOP-P1").await;
    assert_eq!(incident.room.as_ref().expect("the room does not wait").as_str(), "shop-p1");
    assert!(world.room("dm-ann").await.contains("SHOP-P1") || !incident.pages.is_empty(), "pages do not wait");
    done(&world.says_in("shop-p1", "bob", "/incident note \"Before the issue\"").await);
    done(&world.says_in("shop-p1", "bob", "/incident status identified").await);
    world.advance(minutes(60)).await;
    let incident = world.incident("SHOP-1").await;
    assert_eq!(world.incident("SHOP-P1").await.id, incident.id, "both keys lead to it");
    {
        let state = github.state();
        assert_eq!(state.issues.len(), 1);
        let issue = state.issue(1).expect("an issue");
        assert!(issue.labels.contains(&"identified".to_owned()), "{:?}", issue.labels);
        assert!(issue.comments.iter().any(|comment| comment.body.contains("Before the issue")));
        let moves: Vec<String> =
            issue.events.iter().filter(|e| e.event == "labeled").map(|e| e.details.to_string()).collect();
        let at = |name: &str| moves.iter().position(|label| label.contains(name));
        assert!(at("investigating") < at("identified"), "{moves:?}");
    }
    world.end().await;
}

#[tokio::test]
async fn an_issue_whose_creation_has_an_unknown_outcome_is_looked_for_and_not_doubled() {
    let github = FakeGitHub::start().await;
    let world = world(&github, "").await;
    github.react_next(Reaction::Close, true);
    done(&world.says("ann", "/incident declare \"Payments fail\" severity:sev1 service:checkout").await);
    world.advance(minutes(2)).await;
    assert_eq!(github.state().issues.len(), 1, "it is found by its mark");
    assert_eq!(world.incident("SHOP-1").await.key.to_string(), "SHOP-1");
    world.end().await;
}

#[tokio::test]
async fn a_creation_that_never_arrived_is_repeated_after_the_last_search() {
    let github = FakeGitHub::start().await;
    let world = world(&github, "").await;
    github.react_next(Reaction::Close, false);
    done(&world.says("ann", "/incident declare \"Payments fail\" severity:sev1 service:checkout").await);
    world.advance(std::time::Duration::from_secs(50)).await;
    assert_eq!(github.state().issues.len(), 0, "it may still appear");
    world.advance(minutes(2)).await;
    assert_eq!(github.state().issues.len(), 1);
    assert_eq!(world.incident("SHOP-1").await.key.to_string(), "SHOP-1");
    world.end().await;
}

#[tokio::test]
async fn an_issue_that_is_refused_is_reported_and_can_be_created_by_hand() {
    let github = FakeGitHub::start().await;
    let world = world(&github, "").await;
    github.react_next(Reaction::answer(422, r#"{"message": "Validation Failed"}"#), false);
    done(&world.says("ann", "/incident declare \"Payments fail\" severity:sev1 service:checkout").await);
    world.advance(minutes(1)).await;
    let room = world.room("shop-p1").await;
    assert!(room.contains("did not create an issue") && room.contains("Create the issue"), "{room}");
    done(&world.says_in("shop-p1", "ann", "/issue create").await);
    assert_eq!(world.incident("SHOP-1").await.key.to_string(), "SHOP-1");
    let again = world.says("ann", "/issue create incident:SHOP-1").await;
    assert_eq!(again.outcome, hotroom::chat::ReplyOutcome::Refused);
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_message_is_a_comment_only_if_it_is_wanted_and_its_files_are_links_to_the_record() {
    for wanted in [false, true] {
        let github = FakeGitHub::start().await;
        let world = world(&github, if wanted { "chat = true" } else { "" }).await;
        done(&world.says("ann", "/incident declare \"Payments fail\" severity:sev3 service:checkout").await);
        world.advance(minutes(1)).await;
        let file = "https://cdn.discordapp.com/attachments/1/2/graph.png?ex=65f&is=65e";
        crate::previews::writes(&world, "shop-1", &format!("Look at this\n{file}")).await;
        world.advance(minutes(1)).await;
        let comments = {
            let state = github.state();
            said(state.issue(1).expect("an issue").comments.iter().map(|comment| &comment.body)).join("\n")
        };
        assert_eq!(comments.contains("Look at this"), wanted, "{comments}");
        assert!(!comments.contains("discordapp"), "the address of the platform expires: {comments}");
        if wanted {
            assert!(comments.contains("graph.png: http") && comments.contains("/rooms/shop-1#m"), "{comments}");
        }
        world.end().await;
    }
}
