//! A page while a command is decided: which step is paged next, and whom it reaches.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;

use super::{
    DelayedRecipient, Page, PageDecision, PageFacts, PageState, PageStep, StepRecipients, apply, effects::effects,
};
use crate::domain::{
    Timestamp,
    contact::PlannedContact,
    ids::PersonId,
    oncall::{LaterRecipient, OnCallEvent, Recipient},
};

/// The delay of a step that the policy does not have.
const DELAY: Duration = Duration::from_secs(5 * 60);
/// The shortest delay: without one a page would go through its whole policy within a second.
const SHORTEST_DELAY: Duration = Duration::from_secs(10);

/// Returns the step after the present one: the next of this round, else the first of the next round.
pub(super) fn after(page: &Page) -> Option<(u32, u32)> {
    let steps = u32::try_from(page.spec.policy.steps.len()).unwrap_or(u32::MAX);
    if page.step + 1 < steps {
        Some((page.step + 1, page.round))
    } else if page.round < last_round(page) && steps > 0 {
        Some((0, page.round + 1))
    } else {
        None
    }
}

/// The last round of the present run.
fn last_round(page: &Page) -> u32 {
    page.first_round.saturating_add(page.spec.policy.repeat)
}

/// A page while a command is decided: events are applied one by one, so that each sees those before it.
pub(super) struct PageDraft {
    pub(super) page: Option<Page>,
    steps: Vec<PageStep>,
    now: Timestamp,
}

impl PageDraft {
    pub(super) fn new(page: Option<Page>, now: Timestamp) -> Self {
        Self { page, steps: Vec::new(), now }
    }

    pub(super) fn push(&mut self, event: OnCallEvent) {
        let before = self.page.take();
        self.page = apply(before, &event, self.now);
        if let Some(page) = &self.page {
            let effects = effects(page, &event, self.now);
            self.steps.push(PageStep { event, effects });
        }
    }

    pub(super) fn done(self) -> PageDecision {
        let page = self.page.expect("a page is there after its first event");
        PageDecision { steps: self.steps, page }
    }

    /// Pages the first step of a new run.
    pub(super) fn begin_run(&mut self, facts: &PageFacts<'_>) {
        let round = self.page.as_ref().map_or(0, |page| page.first_round);
        self.escalate(Some((0, round)), facts);
    }

    /// Goes to the first step from `place` on that has a person to page. If nobody is on call, the fallback is paged
    /// instead; if everybody declined, the next step is.
    pub(super) fn escalate(&mut self, place: Option<(u32, u32)>, facts: &PageFacts<'_>) {
        let mut place = place;
        while let Some((step, round)) = place {
            let recipients = self.recipients(step, round, facts);
            if recipients.pages_anyone() {
                self.push_step(step, round, recipients, facts);
                let Some(next) = self.after_unreached() else { return self.join_fallback(facts) };
                place = Some(next);
                continue;
            }
            place = self.page.as_ref().and_then(|page| after(&at_step(page, step, round)));
        }
        self.exhaust(facts);
    }

    fn push_step(&mut self, step: u32, round: u32, recipients: StepRecipients, facts: &PageFacts<'_>) {
        let next = self.now + self.delay(step);
        let StepRecipients { people, rooms, webhooks, later, .. } = recipients;
        let later = later.into_iter().map(|DelayedRecipient { recipient, after }| LaterRecipient {
            recipient,
            due: self.now + TimeDelta::from_std(after).unwrap_or_default(),
        });
        let (contacts, later) = (contacts_of(&people, facts), later.collect());
        self.push(OnCallEvent::PageStepped { step, round, people, next, contacts, rooms, webhooks, later });
    }

    /// Pages the recipients of the present step whose time has come.
    pub(super) fn join_later(&mut self, page: &Page, facts: &PageFacts<'_>) {
        // The timer of the first of them fired, whatever the clock says.
        let Some(first) = page.later.iter().map(|later| later.due).min() else { return };
        let until = first.max(self.now);
        let (mut people, mut rooms, mut webhooks) = (Vec::new(), Vec::new(), Vec::new());
        for later in page.later.iter().filter(|later| later.due <= until) {
            match &later.recipient {
                Recipient::Person(person) if self.may_page(person) => people.push(person.clone()),
                Recipient::Person(_) => {}
                Recipient::Room(room) => rooms.push(room.clone()),
                Recipient::Webhook(webhook) => webhooks.push(webhook.clone()),
            }
        }
        let contacts = contacts_of(&people, facts);
        self.push(OnCallEvent::PageStepJoined { people, contacts, rooms, webhooks });
        self.escalate_if_stuck(page, facts);
    }

    /// Returns the step to page at once, because the incident is private and no contact method of the present step may carry
    /// the page; `None` if somebody is reached, or if no step is left in this round.
    fn after_unreached(&self) -> Option<(u32, u32)> {
        let page = self.page.as_ref()?;
        if page.awaits_someone() { None } else { after(page).filter(|(_, round)| *round == page.round) }
    }

    /// Pages the next step of the round at once if the present one reaches nobody any more. A further round waits for its
    /// time, so that an outage of the chat does not exhaust the page; where contact methods fail, the fallback is paged.
    pub(super) fn escalate_if_stuck(&mut self, before: &Page, facts: &PageFacts<'_>) {
        let is_stuck = |page: &Page| page.state == PageState::Triggered && !page.awaits_someone();
        if !self.page.as_ref().is_some_and(is_stuck) {
            return;
        }
        match after(before).filter(|(_, round)| *round == before.round) {
            Some(next) => self.escalate(Some(next), facts),
            None => self.join_fallback(facts),
        }
    }

    /// Pages the fallback in the last step as well if no contact method of anybody there works.
    fn join_fallback(&mut self, facts: &PageFacts<'_>) {
        if !self.page.as_ref().is_some_and(Page::is_unreached) {
            return;
        }
        if let Some(person) = self.unasked_fallback(facts) {
            let people = vec![person];
            let contacts = contacts_of(&people, facts);
            self.push(OnCallEvent::PageStepJoined { people, contacts, rooms: Vec::new(), webhooks: Vec::new() });
        }
    }

    /// Returns the fallback, if it was not paged yet. A drill that nobody answers reaches only the people paged.
    fn unasked_fallback(&self, facts: &PageFacts<'_>) -> Option<PersonId> {
        let page = self.page.as_ref()?;
        let fallback = facts.fallback.filter(|person| page.asked(person) == 0 && self.may_page(person));
        if page.spec.drill { None } else { fallback.cloned() }
    }

    /// Returns whom a step pages now.
    fn recipients(&mut self, step: u32, round: u32, facts: &PageFacts<'_>) -> StepRecipients {
        let reach = usize::try_from(step).ok().and_then(|step| facts.reach.get(step));
        let mut found = reach.cloned().unwrap_or_default();
        let names_people = !found.people.is_empty() || found.later.iter().any(is_person);
        if names_people || found.needs_nobody {
            found.people.retain(|person| self.may_page(person));
            if found.round_robin {
                found.people.truncate(1);
            }
            found.later.retain(|later| match &later.recipient {
                Recipient::Person(person) => self.may_page(person) && !found.people.contains(person),
                Recipient::Room(_) | Recipient::Webhook(_) => true,
            });
            return found;
        }
        let fallback = facts.fallback.filter(|person| self.may_page(person)).cloned();
        let whom = if found.whom.is_empty() { None } else { Some(found.whom.clone()) };
        self.record_nobody(step, round, whom, fallback.clone());
        StepRecipients { people: fallback.into_iter().collect(), ..found }
    }

    fn record_nobody(&mut self, step: u32, round: u32, whom: Option<String>, fallback: Option<PersonId>) {
        let Some(page) = self.page.as_ref().filter(|page| !page.nobody.contains(&step)) else { return };
        let whom = whom.unwrap_or_else(|| page.spec.whom.clone());
        self.push(OnCallEvent::PageFoundNobody { step, round, whom, fallback });
    }

    /// Ends the escalation. The fallback is paged first, unless it was paged already.
    fn exhaust(&mut self, facts: &PageFacts<'_>) {
        let Some(page) = &self.page else { return };
        let all_declined = facts.reach.iter().flat_map(|reach| &reach.people).all(|person| !self.may_page(person));
        let (last, round) = (page.step, last_round(page));
        let beyond = u32::try_from(page.spec.policy.steps.len()).unwrap_or(u32::MAX);
        let declined_to = facts.fallback.filter(|person| page.asked(person) == 0 && self.may_page(person)).cloned();
        let (step, fallback) = if all_declined { (last, declined_to) } else { (beyond, self.unasked_fallback(facts)) };
        let Some(person) = fallback else { return self.push(OnCallEvent::PageExhausted) };
        if all_declined {
            self.record_nobody(step, round, None, Some(person.clone()));
        }
        let recipients = StepRecipients { people: vec![person], ..StepRecipients::default() };
        self.push_step(step, round, recipients, facts);
    }

    fn may_page(&self, person: &PersonId) -> bool {
        self.page.as_ref().is_none_or(|page| page.may_ask(person))
    }

    fn delay(&self, step: u32) -> Duration {
        let steps = self.page.as_ref().map(|page| &page.spec.policy.steps);
        let step = steps.and_then(|steps| steps.get(usize::try_from(step).ok()?));
        step.map_or(DELAY, |step| step.delay).max(SHORTEST_DELAY)
    }
}

fn is_person(later: &DelayedRecipient) -> bool {
    matches!(later.recipient, Recipient::Person(_))
}

/// The messages to the contact methods of these people.
fn contacts_of(people: &[PersonId], facts: &PageFacts<'_>) -> BTreeMap<PersonId, Vec<PlannedContact>> {
    let planned = people.iter().filter_map(|person| Some((person.clone(), facts.contacts.get(person)?.clone())));
    planned.filter(|(_, contacts)| !contacts.is_empty()).collect()
}

impl StepRecipients {
    /// True if somebody or something is paged, now or later.
    pub fn pages_anyone(&self) -> bool {
        let now = !self.people.is_empty() || !self.rooms.is_empty() || !self.webhooks.is_empty();
        now || !self.later.is_empty()
    }
}

fn at_step(page: &Page, step: u32, round: u32) -> Page {
    Page { step, round, ..page.clone() }
}
