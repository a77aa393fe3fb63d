//! The link between an incident and its issue: what was written there, and what was last seen there.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{ChangeId, Issue, IssueMark, IssueRef, TrackerAccount};
use crate::domain::{
    Timestamp,
    ids::{IncidentId, TrackerId},
};

/// The link between an incident and its issue. An issue belongs to at most one incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueLink {
    /// The incident.
    pub incident: IncidentId,
    /// The tracker.
    pub tracker: TrackerId,
    /// The project, as the tracker names it.
    pub project: String,
    /// The mark of the issue.
    pub mark: IssueMark,
    /// Where the link stands.
    pub state: LinkState,
    /// The issue, once it exists.
    pub issue: Option<IssueRef>,
    /// Since when it is unknown whether the issue was created.
    #[serde(default)]
    pub doubt_since: Option<Timestamp>,
    /// What was last seen of the issue.
    #[serde(default)]
    pub seen: SeenIssue,
    /// The comments of others that are recorded in the incident, by their ids.
    #[serde(default)]
    pub comments: BTreeMap<String, SeenComment>,
    /// The ids of comments and changes that hotroom made itself.
    #[serde(default)]
    pub own_changes: BTreeSet<String>,
    /// Events of the incident up to this one are in comments.
    #[serde(default)]
    pub commented: u64,
    /// Messages of the room up to this one are in comments.
    #[serde(default)]
    pub chatted: i64,
    /// When the last comment was written.
    #[serde(default)]
    pub commented_at: Option<Timestamp>,
    /// How many comments hotroom wrote.
    #[serde(default)]
    pub comments_written: u32,
}

/// Where a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// The issue is to be created.
    Creating,
    /// The issue exists.
    Linked,
    /// The tracker refused to create the issue.
    Failed,
    /// The issue was deleted at the tracker.
    Deleted,
    /// The incident became private: nothing is sent any more.
    Stopped,
}

/// What was last seen of an issue. A change there is a difference to this.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenIssue {
    /// The name of the status.
    pub status: Option<String>,
    /// The name of the priority.
    pub priority: Option<String>,
    /// Who is responsible.
    pub assignee: Option<TrackerAccount>,
    /// The summary.
    pub summary: Option<String>,
    /// Who watches it.
    #[serde(default)]
    pub watchers: BTreeSet<String>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// True if not everybody who may see the project may read it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restricted: bool,
}

impl SeenIssue {
    /// What an issue shows.
    pub fn from_issue(issue: &Issue) -> Self {
        Self {
            status: Some(issue.status.clone()),
            priority: issue.priority.clone(),
            assignee: issue.assignee.as_ref().map(|person| person.account.clone()),
            summary: Some(issue.summary.clone()),
            watchers: issue.watchers.iter().map(|person| person.account.0.clone()).collect(),
            updated: Some(issue.updated),
            restricted: issue.restricted,
        }
    }
}

/// A comment of somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenComment {
    /// When it was last edited.
    pub edited: Option<Timestamp>,
    /// True if it was deleted.
    #[serde(default)]
    pub deleted: bool,
}

/// The most own changes that a link remembers.
const MOST_OWN_CHANGES: usize = 500;

impl IssueLink {
    /// A link whose issue is to be created.
    pub fn new(incident: IncidentId, tracker: TrackerId, project: String, mark: IssueMark) -> Self {
        Self {
            incident,
            tracker,
            project,
            mark,
            state: LinkState::Creating,
            issue: None,
            doubt_since: None,
            seen: SeenIssue::default(),
            comments: BTreeMap::new(),
            own_changes: BTreeSet::new(),
            commented: 1,
            chatted: 0,
            commented_at: None,
            comments_written: 0,
        }
    }

    /// The issue, if it may be written to.
    pub fn linked(&self) -> Option<&IssueRef> {
        match self.state {
            LinkState::Linked => self.issue.as_ref(),
            LinkState::Creating | LinkState::Failed | LinkState::Deleted | LinkState::Stopped => None,
        }
    }

    /// Remembers changes of hotroom itself.
    pub fn note_own(&mut self, changes: impl IntoIterator<Item = ChangeId>) {
        self.own_changes.extend(changes.into_iter().map(|change| change.0));
        // Ids of trackers grow, so that the first are the oldest.
        while self.own_changes.len() > MOST_OWN_CHANGES {
            self.own_changes.pop_first();
        }
    }
}
