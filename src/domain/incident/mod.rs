//! The incident: its record, its commands, its events.

mod apply;
mod command;
mod consequence;
mod decide;
mod facts;
mod field;
mod flow;
mod kind;
mod place;
mod public;
mod responders;
mod revision;
mod rules;
mod severity;
mod severity_history;
mod timeline;
mod visibility;

mod event;
mod policy;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    ids::{
        ComponentId, FieldId, GroupId, IncidentId, Key, KindId, PageId, PersonId, RoleId, RoomId, ServiceId, StatusId,
        TrackerId,
    },
    people::Actor,
    status::ComponentStatus,
    text::Untrusted,
    tracker::IssueRef,
};

pub use apply::{RECORD_VERSION, apply, replay};
pub use command::{Absorption, Command, Declare, RecordedFact};

pub use super::severity::Severity;
pub use consequence::{Consequence, DecisionStep, INCIDENTS_FEED, PlannedEffect, is_announced};
pub use decide::{Decision, decide, declare};
pub use event::{
    ChatMessage, DeliveryEvent, FieldChanges, FieldContent, IncidentEvent, JoinedAlert, Judgement, LifecycleEvent,
    LinkedAlertsEvent, OutsidePageEvent, PagingEvent, PeopleEvent, PublicEvent, Redaction, Resolution, TimelineEvent,
    TimelineFile, TrackerEvent,
};
pub use facts::Facts;
pub use field::{AFFECTED, CAUSE, DEPLOYMENT, DETECTION, FIX, HOSTS, IMPACT, MOST_ENTRIES, REPEAT_OF, URGENCY};
pub use flow::open_tasks;
pub use kind::{IncidentKind, KindSpec};
pub use place::{Fallback, Shortage};
pub use policy::{Category, FieldSpec, FieldType, Policy, RoleSpec, SeverityRule, StatusSpec, Workflow};
pub use revision::{asks_in_feed, may_outdate, offers_action, outdates};
pub use rules::MOST_GROUPS;
pub use severity_history::SeverityHistory;

/// A named time. It keeps its first and last occurrence: reopening an incident overwrites neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedTime {
    /// The first occurrence.
    pub first: Timestamp,
    /// The latest occurrence.
    pub last: Timestamp,
}

/// The named times of an incident, in the order they happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeName {
    /// Customers were affected.
    Impact,
    /// Monitoring or a person noticed it.
    Detected,
    /// It was declared.
    Declared,
    /// A person acknowledged it.
    Acknowledged,
    /// The cause was found.
    Diagnosed,
    /// Customers were no longer affected.
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

/// A task of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its number within the incident, from 1.
    pub number: u32,
    /// What to do.
    pub text: Untrusted,
    /// The assignee.
    pub assignee: Option<PersonId>,
    /// True if it is done.
    pub done: bool,
}

/// The person in a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleHolder {
    /// The person.
    pub person: PersonId,
    /// When the person took it.
    pub since: Timestamp,
    /// The incident's version at that time: a button rendered before it is stale.
    pub version: u64,
}

/// What an incident changed on the status page, so that resolving it restores exactly that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicRecord {
    /// The components it changed, with their status before.
    pub before: BTreeMap<ComponentId, ComponentStatus>,
    /// True if a message was posted.
    pub posted: bool,
    /// The title that customers read; `None` before the first post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Untrusted>,
}

/// The issue of an incident in an outside tracker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentIssue {
    /// The tracker.
    pub tracker: TrackerId,
    /// The issue.
    pub issue: IssueRef,
    /// Its address for people.
    pub url: String,
}

/// The record of an incident, built from its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// Its key.
    pub key: Key,
    /// The title.
    pub title: Untrusted,
    /// The description, perhaps blank.
    pub description: Untrusted,
    /// Its status in the workflow.
    pub status: StatusId,
    /// The category of that status.
    pub category: Category,
    /// The severity.
    pub severity: Severity,
    /// How it behaves.
    pub kind: IncidentKind,
    /// The operator's own name of that kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_kind: Option<KindId>,
    /// True if only members see it.
    pub private: bool,
    /// The affected service.
    pub service: Option<ServiceId>,
    /// The impact on customers, from the latest update.
    pub impact: Untrusted,
    /// How the declarer judged it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judgement: Option<Judgement>,
    /// How many customers are affected, from the declaration or the latest update.
    #[serde(default, skip_serializing_if = "Untrusted::is_blank")]
    pub affected: Untrusted,
    /// The roles that are taken.
    pub roles: BTreeMap<RoleId, RoleHolder>,
    /// Everyone who was invited or took part; only they see a private incident.
    pub members: BTreeSet<PersonId>,
    /// The named times.
    pub times: BTreeMap<TimeName, NamedTime>,
    /// The tasks.
    pub tasks: Vec<Task>,
    /// The hot room, once it is open.
    pub room: Option<RoomId>,
    /// Alert groups that belong to it, the first [`MOST_GROUPS`] of them.
    pub groups: BTreeSet<GroupId>,
    /// The pages that were started for it.
    pub pages: BTreeSet<PageId>,
    /// What it changed on the status page.
    pub public: PublicRecord,
    /// The incident it was merged into.
    pub merged_into: Option<IncidentId>,
    /// Who declared it.
    pub declared_by: Actor,
    /// When the next update is due.
    pub update_due: Option<Timestamp>,
    /// The latest drafted updates that were not sent, by the number of their event.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub drafts: BTreeMap<u64, Untrusted>,
    /// The resolution.
    pub resolution: Option<Resolution>,
    /// The values of fields that have no place of their own above.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<FieldId, FieldContent>,
    /// Who changed the status last, for the refusal of whoever is second.
    pub status_by: Actor,
    /// When that was.
    pub status_at: Timestamp,
    /// The version of that change: a button rendered before it is stale.
    pub status_version: u64,
    /// Its issue in an outside tracker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<IncidentIssue>,
    /// The key that it had before its issue was created. It leads to the incident still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_key: Option<Key>,
    /// When it was last reopened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened_at: Option<Timestamp>,
    /// Who has worked on it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub responders: BTreeSet<PersonId>,
    /// When the second of them began to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assembled_at: Option<Timestamp>,
    /// When customers first read of it on the status page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub informed_at: Option<Timestamp>,
    /// The number of its events: the version that buttons and writers compare.
    pub version: u64,
}

impl Incident {
    /// Returns the name of the incident's event stream.
    pub fn stream(id: IncidentId) -> String {
        format!("incident/{id}")
    }

    /// True if people still work on it.
    pub fn is_open(&self) -> bool {
        self.category.is_open()
    }

    /// True if this person may see it.
    pub fn visible_to(&self, person: &PersonId) -> bool {
        !self.private || self.members.contains(person)
    }

    /// Returns the person in a role.
    pub fn holder(&self, role: &RoleId) -> Option<&PersonId> {
        self.roles.get(role).map(|held| &held.person)
    }
}
