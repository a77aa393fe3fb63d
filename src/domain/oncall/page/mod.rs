//! A page: one run of an escalation policy, until it is acknowledged, its incident is over, or nobody is left to page.

mod apply;
mod attempt;
mod decide;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{EscalationPolicy, OnCallEvent};
use crate::domain::{
    Timestamp,
    contact::{ContactOutcome, MethodKind, PlannedContact, Urgency},
    ids::{ContactMethodId, IncidentId, Key, PageId, PersonId},
    incident::PlannedEffect,
    text::Untrusted,
};

pub use apply::{RECORD_VERSION, apply, replay};
pub use attempt::{Attempt, AttemptOutcome, ContactAttempt};
pub use decide::{decide, trigger};

/// The state of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageState {
    /// People are being paged.
    Triggered,
    /// A person acknowledged it.
    Acknowledged,
    /// Its incident is over.
    Resolved,
}

impl PageState {
    /// All states, in the order they are reached.
    pub const ALL: [Self; 3] = [Self::Triggered, Self::Acknowledged, Self::Resolved];

    /// The word it is stored and shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Triggered => "triggered",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

/// The properties of a new page. Only its incident changes, when that is merged into another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPage {
    /// Its id.
    pub id: PageId,
    /// The incident.
    pub incident: IncidentId,
    /// The key of the incident.
    pub key: Key,
    /// A copy of the escalation policy: a changed configuration does not change a page in progress.
    pub policy: EscalationPolicy,
    /// Whom it is for, as requested: `@bob`, `team/core`, `schedule/primary`, `service/checkout`.
    pub whom: String,
    /// Who requested it; `None` for a rule.
    #[serde(default)]
    pub by: Option<PersonId>,
    /// A message for the paged people.
    pub message: Option<Untrusted>,
    /// Whose acknowledgement of the alerts ended, which started this page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapsed: Option<PersonId>,
    /// True if that acknowledgement ended because nobody worked on the incident.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idle: bool,
    /// True for a drill.
    pub drill: bool,
    /// How urgent it is.
    #[serde(default)]
    pub urgency: Urgency,
}

/// The policy of a page for an incident that names no service. No policy of `bot.toml` has such a name.
pub const NO_SERVICE: &str = "service/";

impl NewPage {
    /// True if it is for the fallback, because its incident names no service.
    pub fn names_no_service(&self) -> bool {
        self.policy.id.as_str() == NO_SERVICE
    }
}

/// The record of a page, built from its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Its properties from the start.
    #[serde(flatten)]
    pub spec: NewPage,
    /// Its state.
    pub state: PageState,
    /// The present step, from 0.
    pub step: u32,
    /// The present round, from 0.
    pub round: u32,
    /// The version at which the present step began: buttons rendered before it are for an earlier step.
    #[serde(default)]
    pub stepped_version: u64,
    /// Who last escalated it.
    #[serde(default)]
    pub pushed_by: Option<PersonId>,
    /// When that was.
    #[serde(default)]
    pub pushed_at: Option<Timestamp>,
    /// Every attempt, in order.
    pub attempts: Vec<Attempt>,
    /// Who acknowledged it.
    pub taken_by: Option<PersonId>,
    /// When it was acknowledged.
    pub taken_at: Option<Timestamp>,
    /// By the link, button or digit of which contact method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_via: Option<MethodKind>,
    /// Who declined it; they are not paged again.
    pub declined: BTreeSet<PersonId>,
    /// The steps that had nobody to page, so that each is reported once.
    pub nobody: BTreeSet<u32>,
    /// When it started.
    pub created_at: Timestamp,
    /// When the next step is due.
    pub next_at: Option<Timestamp>,
    /// When nobody was left to page.
    pub ran_out_at: Option<Timestamp>,
    /// The number of its events.
    pub version: u64,
}

impl Page {
    /// Returns the name of the page's event stream.
    pub fn stream(id: PageId) -> String {
        format!("page/{id}")
    }

    /// Returns its id.
    pub fn id(&self) -> PageId {
        self.spec.id
    }

    /// True if nobody has acknowledged it and its incident is not over.
    pub fn is_asking(&self) -> bool {
        self.state == PageState::Triggered
    }

    /// True if nobody responded and nobody is left to page.
    pub fn is_exhausted(&self) -> bool {
        self.is_asking() && self.next_at.is_none()
    }

    /// True if people are being paged, or one of them has acknowledged it.
    pub fn is_in_progress(&self) -> bool {
        self.state != PageState::Resolved && !self.is_exhausted()
    }

    /// True if an attempt for this person should still be sent.
    pub fn still_asks(&self, person: &PersonId) -> bool {
        self.is_asking() && !self.declined.contains(person)
    }

    /// True if an attempt was delivered.
    pub fn has_reached(&self, person: &PersonId, n: u32) -> bool {
        let arrived = |a: &Attempt| a.person == *person && a.n == n && a.outcome == AttemptOutcome::Delivered;
        self.attempts.iter().any(arrived)
    }

    /// Returns an attempt.
    pub fn attempt(&self, person: &PersonId, n: u32) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.person == *person && attempt.n == n)
    }

    /// True if an attempt has a message to a contact method that is not sent yet.
    pub fn has_pending_contact(&self, person: &PersonId, n: u32, method: ContactMethodId) -> bool {
        let contacts = self.attempt(person, n).map(|attempt| attempt.contacts.as_slice()).unwrap_or_default();
        contacts.iter().any(|contact| contact.method == method && contact.outcome.is_pending())
    }

    /// Returns how often this person was paged.
    pub fn asked(&self, person: &PersonId) -> u32 {
        let count = self.attempts.iter().filter(|attempt| attempt.person == *person).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Returns whom a step paged in a round.
    pub fn asked_in(&self, step: u32, round: u32) -> impl Iterator<Item = &PersonId> {
        self.attempts.iter().filter(move |a| (a.step, a.round) == (step, round)).map(|attempt| &attempt.person)
    }

    /// Returns the last step and round before the present one that paged a person.
    pub(super) fn asked_before(&self) -> Option<(u32, u32)> {
        let places = self.attempts.iter().rev().map(|attempt| (attempt.step, attempt.round));
        places.into_iter().find(|place| *place != (self.step, self.round))
    }

    /// Returns whom it has paged, each once, in order.
    pub fn people(&self) -> Vec<&PersonId> {
        let mut people: Vec<&PersonId> = Vec::new();
        for attempt in &self.attempts {
            if !people.contains(&&attempt.person) {
                people.push(&attempt.person);
            }
        }
        people
    }

    /// True if a person of the present step may still respond.
    fn awaits_someone(&self) -> bool {
        let present = self.attempts.iter().filter(|a| (a.step, a.round) == (self.step, self.round));
        present
            .into_iter()
            .any(|attempt| !self.declined.contains(&attempt.person) && !attempt.is_lost() && !attempt.is_withheld())
    }
}

/// Returns the pages of an incident to repeat when this person's acknowledgement of its alerts ends: those that the person
/// had acknowledged, of each policy the newest, unless that policy pages people already.
pub fn lapsed<'p>(pages: &'p [Page], by: &PersonId, at: Timestamp) -> Vec<&'p Page> {
    let newest = |page: &Page| {
        let later = |other: &Page| other.spec.policy.id == page.spec.policy.id && other.created_at > page.created_at;
        !pages.iter().any(later)
    };
    let took = |page: &Page| {
        let in_time = page.taken_at.is_some_and(|taken| taken <= at);
        page.state == PageState::Acknowledged && in_time && page.taken_by.as_ref() == Some(by)
    };
    pages.iter().filter(|page| took(page) && newest(page)).collect()
}

/// A command to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageCommand {
    /// The timer of the next step fired.
    StepDue,
    /// Move the next step, because the clock of the machine was set.
    MoveStep {
        /// By how much.
        by: TimeDelta,
    },
    /// Acknowledge it.
    Acknowledge {
        /// Who.
        by: PersonId,
        /// By the link, button or digit of which method; `None` for the chat, the console and the API.
        via: Option<MethodKind>,
    },
    /// Page the next step at once.
    Escalate {
        /// Who escalates.
        by: PersonId,
        /// The version of the page that they saw.
        seen: Option<u64>,
    },
    /// Decline it.
    Decline {
        /// Who.
        by: PersonId,
    },
    /// Resolve it, because its incident is over.
    Resolve,
    /// Continue it for another incident, which its own became part of.
    Move {
        /// The other incident.
        incident: IncidentId,
        /// Its key.
        key: Key,
    },
    /// Record the outcome of an attempt.
    Attempted {
        /// The paged person.
        person: PersonId,
        /// The count of this person's attempts.
        n: u32,
        /// Its outcome.
        outcome: AttemptOutcome,
    },
    /// Record what is known of a message to a contact method.
    ContactAttempted {
        /// The paged person.
        person: PersonId,
        /// The count of this person's attempts.
        n: u32,
        /// The method.
        method: ContactMethodId,
        /// What is known of it.
        outcome: ContactOutcome,
    },
}

/// Whom a step pages now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepRecipients {
    /// The people, each once.
    pub people: Vec<PersonId>,
    /// The names of the step's targets, for the message that nobody is on call.
    pub whom: String,
}

/// What `decide` needs to know.
#[derive(Clone, Debug)]
pub struct PageFacts<'a> {
    /// Now.
    pub now: Timestamp,
    /// Whom each step of the page's policy pages now.
    pub reach: &'a [StepRecipients],
    /// Who is paged if nobody is on call.
    pub fallback: Option<&'a PersonId>,
    /// The messages to the contact methods of everyone whom it may page, if they were paged now.
    pub contacts: &'a BTreeMap<PersonId, Vec<PlannedContact>>,
}

/// An event with its effects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageStep {
    /// What happened.
    pub event: OnCallEvent,
    /// Attempts, edits, and the timer of the next step.
    pub effects: Vec<PlannedEffect>,
}

/// The result of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageDecision {
    /// In order; empty if there is nothing to do, such as for a stale timer.
    pub steps: Vec<PageStep>,
    /// The record after all of them.
    pub page: Page,
}
