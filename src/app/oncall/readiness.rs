//! Who will be on call and may not be reached.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Serialize;

use super::schedule::overrides_in_force;
use crate::{
    app::Context,
    domain::{
        Timestamp,
        contact::{ContactMethod, ContactProof, ReadinessFault, readiness},
        ids::{PersonId, ScheduleId},
        oncall::{self, Target},
    },
    render::ProofLine,
    store::{Reads, StoreError},
};

/// How far ahead readiness looks.
pub const AHEAD: TimeDelta = TimeDelta::days(14);

/// Who will be on call and may not be reached, and when nobody will be on call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReadinessReport {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// True if a contact method is set up in `bot.toml`.
    pub offered: bool,
    /// How many people were looked at.
    pub checked: usize,
    /// The people who may not be reached, those who are on call first before the others.
    pub people: Vec<PersonReadiness>,
    /// When nobody is on call.
    pub gaps: Vec<ScheduleGap>,
}

impl ReadinessReport {
    /// True if nothing has to be done.
    pub fn is_clean(&self) -> bool {
        self.people.is_empty() && self.gaps.is_empty()
    }
}

/// A person who may not be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonReadiness {
    /// Who.
    pub person: PersonId,
    /// When they are paged first: the beginning of their shift, or now for those whom a policy names.
    pub first: Timestamp,
    /// Why they may not be reached.
    pub faults: Vec<ReadinessFault>,
}

/// A time when nobody is on call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScheduleGap {
    /// The schedule.
    pub schedule: ScheduleId,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
}

/// Looks at everybody who may be paged within the next 14 days.
pub fn report(reads: &Reads<'_>, cx: Context<'_>) -> Result<ReadinessReport, StoreError> {
    let (from, until) = (cx.now, cx.now + AHEAD);
    let overrides = overrides_in_force(reads, cx.config, from, until)?;
    let mut first: BTreeMap<PersonId, Timestamp> = BTreeMap::new();
    let mut gaps = Vec::new();
    let mut note = |person: PersonId, at: Timestamp| {
        first.entry(person).and_modify(|known| *known = (*known).min(at)).or_insert(at);
    };
    for schedule in &cx.config.schedules {
        for shift in oncall::shifts(schedule, &overrides, from, until) {
            note(shift.person, shift.from);
        }
        let found = oncall::gaps(schedule, &overrides, from, until);
        gaps.extend(found.into_iter().map(|gap| {
            let (schedule, from, until) = (schedule.id.clone(), gap.from, gap.until);
            ScheduleGap { schedule, from, until }
        }));
    }
    for person in named(cx) {
        note(person, from);
    }
    let methods = reads.contact_methods()?;
    let checked = first.len();
    let mut people: Vec<PersonReadiness> = first
        .into_iter()
        .filter_map(|(person, first)| {
            let faults = faults(cx, methods.get(&person).map_or(&[], Vec::as_slice));
            if faults.is_empty() { None } else { Some(PersonReadiness { person, first, faults }) }
        })
        .collect();
    people.sort_by_key(|person| person.first);
    Ok(ReadinessReport { from, until, offered: cx.config.contact.offers_any(), checked, people, gaps })
}

/// The people whom policies page without a schedule, and the fallback.
fn named(cx: Context<'_>) -> Vec<PersonId> {
    let targets = cx.config.escalations.iter().flat_map(|policy| &policy.steps).flat_map(|step| &step.targets);
    let mut people: Vec<PersonId> = cx.config.pager.fallback.iter().cloned().collect();
    for target in targets {
        match &target.target {
            Target::Person(person) => people.push(person.clone()),
            Target::Team(team) => {
                people.extend(cx.config.team(team).map(|team| team.members.clone()).unwrap_or_default());
            }
            Target::Schedule(_) | Target::Room(_) | Target::Webhook(_) => {}
        }
    }
    people.retain(|person| cx.config.person(person).is_some());
    people
}

fn faults(cx: Context<'_>, methods: &[ContactMethod]) -> Vec<ReadinessFault> {
    let contact = &cx.config.contact;
    let offered: Vec<ContactMethod> =
        methods.iter().filter(|method| contact.offers(method.kind, method.gateway.as_deref())).cloned().collect();
    readiness(&offered, |method| contact.carries_private(method.kind, method.gateway.as_deref()), cx.now)
}

/// When and how these people were last proved to be reached.
pub fn proofs<'p>(
    reads: &Reads<'_>,
    people: impl IntoIterator<Item = &'p PersonId>,
) -> Result<Vec<ContactProof>, StoreError> {
    let mut proofs: Vec<ContactProof> = Vec::new();
    for person in people {
        if !proofs.iter().any(|proof| proof.person == *person) {
            proofs.push(ContactProof::newest(person, &reads.contact_methods_of(person)?));
        }
    }
    Ok(proofs)
}

/// The same as lines; nothing if hotroom has no contact methods set up.
pub fn proof_lines<'p>(
    reads: &Reads<'_>,
    cx: Context<'_>,
    people: impl IntoIterator<Item = &'p PersonId>,
) -> Result<Vec<ProofLine>, StoreError> {
    if !cx.config.contact.offers_any() {
        return Ok(Vec::new());
    }
    Ok(proofs(reads, people)?.iter().map(|proof| ProofLine::of(proof, cx.now)).collect())
}
