//! A page: one run of an escalation policy, until it is acknowledged, resolved, or nobody is left to page.

mod apply;
mod attempt;
mod command;
mod decide;
mod draft;
mod effects;
mod outside;
mod outside_news;
mod spec;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{LaterRecipient, OnCallEvent, Recipient};
use crate::domain::{
    Timestamp,
    contact::{MethodKind, PlannedContact},
    ids::{ContactMethodId, IncidentId, PageId, PersonId, RoomId, WebhookId},
    incident::PlannedEffect,
};

pub use apply::{RECORD_VERSION, apply, replay};
pub use attempt::{Attempt, AttemptOutcome, ContactAttempt, overdue};
pub use command::{OutsideAuthor, PageCommand, PageTarget};
pub use decide::{decide, trigger};
pub use outside::{Acceptance, OutsidePage};
pub use spec::{NO_SERVICE, NewPage, PageState, PageSubject};

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
    /// The round with which the present run of the policy began: a page that was put off or reassigned begins another run.
    #[serde(default)]
    pub first_round: u32,
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
    /// Who acknowledged it, first.
    pub taken_by: Option<PersonId>,
    /// When that was.
    pub taken_at: Option<Timestamp>,
    /// By the link, button or digit of which contact method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_via: Option<MethodKind>,
    /// Everybody who acknowledged it in this run.
    #[serde(default)]
    pub acknowledged_by: BTreeSet<PersonId>,
    /// Until when it is put off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<Timestamp>,
    /// The version of the page at which it was put off last.
    #[serde(default)]
    pub snoozed_version: u64,
    /// Who last reassigned it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reassigned_by: Option<PersonId>,
    /// Who resolved it; `None` if its incident ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<PersonId>,
    /// Who declined it; they are not paged again.
    pub declined: BTreeSet<PersonId>,
    /// Who was paged before it was reassigned to others.
    #[serde(default)]
    pub released: BTreeSet<PersonId>,
    /// The steps that had nobody to page, so that each is reported once.
    pub nobody: BTreeSet<u32>,
    /// The rooms that steps have asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rooms: Vec<RoomLine>,
    /// Who the present step pages later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<LaterRecipient>,
    /// True if the present step asks rooms or other systems, which may answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks_outside: bool,
    /// How it stands at the outside pager that it went to first; `None` if it never went to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<OutsidePage>,
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

    /// Returns the incident that it is about, if any.
    pub fn incident(&self) -> Option<IncidentId> {
        self.spec.incident()
    }

    /// True if it waits for an acknowledgement.
    pub fn is_asking(&self) -> bool {
        matches!(self.state, PageState::Triggered | PageState::Exhausted)
    }

    /// True if it can be acknowledged: it waits for that, or is put off.
    pub fn is_answerable(&self) -> bool {
        self.is_asking() || self.state == PageState::Snoozed
    }

    /// True if nobody responded and nobody is left to page.
    pub fn is_exhausted(&self) -> bool {
        self.state == PageState::Exhausted
    }

    /// True if people are being paged, or one of them has acknowledged it or put it off.
    pub fn is_in_progress(&self) -> bool {
        matches!(self.state, PageState::Triggered | PageState::Acknowledged | PageState::Snoozed)
    }

    /// True if it waits for this person's response.
    pub fn still_asks(&self, person: &PersonId) -> bool {
        self.is_asking() && self.may_ask(person)
    }

    /// True if this person has not answered it, and was not released from it.
    fn may_ask(&self, person: &PersonId) -> bool {
        let answered = self.declined.contains(person) || self.acknowledged_by.contains(person);
        !answered && !self.released.contains(person)
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

    /// True if this is the first step that paged somebody or asked a room, or if none has.
    pub fn began_with(&self, step: u32, round: u32) -> bool {
        let people = self.attempts.iter().map(|attempt| (attempt.round, attempt.step));
        let rooms = self.rooms.iter().map(|line| (line.round, line.step));
        people.chain(rooms).min().is_none_or(|first| first == (round, step))
    }

    /// True if a step has paged somebody or asked a room.
    pub(super) fn has_begun(&self) -> bool {
        !self.attempts.is_empty() || !self.rooms.is_empty()
    }

    /// Returns the rooms that a step asked in a round.
    pub fn rooms_in(&self, step: u32, round: u32) -> impl Iterator<Item = &RoomId> {
        self.rooms.iter().filter(move |line| (line.step, line.round) == (step, round)).map(|line| &line.room)
    }

    /// Returns the last step and round before the present one that paged a person or a room.
    pub(super) fn asked_before(&self) -> Option<(u32, u32)> {
        let people = self.attempts.iter().map(|attempt| (attempt.round, attempt.step));
        let rooms = self.rooms.iter().map(|line| (line.round, line.step));
        let before = people.chain(rooms).filter(|place| *place != (self.round, self.step)).max();
        before.map(|(round, step)| (step, round))
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

    /// Returns whom it pages next unless somebody responds before: the people of the next step who may be asked, else the
    /// fallback. `None` if it pages nobody any more, or nobody knows whom yet.
    pub fn next_step(&self, reach: &[StepRecipients], fallback: Option<&PersonId>) -> Option<NextStep> {
        let at = self.next_at?;
        let step = draft::after(self).and_then(|(step, _)| reach.get(usize::try_from(step).ok()?));
        let mut people: Vec<PersonId> = step
            .map(|step| step.people.iter().filter(|person| self.may_ask(person)).cloned().collect())
            .unwrap_or_default();
        if step.is_some_and(|step| step.round_robin) {
            people.truncate(1);
        }
        let asks_others = step.is_some_and(|step| step.needs_nobody);
        let left = |person: &&PersonId| self.may_ask(person) && (step.is_some() || self.asked(person) == 0);
        if people.is_empty() && !asks_others {
            people.extend(fallback.filter(left).cloned());
        }
        Some(NextStep { people, asks_others, at })
    }

    /// Returns why nobody may respond to it; `None` if somebody was reached, or it was answered.
    pub fn trouble(&self) -> Option<PageTrouble> {
        match self.state {
            PageState::Exhausted => Some(PageTrouble::Unanswered),
            PageState::Triggered if !self.nobody.is_empty() => Some(PageTrouble::NobodyOnCall),
            PageState::Triggered if !self.awaits_someone() => Some(PageTrouble::Unreached),
            PageState::Triggered | PageState::Acknowledged | PageState::Snoozed | PageState::Resolved => None,
        }
    }

    /// True if the present step has failed to reach anybody by a contact method.
    pub(super) fn is_unreached(&self) -> bool {
        let mut present = self.attempts.iter().filter(|a| (a.step, a.round) == (self.step, self.round));
        self.state == PageState::Triggered && !self.awaits_someone() && present.any(Attempt::is_unreached)
    }

    /// True if a person of the present step may still respond.
    fn awaits_someone(&self) -> bool {
        if self.asks_outside || !self.later.is_empty() || self.is_only_outside() {
            return true;
        }
        let present = self.attempts.iter().filter(|a| (a.step, a.round) == (self.step, self.round));
        present
            .into_iter()
            .any(|attempt| self.may_ask(&attempt.person) && !attempt.is_lost() && !attempt.is_unreached())
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

/// Whom a page pages next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextStep {
    /// The people, each once. Nobody, if every step was tried, or the step asks only rooms and other systems.
    pub people: Vec<PersonId>,
    /// True if it asks rooms and other systems alone.
    pub asks_others: bool,
    /// When.
    pub at: Timestamp,
}

/// Why nobody may respond to a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageTrouble {
    /// Every step was tried, and nobody responded.
    Unanswered,
    /// A step had nobody to page.
    NobodyOnCall,
    /// No message of the present step arrives.
    Unreached,
}

impl PageTrouble {
    /// The word it is shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unanswered => "unanswered",
            Self::NobodyOnCall => "nobody_on_call",
            Self::Unreached => "unreached",
        }
    }
}

/// The line of a step in a room that it asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomLine {
    /// The room.
    pub room: RoomId,
    /// The step, from 0.
    pub step: u32,
    /// The round, from 0.
    pub round: u32,
}

/// A recipient, and how long after the beginning of a step it is paged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelayedRecipient {
    /// Who.
    pub recipient: Recipient,
    /// How long after the beginning.
    pub after: Duration,
}

/// Whom a step pages now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepRecipients {
    /// The people whom it pages at once, each once.
    pub people: Vec<PersonId>,
    /// The rooms that it asks at once.
    pub rooms: Vec<RoomId>,
    /// The webhooks that it posts to at once.
    pub webhooks: Vec<WebhookId>,
    /// Who is paged some time after it began.
    pub later: Vec<DelayedRecipient>,
    /// True if it asks rooms or webhooks alone, so that it is no gap when it pages no person.
    pub needs_nobody: bool,
    /// True if it pages the first of the people who may be asked.
    pub round_robin: bool,
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
