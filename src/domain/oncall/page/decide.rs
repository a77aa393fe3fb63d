//! How a page escalates. Pure: whom each step reaches now is gathered first.

use super::{
    AttemptOutcome, NewPage, Page, PageCommand, PageDecision, PageFacts, PageState, PageTarget,
    draft::{PageDraft, after},
    outside_news,
};
use crate::domain::{
    ids::PersonId,
    oncall::OnCallEvent,
    people::Actor,
    refusal::{IncidentRefusal, OnCallRefusal, Refusal},
};

/// Starts a page: its first step is paged at once, unless an outside pager has to accept it first.
pub fn trigger(spec: NewPage, facts: &PageFacts<'_>) -> PageDecision {
    let is_outside = spec.outside.is_some();
    let event = OnCallEvent::PageTriggered { spec };
    let mut draft = PageDraft::new(None, facts.now);
    draft.push(event);
    if !is_outside {
        draft.escalate(Some((0, 0)), facts);
    }
    draft.done()
}

/// Decides a command to a page.
///
/// # Errors
/// [`OnCallRefusal::PageOver`] or [`IncidentRefusal::Stale`] if somebody was first, with who that was;
/// [`OnCallRefusal::NobodyToPage`] if nobody is left to page; [`OnCallRefusal::EndsWithIncident`] if it is not for people to
/// resolve it.
pub fn decide(page: &Page, command: &PageCommand, facts: &PageFacts<'_>) -> Result<PageDecision, Refusal> {
    let mut draft = PageDraft::new(Some(page.clone()), facts.now);
    match command {
        PageCommand::StepDue => {
            if page.state == PageState::Triggered && page.next_at.is_some_and(|due| due <= facts.now) {
                draft.escalate(after(page), facts);
            }
        }
        PageCommand::LaterDue { stepped } => {
            if page.state == PageState::Triggered && page.stepped_version == *stepped {
                draft.join_later(page, facts);
            }
        }
        PageCommand::MoveStep { by } => {
            if page.state == PageState::Triggered
                && let Some(next) = page.next_at
            {
                draft.push(OnCallEvent::PageStepMoved { next: next + *by });
            }
        }
        PageCommand::Acknowledge { by, via } => {
            must_wait_for(page, by)?;
            draft.push(OnCallEvent::PageAcknowledged { person: by.clone(), via: *via });
            draft.escalate_if_stuck(page, facts);
        }
        PageCommand::Escalate { by, seen } => {
            must_be_escalatable(page, *seen)?;
            draft.push(OnCallEvent::PageEscalated { person: by.clone() });
            // Where only the outside pager pages, the next step is the first one here.
            if page.is_only_outside() {
                draft.begin_run(facts);
            } else {
                draft.escalate(after(page), facts);
            }
        }
        PageCommand::Decline { by } => decline(&mut draft, page, by, facts)?,
        PageCommand::Snooze { by, until } => {
            must_not_be_resolved(page)?;
            draft.push(OnCallEvent::PageSnoozed { person: by.clone(), until: *until });
        }
        PageCommand::EndSnooze { snoozed } => {
            if page.state == PageState::Snoozed && page.snoozed_version == *snoozed {
                draft.push(OnCallEvent::PageRetriggered);
                draft.begin_run(facts);
            }
        }
        PageCommand::Reassign { by, to } => reassign(&mut draft, page, by, to, facts)?,
        PageCommand::AddResponder { by, person } => add_responder(&mut draft, page, by, person, facts)?,
        PageCommand::Resolve { by } => resolve(&mut draft, page, by.as_ref())?,
        PageCommand::AcceptOutside { remote } => outside_news::accept(&mut draft, page, remote),
        PageCommand::MissOutside { why } => outside_news::miss(&mut draft, page, why, facts),
        PageCommand::AnswerOutside { answer, by } => outside_news::answer(&mut draft, page, *answer, by),
        PageCommand::Move { incident, key } => {
            draft.push(OnCallEvent::PageMoved { incident: *incident, key: key.clone() });
        }
        PageCommand::Attempted { person, n, outcome } => attempted(&mut draft, person, *n, outcome, facts),
        PageCommand::ContactAttempted { .. } => contacted(&mut draft, page, command, facts),
    }
    Ok(draft.done())
}

/// What is known of a message to a contact method.
fn contacted(draft: &mut PageDraft, page: &Page, command: &PageCommand, facts: &PageFacts<'_>) {
    let PageCommand::ContactAttempted { person, n, method, outcome } = command else { return };
    let about = page.attempt(person, *n).and_then(|a| a.contact_about(*method, outcome, facts.now));
    if about.is_some() {
        let (person, method, outcome) = (person.clone(), *method, outcome.clone());
        draft.push(OnCallEvent::ContactAttempted { person, attempt: *n, method, outcome });
        draft.escalate_if_stuck(page, facts);
    }
}

fn reassign(
    draft: &mut PageDraft,
    page: &Page,
    by: &PersonId,
    to: &PageTarget,
    facts: &PageFacts<'_>,
) -> Result<(), Refusal> {
    must_not_be_resolved(page)?;
    let PageTarget { whom, policy } = to.clone();
    draft.push(OnCallEvent::PageReassigned { person: by.clone(), whom, policy });
    draft.begin_run(facts);
    Ok(())
}

/// Resolves a page, for a person or because its incident is over.
fn resolve(draft: &mut PageDraft, page: &Page, by: Option<&PersonId>) -> Result<(), Refusal> {
    if by.is_some() && page.incident().is_some() {
        return Err(OnCallRefusal::EndsWithIncident { key: page.spec.key() }.into());
    }
    if page.state != PageState::Resolved {
        draft.push(OnCallEvent::PageResolved { person: by.cloned() });
        return Ok(());
    }
    if by.is_some() { Err(is_over(page)) } else { Ok(()) }
}

/// Refuses to page the next step of a page that has none left, has an answer, or has gone on since the person saw it.
fn must_be_escalatable(page: &Page, seen: Option<u64>) -> Result<(), Refusal> {
    if page.is_exhausted() {
        return Err(OnCallRefusal::NobodyToPage { whom: page.spec.whom.clone() }.into());
    }
    must_be_triggered(page)?;
    must_be_current(page, seen)
}

/// Refuses what is only possible while people are being paged.
fn must_be_triggered(page: &Page) -> Result<(), Refusal> {
    match page.state {
        PageState::Triggered => Ok(()),
        PageState::Acknowledged | PageState::Snoozed | PageState::Exhausted | PageState::Resolved => Err(is_over(page)),
    }
}

/// Refuses an acknowledgement of a page that has enough of them or is resolved. One that is put off can be acknowledged: it
/// does not page again then.
fn must_wait_for(page: &Page, person: &PersonId) -> Result<(), Refusal> {
    match page.state {
        PageState::Triggered | PageState::Exhausted if page.acknowledged_by.contains(person) => {
            Err(already("your answer", "that you acknowledge it"))
        }
        PageState::Triggered | PageState::Exhausted | PageState::Snoozed => Ok(()),
        PageState::Acknowledged | PageState::Resolved => Err(is_over(page)),
    }
}

fn must_not_be_resolved(page: &Page) -> Result<(), Refusal> {
    if page.state == PageState::Resolved { Err(is_over(page)) } else { Ok(()) }
}

fn is_over(page: &Page) -> Refusal {
    let (state, at) = (page.state.name().to_owned(), page.taken_at);
    let by = page.taken_by.clone().or_else(|| page.resolved_by.clone());
    OnCallRefusal::PageOver { state, by, at }.into()
}

fn already(what: &str, value: &str) -> Refusal {
    IncidentRefusal::Already { what: what.into(), value: value.into(), by: None }.into()
}

/// Pages one more person in the present step.
fn add_responder(
    draft: &mut PageDraft,
    page: &Page,
    by: &PersonId,
    person: &PersonId,
    facts: &PageFacts<'_>,
) -> Result<(), Refusal> {
    must_be_triggered(page)?;
    if page.asked(person) > 0 && page.still_asks(person) {
        return Err(already("whom the page asks", person.as_str()));
    }
    let contacts = facts.contacts.get(person).cloned().unwrap_or_default();
    draft.push(OnCallEvent::PageResponderAdded { by: by.clone(), person: person.clone(), contacts });
    Ok(())
}

/// Refuses a button that was rendered before the present step: whoever pressed it wanted the step that is paged already.
fn must_be_current(page: &Page, seen: Option<u64>) -> Result<(), Refusal> {
    if seen.is_none_or(|seen| seen >= page.stepped_version) {
        return Ok(());
    }
    let at = page.attempts.last().map(|attempt| attempt.at);
    let by = if page.pushed_at == at { page.pushed_by.clone().map(Actor::Person) } else { None };
    Err(IncidentRefusal::Stale { what: "the page".into(), now: format!("at step {}", page.step + 1), by, at }.into())
}

/// Pages the next step at once, unless another person of this step may still respond.
fn decline(draft: &mut PageDraft, page: &Page, by: &PersonId, facts: &PageFacts<'_>) -> Result<(), Refusal> {
    if !page.is_exhausted() {
        must_be_triggered(page)?;
    }
    if page.declined.contains(by) {
        return Err(already("your answer", "that you cannot take it"));
    }
    draft.push(OnCallEvent::PageDeclined { person: by.clone() });
    let stuck = draft.page.as_ref().is_some_and(|page| !page.is_exhausted() && !page.awaits_someone());
    if stuck {
        draft.escalate(after(page), facts);
    }
    Ok(())
}

/// Records the outcome of an attempt in the chat. A step that can reach nobody does not delay the next one.
fn attempted(draft: &mut PageDraft, person: &PersonId, n: u32, outcome: &AttemptOutcome, facts: &PageFacts<'_>) {
    let Some(page) = draft.page.clone() else { return };
    let news = page.attempts.iter().any(|a| a.person == *person && a.n == n && a.outcome != *outcome);
    if !news {
        return;
    }
    draft.push(OnCallEvent::PageAttempted { person: person.clone(), attempt: n, outcome: outcome.clone() });
    draft.escalate_if_stuck(&page, facts);
}
