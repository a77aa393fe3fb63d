//! The table of failures, and the limits.

use std::time::Duration;

use serde_json::json;

use super::{Rig, draft, mark, settings};
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome},
        tracker::{IssueChange, IssueRef},
    },
    fake_http::{
        Reaction, Received,
        table::{AdapterUnderTest, Expected, Override, Row, run_failure_table},
    },
    fake_jira::{BOT, Flavor},
    net::HttpClient,
    tracker::{
        IssueTracker, TrackerFailure,
        jira::{JiraClient, JiraEdition},
    },
};

/// What is sent.
enum Sent {
    Create,
    Comment,
    Move,
}

struct JiraUnderTest(Sent);

impl AdapterUnderTest for JiraUnderTest {
    fn class(&self) -> EffectClass {
        match self.0 {
            Sent::Create => EffectClass::Readable,
            Sent::Comment => EffectClass::Neither,
            Sent::Move => EffectClass::Keyed,
        }
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        let client = JiraClient::new(settings(url, JiraEdition::Cloud));
        let issue = IssueRef { id: "10001".to_owned(), key: "OPS-1".to_owned() };
        let change = |change: IssueChange| {
            let (client, issue) = (&client, &issue);
            async move { client.change(http, issue, &change).await.map(|_| ()) }
        };
        let result = match self.0 {
            Sent::Create => client.create(http, &draft("OPS")).await.map(|_| ()),
            Sent::Comment => change(IssueChange::Comment("We roll back".to_owned())).await,
            Sent::Move => change(IssueChange::Move { to: "Done".to_owned(), fields: Vec::new() }).await,
        };
        match result {
            Ok(()) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(self.class(), Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        json!({ "id": "10001", "key": "OPS-1" }).to_string().into_bytes()
    }

    fn refusal(&self, _status: u16) -> Vec<u8> {
        json!({ "errorMessages": ["No."], "errors": {} }).to_string().into_bytes()
    }

    /// Reads come before and after the write.
    fn before(&self) -> fn(&Received) -> Option<Reaction> {
        |request| {
            if request.method != "GET" {
                return None;
            }
            let body = match request.path.as_str() {
                path if path.contains("/transitions") => {
                    json!({ "transitions": [{ "id": "31", "to": { "name": "Done" } }] })
                }
                path if path.ends_with("/myself") => json!({ "accountId": BOT }),
                _ => json!({ "id": "10001", "key": "OPS-1", "fields": {} }),
            };
            Some(Reaction::answer(200, body.to_string()))
        }
    }
}

const CONFLICT: Override = Override {
    row: Row::Status(409),
    expected: Expected::Retry,
    reason: "Jira answers 409 when somebody else changes the issue at the same moment; nothing was done",
};

#[tokio::test]
async fn creating_an_issue_stands_the_table_of_failures() {
    run_failure_table(&JiraUnderTest(Sent::Create), &[CONFLICT]).await;
}

#[tokio::test]
async fn commenting_stands_the_table_of_failures() {
    run_failure_table(&JiraUnderTest(Sent::Comment), &[CONFLICT]).await;
}

#[tokio::test]
async fn a_transition_stands_the_table_of_failures() {
    run_failure_table(&JiraUnderTest(Sent::Move), &[CONFLICT]).await;
}

#[tokio::test]
async fn a_failed_read_before_a_write_is_simply_repeated() {
    let rig = Rig::start(Flavor::Cloud).await;
    let issue = rig.create(&draft("OPS")).await;
    rig.jira.fail_all(Some(502));
    let failed = rig.change(&issue, IssueChange::Move { to: "Done".to_owned(), fields: Vec::new() }).await;
    let outcome: Outcome<()> = failed.expect_err("a failure").outcome(EffectClass::Readable, Timestamp::UNIX_EPOCH);
    assert!(matches!(outcome, Outcome::Retry { .. }), "nothing was written: {outcome:?}");
}

#[tokio::test]
async fn each_limit_is_named_and_waited_for() {
    for reason in ["jira-burst-based", "jira-per-issue-on-write", "jira-quota-tenant-based", "jira-quota-global-based"]
    {
        let rig = Rig::start(Flavor::Cloud).await;
        let issue = rig.create(&draft("OPS")).await;
        rig.jira.limit_next(reason, 11);
        let slow = rig.change(&issue, IssueChange::Comment("x".to_owned())).await;
        let Err(TrackerFailure::Slow { wait, limit }) = slow else { panic!("{slow:?}") };
        assert_eq!((wait, limit.as_str()), (Some(Duration::from_secs(11)), reason));
        assert!(rig.jira.issue("OPS-1").comments.is_empty());
    }
}

#[tokio::test]
async fn a_limit_that_all_calls_share_stops_all_of_them_and_that_of_an_issue_only_its_own() {
    for (reason, stops_all) in [("jira-burst-based", true), ("jira-per-issue-on-write", false)] {
        let rig = Rig::start(Flavor::Cloud).await;
        let (limited, other) = (rig.create(&draft("OPS")).await, rig.create(&draft("OPS")).await);
        rig.jira.limit_next(reason, 30);
        let slow = rig.change(&limited, IssueChange::Comment("x".to_owned())).await;
        assert!(matches!(slow, Err(TrackerFailure::Slow { .. })), "{slow:?}");
        let before = rig.jira.http.lines().len();
        let written = rig.change(&other, IssueChange::Comment("y".to_owned())).await;
        let read = rig.client.read(&rig.http, &other.id).await;
        let asked = rig.jira.http.lines().len() > before;
        let waits = |slow: bool| if slow { (true, true, false) } else { (false, false, true) };
        let is_slow = |failure: Option<TrackerFailure>| {
            failure.is_some_and(
                |failure| matches!(failure, TrackerFailure::Slow { wait: Some(wait), .. } if wait.as_secs() >= 28),
            )
        };
        assert_eq!((is_slow(written.err()), is_slow(read.err()), asked), waits(stops_all), "{reason}");
    }
}

#[tokio::test]
async fn a_short_wait_is_waited_for_in_the_same_call_also_between_a_write_and_its_history() {
    let rig = Rig::start(Flavor::Cloud).await;
    let issue = rig.create(&draft("OPS")).await;
    rig.jira.limit_next("jira-burst-based", 0);
    let ids = rig.change(&issue, IssueChange::Comment("We roll back".to_owned())).await.expect("a comment");
    assert_eq!((ids.len(), rig.jira.issue("OPS-1").comments.len()), (1, 1), "it was written once");
    // The history is read after a transition: without it the change would be taken for somebody else's.
    rig.jira.limit_next_history();
    let moved = rig.change(&issue, IssueChange::Move { to: "Done".to_owned(), fields: Vec::new() }).await;
    assert_eq!(moved.expect("a transition").len(), 1, "the id of our own change is known");
}

#[tokio::test]
async fn an_issue_whose_creation_was_unclear_is_found_by_its_mark() {
    let rig = Rig::start(Flavor::Cloud).await;
    rig.jira.react_next(Reaction::Close, true);
    let unclear = rig.client.create(&rig.http, &draft("OPS")).await.expect_err("no answer");
    let outcome: Outcome<()> = unclear.outcome(EffectClass::Readable, Timestamp::UNIX_EPOCH);
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    rig.jira.advance(5);
    let found = rig.client.find(&rig.http, "OPS", &mark()).await.expect("an answer");
    assert_eq!(found.map(|issue| issue.key).as_deref(), Some("OPS-1"));
}
