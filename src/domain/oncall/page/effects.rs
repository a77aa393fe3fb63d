//! What follows from an event of a page: messages, edits of messages, and timers.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::{Attempt, AttemptOutcome, ContactAttempt, Page, PageState};
use crate::domain::{
    Timestamp,
    contact::ContactOutcome,
    effect::{ChatEffect, ContactEffect, PagerEffect, Timer},
    ids::{ContactMethodId, PersonId, RoomId},
    incident::PlannedEffect,
    oncall::OnCallEvent,
};

/// Returns the effects of an event of a page. Messages to people are edited when they are no longer true.
pub(super) fn effects(page: &Page, event: &OnCallEvent, now: Timestamp) -> Vec<PlannedEffect> {
    let id = page.id();
    let updates = |wanted: &dyn Fn(&Attempt) -> bool| edits(page, wanted, now);
    let notice = |(step, round)| notices(page, step, round, now);
    let present = || if page.has_begun() { notice((page.step, page.round)) } else { Vec::new() };
    match event {
        OnCallEvent::PageStepped { people, next, rooms, .. } => {
            let mut out = pages(page, people, rooms, now);
            out.push(PlannedEffect::new(Timer::Escalate { page: id }, *next));
            out.extend(updates(&|a| !people.contains(&a.person) || a.n < page.asked(&a.person)));
            out.extend(page.asked_before().map(notice).into_iter().flatten().chain(present()));
            out
        }
        OnCallEvent::PageStepJoined { people, rooms, .. } => {
            let older = updates(&|a| people.contains(&a.person) && a.n < page.asked(&a.person));
            pages(page, people, rooms, now).into_iter().chain(older).chain(present()).collect()
        }
        OnCallEvent::PageStepMoved { next } => vec![PlannedEffect::new(Timer::Escalate { page: id }, *next)],
        OnCallEvent::PageResponderAdded { person, .. } => {
            let older = updates(&|a| a.person == *person && a.n < page.asked(person));
            pages(page, std::slice::from_ref(person), &[], now).into_iter().chain(older).chain(present()).collect()
        }
        OnCallEvent::PageAcknowledged { .. }
        | OnCallEvent::PageExhausted
        | OnCallEvent::PageResolved { .. }
        | OnCallEvent::PageReassigned { .. }
        | OnCallEvent::PageAnsweredOutside { .. }
        | OnCallEvent::PageSnoozed { .. } => {
            let timers = check_acknowledged(page, now).into_iter().chain(end_snooze(page));
            let contacts = page.people().into_iter().flat_map(|person| contact_updates(page, person, now));
            let rest = contacts.chain(timers).chain(answer_outside(page, event, now));
            updates(&|_| true).into_iter().chain(present()).chain(rest).collect()
        }
        OnCallEvent::PageMoved { .. } => updates(&|_| true).into_iter().chain(present()).collect(),
        OnCallEvent::PageDeclined { person } => {
            updates(&|a| a.person == *person).into_iter().chain(contact_updates(page, person, now)).collect()
        }
        OnCallEvent::ContactAttempted { person, attempt, method, outcome } => {
            let place = page.attempt(person, *attempt).map(|a| (a.step, a.round));
            let (pending, follows) = (outcome.is_pending(), after_contact(page, person, *attempt, *method, now));
            place.map(notice).into_iter().flatten().chain(if pending { None } else { follows }).collect()
        }
        // A page that arrives after it was acknowledged would otherwise keep asking that person.
        OnCallEvent::PageAttempted { person, attempt, outcome: AttemptOutcome::Delivered } => {
            updates(&|a| a.person == *person && a.n == *attempt && !page.still_asks(person))
        }
        OnCallEvent::PageTriggered { .. } => send_outside(page, now),
        OnCallEvent::PageAcceptedOutside { .. }
        | OnCallEvent::PageMissedOutside { .. }
        | OnCallEvent::PageRetriggered
        | OnCallEvent::PageFoundNobody { .. }
        | OnCallEvent::PageAttempted { .. }
        | OnCallEvent::PageEscalated { .. }
        | OnCallEvent::ContactMethodChanged { .. }
        | OnCallEvent::ContactCodeSent { .. }
        | OnCallEvent::ContactTested { .. }
        | OnCallEvent::OverrideAdded { .. }
        | OnCallEvent::OverrideRemoved { .. } => Vec::new(),
    }
}

/// Sends a page to the outside pager that it goes to first, and sets the time by which that has to accept it.
fn send_outside(page: &Page, now: Timestamp) -> Vec<PlannedEffect> {
    let Some(route) = &page.spec.outside else { return Vec::new() };
    let (id, pager) = (page.id(), route.pager);
    let within = TimeDelta::from_std(route.accept_within).unwrap_or_default();
    let accept = PlannedEffect::new(Timer::AcceptPage { page: id }, now + within);
    vec![PlannedEffect::new(PagerEffect::TriggerOutside { page: id, pager }, now), accept]
}

/// Stops the outside pager when a page is answered here, or somebody else is paged from here. What was answered there is
/// known there.
fn answer_outside(page: &Page, event: &OnCallEvent, now: Timestamp) -> Option<PlannedEffect> {
    let (id, pager) = (page.id(), page.outside.as_ref()?.pager);
    if matches!(event, OnCallEvent::PageAnsweredOutside { .. }) {
        return None;
    }
    let stops = matches!(page.state, PageState::Acknowledged | PageState::Snoozed)
        || matches!(event, OnCallEvent::PageReassigned { .. });
    if page.state == PageState::Resolved {
        return Some(PlannedEffect::new(PagerEffect::ResolveOutside { page: id, pager }, now));
    }
    stops.then(|| PlannedEffect::new(PagerEffect::AcknowledgeOutside { page: id, pager }, now))
}

/// Edits of what the page said in the attempts that are wanted.
fn edits(page: &Page, wanted: &dyn Fn(&Attempt) -> bool, now: Timestamp) -> Vec<PlannedEffect> {
    let stale = page.attempts.iter().filter(|attempt| wanted(attempt));
    let update = |a: &Attempt| ChatEffect::UpdatePage { page: page.id(), person: a.person.clone(), attempt: a.n };
    stale.map(|attempt| PlannedEffect::new(update(attempt), now)).collect()
}

/// The lines of a step: in the room of the incident or of the request, and in the rooms that it asked.
fn notices(page: &Page, step: u32, round: u32, now: Timestamp) -> Vec<PlannedEffect> {
    let id = page.id();
    let own = ChatEffect::PageNotice { incident: page.incident(), page: id, step, round };
    let rooms = page.rooms_in(step, round);
    let others = rooms.map(|room| ChatEffect::UpdatePageRoom { page: id, room: room.clone(), step, round });
    [own].into_iter().chain(others).map(|effect| PlannedEffect::new(effect, now)).collect()
}

/// The messages to the people and rooms that the present step asks, and the timer of those that it asks later.
fn pages(page: &Page, people: &[PersonId], rooms: &[RoomId], now: Timestamp) -> Vec<PlannedEffect> {
    let (id, step, round) = (page.id(), page.step, page.round);
    let person = |person: &PersonId| {
        let attempt = page.asked(person);
        PlannedEffect::new(ChatEffect::PagePerson { page: id, person: person.clone(), attempt }, now)
    };
    let room =
        |room: &RoomId| PlannedEffect::new(ChatEffect::PageRoom { page: id, room: room.clone(), step, round }, now);
    let mut out: Vec<PlannedEffect> = people.iter().map(person).collect();
    out.extend(people.iter().flat_map(|person| contact_pages(page, person)));
    out.extend(rooms.iter().map(room));
    out.extend(page_later(page));
    out
}

/// The timer of the recipients that the present step pages next.
fn page_later(page: &Page) -> Option<PlannedEffect> {
    let due = page.later.iter().map(|later| later.due).min()?;
    Some(PlannedEffect::new(Timer::PageLater { page: page.id(), stepped: page.stepped_version }, due))
}

/// The messages of a person's newest attempt to the person's contact methods.
fn contact_pages(page: &Page, person: &PersonId) -> Vec<PlannedEffect> {
    let Some(attempt) = page.attempt(person, page.asked(person)) else { return Vec::new() };
    let pending = attempt.contacts.iter().enumerate().filter(|(_, contact)| contact.outcome.is_pending());
    pending.map(|(nth, contact)| PlannedEffect::new(page_by(page, attempt, nth, false), contact.due)).collect()
}

fn page_by(page: &Page, attempt: &Attempt, nth: usize, early: bool) -> ContactEffect {
    let ContactAttempt { method, kind, .. } = attempt.contacts[nth];
    let person = attempt.person.clone();
    ContactEffect::PageByMethod { page: page.id(), person, attempt: attempt.n, method, kind, nth, early }
}

/// What changes at a person's contact methods when the page no longer asks that person: once for each method, because all
/// messages of a page share one place there.
fn contact_updates(page: &Page, person: &PersonId, now: Timestamp) -> Vec<PlannedEffect> {
    let mut methods = BTreeSet::new();
    let mut updates = Vec::new();
    for attempt in page.attempts.iter().rev().filter(|attempt| attempt.person == *person) {
        for contact in attempt.contacts.iter().filter(|c| c.outcome.is_sent() && c.kind.can_update()) {
            if methods.insert(contact.method) {
                updates.push(PlannedEffect::new(update_by(page, attempt, contact), now));
            }
        }
    }
    updates
}

fn update_by(page: &Page, attempt: &Attempt, contact: &ContactAttempt) -> ContactEffect {
    let ContactAttempt { method, kind, .. } = *contact;
    ContactEffect::UpdateByMethod { page: page.id(), person: attempt.person.clone(), attempt: attempt.n, method, kind }
}

/// What follows from the outcome of a message: one that arrives after the page was over is changed, and where a limit kept one
/// back, the next method does not wait for its time.
fn after_contact(
    page: &Page,
    person: &PersonId,
    n: u32,
    method: ContactMethodId,
    now: Timestamp,
) -> Option<PlannedEffect> {
    let attempt = page.attempt(person, n)?;
    let mut known = attempt.contacts.iter().filter(|contact| contact.method == method);
    let sent = known.clone().rev().find(|contact| contact.outcome.is_sent());
    if let Some(contact) = sent.filter(|contact| contact.kind.can_update() && !page.still_asks(person)) {
        return Some(PlannedEffect::new(update_by(page, attempt, contact), now));
    }
    if known.any(|contact| contact.outcome == ContactOutcome::Limited) {
        let later = |contact: &ContactAttempt| {
            contact.method != method && contact.outcome == ContactOutcome::Planned && contact.due > now
        };
        let next = attempt.contacts.iter().position(later)?;
        return Some(PlannedEffect::new(page_by(page, attempt, next, true), now));
    }
    None
}

/// The timer of a page that is put off.
fn end_snooze(page: &Page) -> Option<PlannedEffect> {
    let until = page.snoozed_until?;
    let snoozed = page.state == PageState::Snoozed;
    snoozed.then(|| PlannedEffect::new(Timer::EndSnooze { page: page.id(), snoozed: page.snoozed_version }, until))
}

/// The timer that finds out whether an acknowledged page was forgotten.
fn check_acknowledged(page: &Page, now: Timestamp) -> Option<PlannedEffect> {
    let timeout = page.spec.policy.acknowledge_timeout.and_then(|timeout| TimeDelta::from_std(timeout).ok())?;
    let acknowledged = page.state == PageState::Acknowledged;
    acknowledged.then(|| PlannedEffect::new(Timer::CheckAcknowledged { page: page.id() }, now + timeout))
}
