//! What Redmine's answers contain, as far as it is used.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{
    Timestamp,
    tracker::{TrackerAccount, TrackerPerson},
};

/// Something with a number and a name.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct NamedBody {
    pub id: u64,
    #[serde(default)]
    pub name: String,
}

impl NamedBody {
    /// A user.
    pub fn person(&self) -> TrackerPerson {
        TrackerPerson { account: TrackerAccount(self.id.to_string()), name: self.name.clone(), email: None }
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct StatusBody {
    pub id: u64,
    pub name: String,
    /// Missing before Redmine 5 where an issue is shown.
    pub is_closed: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct TrackerBody {
    pub id: u64,
    pub name: String,
    pub default_status: Option<NamedBody>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct ProjectBody {
    pub id: u64,
    pub identifier: String,
    #[serde(default)]
    pub trackers: Vec<NamedBody>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct RedmineUser {
    pub id: u64,
    #[serde(default)]
    pub firstname: String,
    #[serde(default)]
    pub lastname: String,
}

#[derive(Deserialize)]
pub(super) struct UserEnvelope {
    pub user: RedmineUser,
}

#[derive(Deserialize)]
pub(super) struct ProjectEnvelope {
    pub project: ProjectBody,
}

#[derive(Deserialize)]
pub(super) struct StatusesBody {
    pub issue_statuses: Vec<StatusBody>,
}

#[derive(Deserialize)]
pub(super) struct PrioritiesBody {
    pub issue_priorities: Vec<NamedBody>,
}

#[derive(Deserialize)]
pub(super) struct TrackersBody {
    pub trackers: Vec<TrackerBody>,
}

#[derive(Deserialize)]
pub(super) struct CategoriesEnvelope {
    pub project: CategoriesBody,
}

#[derive(Deserialize)]
pub(super) struct CategoriesBody {
    #[serde(default)]
    pub issue_categories: Vec<NamedBody>,
}

/// A custom field of Redmine, as only an administrator may see it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct FieldBody {
    pub id: u64,
    pub name: String,
    pub customized_type: Option<String>,
    #[serde(default)]
    pub is_filter: bool,
}

#[derive(Deserialize)]
pub(super) struct FieldsBody {
    pub custom_fields: Vec<FieldBody>,
}

/// The value of a custom field. One with several values has a list.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct FieldValueBody {
    pub id: u64,
    #[serde(default)]
    pub value: Value,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct DetailBody {
    pub name: String,
    pub property: String,
    pub new_value: Option<String>,
}

/// An entry of the history: a note, changes of fields, or both.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct JournalBody {
    pub id: u64,
    pub user: Option<NamedBody>,
    pub notes: Option<String>,
    pub created_on: Timestamp,
    pub updated_on: Option<Timestamp>,
    #[serde(default)]
    pub private_notes: bool,
    #[serde(default)]
    pub details: Vec<DetailBody>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct RedmineIssueBody {
    pub id: u64,
    pub project: NamedBody,
    pub tracker: NamedBody,
    pub status: StatusBody,
    pub priority: NamedBody,
    pub author: Option<NamedBody>,
    pub assigned_to: Option<NamedBody>,
    pub category: Option<NamedBody>,
    pub subject: String,
    pub description: Option<String>,
    #[serde(default)]
    pub is_private: bool,
    #[serde(default)]
    pub custom_fields: Vec<FieldValueBody>,
    #[serde(default)]
    pub created_on: Option<Timestamp>,
    pub updated_on: Timestamp,
    #[serde(default)]
    pub journals: Vec<JournalBody>,
    #[serde(default)]
    pub watchers: Vec<NamedBody>,
    #[serde(default)]
    pub relations: Vec<RelationBody>,
    /// Missing before Redmine 5.
    pub allowed_statuses: Option<Vec<StatusBody>>,
}

/// A relation to another issue.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct RelationBody {
    pub issue_id: u64,
    pub issue_to_id: u64,
}

impl RelationBody {
    /// True if it joins the issue with this id to another.
    pub fn joins(&self, id: &str) -> bool {
        [self.issue_id, self.issue_to_id].iter().any(|joined| joined.to_string() == id)
    }
}

impl RedmineIssueBody {
    /// The text of a custom field.
    pub fn field(&self, id: u64) -> Option<&str> {
        self.custom_fields.iter().find(|field| field.id == id)?.value.as_str()
    }
}

#[derive(Deserialize)]
pub(super) struct IssueEnvelope {
    pub issue: RedmineIssueBody,
}

#[derive(Deserialize)]
pub(super) struct IssuesBody {
    pub issues: Vec<RedmineIssueBody>,
}
