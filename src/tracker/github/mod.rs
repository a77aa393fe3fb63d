//! GitHub Issues. Status and severity are labels; the mark is an HTML comment in the body; numbers with the prefix of the
//! project are the keys.

mod api;
mod app_token;
mod board;
mod change;
mod changes;
mod columns;
mod create;
mod hook;
mod limits;
mod probe;
mod pull_request;
mod read;
mod settings;
mod setup;
mod status;
mod text;
mod wire;

pub use app_token::check_private_key;
pub use hook::{ROOM_LABEL, read_hook};
pub use pull_request::{PullRequestHook, is_ping, is_pull_request, read_pull_request};
pub use settings::{GitHubApp, GitHubBoard, GitHubCredentials, GitHubProject, GitHubSettings, check_repository};
pub use setup::setup_steps;

use self::api::{ApiState, GitHubApi};
use super::{IssueTracker, TrackerFailure, TrackerReport};
use crate::{
    domain::{
        Timestamp,
        tracker::{BoardColumn, BoardQuery, ChangeId, Issue, IssueChange, IssueDraft, IssueMark, IssueRef},
    },
    net::HttpClient,
};

/// The client. It remembers when it wrote last and which lists it has, so one is made for the life of the settings.
pub struct GitHubIssues {
    settings: GitHubSettings,
    state: ApiState,
}

impl GitHubIssues {
    /// A client with these settings.
    pub fn new(settings: GitHubSettings) -> Self {
        Self { settings, state: ApiState::default() }
    }

    fn api<'a>(&'a self, http: &'a HttpClient) -> GitHubApi<'a> {
        GitHubApi { http, settings: &self.settings, state: &self.state }
    }
}

impl IssueTracker for GitHubIssues {
    async fn create(&self, http: &HttpClient, draft: &IssueDraft) -> Result<IssueRef, TrackerFailure> {
        create::create(self.api(http), draft).await
    }

    async fn find(
        &self,
        http: &HttpClient,
        project: &str,
        mark: &IssueMark,
    ) -> Result<Option<IssueRef>, TrackerFailure> {
        create::find(self.api(http), project, mark).await
    }

    async fn read(&self, http: &HttpClient, id: &str) -> Result<Option<Issue>, TrackerFailure> {
        read::read(self.api(http), id).await
    }

    async fn change(
        &self,
        http: &HttpClient,
        issue: &IssueRef,
        change: &IssueChange,
    ) -> Result<Vec<ChangeId>, TrackerFailure> {
        change::change(self.api(http), issue, change).await
    }

    async fn changed_since(&self, http: &HttpClient, since: Timestamp) -> Result<Vec<Issue>, TrackerFailure> {
        changes::changed_since(self.api(http), since).await
    }

    async fn read_board(&self, http: &HttpClient, board: &BoardQuery) -> Result<Vec<BoardColumn>, TrackerFailure> {
        columns::read_board(self.api(http), board).await
    }

    async fn probe(&self, http: &HttpClient, hook_url: Option<&str>) -> TrackerReport {
        probe::probe(self.api(http), hook_url).await
    }
}

#[cfg(test)]
mod tests;
