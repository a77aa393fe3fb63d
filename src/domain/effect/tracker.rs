//! What is written to and read from an outside issue tracker.

use serde::{Deserialize, Serialize};

use super::{DestinationEffect, EffectClass, Priority, Retries, Subject};
use crate::domain::{
    ids::{BoardId, FollowUpId, IncidentId, Key, PersonId, RoomId, TrackerId},
    tracker::PullRequestStep,
};

/// A change of an issue, or reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum TrackerEffect {
    /// Create the issue of an incident.
    CreateIssue {
        /// Which incident.
        incident: IncidentId,
    },
    /// Move the issue to the status of event `seq` of the incident.
    MoveIssue {
        /// Which incident.
        incident: IncidentId,
        /// Its event, counted from 1.
        seq: u64,
    },
    /// Bring a part of the issue to what the incident is now.
    UpdateIssue {
        /// Which incident.
        incident: IncidentId,
        /// Which part.
        aspect: IssueAspect,
    },
    /// Write what was said since the last comment as one comment.
    CommentIssue {
        /// Which incident.
        incident: IncidentId,
    },
    /// Make a person who joined the room a watcher.
    WatchIssue {
        /// Which incident.
        incident: IncidentId,
        /// Whom.
        person: PersonId,
    },
    /// Link the issue to another one: that of a follow-up, or of the incident that goes on after a merge.
    LinkIssues {
        /// Which incident.
        incident: IncidentId,
        /// The key of the other issue.
        other: Key,
    },
    /// Read the issue and apply what changed there.
    ReadIssue {
        /// Which incident.
        incident: IncidentId,
        /// True if the changes are summarized in the room, because they were missed for a while.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        catch_up: bool,
    },
    /// Create the issue of a follow-up.
    #[serde(rename = "create_follow_up_issue")]
    CreateFollowUp {
        /// Which follow-up.
        followup: FollowUpId,
        /// Its incident.
        incident: IncidentId,
    },
    /// Bring the issue of a follow-up to what the follow-up is now.
    #[serde(rename = "update_follow_up_issue")]
    UpdateFollowUp {
        /// Which follow-up.
        followup: FollowUpId,
        /// Its incident.
        incident: IncidentId,
    },
    /// Read the issue of a follow-up and apply what changed there.
    #[serde(rename = "read_follow_up_issue")]
    ReadFollowUp {
        /// Which follow-up.
        followup: FollowUpId,
    },
    /// Read an issue that belongs to no incident yet, and open a hot room if it asks for one.
    AdoptIssue {
        /// The tracker.
        tracker: TrackerId,
        /// The tracker's id of the issue.
        issue: String,
        /// True if a person asked for the room; otherwise its component decides.
        requested: bool,
    },
    /// Move the issue that a pull request names.
    MoveMentioned {
        /// The tracker.
        tracker: TrackerId,
        /// The key of the issue.
        key: Key,
        /// The repository of the pull request.
        repository: String,
        /// Its number there.
        number: u64,
        /// What became of it.
        step: PullRequestStep,
    },
    /// Read an issue that a message refers to, to show it there.
    ShowIssue {
        /// The tracker.
        tracker: TrackerId,
        /// Its key.
        key: Key,
        /// The room of the message.
        room: RoomId,
        /// The message.
        message: i64,
    },
    /// Read a board: how many items its columns have.
    ReadBoard {
        /// Which one.
        board: BoardId,
    },
    /// Look for changes that no webhook reported.
    PollTracker {
        /// The tracker.
        tracker: TrackerId,
    },
}

/// A part of an issue that follows its incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueAspect {
    /// The summary.
    Title,
    /// The priority.
    Severity,
    /// Who is responsible.
    Assignee,
    /// The mapped fields.
    Fields,
    /// The link to the room.
    Room,
    /// The mark, on an issue that was there before the incident.
    Mark,
}

impl IssueAspect {
    fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Severity => "severity",
            Self::Assignee => "assignee",
            Self::Fields => "fields",
            Self::Room => "room",
            Self::Mark => "mark",
        }
    }
}

impl TrackerEffect {
    /// The incident whose issue it is.
    pub fn incident(&self) -> Option<IncidentId> {
        match self {
            Self::CreateIssue { incident }
            | Self::MoveIssue { incident, .. }
            | Self::UpdateIssue { incident, .. }
            | Self::CommentIssue { incident }
            | Self::WatchIssue { incident, .. }
            | Self::LinkIssues { incident, .. }
            | Self::ReadIssue { incident, .. } => Some(*incident),
            Self::CreateFollowUp { .. }
            | Self::UpdateFollowUp { .. }
            | Self::ReadFollowUp { .. }
            | Self::AdoptIssue { .. }
            | Self::MoveMentioned { .. }
            | Self::ShowIssue { .. }
            | Self::ReadBoard { .. }
            | Self::PollTracker { .. } => None,
        }
    }

    /// The follow-up whose issue it is.
    pub fn followup(&self) -> Option<FollowUpId> {
        match self {
            Self::CreateFollowUp { followup, .. }
            | Self::UpdateFollowUp { followup, .. }
            | Self::ReadFollowUp { followup } => Some(*followup),
            Self::CreateIssue { .. }
            | Self::MoveIssue { .. }
            | Self::UpdateIssue { .. }
            | Self::CommentIssue { .. }
            | Self::WatchIssue { .. }
            | Self::LinkIssues { .. }
            | Self::ReadIssue { .. }
            | Self::AdoptIssue { .. }
            | Self::MoveMentioned { .. }
            | Self::ShowIssue { .. }
            | Self::ReadBoard { .. }
            | Self::PollTracker { .. } => None,
        }
    }
}

impl DestinationEffect for TrackerEffect {
    fn is_outside(&self) -> bool {
        true
    }

    fn retries(&self) -> Retries {
        match self {
            // What happened while the tracker was away is written when it is back.
            Self::CreateIssue { .. }
            | Self::MoveIssue { .. }
            | Self::UpdateIssue { .. }
            | Self::CommentIssue { .. }
            | Self::WatchIssue { .. }
            | Self::LinkIssues { .. }
            | Self::ReadIssue { .. }
            | Self::CreateFollowUp { .. }
            | Self::UpdateFollowUp { .. }
            | Self::ReadFollowUp { .. }
            | Self::AdoptIssue { .. }
            | Self::MoveMentioned { .. } => Retries::Days(7),
            // What was not shown when the message was written is not shown long after it.
            Self::ShowIssue { .. } => Retries::Limited,
            Self::ReadBoard { .. } | Self::PollTracker { .. } => Retries::Unlimited,
        }
    }

    /// What is written to one issue is written in order, and the issue is not read while something is being written to it:
    /// otherwise a change of our own could be taken for a change back. Comments wait for their own interval.
    fn lane(&self) -> String {
        match self {
            Self::CreateIssue { incident }
            | Self::MoveIssue { incident, .. }
            | Self::UpdateIssue { incident, .. }
            | Self::WatchIssue { incident, .. }
            | Self::LinkIssues { incident, .. }
            | Self::ReadIssue { incident, .. } => format!("tracker/{incident}"),
            Self::CommentIssue { incident } => format!("tracker/{incident}/comments"),
            Self::CreateFollowUp { followup, .. }
            | Self::UpdateFollowUp { followup, .. }
            | Self::ReadFollowUp { followup } => format!("tracker/followup/{followup}"),
            Self::AdoptIssue { tracker, issue, .. } => format!("tracker/{tracker}/{issue}"),
            Self::MoveMentioned { tracker, key, .. } => format!("tracker/{tracker}/{key}"),
            Self::ShowIssue { key, .. } => format!("tracker/show/{key}"),
            Self::ReadBoard { board } => format!("tracker/board/{board}"),
            Self::PollTracker { tracker } => format!("tracker/{tracker}"),
        }
    }

    fn priority(&self) -> Priority {
        match self {
            // The hot room waits for its key.
            Self::CreateIssue { .. } | Self::AdoptIssue { .. } => Priority::State,
            Self::MoveIssue { .. }
            | Self::UpdateIssue { .. }
            | Self::CommentIssue { .. }
            | Self::WatchIssue { .. }
            | Self::LinkIssues { .. }
            | Self::ReadIssue { .. }
            | Self::CreateFollowUp { .. }
            | Self::UpdateFollowUp { .. }
            | Self::ReadFollowUp { .. }
            | Self::MoveMentioned { .. }
            | Self::ShowIssue { .. }
            | Self::ReadBoard { .. }
            | Self::PollTracker { .. } => Priority::Chatter,
        }
    }

    fn class(&self) -> EffectClass {
        match self {
            // The mark is in the issue, and a link to the incident in the comment.
            Self::CreateIssue { .. } | Self::CommentIssue { .. } | Self::CreateFollowUp { .. } => EffectClass::Readable,
            // Where a link is a comment, it would be written twice.
            Self::LinkIssues { .. } => EffectClass::Neither,
            // Doing it again changes nothing.
            Self::MoveIssue { .. }
            | Self::UpdateIssue { .. }
            | Self::WatchIssue { .. }
            | Self::ReadIssue { .. }
            | Self::UpdateFollowUp { .. }
            | Self::ReadFollowUp { .. }
            | Self::AdoptIssue { .. }
            | Self::MoveMentioned { .. }
            | Self::ShowIssue { .. }
            | Self::ReadBoard { .. }
            | Self::PollTracker { .. } => EffectClass::Keyed,
        }
    }

    fn coalescing_key(&self) -> Option<String> {
        match self {
            Self::UpdateIssue { incident, aspect } => Some(format!("tracker/{incident}/{}", aspect.word())),
            Self::CommentIssue { incident } => Some(format!("tracker/{incident}/comment")),
            Self::ReadIssue { incident, .. } => Some(format!("tracker/{incident}/read")),
            Self::UpdateFollowUp { followup, .. } => Some(format!("tracker/followup/{followup}/update")),
            Self::ReadFollowUp { followup } => Some(format!("tracker/followup/{followup}/read")),
            Self::AdoptIssue { .. } | Self::ReadBoard { .. } | Self::PollTracker { .. } => Some(self.lane()),
            Self::CreateIssue { .. }
            | Self::CreateFollowUp { .. }
            | Self::MoveIssue { .. }
            | Self::WatchIssue { .. }
            | Self::LinkIssues { .. }
            | Self::ShowIssue { .. }
            | Self::MoveMentioned { .. } => None,
        }
    }

    fn subject(&self) -> Subject {
        match self {
            Self::CreateIssue { incident }
            | Self::MoveIssue { incident, .. }
            | Self::UpdateIssue { incident, .. }
            | Self::CommentIssue { incident }
            | Self::LinkIssues { incident, .. }
            | Self::CreateFollowUp { incident, .. }
            | Self::UpdateFollowUp { incident, .. }
            | Self::WatchIssue { incident, .. } => Subject::Incident(*incident),
            // Reading shows the tracker nothing of an incident. Which incident a key belongs to is found when the issue is
            // moved.
            Self::ReadIssue { .. }
            | Self::ReadFollowUp { .. }
            | Self::AdoptIssue { .. }
            | Self::MoveMentioned { .. }
            | Self::ShowIssue { .. }
            | Self::ReadBoard { .. }
            | Self::PollTracker { .. } => Subject::Other,
        }
    }
}
