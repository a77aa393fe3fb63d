//! The settings of `[tracker]`.

use std::time::Duration;

use crate::{
    domain::{
        ids::{ServiceId, TrackerId},
        incident::IncidentKind,
        severity::Severity,
    },
    tracker::{TrackerKind, TrackerProject, github::GitHubSettings, jira::JiraSettings, redmine::RedmineSettings},
};

/// `[tracker]`
#[derive(Debug, Clone)]
pub struct TrackerConfig {
    /// The prefix of keys of incidents without an issue in an outside tracker: `HOT`.
    pub prefix: String,
    /// The outside tracker; `None` if hotroom's own is used.
    pub outside: Option<OutsideTracker>,
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
                let site = match settings.base_url.strip_suffix("/api/v3") {
                    Some(site) => site.to_owned(),
                    None => settings.base_url.replacen("://api.", "://", 1),
                };
                format!("{site}/{project}/issues/{number}")
            }
            TrackerSettings::Redmine(settings) => format!("{}/issues/{number}", settings.base_url),
        }
    }
}

impl TrackerConfig {
    /// The outside tracker with an id; `None` if it is not the configured one.
    pub fn outside(&self, id: &TrackerId) -> Option<&OutsideTracker> {
        self.outside.as_ref().filter(|outside| outside.id() == *id)
    }

    /// What keys of incidents begin with.
    pub fn prefixes(&self) -> Vec<&str> {
        let outside = self.outside.iter().flat_map(|outside| &outside.projects);
        std::iter::once(self.prefix.as_str()).chain(outside.map(|project| project.prefix.as_str())).collect()
    }
}
