//! On which days and hours a layer is in effect.

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use super::{Layer, clock};
use crate::domain::Timestamp;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// A period during which a layer is in effect, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Layer {
    /// True if it is always in effect.
    fn is_unrestricted(&self) -> bool {
        let all_week =
            self.days.is_empty() || (0..7).all(|n| self.days.iter().any(|day| day.num_days_from_monday() == n));
        all_week && self.hours.is_none_or(|(from, to)| from == to)
    }

    /// True if it is in effect at an instant.
    pub(super) fn covers(&self, zone: Tz, at: Timestamp) -> bool {
        if self.is_unrestricted() {
            return true;
        }
        let day = clock::wall(zone, at).date();
        // A run belongs to the day it starts on. It may last past midnight, and a clock change may move it by hours.
        let days = [day - TimeDelta::days(2), day - TimeDelta::days(1), day, day + TimeDelta::days(1)];
        days.into_iter().filter_map(|day| self.run_of(zone, day)).any(|run| run.from <= at && at < run.until)
    }

    /// Returns the instants between `from` and `to` at which a run starts or ends.
    pub(super) fn edges(&self, zone: Tz, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
        if self.is_unrestricted() {
            return Vec::new();
        }
        let last = clock::wall(zone, to).date() + TimeDelta::days(1);
        let first = clock::wall(zone, from).date() - TimeDelta::days(2);
        let runs = first.iter_days().take_while(|day| *day <= last).filter_map(|day| self.run_of(zone, day));
        runs.flat_map(|run| [run.from, run.until]).filter(|at| from < *at && *at < to).collect()
    }

    /// Returns the run that starts on a day. It starts the first time the clock shows its start and ends the last time it
    /// shows its end, so that a repeated hour is covered.
    pub(super) fn run_of(&self, zone: Tz, day: NaiveDate) -> Option<Run> {
        if !self.days.is_empty() && !self.days.contains(&day.weekday()) {
            return None;
        }
        let (from, to) = self.hours.unwrap_or((0, 0));
        let ends = if from < to { day } else { day.succ_opt()? };
        let run = Run {
            from: clock::first(zone, day.and_time(time_of(from)?)),
            until: clock::last(zone, ends.and_time(time_of(to)?)),
        };
        (run.from < run.until).then_some(run)
    }
}

fn time_of(minute: u16) -> Option<NaiveTime> {
    let minute = u32::from(minute % DAY);
    NaiveTime::from_hms_opt(minute / 60, minute % 60, 0)
}
