//! The operator's policy of incidents: workflow, severities, roles.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{IncidentKind, KindSpec, Severity};
use crate::domain::{
    ids::{FieldId, KindId, RoleId, StatusId},
    status::PublicStatus,
};

/// The category of a status. Categories are fixed, statuses are configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// It may be an incident.
    Triage,
    /// People work on it.
    Active,
    /// Customers are no longer affected.
    Resolved,
    /// Nothing is left to do.
    Closed,
    /// It was no incident.
    Declined,
    /// It is part of another incident.
    Merged,
    /// It was cancelled.
    Cancelled,
}

impl Category {
    /// True if people still work on incidents of it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Triage | Self::Active)
    }
}

/// A status of the workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusSpec {
    /// The name used in commands.
    pub id: StatusId,
    /// The name shown.
    pub name: String,
    /// Its category.
    pub category: Category,
    /// The statuses that may follow.
    pub next: Vec<StatusId>,
    /// The public status proposed with it.
    pub public: Option<PublicStatus>,
}

/// The statuses and their transitions. `config` checks that every status is reachable from `initial` and that every open
/// status can reach a closed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// The status of a declared incident.
    pub initial: StatusId,
    /// The status a reopened incident gets.
    pub reopened: StatusId,
    /// All statuses, in the order shown.
    pub statuses: Vec<StatusSpec>,
    /// The causes for `/incident resolve`.
    pub causes: Vec<String>,
    /// The reasons offered for closing early.
    pub early_close: Vec<String>,
}

impl Workflow {
    /// Finds a status.
    pub fn status(&self, id: &StatusId) -> Option<&StatusSpec> {
        self.statuses.iter().find(|s| &s.id == id)
    }

    /// Returns the statuses that may follow one. A status that the workflow no longer has may be followed by any but the
    /// one of merged incidents, so that an incident does not get stuck in it.
    pub fn after(&self, id: &StatusId) -> Vec<StatusId> {
        match self.status(id) {
            Some(status) => status.next.clone(),
            None => {
                let others = self.statuses.iter().filter(|status| status.category != Category::Merged);
                others.map(|status| status.id.clone()).collect()
            }
        }
    }

    /// Returns the first status of a category, which `/incident resolve` and `/incident close` set.
    pub fn first_of(&self, category: Category) -> Option<&StatusSpec> {
        self.statuses.iter().find(|s| s.category == category)
    }
}

/// The rule of a severity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeverityRule {
    /// The name shown: `SEV1`.
    pub name: String,
    /// One line that explains it.
    pub description: String,
    /// How often an update is due; `None` for never.
    pub update_every: Option<Duration>,
    /// True if declaring an incident with it, or raising one to it, pages who is on call for the service.
    pub page: bool,
    /// True if a post on the status page is proposed.
    pub propose_status_page: bool,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSpec {
    /// The name used in commands.
    pub id: RoleId,
    /// The name shown.
    pub name: String,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Text of several lines.
    Text,
    /// A number.
    Number,
    /// One word of a list.
    Choice,
    /// Several words of a list.
    MultiChoice,
    /// Any words.
    List,
    /// A person.
    Person,
    /// A service.
    Service,
    /// Several services.
    Services,
    /// A date.
    Date,
    /// An http(s) address.
    Url,
}

impl FieldType {
    /// All types, with their names in the configuration.
    pub const ALL: [(&'static str, Self); 10] = [
        ("text", Self::Text),
        ("number", Self::Number),
        ("choice", Self::Choice),
        ("multi_choice", Self::MultiChoice),
        ("list", Self::List),
        ("person", Self::Person),
        ("service", Self::Service),
        ("services", Self::Services),
        ("date", Self::Date),
        ("url", Self::Url),
    ];

    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Choice => "choice",
            Self::MultiChoice => "multi_choice",
            Self::List => "list",
            Self::Person => "person",
            Self::Service => "service",
            Self::Services => "services",
            Self::Date => "date",
            Self::Url => "url",
        }
    }

    /// True if its values are words of a fixed set.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Choice | Self::MultiChoice | Self::Person | Self::Service | Self::Services)
    }

    /// True if it can have several entries.
    pub fn is_several(self) -> bool {
        matches!(self, Self::MultiChoice | Self::List | Self::Services)
    }
}

/// A field, of `[[incident.fields]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// The name in commands.
    pub id: FieldId,
    /// The name shown.
    pub name: String,
    /// What belongs into it.
    pub help: String,
    /// What it holds.
    pub holds: FieldType,
    /// The words of a choice.
    pub choices: Vec<String>,
    /// The kinds of incidents that have it; empty for all.
    pub kinds: Vec<KindId>,
    /// The severities of incidents that have it; empty for all.
    pub severities: BTreeSet<Severity>,
    /// The statuses that an incident enters only with a value.
    pub required_at: Vec<StatusId>,
}

/// The operator's policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Statuses and transitions.
    pub workflow: Workflow,
    /// The rule of each severity.
    pub severities: BTreeMap<Severity, SeverityRule>,
    /// `impact -> urgency -> severity`, by the names of the matrix in `[severity]`, in the order they are written in.
    pub matrix: IndexMap<String, IndexMap<String, Severity>>,
    /// The severity of a declaration that names none.
    pub default_severity: Severity,
    /// The kinds of incidents that can be declared.
    pub kinds: Vec<KindSpec>,
    /// The fields of incidents.
    pub fields: Vec<FieldSpec>,
    /// All roles; the first is the manager's.
    pub roles: Vec<RoleSpec>,
    /// How long a hot room stays open after its incident is closed.
    pub room_open_for: Duration,
    /// The severities whose incidents get a post-mortem; the others may get one.
    pub postmortems: BTreeSet<Severity>,
}

impl Policy {
    /// Returns the role of the incident manager.
    pub fn manager(&self) -> &RoleId {
        &self.roles[0].id
    }

    /// Finds a field.
    pub fn field(&self, id: &FieldId) -> Option<&FieldSpec> {
        self.fields.iter().find(|spec| spec.id == *id)
    }

    /// The name shown of a kind.
    pub fn kind_name(&self, kind: &KindId) -> String {
        let spec = self.kinds.iter().find(|spec| spec.id == *kind);
        spec.map_or_else(|| kind.to_string(), |spec| spec.name.clone())
    }

    /// How a kind behaves; `None` for one that is not configured.
    pub fn behaviour(&self, kind: &KindId) -> Option<IncidentKind> {
        self.kinds.iter().find(|spec| spec.id == *kind).map(|spec| spec.behaves)
    }

    /// Returns the rule of a severity; `config` checks that all four exist.
    pub fn severity(&self, severity: Severity) -> &SeverityRule {
        &self.severities[&severity]
    }
}
