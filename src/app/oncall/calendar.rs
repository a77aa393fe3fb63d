//! Calendar feeds: who is on call when, for the calendar of a person.

use chrono::{Datelike, Months, NaiveDate, NaiveTime, TimeDelta};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::schedule::overrides_in_force;
use crate::{
    app::Context,
    config::Config,
    domain::{
        Timestamp,
        ids::{PersonId, ScheduleId},
        oncall::{self, CalendarSubject, Override, Schedule},
    },
    store::{CalendarLink, Reads, StoreError, Tx},
};

/// How many months before and after the present one a feed has.
const BEFORE: Months = Months::new(1);
const AFTER: Months = Months::new(6);

/// A shift, as a calendar shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarShift {
    /// The schedule.
    pub schedule: ScheduleId,
    /// Who is on call.
    pub person: PersonId,
    /// When it starts.
    pub from: Timestamp,
    /// When it ends, exclusive.
    pub until: Timestamp,
    /// How often the schedule has changed; it never decreases.
    pub revision: i64,
    /// Since when the schedule is as it is.
    pub changed_at: Timestamp,
}

/// The shifts of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarFeed {
    /// Whose they are.
    pub subject: CalendarSubject,
    /// The shifts, by schedule and start.
    pub shifts: Vec<CalendarShift>,
}

/// The time that feeds show.
#[derive(Clone, Copy, Debug, Serialize)]
struct FeedSpan {
    from: Timestamp,
    until: Timestamp,
}

impl FeedSpan {
    /// Whole months, so that a shift that is cut at the beginning keeps its start.
    fn around(now: Timestamp) -> Self {
        let first = now.date_naive() - TimeDelta::days(i64::from(now.day0()));
        let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
        Self { from: midnight(first - BEFORE), until: midnight(first + AFTER) }
    }
}

/// Hashes everything that the shifts of a schedule are computed from.
fn digest(schedule: &Schedule, overrides: &[Override], span: FeedSpan) -> Result<Vec<u8>, StoreError> {
    let own: Vec<&Override> = overrides.iter().filter(|entry| entry.schedule == schedule.id).collect();
    let text = serde_json::to_vec(&(schedule, own, span))
        .map_err(|error| StoreError::Corrupt(format!("schedule {}: {error}", schedule.id)))?;
    Ok(Sha256::digest(text).to_vec())
}

/// The schedules that have changed since a feed was read last, with the hash of what they are now.
pub fn changed(reads: &Reads<'_>, cx: Context<'_>) -> Result<Vec<(ScheduleId, Vec<u8>)>, StoreError> {
    let span = FeedSpan::around(cx.now);
    let overrides = overrides_in_force(reads, cx.config, span.from, span.until)?;
    let mut changed = Vec::new();
    for schedule in &cx.config.schedules {
        let digest = digest(schedule, &overrides, span)?;
        let known = reads.schedule_revision(&schedule.id)?;
        if known.is_none_or(|known| known.digest != digest) {
            changed.push((schedule.id.clone(), digest));
        }
    }
    Ok(changed)
}

/// Gives every schedule that has changed its next revision.
pub fn revise(tx: &mut Tx<'_>, cx: Context<'_>) -> Result<(), StoreError> {
    for (schedule, digest) in changed(tx, cx)? {
        tx.save_schedule_revision(&schedule, &digest, cx.now)?;
    }
    Ok(())
}

/// The feed of a link; `None` if there is no such link, or if its person or subject has left the configuration.
pub fn feed(reads: &Reads<'_>, cx: Context<'_>, token: &str) -> Result<Option<CalendarFeed>, StoreError> {
    let Some(CalendarLink { person, subject }) = reads.calendar_link(token)? else { return Ok(None) };
    if cx.config.person(&person).is_none() || !exists(cx.config, &subject) {
        return Ok(None);
    }
    let FeedSpan { from, until } = FeedSpan::around(cx.now);
    let overrides = overrides_in_force(reads, cx.config, from, until)?;
    let mut shifts = Vec::new();
    for schedule in &cx.config.schedules {
        let Some(revision) = reads.schedule_revision(&schedule.id)? else { continue };
        let found = oncall::shifts(schedule, &overrides, from, until);
        let wanted = found.into_iter().filter(|shift| concerns(cx.config, &subject, schedule, &shift.person));
        shifts.extend(wanted.map(|shift| CalendarShift {
            schedule: schedule.id.clone(),
            person: shift.person,
            from: shift.from,
            until: shift.until,
            revision: revision.revision,
            changed_at: revision.changed_at,
        }));
    }
    Ok(Some(CalendarFeed { subject, shifts }))
}

/// True if the configuration has it.
pub fn exists(config: &Config, subject: &CalendarSubject) -> bool {
    match subject {
        CalendarSubject::Person(id) => config.person(id).is_some(),
        CalendarSubject::Team(id) => config.team(id).is_some(),
        CalendarSubject::Schedule(id) => config.schedule(id).is_some(),
    }
}

fn concerns(config: &Config, subject: &CalendarSubject, schedule: &Schedule, person: &PersonId) -> bool {
    match subject {
        CalendarSubject::Person(id) => id == person,
        CalendarSubject::Team(id) => config.team(id).is_some_and(|team| team.members.contains(person)),
        CalendarSubject::Schedule(id) => *id == schedule.id,
    }
}
