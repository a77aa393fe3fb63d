//! Attempts of a page to reach a person: in the chat, and by the person's contact methods.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Timestamp,
    contact::{ContactOutcome, MethodKind},
    ids::{ContactMethodId, PersonId},
};

/// The outcome of an attempt to page a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// It is being sent.
    Waiting,
    /// It could not be sent yet and is retried.
    Delayed {
        /// The reason.
        why: String,
    },
    /// It was delivered.
    Delivered,
    /// The page was acknowledged before it was sent.
    NotNeeded,
    /// It failed for good.
    Failed {
        /// The reason.
        why: String,
    },
}

impl AttemptOutcome {
    /// Returns the word it is shown as.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delayed { .. } => "delayed",
            Self::Delivered => "delivered",
            Self::NotNeeded => "not_needed",
            Self::Failed { .. } => "failed",
        }
    }

    /// Returns why it is delayed or failed.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Waiting | Self::Delivered | Self::NotNeeded => None,
            Self::Delayed { why } | Self::Failed { why } => Some(why),
        }
    }
}

/// An attempt to page a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The person.
    pub person: PersonId,
    /// The count of this person's attempts in this page, from 1.
    pub n: u32,
    /// The step, from 0.
    pub step: u32,
    /// The round, from 0.
    pub round: u32,
    /// When it was planned.
    pub at: Timestamp,
    /// When its step had been due, if it began much later because hotroom was not running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_since: Option<Timestamp>,
    /// Its outcome in the chat.
    pub outcome: AttemptOutcome,
    /// The messages to the person's contact methods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<ContactAttempt>,
}

/// A message to a contact method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactAttempt {
    /// The method.
    pub method: ContactMethodId,
    /// Its kind.
    pub kind: MethodKind,
    /// When it is due.
    pub due: Timestamp,
    /// What is known of it.
    pub outcome: ContactOutcome,
    /// Since when that is known.
    pub at: Timestamp,
}

/// What is sent this much after its time says that it is overdue.
const OVERDUE: TimeDelta = TimeDelta::minutes(2);

/// Returns how much is overdue what was due at a time; `None` if it is in time.
pub fn overdue(due: Timestamp, now: Timestamp) -> Option<TimeDelta> {
    let late = now - due;
    if late >= OVERDUE { Some(late) } else { None }
}

impl Attempt {
    /// Returns how much its message in the chat is overdue; `None` if it is in time, or was delivered.
    pub fn overdue(&self, now: Timestamp) -> Option<TimeDelta> {
        match self.outcome {
            AttemptOutcome::Waiting | AttemptOutcome::Delayed { .. } => {
                overdue(self.late_since.unwrap_or(self.at), now)
            }
            AttemptOutcome::Delivered | AttemptOutcome::NotNeeded | AttemptOutcome::Failed { .. } => None,
        }
    }

    /// Returns how much its message to a contact method is overdue; `None` if it is in time.
    pub fn contact_overdue(&self, method: ContactMethodId, now: Timestamp) -> Option<TimeDelta> {
        let pending = |contact: &&ContactAttempt| contact.method == method && contact.outcome.is_pending();
        let due = self.contacts.iter().find(pending)?.due;
        // What a late step sends at once is as late as the step.
        let due = match self.late_since {
            Some(since) if due == self.at => since,
            Some(_) | None => due,
        };
        overdue(due, now)
    }

    /// Returns the message to a method that becoming known of this outcome at this time is about, if it says something new.
    /// Rules may use a method several times: what a provider reports is about the last message that was sent, anything else
    /// about the first one that was not.
    pub fn contact_about(&self, method: ContactMethodId, outcome: &ContactOutcome, at: Timestamp) -> Option<usize> {
        let all = || self.contacts.iter().enumerate().filter(|(_, contact)| contact.method == method);
        let sent = || all().rfind(|(_, contact)| contact.outcome.is_sent());
        let due = || all().find(|(_, contact)| contact.outcome.is_pending() && contact.due <= at);
        let pending = || all().find(|(_, contact)| contact.outcome.is_pending());
        let (n, contact) = match outcome {
            ContactOutcome::Delivered | ContactOutcome::Shown => sent(),
            ContactOutcome::Failed { .. } => due().or_else(sent).or_else(pending),
            ContactOutcome::Planned
            | ContactOutcome::Bundled
            | ContactOutcome::Delayed { .. }
            | ContactOutcome::Accepted
            | ContactOutcome::NotNeeded
            | ContactOutcome::Withheld
            | ContactOutcome::Limited => due().or_else(pending),
        }?;
        if outcome.may_follow(&contact.outcome) { Some(n) } else { None }
    }

    /// Takes in what became known of a message to a method.
    pub(super) fn learn(&mut self, method: ContactMethodId, outcome: &ContactOutcome, at: Timestamp) {
        let about = self.contact_about(method, outcome, at);
        if let Some(contact) = about.and_then(|n| self.contacts.get_mut(n)) {
            (contact.outcome, contact.at) = (outcome.clone(), at);
        }
    }

    /// True if the person gets no message of this attempt, by any way.
    pub fn is_lost(&self) -> bool {
        let in_chat = matches!(self.outcome, AttemptOutcome::Failed { .. });
        in_chat && self.contacts.iter().all(|contact| contact.outcome.is_lost())
    }

    /// True if the person has contact methods, and no message by any of them arrives: each failed, or may not carry the page.
    /// What is left is a message in the chat, which wakes nobody.
    pub fn is_unreached(&self) -> bool {
        !self.contacts.is_empty() && self.contacts.iter().all(|contact| contact.outcome.is_lost())
    }
}
