//! Jira: Cloud by REST v3, Data Center by REST v2.

mod board;
mod change;
mod client;
mod create;
mod failure;
mod fields;
mod history;
mod hook;
mod issue;
mod probe;
mod search;
mod settings;
mod setup;
mod text;
mod wire;

use crate::{
    domain::{
        Timestamp,
        tracker::{BoardColumn, BoardQuery, ChangeId, Issue, IssueChange, IssueDraft, IssueMark, IssueRef},
    },
    net::HttpClient,
    tracker::{IssueTracker, TrackerFailure, TrackerReport},
};

pub use client::JiraClient;
pub use hook::{BUTTON_HEADER, read_hook};
pub use settings::{JiraCredentials, JiraEdition, JiraProject, JiraSettings, check_jira_url};
pub use setup::setup_steps;

impl IssueTracker for JiraClient {
    async fn create(&self, http: &HttpClient, draft: &IssueDraft) -> Result<IssueRef, TrackerFailure> {
        self.create_issue(http, draft).await
    }

    async fn find(
        &self,
        http: &HttpClient,
        project: &str,
        mark: &IssueMark,
    ) -> Result<Option<IssueRef>, TrackerFailure> {
        self.find_mark(http, project, mark).await
    }

    async fn read(&self, http: &HttpClient, id: &str) -> Result<Option<Issue>, TrackerFailure> {
        self.read_issue(http, id).await
    }

    async fn change(
        &self,
        http: &HttpClient,
        issue: &IssueRef,
        change: &IssueChange,
    ) -> Result<Vec<ChangeId>, TrackerFailure> {
        self.change_issue(http, issue, change).await
    }

    async fn changed_since(&self, http: &HttpClient, since: Timestamp) -> Result<Vec<Issue>, TrackerFailure> {
        self.changed(http, since).await
    }

    async fn read_board(&self, http: &HttpClient, board: &BoardQuery) -> Result<Vec<BoardColumn>, TrackerFailure> {
        self.board(http, board).await
    }

    async fn probe(&self, http: &HttpClient, hook_url: Option<&str>) -> TrackerReport {
        self.report(http, hook_url).await
    }
}

#[cfg(test)]
mod tests;
