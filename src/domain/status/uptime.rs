//! How long components worked: their changes of status into days, downtime and a percentage.

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};

use super::ComponentStatus;
use crate::domain::Timestamp;

/// A status that a component had from a time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComponentChange {
    /// Since when.
    pub at: Timestamp,
    /// The status.
    pub status: ComponentStatus,
}

/// One day (UTC) of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UptimeDay {
    /// The day.
    pub date: NaiveDate,
    /// The worst status of the day; `None` before the component existed.
    pub worst: Option<ComponentStatus>,
    /// How much of it is known: the component existed, and it is over.
    pub known: TimeDelta,
    /// How long it was a major outage.
    pub major: TimeDelta,
    /// How long it was a partial outage.
    pub partial: TimeDelta,
}

impl UptimeDay {
    fn empty(date: NaiveDate) -> Self {
        let zero = TimeDelta::zero();
        Self { date, worst: None, known: zero, major: zero, partial: zero }
    }

    fn add(&mut self, status: ComponentStatus, time: TimeDelta) {
        self.worst = self.worst.max(Some(status));
        self.known += time;
        match status {
            ComponentStatus::MajorOutage => self.major += time,
            ComponentStatus::PartialOutage => self.partial += time,
            ComponentStatus::DegradedPerformance | ComponentStatus::UnderMaintenance | ComponentStatus::Operational => {
            }
        }
    }

    /// The downtime: a major outage counts whole, a partial one to 30 %, anything else not.
    pub fn downtime(&self) -> TimeDelta {
        self.major + self.partial * 3 / 10
    }
}

/// Returns the days until today, oldest first, of a component whose changes are given in the order of time.
pub fn uptime_days(changes: &[ComponentChange], now: Timestamp, count: u64) -> Vec<UptimeDay> {
    let today = now.date_naive();
    let dates = (0..count).rev().filter_map(|back| today.checked_sub_days(Days::new(back)));
    let mut days: Vec<UptimeDay> = dates.map(UptimeDay::empty).collect();
    let ends = changes.iter().skip(1).map(|next| next.at).chain([now]);
    for (change, end) in changes.iter().zip(ends) {
        for day in &mut days {
            let begin = day.date.and_time(NaiveTime::MIN).and_utc();
            let time = end.min(begin + TimeDelta::days(1)) - change.at.max(begin);
            if time > TimeDelta::zero() {
                day.add(change.status, time);
            }
        }
    }
    days
}

/// Returns the uptime in thousandths of a percent, rounded down so that downtime is never hidden: 99999 is 99.999 %. `None` if
/// nothing is known.
pub fn uptime_millipercent(days: &[UptimeDay]) -> Option<u32> {
    let total: i64 = days.iter().map(|day| day.known.num_milliseconds()).sum();
    let down: i64 = days.iter().map(|day| day.downtime().num_milliseconds()).sum();
    if total <= 0 {
        return None;
    }
    let up = i128::from(total - down) * 100_000 / i128::from(total);
    u32::try_from(up.clamp(0, 100_000)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn change(when: &str, status: ComponentStatus) -> ComponentChange {
        ComponentChange { at: at(when), status }
    }

    #[test]
    fn a_major_outage_counts_whole_and_a_partial_one_to_thirty_percent() {
        let changes = [
            change("2026-03-01T00:00:00Z", ComponentStatus::Operational),
            change("2026-03-01T10:00:00Z", ComponentStatus::MajorOutage),
            change("2026-03-01T11:00:00Z", ComponentStatus::PartialOutage),
            change("2026-03-01T12:40:00Z", ComponentStatus::DegradedPerformance),
            change("2026-03-01T20:00:00Z", ComponentStatus::UnderMaintenance),
            change("2026-03-01T23:00:00Z", ComponentStatus::Operational),
        ];
        let [day] = uptime_days(&changes, at("2026-03-02T00:00:00Z"), 2)[..1].try_into().expect("one day");
        assert_eq!(day.date.to_string(), "2026-03-01");
        assert_eq!((day.worst, day.known.num_hours()), (Some(ComponentStatus::MajorOutage), 24));
        assert_eq!(day.downtime(), TimeDelta::minutes(60 + 30));
        assert_eq!(uptime_millipercent(&[day]), Some(93_750));
    }

    #[test]
    fn an_outage_over_midnight_belongs_to_both_days_and_the_future_to_none() {
        let changes = [
            change("2026-03-27T12:00:00Z", ComponentStatus::Operational),
            change("2026-03-28T23:00:00Z", ComponentStatus::MajorOutage),
        ];
        let days = uptime_days(&changes, at("2026-03-29T06:00:00Z"), 4);
        let shown: Vec<(Option<ComponentStatus>, i64, i64)> =
            days.iter().map(|day| (day.worst, day.known.num_hours(), day.major.num_hours())).collect();
        let (up, down) = (Some(ComponentStatus::Operational), Some(ComponentStatus::MajorOutage));
        assert_eq!(
            shown,
            [(None, 0, 0), (up, 12, 0), (down, 24, 1), (down, 6, 6)],
            "before it existed nothing is known"
        );
        assert_eq!(uptime_millipercent(&days), Some(83_333), "7 of 42 hours, rounded down");
    }

    #[test]
    fn what_has_no_history_has_no_percentage_and_a_second_of_downtime_is_not_rounded_away() {
        assert_eq!(uptime_millipercent(&uptime_days(&[], at("2026-03-29T06:00:00Z"), 90)), None);
        let changes = [
            change("2025-01-01T00:00:00Z", ComponentStatus::Operational),
            change("2026-03-01T10:00:00Z", ComponentStatus::MajorOutage),
            change("2026-03-01T10:00:01Z", ComponentStatus::Operational),
        ];
        assert_eq!(uptime_millipercent(&uptime_days(&changes, at("2026-03-29T06:00:00Z"), 90)), Some(99_999));
    }
}
