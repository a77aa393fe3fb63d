//! What `hotroom check` finds out.

use serde_json::json;

use super::*;
use crate::{fake_github::FakeGitHub, fake_http::table::client, tracker::TrackerFinding};

const HOOK: &str = "https://hot.example.com/hooks/github";

async fn findings(github: &FakeGitHub, settings: GitHubSettings) -> String {
    let report = GitHubIssues::new(settings).probe(&client(), Some(HOOK)).await;
    assert!(
        github.http.lines().iter().all(|line| line.starts_with("GET") || line.ends_with("graphql")),
        "nothing is written"
    );
    let line = |finding: &TrackerFinding| match finding {
        TrackerFinding::Good(text) => format!("good: {text}"),
        TrackerFinding::Warning(text) => format!("warning: {text}"),
        TrackerFinding::Wrong(text) => format!("wrong: {text}"),
    };
    report.findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_good_set_up_is_reported() {
    let github = FakeGitHub::start().await;
    github.state().hooks.push(json!({
        "active": true, "events": ["issues", "issue_comment"], "config": {"url": HOOK, "content_type": "json"},
        "last_response": {"code": 202, "status": "active", "message": "OK"}, "updated_at": "2026-03-02T10:00:00Z",
    }));
    let mut settings = settings(&github.http.url);
    settings.projects[0].board = Some(GitHubBoard { owner: None, number: 7, field: "Status".to_owned() });
    insta::assert_snapshot!(findings(&github, settings).await, @r#"
    good: acme/shop: issues can be created, labelled, assigned and closed
    good: acme/shop: statuses are Open, In Progress, In Review, Closed, Not planned, Duplicate
    good: acme/shop: hotroom will make the labels In Progress, In Review, sev1, sev2, sev3, sev4
    good: acme/shop: the board 7 shows Open, In Progress, Closed
    good: acme/shop: the webhook was answered with 202 (2026-03-02 10:00 UTC)
    "#);
}

#[tokio::test]
async fn what_is_missing_is_reported_with_what_to_do() {
    let github = FakeGitHub::start().await;
    github.state().may_triage = false;
    github.state().has_issues = false;
    let settings = GitHubSettings { webhook_secret: None, ..settings(&github.http.url) };
    insta::assert_snapshot!(findings(&github, settings).await, @r#"
    warning: without webhook_secret GitHub cannot report changes; hotroom asks for them at intervals instead
    wrong: acme/shop has no issues: switch them on in its settings
    wrong: acme/shop: labels, assignees and statuses cannot be set; give the account the role Triage or Write, and the token the permission Issues: read and write
    good: acme/shop: statuses are Open, In Progress, In Review, Closed, Not planned, Duplicate
    good: acme/shop: hotroom will make the labels In Progress, In Review, sev1, sev2, sev3, sev4
    warning: acme/shop: no webhook calls https://hot.example.com/hooks/github; `hotroom tracker setup github` says how to add it
    "#);
    let github = FakeGitHub::start().await;
    github.state().hooks.push(json!({
        "active": true, "events": ["push", "issues"], "config": {"url": HOOK, "content_type": "json"},
        "last_response": {"code": null, "status": "unused", "message": null}, "updated_at": "2026-03-02T10:00:00Z",
    }));
    let found = findings(&github, super::settings(&github.http.url)).await;
    assert!(found.ends_with("wrong: acme/shop: the webhook does not send issue_comment"), "{found}");
    let wrong = GitHubSettings {
        credentials: GitHubCredentials::Token(SecretString::from("x")),
        ..super::settings(&github.http.url)
    };
    insta::assert_snapshot!(findings(&github, wrong).await, @"wrong: GitHub does not accept the credentials of [tracker.github]: Bad credentials");
}
