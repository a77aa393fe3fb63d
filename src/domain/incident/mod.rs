//! The incident: its record, its commands, its events.

mod apply;
mod command;
mod consequence;
mod decide;
mod flow;
mod place;
mod rules;
mod severity_history;
mod timeline;

mod event;
mod policy;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    ids::{ComponentId, GroupId, IncidentId, Key, PageId, PersonId, RoleId, RoomId, ServiceId, StatusId},
    people::Actor,
    status::ComponentStatus,
    text::Untrusted,
};

pub use apply::{RECORD_VERSION, apply, replay};
pub use command::{Command, Declare, RecordedFact};

pub use super::severity::Severity;
pub use consequence::{Consequence, INCIDENTS_FEED, PlannedEffect, Step, is_announced};
pub use decide::{Decision, Facts, decide, declare};
pub use event::{
    ChatMessage, DeliveryEvent, IncidentEvent, JoinedAlert, LifecycleEvent, LinkedAlertsEvent, PagingEvent,
    PeopleEvent, PublicEvent, Redaction, Resolution, TimelineEvent, TimelineFile,
};
pub use place::{Fallback, Shortage};
pub use policy::{Category, Policy, RoleSpec, SeverityRule, StatusSpec, Workflow};
pub use rules::MOST_GROUPS;
pub use severity_history::SeverityHistory;

/// What sort of incident it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something is broken.
    Real,
    /// Practice: everything works, and customers see nothing of it.
    Drill,
}

impl Kind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Real, Self::Drill];
}

/// A named time. The first and the last are kept: a reopen overwrites nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedTime {
    /// The first time it happened.
    pub first: Timestamp,
    /// The latest time it happened.
    pub last: Timestamp,
}

/// The named times of an incident, in the order they happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeName {
    /// Customers began to feel it.
    Impact,
    /// Monitoring or a person saw it.
    Detected,
    /// It was declared.
    Declared,
    /// Somebody took it.
    Acknowledged,
    /// The cause was found.
    Diagnosed,
    /// Customers stopped feeling it.
    Mitigated,
    /// It was resolved.
    Resolved,
    /// It was closed.
    Closed,
}

impl TimeName {
    /// All, in the order they happen.
    pub const ALL: [Self; 8] = [
        Self::Impact,
        Self::Detected,
        Self::Declared,
        Self::Acknowledged,
        Self::Diagnosed,
        Self::Mitigated,
        Self::Resolved,
        Self::Closed,
    ];

    /// The name as written in commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Impact => "impact",
            Self::Detected => "detected",
            Self::Declared => "declared",
            Self::Acknowledged => "acknowledged",
            Self::Diagnosed => "diagnosed",
            Self::Mitigated => "mitigated",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }
}

/// A thing to do during the incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its number within the incident, from 1.
    pub number: u32,
    /// What to do.
    pub text: Untrusted,
    /// Who does it.
    pub assignee: Option<PersonId>,
    /// Whether it is done.
    pub done: bool,
}

/// Who holds a role, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleHolder {
    /// The person.
    pub person: PersonId,
    /// Since when.
    pub since: Timestamp,
    /// The incident's version when it was taken: a button drawn before that is stale.
    pub version: u64,
}

/// What this incident changed on the public page, so that resolving restores exactly that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicRecord {
    /// Components this incident set, with what they showed before.
    pub before: BTreeMap<ComponentId, ComponentStatus>,
    /// Whether anything was posted.
    pub posted: bool,
}

/// The record of one incident: the fold of its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its lasting id.
    pub id: IncidentId,
    /// The key people say.
    pub key: Key,
    /// One line: what is wrong.
    pub title: Untrusted,
    /// More lines, if any.
    pub description: Untrusted,
    /// Where it stands, a status of the workflow.
    pub status: StatusId,
    /// What kind of standing that is.
    pub category: Category,
    /// How grave.
    pub severity: Severity,
    /// Real or drill.
    pub kind: Kind,
    /// Whether only members see it.
    pub private: bool,
    /// The faulty service.
    pub service: Option<ServiceId>,
    /// What customers feel, from the latest update.
    pub impact: Untrusted,
    /// Who holds which role.
    pub roles: BTreeMap<RoleId, RoleHolder>,
    /// Everyone who was brought in; for a private incident, everyone who may see it.
    pub members: BTreeSet<PersonId>,
    /// The named times.
    pub times: BTreeMap<TimeName, NamedTime>,
    /// Things to do.
    pub tasks: Vec<Task>,
    /// The hot room, once it is open.
    pub room: Option<RoomId>,
    /// Alert groups that belong to it, the first [`MOST_GROUPS`] of them.
    pub groups: BTreeSet<GroupId>,
    /// Pages that were started from it.
    pub pages: BTreeSet<PageId>,
    /// What it did to the public page.
    pub public: PublicRecord,
    /// Where it went, if it was merged.
    pub merged_into: Option<IncidentId>,
    /// Who declared it.
    pub declared_by: Actor,
    /// When the next update is due.
    pub update_due: Option<Timestamp>,
    /// Updates that were drafted and not sent, by the number of their event; the latest few.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub drafts: BTreeMap<u64, Untrusted>,
    /// How it was resolved.
    pub resolution: Option<Resolution>,
    /// Who made the latest change of status, for those who come second.
    pub status_by: Actor,
    /// When that was.
    pub status_at: Timestamp,
    /// The version of that change: a button drawn before it is stale.
    pub status_version: u64,
    /// How many events it has: the version that buttons and writers compare.
    pub version: u64,
}

impl Incident {
    /// The name of the incident's event stream.
    pub fn stream(id: IncidentId) -> String {
        format!("incident/{id}")
    }

    /// Whether people still work on it.
    pub fn is_open(&self) -> bool {
        matches!(self.category, Category::Triage | Category::Active)
    }

    /// Whether this person may see it.
    pub fn visible_to(&self, person: &PersonId) -> bool {
        !self.private || self.members.contains(person)
    }

    /// Who holds a role.
    pub fn holder(&self, role: &RoleId) -> Option<&PersonId> {
        self.roles.get(role).map(|held| &held.person)
    }
}
