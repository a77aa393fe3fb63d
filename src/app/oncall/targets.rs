//! Whom the steps of a page reach now: round robin, and what rooms may see.

use super::{contacting, schedule::Roster};
use crate::{
    app::Context,
    domain::{
        ids::PersonId,
        oncall::{
            EscalationPolicy, NewPage, NextStep, OnCallEvent, Page, PageDecision, PageState, Recipient, StepRecipients,
        },
    },
    store::{Reads, StoreError, Tx},
};

/// Whom each step of a policy reaches now for a page. Rooms are not asked about private incidents, which not everybody there
/// may see, nor in drills, which reach only the people paged.
pub(super) fn reach(
    reads: &Reads<'_>,
    cx: Context<'_>,
    page: &NewPage,
    policy: &EscalationPolicy,
) -> Result<Vec<StepRecipients>, StoreError> {
    let mut reach = Roster::gather(reads, cx)?.reach(policy);
    let no_rooms = page.drill || contacting::is_private(reads, page)?;
    for (step, recipients) in reach.iter_mut().enumerate() {
        if no_rooms {
            recipients.rooms.clear();
            recipients.later.retain(|later| !matches!(later.recipient, Recipient::Room(_)));
            recipients.needs_nobody &= recipients.pages_anyone();
        }
        if recipients.round_robin {
            let last = reads.meta(&turn(policy, step))?;
            begin_after(&mut recipients.people, last.as_deref());
        }
    }
    Ok(reach)
}

/// Whom a page pages next, as it is now, unless somebody responds before.
pub fn next_step(reads: &Reads<'_>, cx: Context<'_>, page: &Page) -> Result<Option<NextStep>, StoreError> {
    if page.state != PageState::Triggered {
        return Ok(None);
    }
    let reach = reach(reads, cx, &page.spec, &page.spec.policy)?;
    Ok(page.next_step(&reach, cx.config.pager.fallback.as_ref()))
}

/// Puts those first who come after the person who was paged last.
fn begin_after(people: &mut [PersonId], last: Option<&str>) {
    let place = people.iter().position(|person| Some(person.as_str()) == last);
    people.rotate_left(place.map_or(0, |place| place + 1) % people.len().max(1));
}

/// The name of the stored id of the person whom a step paged last.
fn turn(policy: &EscalationPolicy, step: usize) -> String {
    format!("round_robin/{}/{step}", policy.id)
}

/// Remembers whom steps with round robin have paged.
pub(super) fn note_turns(tx: &mut Tx<'_>, decision: &PageDecision) -> Result<(), StoreError> {
    let policy = &decision.page.spec.policy;
    for event in decision.steps.iter().map(|step| &step.event) {
        let OnCallEvent::PageStepped { step, people, .. } = event else { continue };
        let step = *step as usize;
        let (Some(person), Some(known)) = (people.first(), policy.steps.get(step)) else { continue };
        if known.round_robin {
            tx.set_meta(&turn(policy, step), Some(person.as_str()))?;
        }
    }
    Ok(())
}

/// Remembers how long people took to acknowledge, from the last message that asked them.
pub(super) fn note_answers(tx: &mut Tx<'_>, cx: Context<'_>, decision: &PageDecision) -> Result<(), StoreError> {
    let page = &decision.page;
    for event in decision.steps.iter().map(|step| &step.event) {
        let OnCallEvent::PageAcknowledged { person, .. } = event else { continue };
        if let Some(attempt) = page.attempt(person, page.asked(person)) {
            tx.add_answer_time(page.id(), person, cx.now, (cx.now - attempt.at).num_seconds().max(0))?;
        }
    }
    Ok(())
}
