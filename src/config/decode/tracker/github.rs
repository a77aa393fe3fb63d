//! Decodes `[tracker.github]`.

use std::time::Duration;

use super::{INTERVAL, PREFIX, ReadTracker, address, interval, optional_duration, prefix, project, severities};
use crate::{
    config::{kinds, model::TrackerSettings, read::Section},
    tracker::{
        TrackerProject,
        github::{GitHubApp, GitHubBoard, GitHubCredentials, GitHubProject, GitHubSettings, check_repository},
    },
};

/// The least time between two writes that GitHub asks for.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);

pub(super) fn github(s: &Section<'_>) -> Option<ReadTracker> {
    let base_url = s.read("url", "http(s) address", address).unwrap_or_else(|| "https://api.github.com".to_owned());
    let credentials = credentials(s);
    let webhook_secret = s.secret("webhook_secret");
    let write_interval = optional_duration(s, "write_interval", BETWEEN_WRITES, 0..=60);
    let interval = interval(s, INTERVAL);
    let (projects, github_projects) = s.tables("projects", "repository", github_project).into_iter().unzip();
    let settings = GitHubSettings {
        base_url,
        credentials: credentials?,
        webhook_secret,
        write_interval,
        projects: github_projects,
    };
    Some(ReadTracker { projects, settings: TrackerSettings::GitHub(Box::new(settings)), interval })
}

fn credentials(s: &Section<'_>) -> Option<GitHubCredentials> {
    let token = s.secret("token");
    let app = s.table("app", |app| {
        let client_id = app.need("client_id", "client id", kinds::line);
        let installation = app.need("installation", "whole number", |value| kinds::count(value, 1..=u64::MAX >> 1));
        let private_key = app.needed_secret("private_key");
        Some(GitHubApp { client_id: client_id?, installation: installation?, private_key: private_key? })
    });
    match (app, token) {
        (Some(app), _) => Some(GitHubCredentials::App(app?)),
        (None, Some(token)) => Some(GitHubCredentials::Token(token)),
        (None, None) => {
            if !s.has("token") {
                s.wrong("token", "missing; write token = \"env:NAME\", or [tracker.github.app]");
            }
            None
        }
    }
}

fn github_project(s: &Section<'_>) -> Option<(TrackerProject, GitHubProject)> {
    let repository = s.need("repository", "owner/name", |value| {
        let repository = kinds::line(value)?;
        check_repository(&repository)?;
        Ok(repository)
    });
    let prefix = s.need("prefix", PREFIX, prefix);
    let severity_labels = severities(s);
    let board = s.table("board", board);
    let project = project(s, repository?, prefix?);
    // Open and closed are no labels.
    let is_label =
        |name: &&String| !["open", "closed", "not planned", "duplicate"].contains(&name.to_lowercase().as_str());
    let statuses = project.status.values().chain(project.pull_requests.values()).chain(project.followups.values());
    let mut status_labels: Vec<String> = Vec::new();
    for label in statuses.filter(is_label) {
        if !status_labels.iter().any(|known| known.eq_ignore_ascii_case(label)) {
            status_labels.push(label.clone());
        }
    }
    let (repository, prefix) = (project.name.clone(), project.prefix.clone());
    let github = GitHubProject { repository, prefix, status_labels, severity_labels, board: board.flatten() };
    Some((project, github))
}

fn board(s: &Section<'_>) -> Option<GitHubBoard> {
    let owner = s.read("owner", "account", kinds::line);
    let number = s.need("number", "whole number", |value| kinds::count(value, 1..=1_000_000));
    let field = s.read("field", "name of a field", kinds::line).unwrap_or_else(|| "Status".to_owned());
    Some(GitHubBoard { owner, number: u32::try_from(number?).ok()?, field })
}
