//! Who will be on call and may not be reached.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Weekday};
use serde::Serialize;

use super::schedule::overrides_in_force;
use crate::{
    app::{Context, system::notices},
    domain::{
        Timestamp,
        contact::{ContactMethod, ContactProof, PersonReadiness, ReadinessFault, ScheduleGap, readiness},
        effect::{Audience, EffectKey, Timer},
        event::SystemEvent,
        ids::{PersonId, RoomId, ScheduleId},
        incident::INCIDENTS_FEED,
        oncall::{self, Target},
    },
    render::ProofLine,
    store::{Reads, StoreError, Tx},
};

/// How far ahead readiness looks.
pub const AHEAD: TimeDelta = TimeDelta::days(14);
/// The hour on Mondays at which it is posted.
const POSTED_AT: u32 = 9;
/// How late it is posted at most: after a longer downtime the next Monday will do.
const LATEST: TimeDelta = TimeDelta::hours(9);

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
            let ends = gap.until >= until;
            ScheduleGap { schedule: schedule.id.clone(), from: gap.from, until: gap.until, ends }
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

/// Waits for the next Monday, on the wall clock of the first schedule.
pub fn plan_post(tx: &mut Tx<'_>, cx: Context<'_>) -> Result<(), StoreError> {
    let due = next_post(cx);
    let key = EffectKey(format!("readiness/{}/{}", cx.now.timestamp_millis(), due.timestamp_millis()));
    tx.enqueue(&key, &Timer::PostReadiness.into(), due).map(drop)
}

fn zone(cx: Context<'_>) -> chrono_tz::Tz {
    cx.config.schedules.first().map_or(chrono_tz::Tz::UTC, |schedule| schedule.timezone)
}

fn next_post(cx: Context<'_>) -> Timestamp {
    let monday = cx.now.with_timezone(&zone(cx)).date_naive().week(Weekday::Mon).first_day();
    let mondays = [0, 7].into_iter().filter_map(|days| monday.checked_add_days(Days::new(days)));
    let due = mondays.filter_map(|monday| posted_on(cx, monday));
    due.into_iter().find(|due| *due > cx.now).unwrap_or(cx.now + TimeDelta::days(7))
}

fn posted_on(cx: Context<'_>, monday: NaiveDate) -> Option<Timestamp> {
    let time = NaiveTime::from_hms_opt(POSTED_AT, 0, 0)?;
    zone(cx).from_local_datetime(&monday.and_time(time)).earliest().map(|at| at.to_utc())
}

/// Posts who may not be reached, in the room of their team, and waits for the next Monday.
pub fn on_wake(tx: &mut Tx<'_>, cx: Context<'_>) -> Result<(), StoreError> {
    let local = cx.now.with_timezone(&zone(cx));
    let since = local.time().signed_duration_since(NaiveTime::MIN) - TimeDelta::hours(POSTED_AT.into());
    if local.weekday() == Weekday::Mon && (TimeDelta::zero()..=LATEST).contains(&since) {
        for (room, part) in parts(cx, report(tx, cx)?) {
            let event = SystemEvent::NotReady { people: part.people, gaps: part.gaps };
            notices::note_to(tx, cx, event, vec![Audience::Feed(room)])?;
        }
    }
    plan_post(tx, cx)
}

/// The part of a report that one room gets.
#[derive(Default)]
struct ReportPart {
    people: Vec<PersonReadiness>,
    gaps: Vec<ScheduleGap>,
}

/// Divides a report among the rooms of teams; what concerns no team with a room goes to the incidents feed. People are left
/// out where no contact method is set up at all: nothing but the chat is used then.
fn parts(cx: Context<'_>, report: ReadinessReport) -> BTreeMap<RoomId, ReportPart> {
    let mut parts: BTreeMap<RoomId, ReportPart> = BTreeMap::new();
    for line in report.people {
        if report.offered {
            for room in rooms_of(cx, std::slice::from_ref(&line.person)) {
                parts.entry(room).or_default().people.push(line.clone());
            }
        }
    }
    for gap in report.gaps {
        for room in rooms_of(cx, &people_of(cx, &gap.schedule)) {
            parts.entry(room).or_default().gaps.push(gap.clone());
        }
    }
    parts
}

/// The rooms of the teams of these people; the incidents feed if there is none.
fn rooms_of(cx: Context<'_>, people: &[PersonId]) -> BTreeSet<RoomId> {
    let teams = cx.config.teams.iter().filter(|team| team.members.iter().any(|member| people.contains(member)));
    let rooms: BTreeSet<RoomId> = teams.filter_map(|team| team.room.clone()).collect();
    if rooms.is_empty() { BTreeSet::from([RoomId::from(INCIDENTS_FEED)]) } else { rooms }
}

fn people_of(cx: Context<'_>, schedule: &ScheduleId) -> Vec<PersonId> {
    let layers = cx.config.schedule(schedule).into_iter().flat_map(|schedule| &schedule.layers);
    layers.flat_map(|layer| layer.rotation.slots.iter().flatten().cloned()).collect()
}
