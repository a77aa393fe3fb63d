//! Builds the record of a page from its events. Never fails.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::{
    Acceptance, Attempt, AttemptOutcome, ContactAttempt, NewPage, OutsidePage, Page, PageState, PageSubject, RoomLine,
    outside, overdue,
};
use crate::domain::{
    Timestamp,
    contact::{ContactOutcome, MethodKind, PlannedContact},
    ids::{PersonId, RoomId},
    oncall::OnCallEvent,
};

/// The version of the record that [`apply`] builds. Raise it with every change of [`Page`] or of what events do to it, so
/// that stored records are rebuilt from their events.
pub const RECORD_VERSION: u32 = 5;

/// Returns the record after one more event. Events of schedules, and events before the first of a page, change nothing.
pub fn apply(page: Option<Page>, event: &OnCallEvent, at: Timestamp) -> Option<Page> {
    match page {
        None => match event {
            OnCallEvent::PageTriggered { spec } => Some(triggered(spec.clone(), at)),
            OnCallEvent::PageStepped { .. }
            | OnCallEvent::PageStepMoved { .. }
            | OnCallEvent::PageStepJoined { .. }
            | OnCallEvent::PageFoundNobody { .. }
            | OnCallEvent::PageAttempted { .. }
            | OnCallEvent::ContactAttempted { .. }
            | OnCallEvent::PageAcknowledged { .. }
            | OnCallEvent::PageEscalated { .. }
            | OnCallEvent::PageDeclined { .. }
            | OnCallEvent::PageSnoozed { .. }
            | OnCallEvent::PageRetriggered
            | OnCallEvent::PageReassigned { .. }
            | OnCallEvent::PageResponderAdded { .. }
            | OnCallEvent::PageExhausted
            | OnCallEvent::PageResolved { .. }
            | OnCallEvent::PageAcceptedOutside { .. }
            | OnCallEvent::PageMissedOutside { .. }
            | OnCallEvent::PageAnsweredOutside { .. }
            | OnCallEvent::PageMoved { .. }
            | OnCallEvent::ContactMethodChanged { .. }
            | OnCallEvent::ContactCodeSent { .. }
            | OnCallEvent::ContactTested { .. }
            | OnCallEvent::OverrideAdded { .. }
            | OnCallEvent::OverrideRemoved { .. } => None,
        },
        Some(mut page) => {
            apply_event(&mut page, event, at);
            page.version += 1;
            Some(page)
        }
    }
}

/// Returns the record of a whole history; `None` if it has no first event.
pub fn replay<'e>(events: impl IntoIterator<Item = (&'e OnCallEvent, Timestamp)>) -> Option<Page> {
    events.into_iter().fold(None, |page, (event, at)| apply(page, event, at))
}

fn triggered(spec: NewPage, at: Timestamp) -> Page {
    Page {
        outside: spec.outside.as_ref().map(|route| OutsidePage::new(route.pager)),
        spec,
        state: PageState::Triggered,
        step: 0,
        round: 0,
        first_round: 0,
        stepped_version: 1,
        pushed_by: None,
        pushed_at: None,
        attempts: Vec::new(),
        taken_by: None,
        taken_at: None,
        taken_via: None,
        acknowledged_by: BTreeSet::new(),
        snoozed_until: None,
        snoozed_version: 0,
        reassigned_by: None,
        resolved_by: None,
        declined: BTreeSet::new(),
        released: BTreeSet::new(),
        nobody: BTreeSet::new(),
        rooms: Vec::new(),
        later: Vec::new(),
        asks_outside: false,
        created_at: at,
        next_at: None,
        ran_out_at: None,
        version: 1,
    }
}

fn apply_event(page: &mut Page, event: &OnCallEvent, at: Timestamp) {
    match event {
        OnCallEvent::PageStepped { .. } => stepped(page, event, at),
        OnCallEvent::PageStepJoined { .. } => {
            let until = page.later.iter().map(|later| later.due).min().map_or(at, |first| first.max(at));
            page.later.retain(|later| later.due > until);
            add_recipients(page, event, at);
        }
        OnCallEvent::PageStepMoved { next } => move_step(page, *next),
        OnCallEvent::PageFoundNobody { step, .. } => {
            page.nobody.insert(*step);
        }
        OnCallEvent::PageAttempted { person, attempt, outcome } => {
            let same = |a: &&mut Attempt| a.person == *person && a.n == *attempt;
            page.attempts.iter_mut().filter(same).for_each(|a| a.outcome = outcome.clone());
        }
        OnCallEvent::ContactAttempted { person, attempt, method, outcome } => {
            let attempts = page.attempts.iter_mut().filter(|a| a.person == *person && a.n == *attempt);
            attempts.for_each(|attempt| attempt.learn(*method, outcome, at));
        }
        OnCallEvent::PageAcknowledged { person, via } => acknowledge(page, person, *via, at),
        OnCallEvent::PageSnoozed { person, until } => snooze(page, person, *until, at),
        OnCallEvent::PageRetriggered => begin_run(page),
        OnCallEvent::PageReassigned { person, whom, policy } => {
            reassign(page, person);
            (page.spec.whom, page.spec.policy) = (whom.clone(), policy.clone());
        }
        OnCallEvent::PageResponderAdded { person, contacts, .. } => add_attempt(page, person, contacts, at),
        OnCallEvent::PageDeclined { person } => {
            page.declined.insert(person.clone());
        }
        OnCallEvent::PageEscalated { person } => {
            (page.pushed_by, page.pushed_at) = (Some(person.clone()), Some(at));
        }
        OnCallEvent::PageExhausted => {
            (page.state, page.ran_out_at, page.next_at) = (PageState::Exhausted, Some(at), None);
        }
        OnCallEvent::PageResolved { person } => {
            (page.state, page.next_at, page.resolved_by) = (PageState::Resolved, None, person.clone());
        }
        OnCallEvent::PageAcceptedOutside { remote, .. } => {
            outside::learn(page, Acceptance::Accepted, Some(remote));
        }
        OnCallEvent::PageMissedOutside { .. } => outside::learn(page, Acceptance::Missed, None),
        OnCallEvent::PageAnsweredOutside { answer, person, .. } => {
            outside::answered(page, *answer, person.as_ref(), at);
        }
        OnCallEvent::PageMoved { incident, key } => {
            page.spec.about = PageSubject::Incident { incident: *incident, key: key.clone() };
        }
        OnCallEvent::PageTriggered { .. }
        | OnCallEvent::ContactMethodChanged { .. }
        | OnCallEvent::ContactCodeSent { .. }
        | OnCallEvent::ContactTested { .. }
        | OnCallEvent::OverrideAdded { .. }
        | OnCallEvent::OverrideRemoved { .. } => {}
    }
}

/// The clock of the machine was set: what is due moves with it.
fn move_step(page: &mut Page, next: Timestamp) {
    let by = page.next_at.map_or(TimeDelta::zero(), |before| next - before);
    let contacts = page.attempts.iter_mut().flat_map(|attempt| &mut attempt.contacts);
    contacts.filter(|contact| contact.outcome.is_pending()).for_each(|contact| contact.due += by);
    page.later.iter_mut().for_each(|later| later.due += by);
    page.next_at = Some(next);
}

/// A step began here.
fn stepped(page: &mut Page, event: &OnCallEvent, at: Timestamp) {
    let OnCallEvent::PageStepped { step, round, next, later, .. } = event else { return };
    let late_since = page.next_at.filter(|due| overdue(*due, at).is_some());
    (page.step, page.round, page.next_at) = (*step, *round, Some(*next));
    page.later.clone_from(later);
    page.stepped_version = page.version + 1;
    if let Some(outside) = &mut page.outside {
        outside.builtin = true;
    }
    page.asks_outside = false;
    let before = page.attempts.len();
    add_recipients(page, event, at);
    page.attempts[before..].iter_mut().for_each(|attempt| attempt.late_since = late_since);
}

fn acknowledge(page: &mut Page, person: &PersonId, via: Option<MethodKind>, at: Timestamp) {
    page.acknowledged_by.insert(person.clone());
    if page.taken_by.is_none() || page.state == PageState::Snoozed {
        (page.taken_by, page.taken_at, page.taken_via) = (Some(person.clone()), Some(at), via);
    }
    let enough = page.acknowledged_by.len() >= page.spec.policy.acknowledgements.max(1) as usize;
    if enough || page.state == PageState::Snoozed {
        (page.state, page.next_at, page.snoozed_until) = (PageState::Acknowledged, None, None);
    }
}

/// Nobody has answered yet, and the policy begins again in a round of its own.
fn begin_run(page: &mut Page) {
    page.state = PageState::Triggered;
    page.first_round = if page.attempts.is_empty() && page.rooms.is_empty() { page.round } else { page.round + 1 };
    (page.taken_by, page.taken_at, page.taken_via) = (None, None, None);
    (page.snoozed_until, page.ran_out_at) = (None, None);
    page.acknowledged_by.clear();
    page.nobody.clear();
}

fn snooze(page: &mut Page, person: &PersonId, until: Timestamp, at: Timestamp) {
    if page.taken_by.is_none() {
        (page.taken_by, page.taken_at) = (Some(person.clone()), Some(at));
    }
    (page.state, page.next_at) = (PageState::Snoozed, None);
    (page.snoozed_until, page.snoozed_version) = (Some(until), page.version + 1);
}

/// Nobody who was paged before is asked any more, unless they are paged again.
fn reassign(page: &mut Page, by: &PersonId) {
    begin_run(page);
    page.released = page.people().into_iter().cloned().collect();
    page.declined.clear();
    page.reassigned_by = Some(by.clone());
}

/// Adds whom an event of the present step pages.
fn add_recipients(page: &mut Page, event: &OnCallEvent, at: Timestamp) {
    if let OnCallEvent::PageStepped { people, contacts, rooms, webhooks, .. }
    | OnCallEvent::PageStepJoined { people, contacts, rooms, webhooks } = event
    {
        page.asks_outside |= !rooms.is_empty() || !webhooks.is_empty();
        add_rooms(page, rooms);
        for person in people {
            add_attempt(page, person, contacts.get(person).map_or(&[], Vec::as_slice), at);
        }
    }
}

fn add_rooms(page: &mut Page, rooms: &[RoomId]) {
    let (step, round) = (page.step, page.round);
    page.rooms.extend(rooms.iter().map(|room| RoomLine { room: room.clone(), step, round }));
}

/// Adds an attempt of the present step: whoever is paged again is asked again.
fn add_attempt(page: &mut Page, person: &PersonId, planned: &[PlannedContact], at: Timestamp) {
    page.released.remove(person);
    page.declined.remove(person);
    let n = page.asked(person) + 1;
    let (step, round) = (page.step, page.round);
    let contact = |planned: &PlannedContact| {
        let PlannedContact { method, kind, due, withheld } = *planned;
        let outcome = if withheld { ContactOutcome::Withheld } else { ContactOutcome::Planned };
        ContactAttempt { method, kind, due, outcome, at }
    };
    let contacts = planned.iter().map(contact).collect();
    let outcome = AttemptOutcome::Waiting;
    page.attempts.push(Attempt { person: person.clone(), n, step, round, at, late_since: None, outcome, contacts });
}
