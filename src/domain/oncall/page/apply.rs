//! Builds the record of a page from its events. Never fails.

use std::collections::BTreeSet;

use super::{Attempt, AttemptOutcome, ContactAttempt, NewPage, Page, PageState};
use crate::domain::{
    Timestamp,
    contact::{ContactOutcome, PlannedContact},
    ids::PersonId,
    oncall::OnCallEvent,
};

/// The version of the record that [`apply`] builds. Raise it with every change of [`Page`] or of what events do to it, so
/// that stored records are rebuilt from their events.
pub const RECORD_VERSION: u32 = 2;

/// Returns the record after one more event. Events of schedules, and events before the first of a page, change nothing.
pub fn apply(page: Option<Page>, event: &OnCallEvent, at: Timestamp) -> Option<Page> {
    match page {
        None => match event {
            OnCallEvent::PageTriggered { spec } => Some(triggered(spec.clone(), at)),
            OnCallEvent::PageStepped { .. }
            | OnCallEvent::PageStepMoved { .. }
            | OnCallEvent::PageFoundNobody { .. }
            | OnCallEvent::PageAttempted { .. }
            | OnCallEvent::ContactAttempted { .. }
            | OnCallEvent::PageAcknowledged { .. }
            | OnCallEvent::PageEscalated { .. }
            | OnCallEvent::PageDeclined { .. }
            | OnCallEvent::PageExhausted
            | OnCallEvent::PageResolved
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
        spec,
        state: PageState::Triggered,
        step: 0,
        round: 0,
        stepped_version: 1,
        pushed_by: None,
        pushed_at: None,
        attempts: Vec::new(),
        taken_by: None,
        taken_at: None,
        taken_via: None,
        declined: BTreeSet::new(),
        nobody: BTreeSet::new(),
        created_at: at,
        next_at: None,
        ran_out_at: None,
        version: 1,
    }
}

fn apply_event(page: &mut Page, event: &OnCallEvent, at: Timestamp) {
    match event {
        OnCallEvent::PageStepped { step, round, people, next, contacts } => {
            (page.step, page.round, page.next_at) = (*step, *round, Some(*next));
            page.stepped_version = page.version + 1;
            for person in people {
                add_attempt(page, person, contacts.get(person).map_or(&[], Vec::as_slice), at);
            }
        }
        OnCallEvent::PageStepMoved { next } => page.next_at = Some(*next),
        OnCallEvent::PageFoundNobody { step, .. } => {
            page.nobody.insert(*step);
        }
        OnCallEvent::PageAttempted { person, attempt, outcome } => {
            let same = |a: &&mut Attempt| a.person == *person && a.n == *attempt;
            page.attempts.iter_mut().filter(same).for_each(|a| a.outcome = outcome.clone());
        }
        OnCallEvent::ContactAttempted { person, attempt, method, outcome } => {
            let attempts = page.attempts.iter_mut().filter(|a| a.person == *person && a.n == *attempt);
            for attempt in attempts {
                let about = attempt.contact_about(*method, outcome, at);
                if let Some(contact) = about.and_then(|n| attempt.contacts.get_mut(n)) {
                    (contact.outcome, contact.at) = (outcome.clone(), at);
                }
            }
        }
        OnCallEvent::PageAcknowledged { person, via } => {
            page.taken_via = *via;
            page.state = PageState::Acknowledged;
            (page.taken_by, page.taken_at, page.next_at) = (Some(person.clone()), Some(at), None);
        }
        OnCallEvent::PageDeclined { person } => {
            page.declined.insert(person.clone());
        }
        OnCallEvent::PageEscalated { person } => {
            (page.pushed_by, page.pushed_at) = (Some(person.clone()), Some(at));
        }
        OnCallEvent::PageExhausted => (page.ran_out_at, page.next_at) = (Some(at), None),
        OnCallEvent::PageResolved => (page.state, page.next_at) = (PageState::Resolved, None),
        OnCallEvent::PageMoved { incident, key } => {
            (page.spec.incident, page.spec.key) = (*incident, key.clone());
        }
        OnCallEvent::PageTriggered { .. }
        | OnCallEvent::ContactMethodChanged { .. }
        | OnCallEvent::ContactCodeSent { .. }
        | OnCallEvent::ContactTested { .. }
        | OnCallEvent::OverrideAdded { .. }
        | OnCallEvent::OverrideRemoved { .. } => {}
    }
}

fn add_attempt(page: &mut Page, person: &PersonId, planned: &[PlannedContact], at: Timestamp) {
    let n = page.asked(person) + 1;
    let (step, round) = (page.step, page.round);
    let contact = |planned: &PlannedContact| {
        let PlannedContact { method, kind, due, withheld } = *planned;
        let outcome = if withheld { ContactOutcome::Withheld } else { ContactOutcome::Planned };
        ContactAttempt { method, kind, due, outcome, at }
    };
    let contacts = planned.iter().map(contact).collect();
    let outcome = AttemptOutcome::Waiting;
    page.attempts.push(Attempt { person: person.clone(), n, step, round, at, outcome, contacts });
}
