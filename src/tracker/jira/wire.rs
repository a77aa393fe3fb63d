//! What Jira answers, as far as hotroom reads it. Cloud and Data Center differ in how they name accounts and pages.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::{
    Timestamp,
    tracker::{ChangeId, TrackerAccount, TrackerPerson},
};

/// An account. Cloud has `accountId`, Data Center `name`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JiraUser {
    account_id: Option<String>,
    name: Option<String>,
    key: Option<String>,
    display_name: Option<String>,
    email_address: Option<String>,
}

impl JiraUser {
    /// The id that the API takes.
    pub fn account(&self) -> TrackerAccount {
        let id = self.account_id.as_ref().or(self.name.as_ref()).or(self.key.as_ref());
        TrackerAccount(id.cloned().unwrap_or_default())
    }

    pub fn person(self) -> TrackerPerson {
        let account = self.account();
        let name = self.display_name.unwrap_or_else(|| account.0.clone());
        TrackerPerson { account, name, email: self.email_address.filter(|address| address.contains('@')) }
    }
}

/// Somebody whom Jira does not name any more, such as a deleted account.
pub(super) fn person_or_nobody(user: Option<JiraUser>) -> TrackerPerson {
    user.unwrap_or_default().person()
}

/// Something with an id and a name.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct JiraName {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub name: String,
}

/// A status.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JiraStatus {
    #[serde(default)]
    pub name: String,
    pub status_category: Option<JiraStatusCategory>,
}

/// The category of a status.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct JiraStatusCategory {
    #[serde(default)]
    pub key: String,
}

/// A new or a linked issue.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct JiraIssueKey {
    pub id: String,
    pub key: String,
}

/// A new comment.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct JiraCommentKey {
    pub id: String,
}

/// An issue.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct JiraIssue {
    pub id: String,
    pub key: String,
    pub fields: JiraFields,
    #[serde(default)]
    pub changelog: JiraChangelog,
}

/// The fields that are asked for.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct JiraFields {
    pub project: Option<JiraProjectKey>,
    pub summary: Option<String>,
    #[serde(default)]
    pub description: Value,
    pub issuetype: Option<JiraName>,
    pub status: Option<JiraStatus>,
    pub priority: Option<JiraName>,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub components: Vec<JiraName>,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub labels: Vec<String>,
    pub assignee: Option<JiraUser>,
    pub reporter: Option<JiraUser>,
    pub security: Option<Value>,
    pub created: Option<String>,
    pub updated: Option<String>,
}

/// A project.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct JiraProjectKey {
    pub key: String,
}

/// The history of an issue.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct JiraChangelog {
    #[serde(default)]
    pub histories: Vec<JiraHistory>,
}

/// What was changed at once.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct JiraHistory {
    pub id: String,
    pub author: Option<JiraUser>,
    #[serde(default)]
    pub created: String,
    #[serde(default)]
    pub items: Vec<JiraHistoryItem>,
}

impl JiraHistory {
    /// The id for the port. Comments are numbered apart from the history.
    pub fn change_id(&self) -> ChangeId {
        history_id(&self.id)
    }
}

/// A change of a field.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct JiraHistoryItem {
    #[serde(default)]
    pub field: String,
    #[serde(rename = "fieldId")]
    pub field_id: Option<String>,
    pub to: Option<String>,
    #[serde(rename = "toString")]
    pub to_text: Option<String>,
}

/// Comments.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct JiraComments {
    #[serde(default)]
    pub comments: Vec<JiraComment>,
}

/// A comment.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct JiraComment {
    pub id: String,
    pub author: Option<JiraUser>,
    #[serde(default)]
    pub body: Value,
    #[serde(default)]
    pub created: String,
    #[serde(default)]
    pub updated: String,
    pub visibility: Option<Value>,
}

/// Watchers.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct JiraWatchers {
    #[serde(default)]
    pub watchers: Vec<JiraUser>,
}

/// Transitions that are possible.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct JiraTransitions {
    pub transitions: Vec<JiraTransition>,
}

/// A transition.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct JiraTransition {
    pub id: String,
    #[serde(default)]
    pub to: JiraStatus,
    /// Its screen.
    #[serde(default)]
    pub fields: BTreeMap<String, JiraFieldMeta>,
}

/// A field that can be set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JiraFieldMeta {
    /// Missing where the field is listed under its id.
    pub field_id: Option<String>,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub has_default_value: bool,
    #[serde(default)]
    pub schema: JiraFieldSchema,
    #[serde(default)]
    pub allowed_values: Vec<Value>,
}

/// The type of a field.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct JiraFieldSchema {
    #[serde(default, rename = "type")]
    pub kind: String,
    pub items: Option<String>,
    pub system: Option<String>,
    pub custom: Option<String>,
}

/// Answer of a search. Cloud pages by token, Data Center by number.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JiraSearchPage<T> {
    pub issues: Vec<T>,
    pub next_page_token: Option<String>,
    pub total: Option<usize>,
}

/// The id of an entry of the history.
pub(super) fn history_id(id: &str) -> ChangeId {
    ChangeId(format!("history-{id}"))
}

/// The id of a comment.
pub(super) fn comment_id(id: &str) -> ChangeId {
    ChangeId(format!("comment-{id}"))
}

/// Parses a time such as `2026-01-02T03:04:05.678+0100`.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let parse = |form| DateTime::parse_from_str(text, form).ok();
    let at = parse("%Y-%m-%dT%H:%M:%S%.f%z").or_else(|| DateTime::parse_from_rfc3339(text).ok());
    at.map(|at| at.to_utc())
}

fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_jira_are_parsed() {
        for text in ["2026-01-02T03:04:05.678+0100", "2026-01-02T02:04:05.678Z", "2026-01-02T03:04:05.678+01:00"] {
            assert_eq!(time(text).map(|at| at.timestamp_millis()), Some(1_767_319_445_678), "{text}");
        }
        assert_eq!(time("yesterday"), None);
    }

    #[test]
    fn an_account_is_named_as_the_api_takes_it() {
        let user = |json: &str| serde_json::from_str::<JiraUser>(json).expect("a user").person();
        let cloud = user(r#"{"accountId":"5b10","displayName":"Ann"}"#);
        assert_eq!((cloud.account.0.as_str(), cloud.name.as_str()), ("5b10", "Ann"));
        let server = user(r#"{"name":"ann","key":"JIRAUSER10100","emailAddress":"ann at example"}"#);
        assert_eq!((server.account.0.as_str(), server.name.as_str(), server.email), ("ann", "ann", None));
    }
}
