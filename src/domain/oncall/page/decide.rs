//! How a page climbs. Pure: whom each step reaches now was found out first.

use std::time::Duration;

use super::{Attempt, AttemptOutcome, NewPage, Page, PageCommand, PageDecision, PageFacts, PageState, PageStep, apply};
use crate::domain::{
    Timestamp,
    effect::{ChatEffect, Timer},
    ids::PersonId,
    incident::PlannedEffect,
    oncall::OnCallEvent,
    people::Actor,
    refusal::{IncidentRefusal, OnCallRefusal, Refusal},
};

/// How long to wait where a policy has no step to say it.
const DELAY: Duration = Duration::from_secs(5 * 60);
/// A step without a delay would climb through the whole policy within one second.
const SHORTEST_DELAY: Duration = Duration::from_secs(10);

/// Starts a page: its first step is asked at once.
pub fn trigger(spec: NewPage, facts: &PageFacts<'_>) -> PageDecision {
    let event = OnCallEvent::PageTriggered { spec };
    let mut draft = Draft { page: None, steps: Vec::new(), now: facts.now };
    draft.push(event);
    draft.climb(Some((0, 0)), facts);
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
                draft.climb(after(page), facts);
            }
        }
        PageCommand::Acknowledge { by } => {
            open(page)?;
            draft.push(OnCallEvent::PageTaken { person: by.clone() });
        }
        PageCommand::Escalate { by, seen } => {
            open(page)?;
            fresh(page, *seen)?;
            if page.is_exhausted() {
                return Err(OnCallRefusal::NobodyToPage { whom: page.spec.whom.clone() }.into());
            }
            draft.push(OnCallEvent::PagePushed { person: by.clone() });
            draft.climb(after(page), facts);
        }
        PageCommand::Decline { by } => decline(&mut draft, page, by, facts)?,
        PageCommand::Resolve => {
            if page.state != PageState::Resolved {
                draft.push(OnCallEvent::PageResolved);
            }
        }
        PageCommand::Attempted { person, n, outcome } => attempted(&mut draft, page, (person, *n, outcome), facts),
    }
    Ok(draft.done())
}

/// A page that someone has, or that is over, says so to whoever comes second.
fn open(page: &Page) -> Result<(), Refusal> {
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

/// A button drawn before the present step was asked is stale: whoever pressed it wanted the step that is asked already.
fn fresh(page: &Page, seen: Option<u64>) -> Result<(), Refusal> {
    if seen.is_none_or(|seen| seen >= page.stepped_version) {
        return Ok(());
    }
    let at = page.attempts.last().map(|attempt| attempt.at);
    let by = page.pushed_by.clone().filter(|_| page.pushed_at == at).map(Actor::Person);
    Err(IncidentRefusal::Stale { what: "the page".into(), now: format!("at step {}", page.step + 1), by, at }.into())
}

/// The next step is asked at once unless someone else of this step may still answer.
fn decline(draft: &mut Draft, page: &Page, by: &PersonId, facts: &PageFacts<'_>) -> Result<(), Refusal> {
    open(page)?;
    if page.declined.contains(by) {
        return Err(IncidentRefusal::Already {
            what: "your answer".into(),
            value: "that you cannot take it".into(),
            by: None,
        }
        .into());
    }
    draft.push(OnCallEvent::PageRefused { person: by.clone() });
    let stuck = draft.page.as_ref().is_some_and(|page| !page.is_exhausted() && !page.awaits_someone());
    if stuck {
        draft.climb(after(page), facts);
    }
    Ok(())
}

/// Writes down what became of an attempt. A step that can reach nobody does not hold up the next one; a further round
/// waits its time, so that a chat that is down for a while does not use the page up.
fn attempted(
    draft: &mut Draft,
    page: &Page,
    (person, n, outcome): (&PersonId, u32, &AttemptOutcome),
    facts: &PageFacts<'_>,
) {
    let news = page.attempts.iter().any(|a| a.person == *person && a.n == n && a.outcome != *outcome);
    if !news {
        return;
    }
    draft.push(OnCallEvent::PageAttempted { person: person.clone(), attempt: n, outcome: outcome.clone() });
    let stuck =
        draft.page.as_ref().is_some_and(|page| page.is_asking() && page.next_at.is_some() && !page.awaits_someone());
    let next = after(page).filter(|(_, round)| *round == page.round);
    if stuck && next.is_some() {
        draft.climb(next, facts);
    }
}

/// The step after the present one: the next of this round, else the first of the next round.
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

/// A page while it is decided: events are folded as they come, so that each sees those before it.
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

    /// Goes to the first step from `place` on that has someone to ask. Where nobody is on call the fallback is asked
    /// instead; where everybody has declined the next step is.
    fn climb(&mut self, place: Option<(u32, u32)>, facts: &PageFacts<'_>) {
        let mut place = place;
        while let Some((step, round)) = place {
            let people = self.who(step, round, facts);
            if !people.is_empty() {
                let next = self.now + self.delay(step);
                return self.push(OnCallEvent::PageStepped { step, round, people, next });
            }
            place = self.page.as_ref().and_then(|page| after(&at(page, step, round)));
        }
        self.run_out(facts);
    }

    /// Whom a step asks now.
    fn who(&mut self, step: u32, round: u32, facts: &PageFacts<'_>) -> Vec<PersonId> {
        let reach = usize::try_from(step).ok().and_then(|step| facts.reach.get(step));
        let people = reach.map(|reach| reach.people.clone()).unwrap_or_default();
        if !people.is_empty() {
            return people.into_iter().filter(|person| self.may_ask(person)).collect();
        }
        let fallback = facts.fallback.filter(|person| self.may_ask(person)).cloned();
        let whom = reach.map(|reach| reach.whom.clone()).filter(|whom| !whom.is_empty());
        self.say_nobody((step, round), whom, fallback.clone());
        fallback.into_iter().collect()
    }

    fn say_nobody(&mut self, (step, round): (u32, u32), whom: Option<String>, fallback: Option<PersonId>) {
        let Some(page) = self.page.as_ref().filter(|page| !page.nobody.contains(&step)) else { return };
        let whom = whom.unwrap_or_else(|| page.spec.whom.clone());
        self.push(OnCallEvent::PageFoundNobody { step, round, whom, fallback });
    }

    /// The last resort of a page that nobody can take is the fallback, if it was not asked yet.
    fn run_out(&mut self, facts: &PageFacts<'_>) {
        let Some(page) = &self.page else { return };
        let all_declined = facts.reach.iter().flat_map(|reach| &reach.people).all(|person| !self.may_ask(person));
        let last = (page.step, page.round);
        let fallback = facts.fallback.filter(|person| page.asked(person) == 0 && self.may_ask(person)).cloned();
        match fallback.filter(|_| all_declined) {
            Some(person) => {
                let (step, round) = (last.0, self.page.as_ref().map_or(last.1, |page| page.spec.policy.repeat));
                self.say_nobody((step, round), None, Some(person.clone()));
                let next = self.now + self.delay(step);
                self.push(OnCallEvent::PageStepped { step, round, people: vec![person], next });
            }
            None => self.push(OnCallEvent::PageRanOut),
        }
    }

    fn may_ask(&self, person: &PersonId) -> bool {
        self.page.as_ref().is_none_or(|page| !page.declined.contains(person))
    }

    fn delay(&self, step: u32) -> Duration {
        let steps = self.page.as_ref().map(|page| &page.spec.policy.steps);
        let step = steps.and_then(|steps| steps.get(usize::try_from(step).ok()?));
        step.map_or(DELAY, |step| step.delay).max(SHORTEST_DELAY)
    }
}

fn at(page: &Page, step: u32, round: u32) -> Page {
    Page { step, round, ..page.clone() }
}

/// What follows from an event of a page. What was said to someone is edited when it is no longer true.
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
            out.push(PlannedEffect::new(Timer::Escalate { page: id }, *next));
            out.extend(updates(&|a| !people.contains(&a.person) || a.n < page.asked(&a.person)));
            out.extend(page.asked_before().map(notice).into_iter().chain(present));
            out
        }
        OnCallEvent::PageTaken { .. } | OnCallEvent::PageRanOut | OnCallEvent::PageResolved => {
            updates(&|_| true).into_iter().chain(present).collect()
        }
        OnCallEvent::PageRefused { person } => updates(&|a| a.person == *person),
        // A page that arrived while someone took it would else go on ringing in that person's messages.
        OnCallEvent::PageAttempted { person, attempt, outcome: AttemptOutcome::Delivered } => {
            updates(&|a| a.person == *person && a.n == *attempt && !page.still_asks(person))
        }
        OnCallEvent::PageTriggered { .. }
        | OnCallEvent::PageFoundNobody { .. }
        | OnCallEvent::PageAttempted { .. }
        | OnCallEvent::PagePushed { .. }
        | OnCallEvent::OverrideAdded { .. }
        | OnCallEvent::OverrideRemoved { .. } => Vec::new(),
    }
}
