//! How long people are on call within a period.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;

use super::schedule::overrides_in_force;
use crate::{
    app::Context,
    domain::{
        Timestamp,
        ids::{PersonId, ScheduleId},
        oncall::{self, DutyHours},
    },
    store::{Reads, StoreError},
};

/// A period of whole days of a zone.
#[derive(Clone, Copy, Debug)]
pub struct HoursSpan {
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
    /// The zone.
    pub zone: Tz,
}

impl HoursSpan {
    /// The first instant of a day. Some zones skip midnight once a year.
    fn begin(&self, day: NaiveDate) -> Timestamp {
        let midnight = day.and_time(NaiveTime::MIN);
        let local = self.zone.from_local_datetime(&midnight);
        local.earliest().map_or_else(|| midnight.and_utc(), |at| at.to_utc())
    }
}

/// The hours of everybody who is on call in that period, in one schedule or in all.
pub fn report(
    reads: &Reads<'_>,
    cx: Context<'_>,
    span: HoursSpan,
    schedule: Option<&ScheduleId>,
) -> Result<BTreeMap<PersonId, DutyHours>, StoreError> {
    let (from, until) = (span.begin(span.from), span.begin(span.until));
    let overrides = overrides_in_force(reads, cx.config, from, until)?;
    let wanted = cx.config.schedules.iter().filter(|known| schedule.is_none_or(|id| known.id == *id));
    let shifts = wanted.flat_map(|schedule| oncall::shifts(schedule, &overrides, from, until)).collect();
    Ok(oncall::hours(shifts, span.zone))
}
