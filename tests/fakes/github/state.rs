//! What the service knows.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{BOT, REPOSITORY, Reactions};

/// An issue, or a pull request.
#[derive(Clone, Debug, Default)]
pub struct IssueState {
    pub number: u64,
    pub title: String,
    pub body: String,
    pub author: String,
    pub is_closed: bool,
    pub reason: Option<String>,
    pub labels: Vec<String>,
    pub assignees: Vec<String>,
    pub created: DateTime<Utc>,
    pub updated: DateTime<Utc>,
    pub is_pull: bool,
    pub comments: Vec<CommentState>,
    pub events: Vec<EventState>,
}

#[derive(Clone, Debug)]
pub struct CommentState {
    pub id: u64,
    pub author: String,
    pub body: String,
    pub created: DateTime<Utc>,
    pub updated: DateTime<Utc>,
}

#[derive(Clone, Debug)]
pub struct EventState {
    pub id: u64,
    pub actor: String,
    pub created: DateTime<Utc>,
    pub event: &'static str,
    pub details: Value,
}

/// Everything.
pub struct GitHubState {
    pub issues: Vec<IssueState>,
    /// Names of labels with their colours.
    pub labels: BTreeMap<String, String>,
    /// Who can be assigned.
    pub assignable: Vec<String>,
    /// The options that were chosen on the board, by issue number.
    pub board: BTreeMap<u64, String>,
    pub reactions: Reactions,
    pub now: DateTime<Utc>,
    /// False if the account may only read: GitHub then leaves labels and assignees out.
    pub may_triage: bool,
    /// True if the account has lost its access to the repository.
    pub is_hidden: bool,
    /// False if issues are switched off in the repository.
    pub has_issues: bool,
    /// How many calls were counted against the limit: an answer of 304 is not.
    pub counted: u64,
    /// The webhooks of the repository.
    pub hooks: Vec<Value>,
    next_id: u64,
}

impl GitHubState {
    pub fn new() -> Self {
        Self {
            issues: Vec::new(),
            labels: BTreeMap::from([("bug".to_owned(), "d73a4a".to_owned())]),
            assignable: vec!["ann".to_owned(), "ben".to_owned(), BOT.to_owned()],
            board: BTreeMap::new(),
            reactions: Reactions::new(),
            now: DateTime::from_timestamp(1_772_445_600, 0).expect("in range"),
            may_triage: true,
            is_hidden: false,
            has_issues: true,
            counted: 0,
            hooks: Vec::new(),
            next_id: 1_000,
        }
    }

    /// Lets a second pass, and returns the time then.
    pub fn tick(&mut self) -> DateTime<Utc> {
        self.now += TimeDelta::seconds(1);
        self.now
    }

    pub fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    pub fn issue(&self, number: u64) -> Option<&IssueState> {
        self.issues.iter().find(|issue| issue.number == number)
    }

    pub fn issue_mut(&mut self, number: u64) -> Option<&mut IssueState> {
        self.issues.iter_mut().find(|issue| issue.number == number)
    }

    /// Someone files an issue on GitHub's pages.
    pub fn file(&mut self, author: &str, title: &str, body: &str) -> u64 {
        let now = self.tick();
        let number = self.issues.iter().map(|issue| issue.number).max().unwrap_or(0) + 1;
        let (author, title, body) = (author.to_owned(), title.to_owned(), body.to_owned());
        self.issues.push(IssueState {
            number,
            title,
            body,
            author,
            created: now,
            updated: now,
            ..IssueState::default()
        });
        number
    }

    /// Someone comments on GitHub's pages. Returns the id of the comment.
    pub fn comment(&mut self, number: u64, author: &str, body: &str) -> u64 {
        let (now, id) = (self.tick(), self.id());
        let comment = CommentState { id, author: author.to_owned(), body: body.to_owned(), created: now, updated: now };
        let issue = self.issue_mut(number).expect("there is such an issue");
        issue.comments.push(comment);
        issue.updated = now;
        id
    }

    /// Someone edits fields on GitHub's pages: what the interface takes.
    pub fn edit(&mut self, number: u64, actor: &str, fields: &Value) {
        self.tick();
        self.apply(number, actor, fields);
    }

    /// Someone deletes an issue.
    pub fn delete(&mut self, number: u64) {
        self.issues.retain(|issue| issue.number != number);
    }

    /// An issue as the interface shows it.
    pub fn shown(&self, issue: &IssueState) -> Value {
        let user = |login: &str| json!({"login": login, "id": 1, "type": if login == BOT { "Bot" } else { "User" }});
        let color = |name: &String| self.labels.get(name).cloned().unwrap_or_else(|| "ededed".to_owned());
        let labels: Vec<Value> = issue.labels.iter().map(|name| json!({"name": name, "color": color(name)})).collect();
        let mut shown = json!({
            "id": 9_000 + issue.number, "node_id": format!("I_{}", issue.number), "number": issue.number,
            "html_url": format!("https://github.com/{REPOSITORY}/issues/{}", issue.number),
            "title": issue.title, "body": issue.body, "user": user(&issue.author),
            "state": if issue.is_closed { "closed" } else { "open" }, "state_reason": issue.reason,
            "labels": labels, "assignees": issue.assignees.iter().map(|login| user(login)).collect::<Vec<_>>(),
            "comments": issue.comments.len(), "created_at": text(issue.created), "updated_at": text(issue.updated),
        });
        if issue.is_pull {
            shown["pull_request"] = json!({"url": "https://api.github.com/pulls/1"});
        }
        shown
    }
}

/// A time as the interface shows it.
pub fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
