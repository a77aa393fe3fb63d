//! Issues of an outside tracker, in words that every tracker shares. No vendor's vocabulary occurs here.

mod board;
mod follow_up_issue;
mod link;
mod own;
mod pull_request;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Timestamp, severity::Severity};

pub use board::{BoardColumn, BoardItem, BoardQuery, BoardState, ColumnItems, ColumnSpec, OLDEST_ITEMS};
pub use follow_up_issue::FollowUpIssue;
pub use link::{IssueLink, LinkState, SeenComment, SeenIssue};
pub use own::OwnIssueKey;
pub use pull_request::{
    IssueMention, MOST_MENTIONS, PullRequest, PullRequestState, PullRequestStep, PullRequestText, mentions,
};

/// An issue of a tracker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueRef {
    /// The tracker's own id, which never changes.
    pub id: String,
    /// What people call it, like `OPS-12`. It changes when the issue is moved to another project.
    pub key: String,
}

/// What shows that an issue was made by this hotroom for this incident: `hotroom-<instance>-<key>`. It is known before the
/// tracker answers, so that an issue whose creation has an unknown outcome can be found again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IssueMark(pub String);

impl fmt::Display for IssueMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account at the tracker: the id that its API takes. Never a mail address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrackerAccount(pub String);

/// Someone as the tracker shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackerPerson {
    /// The account.
    pub account: TrackerAccount,
    /// The name to show.
    pub name: String,
    /// The address, where the tracker shows it and has verified it. It is compared, never stored or shown.
    #[serde(skip)]
    pub email: Option<String>,
}

/// An issue to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueDraft {
    /// The project, as the tracker names it: a project key, `owner/repository`, or a project identifier.
    pub project: String,
    /// The summary, one line.
    pub summary: String,
    /// The description, in Markdown.
    pub description: String,
    /// The type; `None` for that of the incidents of the project.
    pub issue_type: Option<String>,
    /// The severity, which each tracker maps by its settings; `None` if it has none.
    pub severity: Option<Severity>,
    /// The component that stands for the service.
    pub component: Option<String>,
    /// Further fields, by the name or id that the settings map them to.
    pub fields: Vec<IssueField>,
    /// Labels, besides the mark.
    pub labels: Vec<String>,
    /// Who is responsible.
    pub assignee: Option<TrackerAccount>,
    /// Who reported it.
    pub reporter: Option<TrackerAccount>,
    /// The mark.
    pub mark: IssueMark,
    /// Where the room is.
    pub room: Option<String>,
}

/// A field of an issue beyond those that every tracker has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueField {
    /// The field, as the tracker names it.
    pub field: String,
    /// The value, as text: a number, a date and a choice are written as the tracker shows them.
    pub value: String,
}

/// One change to an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueChange {
    /// Move it to a status, by the name of the status.
    Move {
        /// The name of the target status.
        to: String,
        /// Fields that are set with it, such as those of the resolution.
        fields: Vec<IssueField>,
    },
    /// Make someone responsible, or nobody.
    Assign(Option<TrackerAccount>),
    /// Set the summary.
    Rename(String),
    /// Set the priority that stands for a severity.
    SetSeverity(Severity),
    /// Set fields.
    Fill(Vec<IssueField>),
    /// Add a comment, in Markdown.
    Comment(String),
    /// Add a watcher.
    Watch(TrackerAccount),
    /// Add the mark to an issue that hotroom did not create.
    Mark(IssueMark),
    /// Link to the room.
    LinkRoom {
        /// The address of the room.
        url: String,
        /// The text of the link.
        title: String,
    },
    /// Link to another issue.
    LinkIssue(IssueRef),
}

/// The id that the tracker gave to a change, a comment for example. By it our own changes are recognised when the tracker
/// reports them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeId(pub String);

/// An issue as the tracker shows it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// The issue.
    pub issue: IssueRef,
    /// The project.
    pub project: String,
    /// The address for people.
    pub url: String,
    /// The summary.
    pub summary: String,
    /// The description, as Markdown or plain text.
    pub description: String,
    /// The type, such as "Bug".
    pub kind: String,
    /// The name of the status.
    pub status: String,
    /// The stage that the status belongs to.
    pub stage: IssueStage,
    /// The name of the priority.
    pub priority: Option<String>,
    /// The components.
    pub components: Vec<String>,
    /// The labels, the mark among them.
    pub labels: Vec<String>,
    /// Who is responsible.
    pub assignee: Option<TrackerPerson>,
    /// Who reported it.
    pub reporter: Option<TrackerPerson>,
    /// Who watches it; empty where the tracker does not tell.
    pub watchers: Vec<TrackerPerson>,
    /// The newest comments, oldest first.
    pub comments: Vec<IssueComment>,
    /// True if not everyone in the project may read it.
    pub restricted: bool,
    /// When it was created, if the tracker tells.
    pub created: Option<Timestamp>,
    /// When it was last changed.
    pub updated: Timestamp,
    /// Changes of its fields that the tracker records, newest last; empty where it has no history.
    pub changes: Vec<IssueChangeRecord>,
}

/// An issue on the card below a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueCard {
    /// What people call it.
    pub key: String,
    /// Its address for people.
    pub url: String,
    /// The summary.
    pub title: String,
    /// The type.
    pub kind: String,
    /// The name of the priority.
    pub priority: Option<String>,
    /// The name of the status.
    pub status: String,
    /// The name of who is responsible.
    pub assignee: Option<String>,
    /// Since when it has its status; where the tracker does not tell, since when it exists.
    pub since: Option<Timestamp>,
}

impl IssueCard {
    /// What may be shown of an issue; `None` if not everyone at the tracker may read it.
    pub fn from_issue(issue: &Issue) -> Option<Self> {
        if issue.restricted {
            return None;
        }
        let moved = issue.changes.iter().rev().find(|change| change.field.eq_ignore_ascii_case("status"));
        Some(Self {
            key: issue.issue.key.clone(),
            url: issue.url.clone(),
            title: issue.summary.clone(),
            kind: issue.kind.clone(),
            priority: issue.priority.clone(),
            status: issue.status.clone(),
            assignee: issue.assignee.as_ref().map(|person| person.name.clone()),
            since: moved.map(|change| change.at).or(issue.created),
        })
    }
}

/// The stage of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueStage {
    /// Nobody works on it.
    Open,
    /// Somebody works on it.
    InProgress,
    /// It is done.
    Done,
}

/// A comment of an issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueComment {
    /// The id.
    pub id: ChangeId,
    /// Who wrote it.
    pub author: TrackerPerson,
    /// What it says, as Markdown or plain text.
    pub text: String,
    /// When it was written.
    pub at: Timestamp,
    /// When it was last edited.
    pub edited: Option<Timestamp>,
    /// True if only some people may read it.
    pub restricted: bool,
}

/// A change of a field, as the tracker records it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueChangeRecord {
    /// The id.
    pub id: ChangeId,
    /// Who made it.
    pub author: TrackerPerson,
    /// When.
    pub at: Timestamp,
    /// The field, as the tracker names it: `status`, `assignee`, `priority`.
    pub field: String,
    /// The value after it.
    pub to: Option<String>,
}
