//! A Jira on loopback, Cloud or Data Center: it keeps projects, issues, comments, watchers and histories, signs webhooks, finds
//! a new issue only after five seconds, has a clock of its own, and fails as a test says.
//!
//! A program that uses it has the module `fake_http` at its root.
#![allow(dead_code, unused_imports, reason = "each test program uses the part it needs")]

mod answers;
mod board;
mod catalog;
mod limits;
mod people;
mod routes;
mod search;
mod state;
mod writes;

use std::sync::{Arc, Mutex, MutexGuard};

pub use catalog::{ANN, BEN, BOT, BUTTON_TOKEN, HOOK_SECRET, MAIL, TOKEN};
pub use limits::JiraLimits;
use routes::respond;
use serde_json::Value;
use state::JiraState;
pub use state::{FakeIssue, JiraDelivery};

use crate::fake_http::{FakeHttp, Reaction};

/// Which Jira it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavor {
    Cloud,
    DataCenter,
}

/// The service.
pub struct FakeJira {
    /// The connections.
    pub http: FakeHttp,
    state: Arc<Mutex<JiraState>>,
}

impl FakeJira {
    /// Starts a Jira with the projects `OPS` (any status to any other), `DEV` (a strict workflow) and `SD` (a service desk).
    pub async fn start(flavor: Flavor) -> Self {
        let state = Arc::new(Mutex::new(JiraState::new(flavor)));
        let shared = Arc::clone(&state);
        let http = FakeHttp::start(move |request| respond(&mut shared.lock().expect("no panic"), request)).await;
        state.lock().expect("no panic").url.clone_from(&http.url);
        Self { http, state }
    }

    fn state(&self) -> MutexGuard<'_, JiraState> {
        self.state.lock().expect("no panic")
    }

    /// The time by its clock, in milliseconds.
    pub fn now(&self) -> i64 {
        self.state().now
    }

    /// Sets its clock.
    pub fn set_now(&self, millis: i64) {
        self.state().now = millis;
    }

    /// Lets its clock go on.
    pub fn advance(&self, seconds: i64) {
        self.state().now += seconds * 1_000;
    }

    /// Reacts so to the next write. `false`: as if nothing had come; `true`: after it was done.
    pub fn react_next(&self, reaction: Reaction, done: bool) {
        self.state().reactions.push_back((reaction, done));
    }

    /// Answers the next write with a limit that has this name.
    pub fn limit_next(&self, reason: &str, seconds: u64) {
        self.react_next(limits::refusal(reason, seconds), false);
    }

    /// Answers the next read of a history with a limit, and a wait of 0 s.
    pub fn limit_next_history(&self) {
        self.state().history_is_limited = true;
    }

    /// Has the limits of Jira Cloud from now on, and counts anew.
    pub fn enforce_limits(&self) {
        self.state().limits = Some(JiraLimits::default());
    }

    /// What came since, and how much was refused.
    pub fn limits(&self) -> JiraLimits {
        self.state().limits.clone().unwrap_or_default()
    }

    /// Every request fails with this status, until `None` is set.
    pub fn fail_all(&self, status: Option<u16>) {
        self.state().down = status;
    }

    /// The token is no longer accepted.
    pub fn revoke_token(&self) {
        self.state().token_is_good = false;
    }

    /// Takes a permission from our account.
    pub fn forbid(&self, permission: &str) {
        self.state().forbidden.insert(permission.to_owned());
    }

    /// Takes a field from the create screen of all projects.
    pub fn hide_field(&self, field: &str) {
        self.state().hidden.insert(field.to_owned());
    }

    /// Uses another account's token: that of a person.
    pub fn token_of(&self, account: &str) {
        self.state().account = account.to_owned();
    }

    /// Gives it the board 42. `constraint` is its type of limits, `filter` its sub-filter: nothing, or `labels = NAME`.
    pub fn set_board(&self, constraint: &str, filter: &str) {
        self.state().board = Some(board::board(constraint, filter));
    }

    /// Makes an issue a sub-task.
    pub fn make_subtask(&self, key: &str) {
        let kind = serde_json::json!({ "name": "Sub-task" });
        self.state().find_mut(key).expect("an issue").fields.insert("issuetype".to_owned(), kind);
    }

    /// Somebody sets the labels.
    pub fn person_labels(&self, key: &str, label: &str) {
        let labels = serde_json::json!([label]);
        self.state().find_mut(key).expect("an issue").fields.insert("labels".to_owned(), labels);
    }

    /// Gives a permission back to our account.
    pub fn permit(&self, permission: &str) {
        self.state().forbidden.remove(permission);
    }

    /// Registers the webhook.
    pub fn register_hook(&self, url: &str) {
        self.state().hook_url = Some(url.to_owned());
    }

    /// All issues, in their order.
    pub fn issues(&self) -> Vec<FakeIssue> {
        self.state().issues.clone()
    }

    /// An issue, by its key or id.
    ///
    /// # Panics
    /// If there is none.
    pub fn issue(&self, key: &str) -> FakeIssue {
        self.state().find(key).expect("an issue").clone()
    }

    /// The webhooks since the last call, oldest first. A test posts them, in the order that it chooses.
    pub fn take_deliveries(&self) -> Vec<JiraDelivery> {
        std::mem::take(&mut self.state().deliveries)
    }

    /// Somebody creates an issue. Returns its key.
    pub fn person_creates(&self, who: &str, project: &str, summary: &str) -> String {
        self.state().person_creates(who, project, summary)
    }

    /// Somebody moves an issue to a status, whatever the workflow says.
    pub fn person_moves(&self, who: &str, key: &str, status: &str) {
        self.state().person_sets(who, key, "status", status);
    }

    /// Somebody sets the assignee.
    pub fn person_assigns(&self, who: &str, key: &str, account: &str) {
        self.state().person_sets(who, key, "assignee", account);
    }

    /// Somebody sets the priority.
    pub fn person_prioritizes(&self, who: &str, key: &str, priority: &str) {
        self.state().person_sets(who, key, "priority", priority);
    }

    /// Somebody sets the components, separated by commas.
    pub fn person_sets_components(&self, who: &str, key: &str, components: &str) {
        self.state().person_sets(who, key, "components", components);
    }

    /// Somebody adds a comment. Returns its id.
    pub fn person_comments(&self, who: &str, key: &str, text: &str) -> String {
        self.state().person_comments(who, key, text)
    }

    /// Somebody edits a comment.
    pub fn person_edits_comment(&self, who: &str, key: &str, comment: &str, text: &str) {
        self.state().person_edits_comment(who, key, comment, text);
    }

    /// Somebody deletes a comment.
    pub fn person_deletes_comment(&self, who: &str, key: &str, comment: &str) {
        self.state().person_deletes_comment(who, key, comment);
    }

    /// Somebody begins to watch. Jira reports this by no webhook.
    pub fn person_watches(&self, who: &str, key: &str) {
        self.state().watch(key, who);
    }

    /// Somebody restricts who may read the issue.
    pub fn person_restricts(&self, who: &str, key: &str) {
        self.state().person_sets(who, key, "security", "Staff");
    }

    /// Somebody deletes an issue.
    pub fn person_deletes(&self, who: &str, key: &str) {
        self.state().person_deletes(who, key);
    }

    /// Somebody presses the button on an issue.
    pub fn person_presses_button(&self, who: &str, key: &str) -> JiraDelivery {
        self.state().press_button(who, key)
    }

    /// The text of the comments of an issue, with the ids of their authors.
    pub fn comments(&self, key: &str) -> Vec<(String, Value)> {
        self.state().comments(key)
    }
}
