//! Clients of issue trackers, one folder for each. A client speaks its vendor's API and returns what every tracker has
//! ([`crate::domain::tracker`]); when an issue is created or changed, and what a change there means, is decided elsewhere.

mod client;
mod failure;
pub mod github;
pub mod hook;
pub mod jira;
mod pace;
mod probe;
mod project;
pub mod redmine;

use crate::{
    domain::{
        Timestamp,
        tracker::{BoardColumn, BoardQuery, ChangeId, Issue, IssueChange, IssueDraft, IssueMark, IssueRef},
    },
    net::HttpClient,
};

pub use client::TrackerClient;
pub use failure::TrackerFailure;
pub use hook::{HookEvent, HookRefusal, TrackerHook};
pub use probe::{TrackerFinding, TrackerReport};
pub use project::{MappedField, TrackerKind, TrackerProject};

/// A tracker. Every call is one attempt: the outbox repeats it.
pub trait IssueTracker: Send + Sync {
    /// Creates an issue, with its mark in the same call.
    fn create(
        &self,
        http: &HttpClient,
        draft: &IssueDraft,
    ) -> impl Future<Output = Result<IssueRef, TrackerFailure>> + Send;

    /// Looks for the issue with a mark in a project. An issue that was created a moment ago may not be found yet.
    fn find(
        &self,
        http: &HttpClient,
        project: &str,
        mark: &IssueMark,
    ) -> impl Future<Output = Result<Option<IssueRef>, TrackerFailure>> + Send;

    /// Reads an issue, by its id. `None` if it was deleted, or is hidden from our account.
    fn read(&self, http: &HttpClient, id: &str) -> impl Future<Output = Result<Option<Issue>, TrackerFailure>> + Send;

    /// Makes a change, and returns the ids that the tracker gave to it. Where a write returns no id, they are read from the
    /// history of the issue.
    fn change(
        &self,
        http: &HttpClient,
        issue: &IssueRef,
        change: &IssueChange,
    ) -> impl Future<Output = Result<Vec<ChangeId>, TrackerFailure>> + Send;

    /// Lists the issues of the configured projects that changed since a time, oldest change first.
    fn changed_since(
        &self,
        http: &HttpClient,
        since: Timestamp,
    ) -> impl Future<Output = Result<Vec<Issue>, TrackerFailure>> + Send;

    /// Reads the columns of a board with their limits, and how many items count against each.
    fn read_board(
        &self,
        http: &HttpClient,
        board: &BoardQuery,
    ) -> impl Future<Output = Result<Vec<BoardColumn>, TrackerFailure>> + Send;

    /// Finds out what `hotroom check` reports, and changes nothing. `hook_url` is the address that the tracker's webhook has
    /// to call; `None` if hotroom has no public address.
    fn probe(&self, http: &HttpClient, hook_url: Option<&str>) -> impl Future<Output = TrackerReport> + Send;
}
