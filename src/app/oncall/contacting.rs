//! Reaching people by their contact methods: what a step of a page plans, and what became of each message.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::{
    app::Context,
    domain::{
        contact::{self, ContactMethod, ContactRules, MethodKind, PlannedContact, TokenAction, TokenBinding, Urgency},
        effect::ContactEffect,
        ids::{ContactMethodId, PageId, PersonId},
        incident::Incident,
        oncall::{NewPage, OnCallEvent, Page, PageDecision, Recipient, StepRecipients},
    },
    store::{Reads, StoreError, Tx},
};

/// How long links in messages of a page work, if the page does not end before.
pub const LINK_VALID: TimeDelta = TimeDelta::hours(24);

/// Plans the messages to everybody whom a page may reach now; `added` is a person outside its policy.
pub(super) fn plans(
    reads: &Reads<'_>,
    cx: Context<'_>,
    page: &NewPage,
    reach: &[StepRecipients],
    added: Option<&PersonId>,
) -> Result<BTreeMap<PersonId, Vec<PlannedContact>>, StoreError> {
    let later = reach.iter().flat_map(|step| &step.later).filter_map(|later| match &later.recipient {
        Recipient::Person(person) => Some(person),
        Recipient::Room(_) | Recipient::Webhook(_) => None,
    });
    let of_steps = reach.iter().flat_map(|step| &step.people).chain(later);
    let people: BTreeSet<&PersonId> = of_steps.chain(&cx.config.pager.fallback).chain(added).collect();
    let private = is_private(reads, page)?;
    let mut plans = BTreeMap::new();
    for person in people {
        let mut methods = reads.contact_methods_of(person)?;
        methods.retain(|method| cx.config.contact.offers(method.kind, method.gateway.as_deref()));
        if methods.is_empty() {
            continue;
        }
        let settings = reads.contact_settings(person)?;
        let zone = cx.config.person(person).map_or(chrono_tz::Tz::UTC, |person| person.timezone);
        let rules = ContactRules { methods: &methods, rules: &settings.rules, quiet: settings.quiet, zone };
        let mut planned = contact::plan(rules, page.urgency, cx.now);
        if private {
            planned.iter_mut().for_each(|contact| contact.withheld = !carries_private(cx, &methods, contact.method));
        }
        plans.insert(person.clone(), planned);
    }
    Ok(plans)
}

/// True if a page is about a private incident. An incident that cannot be read cannot be shown to be public.
pub fn is_private(reads: &Reads<'_>, page: &NewPage) -> Result<bool, StoreError> {
    let Some(incident) = page.incident() else { return Ok(false) };
    Ok(reads.incident(incident)?.is_none_or(|incident| incident.private))
}

fn carries_private(cx: Context<'_>, methods: &[ContactMethod], id: ContactMethodId) -> bool {
    let method = methods.iter().find(|method| method.id == id);
    method.is_some_and(|method| cx.config.contact.carries_private(method.kind, method.gateway.as_deref()))
}

/// Stores the links that the messages of a decision will have, so that they are accepted when they come back.
pub(super) fn store_links(tx: &mut Tx<'_>, decision: &PageDecision) -> Result<(), StoreError> {
    for step in &decision.steps {
        if let OnCallEvent::PageStepped { contacts, .. } | OnCallEvent::PageStepJoined { contacts, .. } = &step.event {
            for (person, planned) in contacts {
                store_links_of(tx, &decision.page, person, planned)?;
            }
        }
        if let OnCallEvent::PageResponderAdded { person, contacts, .. } = &step.event {
            store_links_of(tx, &decision.page, person, contacts)?;
        }
    }
    Ok(())
}

/// Stores the links in the messages of a person's newest attempt.
fn store_links_of(
    tx: &mut Tx<'_>,
    page: &Page,
    person: &PersonId,
    planned: &[PlannedContact],
) -> Result<(), StoreError> {
    let attempt = page.asked(person);
    for PlannedContact { method, kind, due, .. } in planned.iter().filter(|contact| !contact.withheld) {
        let message = PageContact { page: page.id(), person: person.clone(), attempt, method: *method, kind: *kind };
        for action in [TokenAction::Acknowledge, TokenAction::Escalate] {
            let binding = message.binding(action);
            let token = tx.make_signing_key()?.token(&binding);
            tx.add_contact_token(&token, &binding, *due + LINK_VALID)?;
        }
    }
    Ok(())
}

/// One message of a page to a contact method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageContact {
    /// The page.
    pub page: PageId,
    /// The person.
    pub person: PersonId,
    /// The number of the person's attempt.
    pub attempt: u32,
    /// The method.
    pub method: ContactMethodId,
    /// Its kind.
    pub kind: MethodKind,
}

impl PageContact {
    /// The message that an effect sends; `None` if it pages nobody.
    pub fn of(effect: &ContactEffect) -> Option<Self> {
        match effect {
            ContactEffect::PageByMethod { page, person, attempt, method, kind, .. }
            | ContactEffect::UpdateByMethod { page, person, attempt, method, kind } => {
                let (person, attempt, kind) = (person.clone(), *attempt, *kind);
                Some(Self { page: *page, person, attempt, method: *method, kind })
            }
            ContactEffect::PageBundle { .. }
            | ContactEffect::SendCode { .. }
            | ContactEffect::SendTest { .. }
            | ContactEffect::RemindByMethod { .. }
            | ContactEffect::ReportMethodChange { .. } => None,
        }
    }

    /// What a link in the message is bound to.
    pub fn binding(&self, action: TokenAction) -> TokenBinding {
        let Self { page, person, attempt, method, kind } = self.clone();
        TokenBinding { page, person, attempt, method, kind, action }
    }
}

/// The urgency of a page: what a person asks for is urgent, what a rule starts depends on its severity and the hour.
pub(super) fn urgency(cx: Context<'_>, incident: &Incident, by_rule: bool) -> Urgency {
    if by_rule { contact::urgency_of(&cx.config.pager.urgency, incident.severity, cx.now) } else { Urgency::High }
}

/// True if this message may still be sent: the page asks the person, and a message by this method is left to send. What can
/// wait until the end of quiet hours is of use also when every step has passed by then, but once is enough.
pub fn is_wanted(page: &Page, contact: &PageContact) -> bool {
    let is_late = match page.spec.urgency {
        Urgency::High => page.is_exhausted(),
        Urgency::Low => contact.attempt < page.asked(&contact.person),
    };
    page.still_asks(&contact.person)
        && !is_late
        && page.has_pending_contact(&contact.person, contact.attempt, contact.method)
}
