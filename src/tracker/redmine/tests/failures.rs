//! What a failure of Redmine means.

use super::*;
use crate::{
    domain::effect::{EffectClass, Outcome},
    fake_http::{
        Reaction, Received,
        table::{AdapterUnderTest, client, run_failure_table},
    },
    fake_redmine::{FakeRedmine, RedmineState},
};

/// The answers to what is read before or after a write: those of a Redmine with one issue, which has the note already.
fn reading(request: &Received) -> Option<Reaction> {
    if request.method != "GET" {
        return None;
    }
    let mut state = RedmineState::new();
    let id = state.file(ANN, "Checkout fails");
    let fields = serde_json::json!({"custom_fields": [{"id": MARK_FIELD, "value": mark().0}]});
    state.set(id, ANN, &fields);
    Some(crate::fake_redmine::answer(&mut state, request))
}

struct Creation;

impl AdapterUnderTest for Creation {
    fn class(&self) -> EffectClass {
        EffectClass::Readable
    }

    async fn send(&self, http: &crate::net::HttpClient, url: &str) -> Outcome<()> {
        let draft = IssueDraft { assignee: None, ..draft() };
        let settings = RedmineSettings {
            projects: vec![RedmineProject {
                issue_type: None,
                priorities: Default::default(),
                ..settings(url).projects.remove(0)
            }],
            ..settings(url)
        };
        let draft = IssueDraft { component: None, ..draft };
        match Redmine::new(settings).create(http, &draft).await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(self.class(), Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        let mut state = RedmineState::new();
        let fields = serde_json::json!({
            "project_id": PROJECT, "subject": "x", "custom_fields": [{"id": MARK_FIELD, "value": mark().0}],
        });
        let id = state.create(5, &fields).expect("created");
        serde_json::json!({"issue": state.shown(state.issue(id).expect("there"), false)}).to_string().into_bytes()
    }

    fn refusal(&self, status: u16) -> Vec<u8> {
        if status == 422 { br#"{"errors":["Subject cannot be blank"]}"#.to_vec() } else { Vec::new() }
    }
}

/// A move, which is read back.
struct Rename;

impl AdapterUnderTest for Rename {
    fn class(&self) -> EffectClass {
        EffectClass::Keyed
    }

    async fn send(&self, http: &crate::net::HttpClient, url: &str) -> Outcome<()> {
        let issue = IssueRef { id: "1".to_owned(), key: "OPS-1".to_owned() };
        let change = IssueChange::Rename("Checkout fails".to_owned());
        match Redmine::new(settings(url)).change(http, &issue, &change).await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(self.class(), Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        Vec::new()
    }

    fn refusal(&self, status: u16) -> Vec<u8> {
        if status == 422 { br#"{"errors":["Subject cannot be blank"]}"#.to_vec() } else { Vec::new() }
    }

    fn before(&self) -> fn(&Received) -> Option<Reaction> {
        reading
    }
}

#[tokio::test]
async fn a_creation_that_fails_has_the_outcome_of_the_table() {
    run_failure_table(&Creation, &[]).await;
}

#[tokio::test]
async fn a_change_that_fails_has_the_outcome_of_the_table() {
    // The answer of a change has no body that is used, but it must be whole.
    run_failure_table(&Rename, &[]).await;
}

#[tokio::test]
async fn a_refusal_says_what_is_wrong() {
    let redmine = FakeRedmine::start().await;
    let wrong = RedmineSettings { api_key: SecretString::from("x"), ..settings(&redmine.http.url) };
    let failure = Redmine::new(wrong).read(&client(), "1").await.expect_err("refused");
    assert_eq!(
        why(failure),
        "Redmine does not accept the API key of [tracker.redmine], or its REST API is switched off"
    );
    let tracker = Redmine::new(settings(&redmine.http.url));
    redmine.state().permissions = Vec::new();
    let failure = tracker.create(&client(), &draft()).await.expect_err("refused");
    assert_eq!(why(failure), "Redmine refuses issues.json: the account of the API key lacks a permission");
    let mut settings = settings(&redmine.http.url);
    settings.projects[0].issue_type = Some("Incident".to_owned());
    let failure = Redmine::new(settings.clone()).create(&client(), &draft()).await.expect_err("refused");
    assert_eq!(why(failure), "Redmine has no tracker \"Incident\"; it has Bug, Support");
    settings.projects[0].issue_type = None;
    settings.projects[0].priorities.insert(Severity::Sev1, "Highest".to_owned());
    let failure = Redmine::new(settings).create(&client(), &draft()).await.expect_err("refused");
    assert_eq!(why(failure), "Redmine has no priority \"Highest\"; it has Low, Normal, High, Urgent");
    let other = IssueDraft { project: "other".to_owned(), ..draft() };
    let failure = tracker.create(&client(), &other).await.expect_err("refused");
    assert_eq!(why(failure), "the project other is not in [tracker.redmine]");
    assert!(tracker.read(&client(), "1/../2").await.is_err());
}
