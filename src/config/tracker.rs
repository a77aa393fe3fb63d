//! The settings of `[tracker]`.

use std::{collections::BTreeMap, time::Duration};

use chrono::{NaiveTime, Weekday};
use secrecy::SecretString;

use crate::{
    domain::{
        ids::{BoardId, Key, PersonId, ServiceId, StatusId, TeamId, TrackerId},
        incident::IncidentKind,
        severity::Severity,
        tracker::{BoardQuery, PullRequestStep},
    },
    tracker::{TrackerKind, TrackerProject, github::GitHubSettings, jira::JiraSettings, redmine::RedmineSettings},
};

/// `[tracker]`
#[derive(Debug, Clone)]
pub struct TrackerConfig {
    /// The prefix of keys of incidents without an issue in an outside tracker and without a project: `HOT`.
    pub prefix: String,
    /// The projects of hotroom's own tracker.
    pub projects: Vec<OwnProject>,
    /// The outside tracker; `None` if hotroom's own is used.
    pub outside: Option<OutsideTracker>,
    /// Pull requests that move issues; `None` if none do.
    pub pull_requests: Option<PullRequestSettings>,
    /// The boards that teams read.
    pub boards: Vec<BoardConfig>,
}

/// One of `[[tracker.projects]]`: a project of hotroom's own tracker, whose incidents have keys of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnProject {
    /// What its keys begin with: `PAY` of `PAY-1`.
    pub prefix: String,
    /// The name shown.
    pub name: String,
    /// The services whose incidents belong to it.
    pub services: Vec<ServiceId>,
    /// The teams whose services belong to it, unless a project names the service.
    pub teams: Vec<TeamId>,
    /// The people who watch it: they are invited to its hot rooms.
    pub watchers: Vec<PersonId>,
}

/// One of `[[tracker.boards]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardConfig {
    /// Its id.
    pub id: BoardId,
    /// The name shown.
    pub name: String,
    /// The team that reads it.
    pub team: TeamId,
    /// Where it is.
    pub kind: TrackerKind,
    /// How it is read.
    pub query: BoardQuery,
    /// The time of day of its message.
    pub at: NaiveTime,
    /// The time zone of the team; `None` for that of the first schedule.
    pub timezone: Option<chrono_tz::Tz>,
    /// The days on which the message is posted.
    pub days: Vec<Weekday>,
    /// How often it is read.
    pub interval: Duration,
}

/// `[tracker.pull_requests]`
#[derive(Debug, Clone)]
pub struct PullRequestSettings {
    /// The secret of GitHub's webhook; `None` for that of `[tracker.github]`.
    pub webhook_secret: Option<SecretString>,
    /// The status of an incident without an outside issue for each step of a pull request that names it.
    pub incidents: BTreeMap<PullRequestStep, StatusId>,
    /// The repositories that are followed besides those of the tracker.
    pub repositories: Vec<PullRequestRepository>,
}

/// One of `[[tracker.pull_requests.repositories]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequestRepository {
    /// `owner/name`
    pub name: String,
    /// The team whose managers read which pull requests name no issue.
    pub team: Option<TeamId>,
}

/// An outside tracker, in which every incident gets an issue.
#[derive(Debug, Clone)]
pub struct OutsideTracker {
    /// Which one.
    pub kind: TrackerKind,
    /// How long the hot room of a new incident waits for the key of its issue.
    pub key_wait: Duration,
    /// True if messages of the hot room become comments, besides updates and notes.
    pub chat: bool,
    /// True if private incidents get an issue too.
    pub private: bool,
    /// True if follow-ups get an issue too.
    pub followups: bool,
    /// How often it is asked for changes that no webhook reported.
    pub interval: Duration,
    /// The projects.
    pub projects: Vec<TrackerProject>,
    /// What its client needs.
    pub settings: TrackerSettings,
}

/// What the client of a tracker needs.
#[derive(Debug, Clone)]
pub enum TrackerSettings {
    /// Jira.
    Jira(Box<JiraSettings>),
    /// GitHub Issues.
    GitHub(Box<GitHubSettings>),
    /// Redmine.
    Redmine(Box<RedmineSettings>),
}

impl OutsideTracker {
    /// The id in stored rows.
    pub fn id(&self) -> TrackerId {
        self.kind.id()
    }

    /// The project in which an incident of a service gets its issue.
    pub fn project_for(&self, service: Option<&ServiceId>) -> Option<&TrackerProject> {
        let has = |project: &&TrackerProject| service.is_some_and(|service| project.services.contains(service));
        let named = self.projects.iter().find(has);
        let rest = || self.projects.iter().find(|project| project.services.is_empty());
        named.or_else(rest)
    }

    /// A project by its name.
    pub fn project(&self, name: &str) -> Option<&TrackerProject> {
        self.projects.iter().find(|project| project.name.eq_ignore_ascii_case(name))
    }

    /// What the tracker takes for the id of an issue that people call by this key.
    pub fn issue_id(&self, project: &TrackerProject, key: &Key) -> String {
        match self.kind {
            TrackerKind::Jira | TrackerKind::Builtin => key.to_string(),
            TrackerKind::Github => format!("{}#{}", project.name, key.number),
            TrackerKind::Redmine => key.number.to_string(),
        }
    }

    /// The key of the issue that an address leads to.
    pub fn key_at(&self, url: &str) -> Option<Key> {
        let url = url.trim().trim_end_matches('/');
        let last = url.rsplit('/').next()?;
        let mut keys = self.projects.iter().filter_map(|project| {
            let key = Key::parse(last).or_else(|| Some(Key::new(project.prefix.as_str(), last.parse().ok()?)))?;
            let is_it = key.prefix == project.prefix && self.issue_url(&project.name, &key.to_string(), last) == url;
            is_it.then_some(key)
        });
        keys.next()
    }

    /// The project whose keys begin with a prefix.
    pub fn project_with_prefix(&self, prefix: &str) -> Option<&TrackerProject> {
        self.projects.iter().find(|project| project.prefix == prefix)
    }

    /// True if an incident of this kind may have an issue.
    pub fn takes(&self, kind: IncidentKind, private: bool) -> bool {
        kind == IncidentKind::Real && (self.private || !private)
    }

    /// The severity that a priority or label stands for.
    pub fn severity_of(&self, project: &str, priority: &str) -> Option<Severity> {
        let names = match &self.settings {
            TrackerSettings::Jira(settings) => &settings.project(project)?.priorities,
            TrackerSettings::GitHub(settings) => &settings.project(project)?.severity_labels,
            TrackerSettings::Redmine(settings) => &settings.project(project)?.priorities,
        };
        names.iter().find(|(_, name)| name.eq_ignore_ascii_case(priority)).map(|(severity, _)| *severity)
    }

    /// The address of an issue for people.
    pub fn issue_url(&self, project: &str, key: &str, id: &str) -> String {
        let number = key.rsplit('-').next().unwrap_or(id);
        match &self.settings {
            TrackerSettings::Jira(settings) => format!("{}/browse/{key}", settings.site_url),
            TrackerSettings::GitHub(settings) => {
                format!("{}/{project}/issues/{number}", site_of(&settings.base_url))
            }
            TrackerSettings::Redmine(settings) => format!("{}/issues/{number}", settings.base_url),
        }
    }
}

/// The pages for people, of the address of GitHub's API.
fn site_of(base_url: &str) -> String {
    match base_url.strip_suffix("/api/v3") {
        Some(site) => site.to_owned(),
        None => base_url.replacen("://api.", "://", 1),
    }
}

impl TrackerConfig {
    /// Where the pull requests are that links lead to.
    pub fn forge_url(&self) -> String {
        match self.outside.as_ref().map(|outside| &outside.settings) {
            Some(TrackerSettings::GitHub(settings)) => site_of(&settings.base_url),
            Some(TrackerSettings::Jira(_) | TrackerSettings::Redmine(_)) | None => "https://github.com".to_owned(),
        }
    }

    /// The secrets with which GitHub may sign a report of a pull request. Empty if none are followed.
    pub fn pull_request_secrets(&self) -> Vec<&SecretString> {
        let Some(settings) = &self.pull_requests else { return Vec::new() };
        let of_tracker = match self.outside.as_ref().map(|outside| &outside.settings) {
            Some(TrackerSettings::GitHub(github)) => github.webhook_secret.as_ref(),
            Some(TrackerSettings::Jira(_) | TrackerSettings::Redmine(_)) | None => None,
        };
        settings.webhook_secret.iter().chain(of_tracker).collect()
    }

    /// True if pull requests of a repository are followed.
    pub fn follows_pull_requests_of(&self, repository: &str) -> bool {
        let Some(settings) = &self.pull_requests else { return false };
        let listed = settings.repositories.iter().any(|listed| listed.name.eq_ignore_ascii_case(repository));
        listed || self.project_of_repository(repository).is_some()
    }

    /// The project whose issues are in a repository.
    pub fn project_of_repository(&self, repository: &str) -> Option<&TrackerProject> {
        let outside = self.outside.as_ref().filter(|outside| outside.kind == TrackerKind::Github)?;
        outside.project(repository)
    }

    /// A board.
    pub fn board(&self, id: &BoardId) -> Option<&BoardConfig> {
        self.boards.iter().find(|board| board.id == *id)
    }

    /// The outside tracker with an id; `None` if it is not the configured one.
    pub fn outside(&self, id: &TrackerId) -> Option<&OutsideTracker> {
        self.outside.as_ref().filter(|outside| outside.id() == *id)
    }

    /// What keys of incidents begin with.
    pub fn prefixes(&self) -> Vec<&str> {
        let own = self.projects.iter().map(|project| project.prefix.as_str());
        let outside = self.outside.iter().flat_map(|outside| &outside.projects);
        let outside = outside.map(|project| project.prefix.as_str());
        std::iter::once(self.prefix.as_str()).chain(own).chain(outside).collect()
    }

    /// The project of hotroom's own tracker to which an incident of a service and its team belongs.
    pub fn own_project(&self, service: Option<&ServiceId>, team: Option<&TeamId>) -> Option<&OwnProject> {
        let named = self.projects.iter().find(|project| service.is_some_and(|id| project.services.contains(id)));
        let of_team = || self.projects.iter().find(|project| team.is_some_and(|id| project.teams.contains(id)));
        named.or_else(of_team)
    }

    /// True if keys with this prefix are hotroom's own.
    pub fn is_own_prefix(&self, prefix: &str) -> bool {
        self.prefix == prefix || self.projects.iter().any(|project| project.prefix == prefix)
    }
}
