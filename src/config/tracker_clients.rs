//! The client of the configured tracker: bot.toml may be read again while hotroom runs.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Config, TrackerSettings};
use crate::tracker::{TrackerClient, github::GitHubIssues, jira::JiraClient, redmine::Redmine};

/// Makes a client when the configuration changes, and hands out the same one until then.
#[derive(Default)]
pub struct TrackerClients {
    current: Mutex<Option<ConfiguredClient>>,
}

struct ConfiguredClient {
    made_for: Arc<Config>,
    client: Arc<TrackerClient>,
}

impl TrackerClients {
    /// The client of the outside tracker; `None` if there is none.
    pub fn client(&self, config: &Arc<Config>) -> Option<Arc<TrackerClient>> {
        let outside = config.tracker.outside.as_ref()?;
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = current.as_ref()
            && Arc::ptr_eq(&known.made_for, config)
        {
            return Some(Arc::clone(&known.client));
        }
        let client = Arc::new(client_of(&outside.settings));
        *current = Some(ConfiguredClient { made_for: Arc::clone(config), client: Arc::clone(&client) });
        Some(client)
    }
}

/// A client with these settings.
pub fn client_of(settings: &TrackerSettings) -> TrackerClient {
    match settings {
        TrackerSettings::Jira(settings) => TrackerClient::Jira(JiraClient::new(settings.as_ref().clone())),
        TrackerSettings::GitHub(settings) => TrackerClient::GitHub(GitHubIssues::new(settings.as_ref().clone())),
        TrackerSettings::Redmine(settings) => TrackerClient::Redmine(Redmine::new(settings.as_ref().clone())),
    }
}
