//! Redmine. It sends no webhooks, so that changes are polled; it says that all is well when it did nothing, so that every
//! change is read back.

mod api;
mod change;
mod create;
mod failure;
mod known;
mod markup;
mod names;
mod probe;
mod read;
mod settings;
mod setup;
mod wire;

pub use settings::{RedmineMarkup, RedmineProject, RedmineSettings, check_identifier};
pub use setup::setup_steps;

use self::{api::RedmineApi, known::KnownNames};
use super::{IssueTracker, TrackerFailure, TrackerReport};
use crate::{
    domain::{
        Timestamp,
        tracker::{BoardColumn, BoardQuery, ChangeId, Issue, IssueChange, IssueDraft, IssueMark, IssueRef},
    },
    net::HttpClient,
};

/// The client. It remembers the names of statuses and priorities, so one is made for the life of the settings.
pub struct Redmine {
    settings: RedmineSettings,
    names: KnownNames,
}

impl Redmine {
    /// A client with these settings.
    pub fn new(settings: RedmineSettings) -> Self {
        Self { settings, names: KnownNames::default() }
    }

    fn api<'a>(&'a self, http: &'a HttpClient) -> RedmineApi<'a> {
        RedmineApi { http, settings: &self.settings, names: &self.names }
    }
}

impl IssueTracker for Redmine {
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
        read::changed_since(self.api(http), since).await
    }

    async fn read_board(&self, _: &HttpClient, _: &BoardQuery) -> Result<Vec<BoardColumn>, TrackerFailure> {
        Err(TrackerFailure::Refused("Redmine has no boards".to_owned()))
    }

    /// Redmine has no webhooks, so that no address is looked for.
    async fn probe(&self, http: &HttpClient, _: Option<&str>) -> TrackerReport {
        probe::probe(self.api(http)).await
    }
}

#[cfg(test)]
mod tests;
