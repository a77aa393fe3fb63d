//! Turns of a rotation. Hand-offs are steps on the wall clock from the rotation's start, also before it.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use super::{Rotation, Turn, clock};
use crate::domain::{Timestamp, ids::PersonId};

/// The limits of hand-offs, far enough inside the range of dates that zones can be applied.
const EARLIEST: NaiveDateTime = NaiveDate::from_ymd_opt(1, 1, 1).expect("a date").and_time(NaiveTime::MIN);
const LATEST: NaiveDateTime = NaiveDate::from_ymd_opt(9_999, 1, 1).expect("a date").and_time(NaiveTime::MIN);

/// A turn: its number, counted from the rotation's start and negative before it, and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnSpan {
    /// Its number.
    pub number: i64,
    /// Its hand-off.
    pub from: Timestamp,
    /// The next hand-off.
    pub until: Timestamp,
}

impl Turn {
    /// Returns the wall-clock time of hand-off `number`, counted from `start`.
    fn hand_off(self, start: NaiveDateTime, number: i64) -> NaiveDateTime {
        let moved = match self {
            Self::Hours(n) => start.checked_add_signed(steps(TimeDelta::hours(1), n, number)),
            Self::Days(n) => start.checked_add_signed(steps(TimeDelta::days(1), n, number)),
            Self::Weeks(n) => start.checked_add_signed(steps(TimeDelta::weeks(1), n, number)),
            Self::Months(n) => add_months(start, i64::from(n.max(1)).saturating_mul(number)),
        };
        moved.unwrap_or(if number < 0 { EARLIEST } else { LATEST }).clamp(EARLIEST, LATEST)
    }

    /// Returns the approximate turn of a wall-clock time; off by a few at most.
    fn near(self, start: NaiveDateTime, wall: NaiveDateTime) -> i64 {
        let minutes = (wall - start).num_minutes();
        match self {
            Self::Hours(n) => minutes.div_euclid(60 * i64::from(n.max(1))),
            Self::Days(n) => minutes.div_euclid(24 * 60 * i64::from(n.max(1))),
            Self::Weeks(n) => minutes.div_euclid(7 * 24 * 60 * i64::from(n.max(1))),
            Self::Months(n) => {
                let months = |d: NaiveDateTime| i64::from(d.year()) * 12 + i64::from(d.month0());
                (months(wall) - months(start)).div_euclid(i64::from(n.max(1)))
            }
        }
    }
}

/// Returns `number` steps of `n` units each. A turn of zero counts as one.
fn steps(unit: TimeDelta, n: u32, number: i64) -> TimeDelta {
    let total = i128::from(unit.num_seconds()) * i128::from(n.max(1)) * i128::from(number);
    let bound = i128::from(TimeDelta::MAX.num_seconds());
    TimeDelta::seconds(i64::try_from(total.clamp(-bound, bound)).unwrap_or(0))
}

/// Adds months. The 31st of a month that has 30 days is the 1st of the next, so that no hand-off is skipped.
fn add_months(start: NaiveDateTime, months: i64) -> Option<NaiveDateTime> {
    let total = i64::from(start.year()) * 12 + i64::from(start.month0()) + months;
    let year = i32::try_from(total.div_euclid(12)).ok()?;
    let month = u32::try_from(total.rem_euclid(12)).ok()? + 1;
    let day = NaiveDate::from_ymd_opt(year, month, 1)?.checked_add_days(Days::new(u64::from(start.day0())))?;
    Some(day.and_time(start.time()))
}

impl Rotation {
    /// Returns when hand-off `number` is: in a skipped hour the first instant after it, in a repeated hour the first
    /// occurrence.
    fn hand_off(&self, zone: Tz, number: i64) -> Timestamp {
        clock::first(zone, self.turn.hand_off(self.start, number))
    }

    /// Returns the turn at an instant. Turns that are entirely in a skipped hour do not happen.
    pub fn turn_at(&self, zone: Tz, at: Timestamp) -> TurnSpan {
        let margin = TimeDelta::days(2);
        let at = at.clamp(EARLIEST.and_utc() + margin, LATEST.and_utc() - margin);
        let mut number = self.turn.near(self.start, clock::wall(zone, at));
        while self.hand_off(zone, number) > at {
            number -= 1;
        }
        while self.hand_off(zone, number + 1) <= at {
            number += 1;
        }
        TurnSpan { number, from: self.hand_off(zone, number), until: self.hand_off(zone, number + 1) }
    }

    /// Returns whose turn it is. A single slot has every turn.
    pub fn on_turn(&self, zone: Tz, at: Timestamp) -> &[PersonId] {
        match self.slots.as_slice() {
            [] => &[],
            [only] => only,
            slots => {
                let length = i64::try_from(slots.len()).unwrap_or(i64::MAX);
                let place = self.turn_at(zone, at).number.rem_euclid(length);
                usize::try_from(place).ok().and_then(|place| slots.get(place)).map_or(&[], Vec::as_slice)
            }
        }
    }

    /// Returns the hand-offs between `from` and `to`, in order.
    pub(super) fn hand_offs(&self, zone: Tz, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Timestamp> {
        let alone = self.slots.len() < 2;
        let first = if alone { 0 } else { self.turn_at(zone, from).number + 1 };
        (first..).map(move |number| self.hand_off(zone, number)).take_while(move |at| !alone && *at < to)
    }
}
