//! Follow-ups: what changes after an incident. Each is an aggregate of its own with the stream `followup/<id>`.

mod decide;
mod digest;
mod event;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Timestamp,
    ids::{FollowUpId, IncidentId, Key, PersonId},
    people::Actor,
    text::Untrusted,
    tracker::OwnIssueKey,
};

pub use decide::{FollowUpFacts, decide_followup, followup_effects, new_followup};
pub use digest::next_digest;
pub use event::{FOLLOWUP_VERSION, FollowUpEvent, NewFollowUp, apply_followup, replay_followup};

/// How much a follow-up matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowUpKind {
    /// It removes the root cause, and has a due date by the target of the service.
    Priority,
    /// It makes things better.
    Improvement,
}

impl FollowUpKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Priority, Self::Improvement];

    /// The word it is stored and shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Priority => "priority",
            Self::Improvement => "improvement",
        }
    }
}

/// What a follow-up does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowUpClass {
    /// It finds out what is not known.
    Investigate,
    /// It limits the damage of the next time.
    Mitigate,
    /// It repairs what was damaged.
    Repair,
    /// It notices the next time earlier.
    Detect,
    /// It keeps it from happening again.
    Prevent,
}

impl FollowUpClass {
    /// All classes.
    pub const ALL: [Self; 5] = [Self::Investigate, Self::Mitigate, Self::Repair, Self::Detect, Self::Prevent];

    /// The word it is stored and shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Investigate => "investigate",
            Self::Mitigate => "mitigate",
            Self::Repair => "repair",
            Self::Detect => "detect",
            Self::Prevent => "prevent",
        }
    }
}

/// The state of a follow-up. Whether it is overdue is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowUpState {
    /// It has to be done.
    Open,
    /// It is done.
    Done,
    /// It will not be done, for a reason.
    NotDoing,
}

impl FollowUpState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Open, Self::Done, Self::NotDoing];

    /// The word it is stored and shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::NotDoing => "not_doing",
        }
    }
}

/// The record of a follow-up, built from its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUpItem {
    /// Its id.
    pub id: FollowUpId,
    /// Its incident.
    pub incident: IncidentId,
    /// The key of the incident.
    pub key: Key,
    /// Its number within the incident, from 1.
    pub number: u32,
    /// What to do.
    pub title: Untrusted,
    /// How much it matters.
    pub kind: FollowUpKind,
    /// What it does.
    pub class: FollowUpClass,
    /// Who does it.
    pub owner: Option<PersonId>,
    /// When it should be done.
    pub due: Option<Timestamp>,
    /// Where its work is tracked.
    pub link: Option<Untrusted>,
    /// True if it is the completion of the post-mortem: it is done when the document is published.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub postmortem: bool,
    /// The key of its issue in an outside tracker, if hotroom created it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
    /// Its state.
    pub state: FollowUpState,
    /// Why it will not be done.
    pub reason: Option<Untrusted>,
    /// Who added it.
    pub created_by: Actor,
    /// When.
    pub created_at: Timestamp,
    /// When it was done, or dropped.
    pub ended_at: Option<Timestamp>,
    /// The number of its events.
    pub version: u64,
}

impl FollowUpItem {
    /// The streams of follow-ups begin with this.
    pub const STREAMS: &str = "followup/";

    /// Returns the name of the event stream.
    pub fn stream(id: FollowUpId) -> String {
        format!("{}{id}", Self::STREAMS)
    }

    /// Returns its key in hotroom's own tracker.
    pub fn issue_key(&self) -> OwnIssueKey {
        OwnIssueKey { incident: self.key.clone(), followup: Some(self.number) }
    }

    /// True if it should be done by now.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.state == FollowUpState::Open && self.due.is_some_and(|due| due <= now)
    }
}

/// When follow-ups are reminded of: `[followups]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUpPolicy {
    /// How long before the due date.
    pub remind_before: Duration,
    /// How often after it.
    pub remind_every: Duration,
    /// The time for a priority follow-up, where the service says nothing else.
    pub target: Duration,
}

/// A command to a follow-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FollowUpCommand {
    /// Change it; what is absent stays.
    Change {
        /// The new owner.
        owner: Option<PersonId>,
        /// The new due date.
        due: Option<Timestamp>,
        /// The new link.
        link: Option<Untrusted>,
    },
    /// It is done.
    Finish,
    /// It will not be done.
    Drop {
        /// Why.
        reason: Untrusted,
    },
    /// It has to be done after all.
    Reopen,
    /// Its issue in an outside tracker was created.
    RecordIssue {
        /// The key of the issue.
        issue: String,
        /// Its address for people.
        url: String,
    },
    /// The timer of a reminder fired.
    Remind,
}
