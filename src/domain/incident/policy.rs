//! What the operator decides about incidents: workflow, severities, roles. Data, not code.

use std::{collections::BTreeMap, time::Duration};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::Severity;
use crate::domain::{
    ids::{RoleId, StatusId},
    status::PublicStatus,
};

/// What kind of standing a status is. The categories are code, the statuses are data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Not yet known whether it is one.
    Triage,
    /// Being worked on.
    Active,
    /// Customers no longer feel it.
    Resolved,
    /// Nothing left to do.
    Closed,
    /// It was none.
    Declined,
    /// It is part of another.
    Merged,
    /// It was called off.
    Cancelled,
}

/// One status of the workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusSpec {
    /// The name used in commands.
    pub id: StatusId,
    /// The name shown.
    pub name: String,
    /// Its category.
    pub category: Category,
    /// Where one can go from here.
    pub next: Vec<StatusId>,
    /// The public status proposed with it.
    pub public: Option<PublicStatus>,
}

/// The statuses and the ways between them. `config` has checked that every status is reachable from `initial` and that
/// every open status can reach a closed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// The status of a freshly declared incident.
    pub initial: StatusId,
    /// The status a reopened incident gets.
    pub reopened: StatusId,
    /// All statuses, in the order shown.
    pub statuses: Vec<StatusSpec>,
    /// The words for a cause, for `/incident resolve`.
    pub causes: Vec<String>,
    /// The words for closing early.
    pub early_close: Vec<String>,
}

impl Workflow {
    /// Looks a status up.
    pub fn status(&self, id: &StatusId) -> Option<&StatusSpec> {
        self.statuses.iter().find(|s| &s.id == id)
    }

    /// The first status of a category: where `/incident resolve` and `/incident close` go.
    pub fn first_of(&self, category: Category) -> Option<&StatusSpec> {
        self.statuses.iter().find(|s| s.category == category)
    }
}

/// What a severity means here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeverityRule {
    /// The name shown: `SEV1`.
    pub name: String,
    /// One line to choose by.
    pub description: String,
    /// How often an update is due; none: no clock.
    pub update_every: Option<Duration>,
    /// Whether declaring an incident with it, or raising one to it, pages the service's on-call person.
    pub page: bool,
    /// Whether the public page is proposed.
    pub propose_status_page: bool,
}

/// One role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSpec {
    /// The name used in commands.
    pub id: RoleId,
    /// The name shown.
    pub name: String,
}

/// Everything `decide` needs to know of the operator's choices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Statuses and transitions.
    pub workflow: Workflow,
    /// Meaning of each severity.
    pub severities: BTreeMap<Severity, SeverityRule>,
    /// `impact -> urgency -> severity`, by the names of the matrix in `[severity]`, in the order they are written in.
    pub matrix: IndexMap<String, IndexMap<String, Severity>>,
    /// The severity of a declaration that names none.
    pub default_severity: Severity,
    /// All roles; the first is the manager's.
    pub roles: Vec<RoleSpec>,
    /// How long a hot room stays open for talk after its incident is closed.
    pub room_open_for: Duration,
}

impl Policy {
    /// The role of the one who runs the incident.
    pub fn manager(&self) -> &RoleId {
        &self.roles[0].id
    }

    /// The rule of a severity; `config` has checked that all four exist.
    pub fn severity(&self, severity: Severity) -> &SeverityRule {
        &self.severities[&severity]
    }
}
