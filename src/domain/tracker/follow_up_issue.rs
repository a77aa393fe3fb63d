//! The issue of a follow-up in an outside tracker.

use serde::{Deserialize, Serialize};

use super::{IssueMark, IssueRef, LinkState};
use crate::domain::{
    Timestamp,
    ids::{FollowUpId, IncidentId, TrackerId},
};

/// The link between a follow-up and its issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUpIssue {
    /// The follow-up.
    pub followup: FollowUpId,
    /// Its incident.
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
    pub doubt_since: Option<Timestamp>,
    /// True if the issue was done when it was last seen or written.
    pub done: bool,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
}

impl FollowUpIssue {
    /// The issue, if it may be written to.
    pub fn linked(&self) -> Option<&IssueRef> {
        match self.state {
            LinkState::Linked => self.issue.as_ref(),
            LinkState::Creating | LinkState::Failed | LinkState::Deleted | LinkState::Stopped => None,
        }
    }
}
