//! What the service knows.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{ANN, BEN, BOT, MARK_FIELD, Reactions};

/// The statuses with their numbers, and whether an issue is closed then.
pub const STATUSES: [(u64, &str, bool); 4] =
    [(1, "New", false), (2, "In Progress", false), (3, "Resolved", false), (5, "Closed", true)];
/// The priorities with their numbers.
pub const PRIORITIES: [(u64, &str); 4] = [(1, "Low"), (2, "Normal"), (3, "High"), (4, "Urgent")];
/// The people with their numbers.
pub const PEOPLE: [(u64, &str); 3] = [(BOT, "Hot Room"), (ANN, "Ann Lee"), (BEN, "Ben Roy")];

/// An entry of the history.
#[derive(Clone, Debug)]
pub struct JournalState {
    pub id: u64,
    pub user: u64,
    pub notes: String,
    pub private: bool,
    pub created: DateTime<Utc>,
    /// Field, value before and value after.
    pub details: Vec<(String, Option<String>, Option<String>)>,
}

/// An issue.
#[derive(Clone, Debug, Default)]
pub struct RedmineIssue {
    pub id: u64,
    pub subject: String,
    pub description: String,
    pub status: u64,
    pub priority: u64,
    pub author: u64,
    pub assignee: Option<u64>,
    pub category: Option<u64>,
    pub is_private: bool,
    pub done_ratio: u64,
    pub fields: BTreeMap<u64, String>,
    pub watchers: Vec<u64>,
    pub relations: Vec<u64>,
    pub journals: Vec<JournalState>,
    pub updated: DateTime<Utc>,
}

/// Everything.
pub struct RedmineState {
    pub issues: Vec<RedmineIssue>,
    pub reactions: Reactions,
    pub now: DateTime<Utc>,
    /// The permissions of the account; without `edit_issues` fields are left out silently.
    pub permissions: Vec<&'static str>,
    pub is_admin: bool,
    /// Statuses that the workflow leads to.
    pub allowed: Vec<u64>,
    /// False if the custom field of the mark cannot be filtered by: a filter is then ignored.
    pub is_filter: bool,
    /// The custom fields that issues of the project have.
    pub fields: BTreeMap<u64, String>,
    next_journal: u64,
}

impl RedmineState {
    pub fn new() -> Self {
        Self {
            issues: Vec::new(),
            reactions: Reactions::new(),
            now: DateTime::from_timestamp(1_772_445_600, 0).expect("in range"),
            permissions: vec![
                "add_issues",
                "edit_issues",
                "add_issue_notes",
                "view_issue_watchers",
                "add_issue_watchers",
                "manage_issue_relations",
            ],
            is_admin: false,
            allowed: vec![1, 2, 3, 5],
            is_filter: true,
            fields: BTreeMap::from([(MARK_FIELD, "hotroom".to_owned()), (9, "Impact".to_owned())]),
            next_journal: 100,
        }
    }

    /// Lets a second pass, and returns the time then.
    pub fn tick(&mut self) -> DateTime<Utc> {
        self.now += TimeDelta::seconds(1);
        self.now
    }

    pub fn may(&self, permission: &str) -> bool {
        self.is_admin || self.permissions.contains(&permission)
    }

    pub fn issue(&self, id: u64) -> Option<&RedmineIssue> {
        self.issues.iter().find(|issue| issue.id == id)
    }

    pub fn issue_mut(&mut self, id: u64) -> Option<&mut RedmineIssue> {
        self.issues.iter_mut().find(|issue| issue.id == id)
    }

    /// Someone files an issue on Redmine's pages.
    pub fn file(&mut self, author: u64, subject: &str) -> u64 {
        let updated = self.tick();
        let id = self.issues.iter().map(|issue| issue.id).max().unwrap_or(0) + 1;
        let subject = subject.to_owned();
        self.issues.push(RedmineIssue {
            id,
            subject,
            author,
            status: 1,
            priority: 2,
            updated,
            ..RedmineIssue::default()
        });
        id
    }

    /// Writes an entry of the history.
    pub fn journal(&mut self, id: u64, mut journal: JournalState) -> u64 {
        self.next_journal += 1;
        journal.id = self.next_journal;
        journal.created = self.now;
        let now = self.now;
        let issue = self.issue_mut(id).expect("there is such an issue");
        issue.updated = now;
        issue.journals.push(journal);
        self.next_journal
    }

    /// Someone writes a note on Redmine's pages.
    pub fn note(&mut self, id: u64, user: u64, notes: &str, private: bool) -> u64 {
        let created = self.tick();
        let notes = notes.to_owned();
        self.journal(id, JournalState { id: 0, user, notes, private, created, details: Vec::new() })
    }

    /// An issue as the interface shows it; `whole` with what is shown only of one.
    pub fn shown(&self, issue: &RedmineIssue, whole: bool) -> Value {
        let person =
            |id: u64| json!({"id": id, "name": PEOPLE.iter().find(|(known, _)| *known == id).map(|(_, name)| *name)});
        let status = |id: u64| {
            let (id, name, is_closed) = STATUSES.iter().find(|(known, ..)| *known == id).expect("a status");
            json!({"id": id, "name": name, "is_closed": is_closed})
        };
        let priority = PRIORITIES.iter().find(|(known, _)| *known == issue.priority).expect("a priority");
        let fields: Vec<Value> = self
            .fields
            .iter()
            .map(|(id, name)| json!({"id": id, "name": name, "value": issue.fields.get(id).cloned().unwrap_or_default()}))
            .collect();
        let mut shown = json!({
            "id": issue.id, "project": {"id": 1, "name": "Shop"}, "tracker": {"id": 3, "name": "Support"},
            "status": status(issue.status), "priority": {"id": priority.0, "name": priority.1},
            "author": person(issue.author), "subject": issue.subject, "description": issue.description,
            "done_ratio": issue.done_ratio, "is_private": issue.is_private, "custom_fields": fields,
            "created_on": text(issue.updated), "updated_on": text(issue.updated),
        });
        if let Some(assignee) = issue.assignee {
            shown["assigned_to"] = person(assignee);
        }
        if let Some(category) = issue.category {
            shown["category"] = json!({"id": category, "name": "checkout"});
        }
        if whole {
            shown["journals"] = issue.journals.iter().map(|journal| self.shown_journal(journal, &person)).collect();
            shown["allowed_statuses"] =
                STATUSES.iter().map(|(id, ..)| *id).filter(|id| self.allowed.contains(id)).map(status).collect();
            shown["relations"] = issue
                .relations
                .iter()
                .map(|other| json!({"id": 1, "issue_id": issue.id, "issue_to_id": other, "relation_type": "relates"}))
                .collect();
            if self.may("view_issue_watchers") {
                shown["watchers"] = issue.watchers.iter().map(|id| person(*id)).collect();
            }
        }
        shown
    }

    fn shown_journal(&self, journal: &JournalState, person: &impl Fn(u64) -> Value) -> Value {
        let detail = |(name, old, new): &(String, Option<String>, Option<String>)| json!({"property": "attr", "name": name, "old_value": old, "new_value": new});
        json!({
            "id": journal.id, "user": person(journal.user), "notes": journal.notes,
            "created_on": text(journal.created), "private_notes": journal.private,
            "details": journal.details.iter().map(detail).collect::<Vec<_>>(),
        })
    }
}

/// A time as the interface shows it.
pub fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
