//! A page: one run of an escalation policy, until someone has it, its incident is over, or nobody is left to ask.

mod apply;
mod decide;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{EscalationPolicy, OnCallEvent};
use crate::domain::{
    Timestamp,
    ids::{IncidentId, Key, PageId, PersonId},
    incident::PlannedEffect,
    text::Untrusted,
};

pub use apply::{RECORD_VERSION, apply, replay};
pub use decide::{decide, trigger};

/// Where a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageState {
    /// Someone is being asked.
    Triggered,
    /// Someone has it.
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

/// What is known of a page before anyone is asked. It never changes afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPage {
    /// Its id.
    pub id: PageId,
    /// What it is about.
    pub incident: IncidentId,
    /// The key people say.
    pub key: Key,
    /// Whom it asks, frozen: a changed configuration does not change a page under way.
    pub policy: EscalationPolicy,
    /// Whom it is for, in the words it was asked with: `@bob`, `team/core`, `schedule/primary`, `service/checkout`.
    pub whom: String,
    /// Who asked for it; none: a rule.
    #[serde(default)]
    pub by: Option<PersonId>,
    /// What the asked should know.
    pub message: Option<Untrusted>,
    /// Whose acknowledgement of the alerts has run out, so that this page was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapsed: Option<PersonId>,
    /// Whether it is practice.
    pub drill: bool,
}

/// The policy of a page for an incident that names no service. No policy of `bot.toml` has such a name.
pub const NO_SERVICE: &str = "service/";

impl NewPage {
    /// Whether it is for nobody in particular, because its incident names no service.
    pub fn names_no_service(&self) -> bool {
        self.policy.id.as_str() == NO_SERVICE
    }
}

/// What became of one attempt to reach one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// It is on its way.
    Waiting,
    /// It could not be sent yet and is tried again.
    Delayed {
        /// Why.
        why: String,
    },
    /// The person's chat or phone has it.
    Delivered,
    /// Someone had taken the page before it left.
    NotNeeded,
    /// It will not arrive.
    Failed {
        /// Why.
        why: String,
    },
}

impl AttemptOutcome {
    /// The word it is shown as.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delayed { .. } => "delayed",
            Self::Delivered => "delivered",
            Self::NotNeeded => "not_needed",
            Self::Failed { .. } => "failed",
        }
    }

    /// Why it is late or lost.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Waiting | Self::Delivered | Self::NotNeeded => None,
            Self::Delayed { why } | Self::Failed { why } => Some(why),
        }
    }
}

/// One attempt to reach one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Whom.
    pub person: PersonId,
    /// The count of this person's attempts in this page, from 1.
    pub n: u32,
    /// In which step, from 0.
    pub step: u32,
    /// In which round, from 0.
    pub round: u32,
    /// When it was asked for.
    pub at: Timestamp,
    /// What became of it.
    pub outcome: AttemptOutcome,
}

/// The record of one page: the fold of its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// What was known at first.
    #[serde(flatten)]
    pub spec: NewPage,
    /// Where it stands.
    pub state: PageState,
    /// The step it is at, from 0.
    pub step: u32,
    /// The round it is in, from 0.
    pub round: u32,
    /// The version at which the present step was asked: what was drawn before shows an earlier one.
    #[serde(default)]
    pub stepped_version: u64,
    /// Who last asked for the next step by hand.
    #[serde(default)]
    pub pushed_by: Option<PersonId>,
    /// When.
    #[serde(default)]
    pub pushed_at: Option<Timestamp>,
    /// Every attempt, in order.
    pub attempts: Vec<Attempt>,
    /// Who has it.
    pub taken_by: Option<PersonId>,
    /// Since when.
    pub taken_at: Option<Timestamp>,
    /// Who cannot take it; they are not asked again.
    pub declined: BTreeSet<PersonId>,
    /// The steps that had nobody, so that it is said once for each.
    pub nobody: BTreeSet<u32>,
    /// When it began.
    pub created_at: Timestamp,
    /// When the next step is due.
    pub next_at: Option<Timestamp>,
    /// When nobody was left to ask.
    pub ran_out_at: Option<Timestamp>,
    /// How many events it has.
    pub version: u64,
}

impl Page {
    /// The name of the page's event stream.
    pub fn stream(id: PageId) -> String {
        format!("page/{id}")
    }

    /// Its id.
    pub fn id(&self) -> PageId {
        self.spec.id
    }

    /// Whether it still asks people.
    pub fn is_asking(&self) -> bool {
        self.state == PageState::Triggered
    }

    /// Whether nobody answered and nobody is left to ask.
    pub fn is_exhausted(&self) -> bool {
        self.is_asking() && self.next_at.is_none()
    }

    /// Whether an attempt that has not left yet should still leave: someone may have taken the page meanwhile.
    pub fn still_asks(&self, person: &PersonId) -> bool {
        self.is_asking() && !self.declined.contains(person)
    }

    /// Whether an attempt has arrived.
    pub fn has_reached(&self, person: &PersonId, n: u32) -> bool {
        let arrived = |a: &Attempt| a.person == *person && a.n == n && a.outcome == AttemptOutcome::Delivered;
        self.attempts.iter().any(arrived)
    }

    /// How often this person was asked.
    pub fn asked(&self, person: &PersonId) -> u32 {
        let count = self.attempts.iter().filter(|attempt| attempt.person == *person).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Whom one step asked in one round.
    pub fn asked_in(&self, step: u32, round: u32) -> impl Iterator<Item = &PersonId> {
        self.attempts.iter().filter(move |a| (a.step, a.round) == (step, round)).map(|attempt| &attempt.person)
    }

    /// The step before the present one that asked someone, with its round.
    pub(super) fn asked_before(&self) -> Option<(u32, u32)> {
        let places = self.attempts.iter().rev().map(|attempt| (attempt.step, attempt.round));
        places.into_iter().find(|place| *place != (self.step, self.round))
    }

    /// Whom it has asked, each once, in order.
    pub fn people(&self) -> Vec<&PersonId> {
        let mut people: Vec<&PersonId> = Vec::new();
        for attempt in &self.attempts {
            if !people.contains(&&attempt.person) {
                people.push(&attempt.person);
            }
        }
        people
    }

    /// Whether someone of the present step may still answer.
    fn awaits_someone(&self) -> bool {
        let present = self.attempts.iter().filter(|a| (a.step, a.round) == (self.step, self.round));
        present.into_iter().any(|attempt| {
            !self.declined.contains(&attempt.person) && !matches!(attempt.outcome, AttemptOutcome::Failed { .. })
        })
    }
}

/// The pages of an incident that ask again when the acknowledgement of its alerts by this person has run out: those that
/// this person had taken by then, of each policy the newest, unless somebody is asked by that policy already.
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

/// What is asked of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageCommand {
    /// A timer says the next step may be due.
    StepDue,
    /// Someone has it.
    Acknowledge {
        /// Who.
        by: PersonId,
    },
    /// The next step should be asked at once.
    Escalate {
        /// Who says so.
        by: PersonId,
        /// The version of the page that they saw.
        seen: Option<u64>,
    },
    /// Someone cannot take it.
    Decline {
        /// Who.
        by: PersonId,
    },
    /// Its incident is over.
    Resolve,
    /// What became of an attempt.
    Attempted {
        /// Whom it was for.
        person: PersonId,
        /// The count of this person's attempts.
        n: u32,
        /// What became of it.
        outcome: AttemptOutcome,
    },
}

/// Whom one step reaches now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The people, each once.
    pub people: Vec<PersonId>,
    /// The step's targets in words, for the line that says nobody is there.
    pub whom: String,
}

/// What `decide` needs to know of the world.
#[derive(Clone, Debug)]
pub struct PageFacts<'a> {
    /// Now.
    pub now: Timestamp,
    /// Whom each step of the page's policy reaches now.
    pub reach: &'a [Reach],
    /// Who is asked when nobody is there.
    pub fallback: Option<&'a PersonId>,
}

/// One event with what has to be done because of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageStep {
    /// What happened.
    pub event: OnCallEvent,
    /// What follows: attempts, edits, and the wake for the next step.
    pub effects: Vec<PlannedEffect>,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageDecision {
    /// In order; empty when nothing is to be done (a stale timer).
    pub steps: Vec<PageStep>,
    /// The record after all of them.
    pub page: Page,
}
