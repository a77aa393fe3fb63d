//! What a failure of GitHub means.

use chrono::TimeDelta;

use super::*;
use crate::{
    domain::effect::{EffectClass, Outcome},
    fake_github::FakeGitHub,
    fake_http::{
        Reaction, Received,
        table::{AdapterUnderTest, Expected, Override, Row, client, run_failure_table},
    },
};

const LIMIT: &str = "GitHub asks for a minute where it names no time";

async fn slowed(reaction: Reaction) -> Option<(Option<u64>, String)> {
    let github = FakeGitHub::start().await;
    let number = github.state().file("ann", "It smokes", "");
    let tracker = GitHubIssues::new(settings(&github.http.url));
    github.react_next(reaction, false);
    let issue = IssueRef { id: format!("{REPOSITORY}#{number}"), key: "OPS-1".to_owned() };
    let failure =
        tracker.change(&client(), &issue, &IssueChange::Comment("Hello".to_owned())).await.expect_err("fails");
    match failure {
        TrackerFailure::Slow { wait, limit } => Some((wait.map(|wait| wait.as_secs()), limit)),
        TrackerFailure::Http(_)
        | TrackerFailure::NoTransition { .. }
        | TrackerFailure::Refused(_)
        | TrackerFailure::Conflict(_)
        | TrackerFailure::Missing(_)
        | TrackerFailure::NotApplied(_) => None,
    }
}

fn limited(status: u16, more: &[(&'static str, &str)], message: &str) -> Reaction {
    let date = "Mon, 02 Mar 2026 10:00:00 GMT".to_owned();
    let mut headers = vec![("date", date)];
    headers.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    Reaction::Answer { status, headers, body: serde_json::json!({ "message": message }).to_string().into_bytes() }
}

#[tokio::test]
async fn every_limit_says_how_long_to_wait() {
    let secondary = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    let used_up =
        [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1772446200"), ("x-ratelimit-resource", "core")];
    let expected = |seconds, limit: &str| Some((Some(seconds), limit.to_owned()));
    assert_eq!(slowed(limited(403, &used_up, "API rate limit exceeded")).await, expected(600, "core"));
    assert_eq!(slowed(limited(429, &used_up, "API rate limit exceeded")).await, expected(600, "core"));
    assert_eq!(slowed(limited(403, &[("retry-after", "30")], secondary)).await, expected(30, "secondary limit"));
    assert_eq!(slowed(limited(403, &[], secondary)).await, expected(60, "secondary limit"));
    assert_eq!(slowed(limited(403, &[("x-ratelimit-remaining", "4000")], "Must have admin rights")).await, None);
    let past = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1")];
    assert_eq!(slowed(limited(403, &past, "x")).await, expected(1, "requests"));
    let odd = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "99999999999")];
    assert_eq!(slowed(limited(403, &odd, "x")).await, expected(7_200, "requests"));
}

#[tokio::test]
async fn a_refusal_says_what_is_wrong() {
    let github = FakeGitHub::start().await;
    let tracker = GitHubIssues::new(settings(&github.http.url));
    let long = IssueDraft { labels: Vec::new(), ..draft() };
    github.state().has_issues = false;
    let failure = tracker.create(&client(), &long).await.expect_err("refused");
    assert_eq!(why(failure), "GitHub refuses repos/acme/shop/issues: Issues are disabled for this repo");
    let other = IssueDraft { project: "acme/other".to_owned(), ..draft() };
    let failure = tracker.create(&client(), &other).await.expect_err("refused");
    assert_eq!(why(failure), "the repository acme/other is not in [tracker.github]");
    let wrong =
        GitHubSettings { credentials: GitHubCredentials::Token(SecretString::from("x")), ..settings(&github.http.url) };
    let failure = GitHubIssues::new(wrong).read(&client(), "acme/shop#1").await.expect_err("refused");
    assert_eq!(why(failure), "GitHub does not accept the credentials of [tracker.github]: Bad credentials");
    for id in ["acme/shop", "acme/shop#x", "#1"] {
        assert!(tracker.read(&client(), id).await.is_err(), "{id}");
    }
}

#[tokio::test]
async fn a_list_that_was_given_up_is_asked_for_again() {
    let github = FakeGitHub::start().await;
    let tracker = GitHubIssues::new(settings("http://127.0.0.1:9"));
    let since = github.state().now - TimeDelta::hours(1);
    let failure = tracker.changed_since(&client(), since).await.expect_err("not there");
    assert!(matches!(failure.outcome::<()>(EffectClass::Keyed, since), Outcome::Retry { .. }));
}

struct Creation;

impl AdapterUnderTest for Creation {
    fn class(&self) -> EffectClass {
        EffectClass::Readable
    }

    async fn send(&self, http: &crate::net::HttpClient, url: &str) -> Outcome<()> {
        match GitHubIssues::new(settings(url)).create(http, &draft()).await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(self.class(), Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        issue().into_bytes()
    }

    fn refusal(&self, _: u16) -> Vec<u8> {
        br#"{"message":"Validation Failed","errors":[{"resource":"Issue","field":"title","code":"missing_field"}]}"#
            .to_vec()
    }

    fn before(&self) -> fn(&Received) -> Option<Reaction> {
        |request| if request.method == "GET" { Some(Reaction::answer(200, "{}")) } else { None }
    }
}

/// A comment, which is the one write that needs no reading before it.
struct Comment;

impl AdapterUnderTest for Comment {
    fn class(&self) -> EffectClass {
        EffectClass::Neither
    }

    async fn send(&self, http: &crate::net::HttpClient, url: &str) -> Outcome<()> {
        let issue = IssueRef { id: "acme/shop#1".to_owned(), key: "OPS-1".to_owned() };
        let change = IssueChange::Comment("Hello".to_owned());
        match GitHubIssues::new(settings(url)).change(http, &issue, &change).await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(self.class(), Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        let at = "2026-03-02T10:00:00Z";
        let body = serde_json::json!({"id": 1, "body": "Hello", "user": null, "created_at": at, "updated_at": at});
        body.to_string().into_bytes()
    }
}

/// Reading, which may be repeated.
struct Reading;

impl AdapterUnderTest for Reading {
    fn class(&self) -> EffectClass {
        EffectClass::Keyed
    }

    async fn send(&self, http: &crate::net::HttpClient, url: &str) -> Outcome<()> {
        match GitHubIssues::new(settings(url)).changed_since(http, Timestamp::UNIX_EPOCH).await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(self.class(), Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        b"[]".to_vec()
    }
}

fn issue() -> String {
    let at = "2026-03-02T10:00:00Z";
    serde_json::json!({
        "number": 1, "html_url": "https://github.com/acme/shop/issues/1", "title": "x", "body": "", "state": "open",
        "state_reason": null, "user": null, "labels": [], "assignees": [], "comments": 0, "updated_at": at,
    })
    .to_string()
}

fn waits_a_minute() -> Override {
    Override { row: Row::Status(429), expected: Expected::RetryAfter(60_000), reason: LIMIT }
}

#[tokio::test]
async fn a_creation_that_fails_has_the_outcome_of_the_table() {
    run_failure_table(&Creation, &[waits_a_minute()]).await;
}

#[tokio::test]
async fn a_comment_that_fails_has_the_outcome_of_the_table() {
    run_failure_table(&Comment, &[waits_a_minute()]).await;
}

#[tokio::test]
async fn a_list_that_fails_has_the_outcome_of_the_table() {
    run_failure_table(&Reading, &[waits_a_minute()]).await;
}
