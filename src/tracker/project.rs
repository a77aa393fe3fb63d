//! A project of a tracker: what every tracker's settings have in common.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::domain::{
    ids::{ServiceId, StatusId, TrackerId},
    review::FollowUpState,
    tracker::PullRequestStep,
};

/// The tracker in which an incident has its issue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackerKind {
    /// hotroom's own.
    #[default]
    Builtin,
    /// Jira, Cloud or Data Center.
    Jira,
    /// GitHub Issues.
    Github,
    /// Redmine.
    Redmine,
}

impl TrackerKind {
    /// All of them, with their words in `bot.toml`.
    pub const WORDS: [(&'static str, Self); 4] =
        [("builtin", Self::Builtin), ("jira", Self::Jira), ("github", Self::Github), ("redmine", Self::Redmine)];

    /// The word in `bot.toml`, in paths and in stored rows.
    pub fn word(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Jira => "jira",
            Self::Github => "github",
            Self::Redmine => "redmine",
        }
    }

    /// The id in stored rows.
    pub fn id(self) -> TrackerId {
        TrackerId::from(self.word())
    }

    /// The name that people know.
    pub fn title(self) -> &'static str {
        match self {
            Self::Builtin => "hotroom",
            Self::Jira => "Jira",
            Self::Github => "GitHub",
            Self::Redmine => "Redmine",
        }
    }
}

impl fmt::Display for TrackerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A project in which incidents have their issues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackerProject {
    /// The project, as the tracker names it: a project key, `owner/repository`, or a project identifier.
    pub name: String,
    /// What the keys of its issues begin with: `OPS` of `OPS-12`.
    pub prefix: String,
    /// The services whose incidents belong to it. The first project without services has the others.
    pub services: Vec<ServiceId>,
    /// The component that stands for a service. A service without an entry is the component of its own id.
    pub components: BTreeMap<ServiceId, String>,
    /// The name of the tracker's status for each status of the workflow. A status without an entry moves nothing.
    pub status: BTreeMap<StatusId, String>,
    /// The name of the tracker's status for each step of a pull request that names an issue.
    pub pull_requests: BTreeMap<PullRequestStep, String>,
    /// The type of the issues of follow-ups; `None` for the usual one of the tracker.
    pub followup_type: Option<String>,
    /// The name of the tracker's status for each state of a follow-up.
    pub followups: BTreeMap<FollowUpState, String>,
    /// The tracker's field for each field of an incident.
    pub fields: BTreeMap<MappedField, String>,
    /// Fields that are set when the incident is resolved, with their values: `resolution` = "Done".
    pub resolution: BTreeMap<String, String>,
}

impl TrackerProject {
    /// The component that stands for a service.
    pub fn component(&self, service: &ServiceId) -> String {
        self.components.get(service).cloned().unwrap_or_else(|| service.to_string())
    }

    /// The service that a component stands for.
    pub fn service(&self, component: &str) -> ServiceId {
        let named = self.components.iter().find(|(_, name)| name.eq_ignore_ascii_case(component));
        named.map_or_else(|| ServiceId::from(component), |(service, _)| service.clone())
    }

    /// The tracker's status for a state of a follow-up: that of its own map, otherwise that of the first of these statuses of the
    /// workflow that the project names.
    pub fn followup_status<'a>(
        &'a self,
        state: FollowUpState,
        mut statuses: impl Iterator<Item = &'a StatusId>,
    ) -> Option<&'a str> {
        let named = self.followups.get(&state).map(String::as_str);
        named.or_else(|| statuses.find_map(|status| self.status_of(status)))
    }

    /// The tracker's status for a status of the workflow.
    pub fn status_of(&self, status: &StatusId) -> Option<&str> {
        self.status.get(status).map(String::as_str)
    }
}

/// A field of an incident that a field of the tracker can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MappedField {
    /// The impact on customers.
    Impact,
    /// How many customers are affected.
    Affected,
    /// The service.
    Service,
    /// When customers were affected first.
    ImpactStart,
    /// When it was detected.
    Detected,
    /// When customers were no longer affected.
    Mitigated,
    /// The resolution that was written at the end.
    Resolution,
    /// The address of the record in hotroom.
    Record,
}

impl MappedField {
    /// All of them, with their words in `bot.toml`.
    pub const WORDS: [(&'static str, Self); 8] = [
        ("impact", Self::Impact),
        ("affected", Self::Affected),
        ("service", Self::Service),
        ("impact_start", Self::ImpactStart),
        ("detected", Self::Detected),
        ("mitigated", Self::Mitigated),
        ("resolution", Self::Resolution),
        ("record", Self::Record),
    ];

    /// The word in `bot.toml`.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, field)| *field == self).map_or("", |(word, _)| word)
    }
}
