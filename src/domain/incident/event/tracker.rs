//! The issue of an incident in an outside tracker: that it exists, what was said and done there, and what could not be done.

use serde::{Deserialize, Serialize};

use super::texts::replace_optional;
use crate::domain::{
    Timestamp,
    ids::{Key, TrackerId},
    text::Untrusted,
    tracker::{ChangeId, IssueRef},
};

/// An event of the issue of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum TrackerEvent {
    /// It has an issue; with `key`, it is called by the key of the issue from now on.
    IssueLinked {
        tracker: TrackerId,
        issue: IssueRef,
        url: String,
        #[serde(default)]
        key: Option<Key>,
        /// True if the issue was there before the incident.
        #[serde(default)]
        adopted: bool,
    },
    /// The tracker refused to create its issue.
    IssueNotCreated { tracker: TrackerId, why: String },
    /// It became public and has no issue: people are asked whether to create one.
    IssueOffered { tracker: TrackerId },
    /// The tracker has no way from the present status of the issue to this one.
    TransitionMissing { issue: String, to: String, possible: Vec<String> },
    /// Somebody commented on the issue.
    IssueCommented {
        comment: ChangeId,
        author: String,
        at: Timestamp,
        text: Untrusted,
        /// True if a summary is posted in the room instead.
        #[serde(default)]
        summarized: bool,
    },
    /// The comment of event `entry` was edited at the tracker; without a text, it was deleted there.
    IssueCommentChanged { entry: u64, author: String, text: Option<Untrusted> },
    /// A change was made at the tracker that hotroom does not follow.
    IssueChangeRefused { author: String, change: String, why: String },
    /// What happened at the tracker while hotroom did not hear of it.
    IssueCaughtUp { since: Timestamp, comments: u32 },
    /// The issue was deleted at the tracker.
    IssueDeleted { issue: String },
    /// It became private, so nothing more is sent to the issue; this is what the tracker has already.
    IssueLeftBehind { issue: String, url: String, comments: u32 },
}

impl TrackerEvent {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::IssueLinked { .. } => "issue_linked",
            Self::IssueNotCreated { .. } => "issue_not_created",
            Self::IssueOffered { .. } => "issue_offered",
            Self::TransitionMissing { .. } => "transition_missing",
            Self::IssueCommented { .. } => "issue_commented",
            Self::IssueCommentChanged { .. } => "issue_comment_changed",
            Self::IssueChangeRefused { .. } => "issue_change_refused",
            Self::IssueCaughtUp { .. } => "issue_caught_up",
            Self::IssueDeleted { .. } => "issue_deleted",
            Self::IssueLeftBehind { .. } => "issue_left_behind",
        }
    }

    /// The texts that people wrote.
    pub(super) fn texts(&self) -> Vec<&Untrusted> {
        match self {
            Self::IssueCommented { text, .. } => vec![text],
            Self::IssueCommentChanged { text, .. } => text.iter().collect(),
            Self::IssueLinked { .. }
            | Self::IssueNotCreated { .. }
            | Self::IssueOffered { .. }
            | Self::TransitionMissing { .. }
            | Self::IssueChangeRefused { .. }
            | Self::IssueCaughtUp { .. }
            | Self::IssueDeleted { .. }
            | Self::IssueLeftBehind { .. } => Vec::new(),
        }
    }

    /// The event with each text that people wrote replaced.
    pub(super) fn map_texts(mut self, change: &mut impl FnMut(Untrusted) -> Untrusted) -> Self {
        match &mut self {
            Self::IssueCommented { text, .. } => *text = change(std::mem::take(text)),
            Self::IssueCommentChanged { text, .. } => replace_optional(text, change),
            Self::IssueLinked { .. }
            | Self::IssueNotCreated { .. }
            | Self::IssueOffered { .. }
            | Self::TransitionMissing { .. }
            | Self::IssueChangeRefused { .. }
            | Self::IssueCaughtUp { .. }
            | Self::IssueDeleted { .. }
            | Self::IssueLeftBehind { .. } => {}
        }
        self
    }
}
