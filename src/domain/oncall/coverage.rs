//! On which days and hours a layer is in effect.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;

use super::{Layer, WeekRange, clock};
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
    /// True if it covers every instant of its lifetime.
    fn is_unrestricted(&self) -> bool {
        let all_week =
            self.days.is_empty() || (0..7).all(|n| self.days.iter().any(|day| day.num_days_from_monday() == n));
        self.weekly.is_empty() && all_week && self.hours.is_none_or(|(from, to)| from == to)
    }

    /// True if it is in effect at an instant.
    pub(super) fn covers(&self, zone: Tz, at: Timestamp) -> bool {
        let [since, until] = self.lifetime(zone);
        if since.is_some_and(|since| at < since) || until.is_some_and(|until| until <= at) {
            return false;
        }
        if self.is_unrestricted() {
            return true;
        }
        let day = clock::wall(zone, at).date();
        let days = (day - self.longest_run()).iter_days().take_while(|start| *start <= day + TimeDelta::days(1));
        days.flat_map(|day| self.runs_of(zone, day)).any(|run| run.from <= at && at < run.until)
    }

    /// Returns the instants between `from` and `to` at which a run, or the layer, starts or ends.
    pub(super) fn edges(&self, zone: Tz, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
        let mut edges: Vec<Timestamp> = self.lifetime(zone).into_iter().flatten().collect();
        if !self.is_unrestricted() {
            let last = clock::wall(zone, to).date() + TimeDelta::days(1);
            let first = clock::wall(zone, from).date() - self.longest_run();
            let runs = first.iter_days().take_while(|day| *day <= last).flat_map(|day| self.runs_of(zone, day));
            edges.extend(runs.flat_map(|run| [run.from, run.until]));
        }
        edges.retain(|at| from < *at && *at < to);
        edges
    }

    /// When the layer begins to count, and when it ends.
    fn lifetime(&self, zone: Tz) -> [Option<Timestamp>; 2] {
        [self.since, self.until].map(|wall| wall.map(|wall| clock::first(zone, wall)))
    }

    /// How many days before an instant a run that covers it may start. A run belongs to the day it starts on. It may last
    /// past midnight, or for a week, and a clock change may move it by hours.
    fn longest_run(&self) -> TimeDelta {
        TimeDelta::days(if self.weekly.is_empty() { 2 } else { 8 })
    }

    /// Returns the runs that start on a day. One starts the first time the clock shows its start and ends the last time it
    /// shows its end, so that a repeated hour is covered.
    pub(super) fn runs_of(&self, zone: Tz, day: NaiveDate) -> Vec<Run> {
        let mut runs: Vec<Run> = self.weekly.iter().filter_map(|range| run_of_week(zone, *range, day)).collect();
        let only_weekly = !self.weekly.is_empty() && self.days.is_empty() && self.hours.is_none();
        if !only_weekly {
            runs.extend(self.run_of_day(zone, day));
        }
        runs
    }

    fn run_of_day(&self, zone: Tz, day: NaiveDate) -> Option<Run> {
        if !self.days.is_empty() && !self.days.contains(&day.weekday()) {
            return None;
        }
        let (from, to) = self.hours.unwrap_or((0, 0));
        let ends = if from < to { day } else { day.succ_opt()? };
        run(zone, wall(day, from)?, wall(ends, to)?)
    }
}

fn run_of_week(zone: Tz, range: WeekRange, day: NaiveDate) -> Option<Run> {
    if day.weekday() != range.from.day {
        return None;
    }
    let ahead = range.until.day.days_since(range.from.day);
    let wraps = ahead == 0 && range.until.minute <= range.from.minute;
    let ends = day.checked_add_days(Days::new(u64::from(if wraps { 7 } else { ahead })))?;
    run(zone, wall(day, range.from.minute)?, wall(ends, range.until.minute)?)
}

fn run(zone: Tz, from: NaiveDateTime, until: NaiveDateTime) -> Option<Run> {
    let run = Run { from: clock::first(zone, from), until: clock::last(zone, until) };
    (run.from < run.until).then_some(run)
}

fn wall(day: NaiveDate, minute: u16) -> Option<NaiveDateTime> {
    let minute = u32::from(minute % DAY);
    day.and_hms_opt(minute / 60, minute % 60, 0)
}
