//! What GitHub's answers contain, as far as it is used.

use serde::Deserialize;

use super::{
    settings::GitHubProject,
    status::{self, IssueState},
    text,
};
use crate::domain::{
    Timestamp,
    tracker::{ChangeId, Issue, IssueChangeRecord, IssueComment, IssueRef, TrackerAccount, TrackerPerson},
};

#[derive(Clone, Debug, Deserialize)]
pub(super) struct GitHubUser {
    pub login: String,
}

impl GitHubUser {
    fn person(&self) -> TrackerPerson {
        TrackerPerson { account: TrackerAccount(self.login.clone()), name: self.login.clone(), email: None }
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct LabelBody {
    pub name: String,
}

/// An issue may list its labels by name only.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum LabelItem {
    Label(LabelBody),
    Name(String),
}

impl LabelItem {
    pub fn name(&self) -> &str {
        match self {
            Self::Label(label) => &label.name,
            Self::Name(name) => name,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct TypeBody {
    pub name: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct GitHubIssueBody {
    pub number: u64,
    #[serde(default)]
    pub node_id: String,
    pub html_url: String,
    pub title: String,
    pub body: Option<String>,
    pub state: String,
    pub state_reason: Option<String>,
    #[serde(default)]
    pub labels: Vec<LabelItem>,
    /// `null` for an account that was deleted.
    pub user: Option<GitHubUser>,
    #[serde(default)]
    pub assignees: Option<Vec<GitHubUser>>,
    #[serde(default)]
    pub comments: u64,
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    /// There if it is a pull request, which the interface lists as an issue.
    pub pull_request: Option<serde::de::IgnoredAny>,
    #[serde(rename = "type")]
    pub kind: Option<TypeBody>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct CommentBody {
    pub id: u64,
    pub body: Option<String>,
    pub user: Option<GitHubUser>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct RenameBody {
    pub to: String,
}

/// An entry of the history of an issue.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct EventBody {
    pub id: u64,
    pub event: String,
    pub actor: Option<GitHubUser>,
    pub created_at: Timestamp,
    pub label: Option<LabelBody>,
    pub assignee: Option<GitHubUser>,
    pub rename: Option<RenameBody>,
    pub state_reason: Option<String>,
}

/// The parts of an issue that are read one after another.
pub(super) struct IssueParts {
    pub issue: GitHubIssueBody,
    pub comments: Vec<CommentBody>,
    pub events: Vec<EventBody>,
}

/// The id of an issue: repository and number, by which the interface reads it.
pub(super) fn issue_ref(project: &GitHubProject, number: u64) -> IssueRef {
    IssueRef { id: format!("{}#{number}", project.repository), key: format!("{}-{number}", project.prefix) }
}

/// The id of a comment among the changes of an issue. Comments and events are numbered on their own.
pub(super) fn comment_id(number: u64) -> ChangeId {
    ChangeId(format!("comment/{number}"))
}

impl GitHubIssueBody {
    pub fn names(&self) -> Vec<String> {
        self.labels.iter().map(|label| label.name().to_owned()).collect()
    }

    pub fn state(&self) -> IssueState {
        IssueState { is_open: self.state != "closed", reason: self.state_reason.clone(), labels: self.names() }
    }
}

impl IssueParts {
    pub fn issue(self, project: &GitHubProject) -> Issue {
        let body = self.issue.body.as_deref().unwrap_or_default();
        let state = self.issue.state();
        let changes = self.events.iter().filter_map(|event| event.record(project)).collect();
        let is_other = |name: &String| !status::is_status(project, name) && !status::is_severity(project, name);
        let components = state.labels.iter().filter(|name| is_other(name)).cloned().collect();
        let priority = state.labels.iter().find(|name| status::is_severity(project, name)).cloned();
        Issue {
            issue: issue_ref(project, self.issue.number),
            project: project.repository.clone(),
            url: self.issue.html_url.clone(),
            summary: self.issue.title.clone(),
            description: text::without_comments(body),
            kind: self.issue.kind.as_ref().map_or_else(|| "Issue".to_owned(), |kind| kind.name.clone()),
            status: status::name_of(project, &state),
            stage: status::stage_of(project, &state),
            priority,
            components,
            labels: state.labels.iter().cloned().chain(text::marks(body)).collect(),
            assignee: self.issue.assignees.iter().flatten().next().map(GitHubUser::person),
            reporter: self.issue.user.as_ref().map(GitHubUser::person),
            watchers: Vec::new(),
            comments: self.comments.iter().map(CommentBody::comment).collect(),
            restricted: false,
            created: self.issue.created_at,
            updated: self.issue.updated_at,
            changes,
        }
    }
}

/// Someone whose account was deleted is `ghost`, as on GitHub's pages.
fn person_or_ghost(user: Option<&GitHubUser>) -> TrackerPerson {
    user.map_or_else(|| GitHubUser { login: "ghost".to_owned() }.person(), GitHubUser::person)
}

impl CommentBody {
    fn comment(&self) -> IssueComment {
        IssueComment {
            id: comment_id(self.id),
            author: person_or_ghost(self.user.as_ref()),
            text: text::without_comments(self.body.as_deref().unwrap_or_default()),
            at: self.created_at,
            edited: if self.updated_at > self.created_at { Some(self.updated_at) } else { None },
            restricted: false,
        }
    }
}

impl EventBody {
    /// The change of a field, if it is one.
    pub fn record(&self, project: &GitHubProject) -> Option<IssueChangeRecord> {
        let label = self.label.as_ref().map(|label| label.name.as_str());
        let (field, to) = match self.event.as_str() {
            "closed" => ("status", Some(status::closed_name(self.state_reason.as_deref()).to_owned())),
            "reopened" => ("status", Some(status::OPEN.to_owned())),
            "labeled" => (field_of(project, label?), Some(label?.to_owned())),
            "unlabeled" => (field_of(project, label?), None),
            "assigned" => ("assignee", Some(self.assignee.as_ref()?.login.clone())),
            "unassigned" => ("assignee", None),
            "renamed" => ("summary", Some(self.rename.as_ref()?.to.clone())),
            _ => return None,
        };
        Some(IssueChangeRecord {
            id: ChangeId(format!("event/{}", self.id)),
            author: person_or_ghost(self.actor.as_ref()),
            at: self.created_at,
            field: field.to_owned(),
            to,
        })
    }
}

fn field_of(project: &GitHubProject, label: &str) -> &'static str {
    if status::is_status(project, label) {
        "status"
    } else if status::is_severity(project, label) {
        "priority"
    } else {
        "labels"
    }
}
