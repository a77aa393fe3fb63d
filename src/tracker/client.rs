//! The client of whichever tracker is configured.

use super::{IssueTracker, TrackerFailure, TrackerReport, github::GitHubIssues, jira::JiraClient, redmine::Redmine};
use crate::{
    domain::{
        Timestamp,
        tracker::{BoardColumn, BoardQuery, ChangeId, Issue, IssueChange, IssueDraft, IssueMark, IssueRef},
    },
    net::HttpClient,
};

/// The client of one of the trackers. It remembers what its limits need, so one is made for the life of the settings.
pub enum TrackerClient {
    /// Jira.
    Jira(JiraClient),
    /// GitHub Issues.
    GitHub(GitHubIssues),
    /// Redmine.
    Redmine(Redmine),
}

macro_rules! each {
    ($client:expr, $tracker:ident => $call:expr) => {
        match $client {
            TrackerClient::Jira($tracker) => $call.await,
            TrackerClient::GitHub($tracker) => $call.await,
            TrackerClient::Redmine($tracker) => $call.await,
        }
    };
}

impl IssueTracker for TrackerClient {
    async fn create(&self, http: &HttpClient, draft: &IssueDraft) -> Result<IssueRef, TrackerFailure> {
        each!(self, tracker => tracker.create(http, draft))
    }

    async fn find(
        &self,
        http: &HttpClient,
        project: &str,
        mark: &IssueMark,
    ) -> Result<Option<IssueRef>, TrackerFailure> {
        each!(self, tracker => tracker.find(http, project, mark))
    }

    async fn read(&self, http: &HttpClient, id: &str) -> Result<Option<Issue>, TrackerFailure> {
        each!(self, tracker => tracker.read(http, id))
    }

    async fn change(
        &self,
        http: &HttpClient,
        issue: &IssueRef,
        change: &IssueChange,
    ) -> Result<Vec<ChangeId>, TrackerFailure> {
        each!(self, tracker => tracker.change(http, issue, change))
    }

    async fn changed_since(&self, http: &HttpClient, since: Timestamp) -> Result<Vec<Issue>, TrackerFailure> {
        each!(self, tracker => tracker.changed_since(http, since))
    }

    async fn read_board(&self, http: &HttpClient, board: &BoardQuery) -> Result<Vec<BoardColumn>, TrackerFailure> {
        each!(self, tracker => tracker.read_board(http, board))
    }

    async fn probe(&self, http: &HttpClient, hook_url: Option<&str>) -> TrackerReport {
        each!(self, tracker => tracker.probe(http, hook_url))
    }
}
