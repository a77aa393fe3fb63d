//! On which days and hours a layer counts.

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use super::{Layer, clock};
use crate::domain::Timestamp;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// One run of a layer: the start is inside, the end is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Layer {
    /// Whether it counts at all times.
    fn is_unrestricted(&self) -> bool {
        let all_week =
            self.days.is_empty() || (0..7).all(|n| self.days.iter().any(|day| day.num_days_from_monday() == n));
        all_week && self.hours.is_none_or(|(from, to)| from == to)
    }

    /// Whether it counts at an instant.
    pub(super) fn covers(&self, zone: Tz, at: Timestamp) -> bool {
        if self.is_unrestricted() {
            return true;
        }
        let day = clock::wall(zone, at).date();
        // A run belongs to the day it starts on and may last over midnight, and a changed clock may move it by hours.
        let days = [day - TimeDelta::days(2), day - TimeDelta::days(1), day, day + TimeDelta::days(1)];
        days.into_iter().filter_map(|day| self.run_of(zone, day)).any(|run| run.from <= at && at < run.until)
    }

    /// The instants after `from` and before `to` at which it begins or ends to count.
    pub(super) fn edges(&self, zone: Tz, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
        if self.is_unrestricted() {
            return Vec::new();
        }
        let last = clock::wall(zone, to).date() + TimeDelta::days(1);
        let first = clock::wall(zone, from).date() - TimeDelta::days(2);
        let runs = first.iter_days().take_while(|day| *day <= last).filter_map(|day| self.run_of(zone, day));
        runs.flat_map(|run| [run.from, run.until]).filter(|at| from < *at && *at < to).collect()
    }

    /// The run that starts on a day. It starts at the first time the clock shows its start and ends at the last time it
    /// shows its end, so that a repeated hour is covered rather than left open.
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
