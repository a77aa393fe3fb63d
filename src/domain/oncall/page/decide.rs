//! How a page escalates. Pure: whom each step reaches now is gathered first.

use std::{collections::BTreeSet, time::Duration};

use chrono::TimeDelta;

use super::{
    Attempt, AttemptOutcome, ContactAttempt, NewPage, Page, PageCommand, PageDecision, PageFacts, PageState, PageStep,
    apply,
};
use crate::domain::{
    Timestamp,
    contact::ContactOutcome,
    effect::{ChatEffect, ContactEffect, Timer},
    ids::{ContactMethodId, PersonId},
    incident::PlannedEffect,
    oncall::OnCallEvent,
    people::Actor,
    refusal::{IncidentRefusal, OnCallRefusal, Refusal},
};

/// The delay of a step that the policy does not have.
const DELAY: Duration = Duration::from_secs(5 * 60);
/// The shortest delay: without one a page would go through its whole policy within a second.
const SHORTEST_DELAY: Duration = Duration::from_secs(10);

/// Starts a page: its first step is paged at once.
pub fn trigger(spec: NewPage, facts: &PageFacts<'_>) -> PageDecision {
    let event = OnCallEvent::PageTriggered { spec };
    let mut draft = Draft { page: None, steps: Vec::new(), now: facts.now };
    draft.push(event);
    draft.escalate(Some((0, 0)), facts);
    draft.done()
}

/// Decides a command to a page.
///
/// # Errors
/// [`OnCallRefusal::PageOver`] or [`IncidentRefusal::Stale`] if somebody was first, with who that was;
/// [`OnCallRefusal::NobodyToPage`] if nobody is left to page.
pub fn decide(page: &Page, command: &PageCommand, facts: &PageFacts<'_>) -> Result<PageDecision, Refusal> {
    let mut draft = Draft { page: Some(page.clone()), steps: Vec::new(), now: facts.now };
    match command {
        PageCommand::StepDue => {
            if page.is_asking() && page.next_at.is_some_and(|due| due <= facts.now) {
                draft.escalate(after(page), facts);
            }
        }
        PageCommand::MoveStep { by } => {
            if page.is_asking()
                && let Some(next) = page.next_at
            {
                draft.push(OnCallEvent::PageStepMoved { next: next + *by });
            }
        }
        PageCommand::Acknowledge { by, via } => {
            must_be_triggered(page)?;
            draft.push(OnCallEvent::PageAcknowledged { person: by.clone(), via: *via });
        }
        PageCommand::Escalate { by, seen } => {
            must_be_triggered(page)?;
            must_be_current(page, *seen)?;
            if page.is_exhausted() {
                return Err(OnCallRefusal::NobodyToPage { whom: page.spec.whom.clone() }.into());
            }
            draft.push(OnCallEvent::PageEscalated { person: by.clone() });
            draft.escalate(after(page), facts);
        }
        PageCommand::Decline { by } => decline(&mut draft, page, by, facts)?,
        PageCommand::Resolve => {
            if page.state != PageState::Resolved {
                draft.push(OnCallEvent::PageResolved);
            }
        }
        PageCommand::Move { incident, key } => {
            draft.push(OnCallEvent::PageMoved { incident: *incident, key: key.clone() });
        }
        PageCommand::Attempted { person, n, outcome } => attempted(&mut draft, person, *n, outcome, facts),
        PageCommand::ContactAttempted { person, n, method, outcome } => {
            let about = page.attempt(person, *n).and_then(|a| a.contact_about(*method, outcome, facts.now));
            if about.is_some() {
                let (person, attempt, method, outcome) = (person.clone(), *n, *method, outcome.clone());
                draft.push(OnCallEvent::ContactAttempted { person, attempt, method, outcome });
                draft.escalate_if_stuck(page, facts);
            }
        }
    }
    Ok(draft.done())
}

/// Refuses changes of a page that is acknowledged or over.
fn must_be_triggered(page: &Page) -> Result<(), Refusal> {
    match page.state {
        PageState::Triggered => Ok(()),
        PageState::Acknowledged | PageState::Resolved => Err(OnCallRefusal::PageOver {
            state: page.state.name().to_owned(),
            by: page.taken_by.clone(),
            at: page.taken_at,
        }
        .into()),
    }
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
fn decline(draft: &mut Draft, page: &Page, by: &PersonId, facts: &PageFacts<'_>) -> Result<(), Refusal> {
    must_be_triggered(page)?;
    if page.declined.contains(by) {
        return Err(IncidentRefusal::Already {
            what: "your answer".into(),
            value: "that you cannot take it".into(),
            by: None,
        }
        .into());
    }
    draft.push(OnCallEvent::PageDeclined { person: by.clone() });
    let stuck = draft.page.as_ref().is_some_and(|page| !page.is_exhausted() && !page.awaits_someone());
    if stuck {
        draft.escalate(after(page), facts);
    }
    Ok(())
}

/// Records the outcome of an attempt in the chat. A step that can reach nobody does not delay the next one.
fn attempted(draft: &mut Draft, person: &PersonId, n: u32, outcome: &AttemptOutcome, facts: &PageFacts<'_>) {
    let Some(page) = draft.page.clone() else { return };
    let news = page.attempts.iter().any(|a| a.person == *person && a.n == n && a.outcome != *outcome);
    if !news {
        return;
    }
    draft.push(OnCallEvent::PageAttempted { person: person.clone(), attempt: n, outcome: outcome.clone() });
    draft.escalate_if_stuck(&page, facts);
}

/// Returns the step after the present one: the next of this round, else the first of the next round.
fn after(page: &Page) -> Option<(u32, u32)> {
    let steps = u32::try_from(page.spec.policy.steps.len()).unwrap_or(u32::MAX);
    if page.step + 1 < steps {
        Some((page.step + 1, page.round))
    } else if page.round < page.spec.policy.repeat && steps > 0 {
        Some((0, page.round + 1))
    } else {
        None
    }
}

/// A page while a command is decided: events are applied one by one, so that each sees those before it.
struct Draft {
    page: Option<Page>,
    steps: Vec<PageStep>,
    now: Timestamp,
}

impl Draft {
    fn push(&mut self, event: OnCallEvent) {
        let before = self.page.take();
        self.page = apply(before, &event, self.now);
        if let Some(page) = &self.page {
            let effects = effects(page, &event, self.now);
            self.steps.push(PageStep { event, effects });
        }
    }

    fn done(self) -> PageDecision {
        let page = self.page.expect("a page is there after its first event");
        PageDecision { steps: self.steps, page }
    }

    /// Goes to the first step from `place` on that has a person to page. If nobody is on call, the fallback is paged
    /// instead; if everybody declined, the next step is.
    fn escalate(&mut self, place: Option<(u32, u32)>, facts: &PageFacts<'_>) {
        let mut place = place;
        while let Some((step, round)) = place {
            let people = self.recipients(step, round, facts);
            if !people.is_empty() {
                self.push_step(step, round, people, facts);
                let Some(next) = self.after_withheld() else { return };
                place = Some(next);
                continue;
            }
            place = self.page.as_ref().and_then(|page| after(&at_step(page, step, round)));
        }
        self.exhaust(facts);
    }

    fn push_step(&mut self, step: u32, round: u32, people: Vec<PersonId>, facts: &PageFacts<'_>) {
        let next = self.now + self.delay(step);
        let planned = people.iter().filter_map(|person| Some((person.clone(), facts.contacts.get(person)?.clone())));
        let contacts = planned.filter(|(_, contacts)| !contacts.is_empty()).collect();
        self.push(OnCallEvent::PageStepped { step, round, people, next, contacts });
    }

    /// Returns the step to page at once, because the incident is private and no contact method of the present step may carry
    /// the page; `None` if somebody is reached, or if no step is left in this round.
    fn after_withheld(&self) -> Option<(u32, u32)> {
        let page = self.page.as_ref()?;
        if page.awaits_someone() { None } else { after(page).filter(|(_, round)| *round == page.round) }
    }

    /// Pages the next step of the round at once if the present one reaches nobody any more. A further round waits for its
    /// time, so that an outage of the chat does not exhaust the page.
    fn escalate_if_stuck(&mut self, before: &Page, facts: &PageFacts<'_>) {
        let is_stuck = |page: &Page| page.is_asking() && page.next_at.is_some() && !page.awaits_someone();
        let next = after(before).filter(|(_, round)| *round == before.round);
        if self.page.as_ref().is_some_and(is_stuck) && next.is_some() {
            self.escalate(next, facts);
        }
    }

    /// Returns whom a step pages now.
    fn recipients(&mut self, step: u32, round: u32, facts: &PageFacts<'_>) -> Vec<PersonId> {
        let reach = usize::try_from(step).ok().and_then(|step| facts.reach.get(step));
        let people = reach.map(|reach| reach.people.clone()).unwrap_or_default();
        if !people.is_empty() {
            return people.into_iter().filter(|person| self.may_page(person)).collect();
        }
        let fallback = facts.fallback.filter(|person| self.may_page(person)).cloned();
        let whom = reach.map(|reach| reach.whom.clone()).filter(|whom| !whom.is_empty());
        self.record_nobody(step, round, whom, fallback.clone());
        fallback.into_iter().collect()
    }

    fn record_nobody(&mut self, step: u32, round: u32, whom: Option<String>, fallback: Option<PersonId>) {
        let Some(page) = self.page.as_ref().filter(|page| !page.nobody.contains(&step)) else { return };
        let whom = whom.unwrap_or_else(|| page.spec.whom.clone());
        self.push(OnCallEvent::PageFoundNobody { step, round, whom, fallback });
    }

    /// Ends the escalation. If everybody declined, the fallback is paged first, unless it was paged already.
    fn exhaust(&mut self, facts: &PageFacts<'_>) {
        let Some(page) = &self.page else { return };
        let all_declined = facts.reach.iter().flat_map(|reach| &reach.people).all(|person| !self.may_page(person));
        let last = (page.step, page.round);
        let fallback = facts.fallback.filter(|person| page.asked(person) == 0 && self.may_page(person)).cloned();
        match fallback {
            Some(person) if all_declined => {
                let (step, round) = (last.0, self.page.as_ref().map_or(last.1, |page| page.spec.policy.repeat));
                self.record_nobody(step, round, None, Some(person.clone()));
                self.push_step(step, round, vec![person], facts);
            }
            Some(_) | None => self.push(OnCallEvent::PageExhausted),
        }
    }

    fn may_page(&self, person: &PersonId) -> bool {
        self.page.as_ref().is_none_or(|page| !page.declined.contains(person))
    }

    fn delay(&self, step: u32) -> Duration {
        let steps = self.page.as_ref().map(|page| &page.spec.policy.steps);
        let step = steps.and_then(|steps| steps.get(usize::try_from(step).ok()?));
        step.map_or(DELAY, |step| step.delay).max(SHORTEST_DELAY)
    }
}

fn at_step(page: &Page, step: u32, round: u32) -> Page {
    Page { step, round, ..page.clone() }
}

/// Returns the effects of an event of a page. Messages to people are edited when they are no longer true.
fn effects(page: &Page, event: &OnCallEvent, now: Timestamp) -> Vec<PlannedEffect> {
    let id = page.id();
    let updates = |wanted: &dyn Fn(&Attempt) -> bool| {
        let stale = page.attempts.iter().filter(|attempt| wanted(attempt));
        let update = |a: &Attempt| ChatEffect::UpdatePage { page: id, person: a.person.clone(), attempt: a.n };
        stale.map(|attempt| PlannedEffect::new(update(attempt), now)).collect::<Vec<_>>()
    };
    let notice = |(step, round)| {
        PlannedEffect::new(ChatEffect::PageNotice { incident: page.spec.incident, page: id, step, round }, now)
    };
    let present = page.attempts.last().map(|_| notice((page.step, page.round)));
    match event {
        OnCallEvent::PageStepped { people, next, .. } => {
            let ask = |person: &PersonId| {
                let attempt = page.asked(person);
                PlannedEffect::new(ChatEffect::PagePerson { page: id, person: person.clone(), attempt }, now)
            };
            let mut out: Vec<PlannedEffect> = people.iter().map(ask).collect();
            out.extend(people.iter().flat_map(|person| contact_pages(page, person)));
            out.push(PlannedEffect::new(Timer::Escalate { page: id }, *next));
            out.extend(updates(&|a| !people.contains(&a.person) || a.n < page.asked(&a.person)));
            out.extend(page.asked_before().map(notice).into_iter().chain(present));
            out
        }
        OnCallEvent::PageStepMoved { next } => vec![PlannedEffect::new(Timer::Escalate { page: id }, *next)],
        OnCallEvent::PageAcknowledged { .. } | OnCallEvent::PageExhausted | OnCallEvent::PageResolved => {
            let forgotten = check_acknowledged(page, now);
            let contacts = page.people().into_iter().flat_map(|person| contact_updates(page, person, now));
            updates(&|_| true).into_iter().chain(present).chain(contacts).chain(forgotten).collect()
        }
        OnCallEvent::PageMoved { .. } => updates(&|_| true).into_iter().chain(present).collect(),
        OnCallEvent::PageDeclined { person } => {
            updates(&|a| a.person == *person).into_iter().chain(contact_updates(page, person, now)).collect()
        }
        OnCallEvent::ContactAttempted { person, attempt, method, outcome } => {
            let place = page.attempt(person, *attempt).map(|a| (a.step, a.round));
            let follows = after_contact(page, person, *attempt, *method, now);
            let follows = if outcome.is_pending() { None } else { follows };
            place.map(notice).into_iter().chain(follows).collect()
        }
        // A page that arrives after it was acknowledged would otherwise keep asking that person.
        OnCallEvent::PageAttempted { person, attempt, outcome: AttemptOutcome::Delivered } => {
            updates(&|a| a.person == *person && a.n == *attempt && !page.still_asks(person))
        }
        OnCallEvent::PageTriggered { .. }
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

/// The timer that finds out whether an acknowledged page was forgotten.
fn check_acknowledged(page: &Page, now: Timestamp) -> Option<PlannedEffect> {
    let timeout = page.spec.policy.acknowledge_timeout.and_then(|timeout| TimeDelta::from_std(timeout).ok())?;
    let acknowledged = page.state == PageState::Acknowledged;
    acknowledged.then(|| PlannedEffect::new(Timer::CheckAcknowledged { page: page.id() }, now + timeout))
}
