//! Pull requests move the issues that they name.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{PEOPLE, SECRETS, jira::world_with, posts, settings, signature};
use crate::{
    fake_github::{FakeGitHub, REPOSITORY},
    fake_jira::{ANN, FakeJira, Flavor},
    world::{World, done, minutes},
};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A pull request as its author writes it.
struct Pull {
    repository: &'static str,
    title: &'static str,
    branch: &'static str,
    description: &'static str,
}

const PLAIN: Pull = Pull { repository: REPOSITORY, title: "Retry payments", branch: "retry", description: "" };

/// GitHub posts that something happened to a pull request, at a second of the hour.
async fn happens(world: &World, pull: &Pull, action: &str, second: u32) -> StatusCode {
    let body = body_of(pull, action, second);
    let delivery = format!("{}-{action}-{second}", pull.title);
    posts(world, &delivery, "pull_request", &signature(&body), body).await
}

fn body_of(pull: &Pull, action: &str, second: u32) -> String {
    let (is_closed, is_merged) = (matches!(action, "closed" | "merged"), action == "merged");
    let at = format!("2026-03-02T10:00:{second:02}Z");
    let merged_at = if is_merged { json!(at) } else { Value::Null };
    json!({
        "action": if is_merged { "closed" } else { action }, "number": 7,
        "pull_request": {
            "number": 7, "html_url": format!("https://github.com/{}/pull/7", pull.repository), "title": pull.title,
            "body": pull.description, "state": if is_closed { "closed" } else { "open" },
            "draft": action == "converted_to_draft", "merged": is_merged, "merged_at": merged_at,
            "user": {"login": "ben"}, "head": {"ref": pull.branch}, "created_at": "2026-03-02T10:00:00Z", "updated_at": at,
        },
        "repository": {"full_name": pull.repository}, "sender": {"login": "ben"},
    })
    .to_string()
}

/// GitHub as the tracker, whose issues follow pull requests.
async fn github_world(github: &FakeGitHub) -> World {
    let table = "prefix = \"SHOP\"\npull_requests = { opened = \"in review\", merged = \"Closed\" }";
    let toml = settings(github, "").replace("prefix = \"SHOP\"", table);
    World::with_secrets(&format!("{toml}\n[tracker.pull_requests]\n"), &SECRETS).await
}

fn labels(github: &FakeGitHub, number: u64) -> Vec<String> {
    github.state().issue(number).expect("an issue").labels.clone()
}

fn is_closed(github: &FakeGitHub, number: u64) -> bool {
    github.state().issue(number).expect("an issue").is_closed
}

#[tokio::test]
async fn an_issue_without_a_hot_room_follows_the_pull_request_that_names_it() {
    let github = FakeGitHub::start().await;
    github.state().file("ann", "It is slow", "");
    let world = github_world(&github).await;
    let pull = Pull { description: "Fixes #1\n\nSee `#2`.", ..PLAIN };
    assert_eq!(happens(&world, &pull, "converted_to_draft", 1).await, StatusCode::ACCEPTED);
    assert_eq!(labels(&github, 1), Vec::<String>::new(), "a draft moves nothing");
    happens(&world, &pull, "ready_for_review", 2).await;
    assert_eq!(labels(&github, 1), ["in review"]);
    // A repeat and a late report change nothing.
    github.state().edit(1, "ann", &json!({"labels": []}));
    happens(&world, &pull, "ready_for_review", 2).await;
    happens(&world, &pull, "opened", 0).await;
    assert_eq!(labels(&github, 1), Vec::<String>::new());
    happens(&world, &pull, "merged", 3).await;
    assert!(is_closed(&github, 1));
    // What is done does not go back, and what is closed without a merge moves nothing.
    let second = Pull { title: "SHOP-1: once more", ..PLAIN };
    happens(&world, &second, "reopened", 4).await;
    assert!(is_closed(&github, 1));
    assert!(world.get("/api/v1/incidents").await["items"].as_array().expect("a list").is_empty());
    world.end().await;
}

#[tokio::test]
async fn what_is_not_signed_or_not_configured_or_not_ours_moves_nothing() {
    let github = FakeGitHub::start().await;
    github.state().file("ann", "It is slow", "");
    github.state().file("ann", "Of another hotroom", "<!-- hotroom-other-HOT-1 -->");
    let world = github_world(&github).await;
    let pull = Pull { title: "SHOP-1 and SHOP-2", ..PLAIN };
    let body = body_of(&pull, "opened", 1);
    let forged = posts(&world, "forged", "pull_request", "sha256=00", body).await;
    assert_eq!(forged, StatusCode::FORBIDDEN);
    happens(&world, &Pull { repository: "acme/else", ..pull }, "opened", 1).await;
    assert_eq!(labels(&github, 1), Vec::<String>::new());
    happens(&world, &Pull { repository: REPOSITORY, ..pull }, "opened", 2).await;
    assert_eq!((labels(&github, 1), labels(&github, 2)), (vec!["in review".to_owned()], Vec::new()));
    world.end().await;
}

#[tokio::test]
async fn an_incident_follows_its_issue_and_a_private_one_is_left_alone() {
    let github = FakeGitHub::start().await;
    let world = github_world(&github).await;
    done(&world.says("ann", "/incident declare \"Payments fail\" severity:sev1 service:checkout").await);
    done(&world.says("ann", "/incident declare \"Leak\" severity:sev1").await);
    world.advance(minutes(1)).await;
    done(&world.says_in("shop-2", "ann", "/incident private yes").await);
    world.advance(minutes(1)).await;
    let pull = Pull { branch: "shop-1-retry", description: "Also SHOP-2", ..PLAIN };
    happens(&world, &pull, "merged", 1).await;
    assert!(is_closed(&github, 1) && !is_closed(&github, 2));
    assert_eq!(world.incident("SHOP-1").await.status.as_str(), "resolved", "the incident follows its issue");
    assert_eq!(world.incident("SHOP-2").await.status.as_str(), "investigating");
    world.end().await;
}

#[tokio::test]
async fn a_ticket_of_jira_follows_a_pull_request_of_github() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    let more = "pull_requests = { opened = \"In Progress\", merged = \"Done\" }\n[tracker.pull_requests]\n\
                webhook_secret = \"env:GITHUB\"\n[[tracker.pull_requests.repositories]]\nname = \"acme/shop\"\n";
    let world = world_with(&jira, Flavor::Cloud, more).await;
    let (open, restricted) = (jira.person_creates(ANN, "OPS", "It is slow"), jira.person_creates(ANN, "OPS", "A leak"));
    jira.person_restricts(ANN, &restricted);
    let ping = posts(&world, "ping", "ping", &signature("{}"), "{}".to_owned()).await;
    assert_eq!(ping, StatusCode::ACCEPTED);
    let pull = Pull { branch: "feature/ops-1-retry", description: "OPS-2", ..PLAIN };
    assert_eq!(happens(&world, &pull, "opened", 1).await, StatusCode::ACCEPTED);
    assert_eq!((jira.issue(&open).status, jira.issue(&restricted).status), ("In Progress".into(), "To Do".into()));
    happens(&world, &pull, "merged", 2).await;
    let issue = jira.issue(&open);
    assert_eq!((issue.status.as_str(), issue.fields["customfield_10052"]["value"].as_str()), ("Done", Some("Change")));
    world.end().await;
}

#[tokio::test]
async fn an_incident_without_an_outside_issue_is_moved_by_its_own_statuses() {
    let toml = format!(
        "{PEOPLE}\n[tracker.pull_requests]\nwebhook_secret = \"env:SECRET\"\n\
         incidents = {{ opened = \"identified\", merged = \"monitoring\" }}\n\
         [[tracker.pull_requests.repositories]]\nname = \"acme/shop\"\n"
    );
    let world = World::with_secrets(&toml, &SECRETS).await;
    done(&world.says("ann", "/incident declare \"Payments fail\" severity:sev1").await);
    let pull = Pull { title: "HOT-1: retry", ..PLAIN };
    happens(&world, &pull, "opened", 1).await;
    assert_eq!(world.incident("HOT-1").await.status.as_str(), "identified");
    happens(&world, &pull, "merged", 2).await;
    assert_eq!(world.incident("HOT-1").await.status.as_str(), "monitoring");
    assert!(world.room("hot-1").await.contains("Bob"), "in the name of who merged it");
    world.end().await;
}

#[tokio::test]
async fn pull_requests_without_a_key_are_in_the_weekly_digest() {
    let github = FakeGitHub::start().await;
    let world = github_world(&github).await;
    happens(&world, &PLAIN, "opened", 1).await;
    world.advance(DAY * 7).await;
    let digest = world.room("dm-bob").await;
    assert!(digest.contains("Pull requests without a key") && digest.contains("Retry payments"), "{digest}");
    assert!(!world.room("dm-ann").await.contains("Retry payments"), "only its author, and managers of its team");
    // Once it has a key it is listed no more.
    happens(&world, &Pull { title: "Log in SHOP-9", ..PLAIN }, "edited", 2).await;
    world.advance(DAY * 7).await;
    assert_eq!(world.room("dm-bob").await.matches("without a key").count(), 1);
    world.end().await;
}
