//! The past of the status page: the days of each component, and the incidents of a month.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime};
use serde::Serialize;

use super::entry::PublicEntry;
use crate::{
    app::{incidents::status_page::with_texts, maintenance},
    config::Config,
    domain::{
        Timestamp,
        ids::ComponentId,
        status::{ComponentChange, ComponentStatus, UptimeDay, uptime_days, uptime_millipercent},
    },
    render::Renderer,
    store::{Reads, StoreError},
};

/// How many days are shown for each component, including today.
const DAYS: u64 = 90;
/// How many incidents of these days are named as reasons, and how many of a month are listed.
const LISTED: usize = 200;

/// The past of components.
pub(super) struct ComponentHistory {
    days: BTreeMap<ComponentId, Vec<UptimeDay>>,
    incidents: Vec<PublicEntry>,
    now: Timestamp,
}

/// The last days of one component.
#[derive(Serialize)]
pub(super) struct UptimeView {
    /// Such as "99.953"; `None` if nothing is known.
    percent: Option<String>,
    /// Oldest first.
    days: Vec<UptimeDayView>,
}

impl UptimeView {
    /// The number of days.
    pub(super) fn len(&self) -> usize {
        self.days.len()
    }
}

/// One day of a component.
#[derive(Clone, Serialize)]
pub(super) struct UptimeDayView {
    iso: String,
    text: String,
    /// The worst status; `None` before the component existed.
    status: Option<&'static str>,
    /// The downtime in seconds, by the formula of the page.
    downtime: i64,
    /// The incidents that affected it on that day.
    reasons: Vec<ReasonView>,
}

#[derive(Clone, Serialize)]
struct ReasonView {
    id: String,
    name: String,
}

fn midnight(date: NaiveDate) -> Timestamp {
    date.and_time(NaiveTime::MIN).and_utc()
}

/// The day as people read it.
pub(super) fn day_text(date: NaiveDate) -> String {
    format!("{} {} {}", date.day(), date.format("%b"), date.year())
}

impl ComponentHistory {
    /// Nothing is known.
    pub(super) fn empty(now: Timestamp) -> Self {
        Self { days: BTreeMap::new(), incidents: Vec::new(), now }
    }

    /// Days of a component `c0` for the samples: one in each status.
    pub(super) fn sample(now: Timestamp) -> Self {
        let statuses = [
            ComponentStatus::Operational,
            ComponentStatus::UnderMaintenance,
            ComponentStatus::DegradedPerformance,
            ComponentStatus::PartialOutage,
            ComponentStatus::MajorOutage,
        ];
        let begin = |n: usize| now - chrono::TimeDelta::days(5 - i64::try_from(n).unwrap_or(0));
        let changes = statuses.iter().enumerate();
        let changes: Vec<ComponentChange> =
            changes.map(|(n, status)| ComponentChange { at: begin(n), status: *status }).collect();
        let days = uptime_days(&changes, now, 8);
        Self { days: BTreeMap::from([("c0".into(), days)]), ..Self::empty(now) }
    }

    pub(super) fn gather(
        reads: &Reads<'_>,
        config: &Config,
        renderer: &Renderer,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let first = now.date_naive().checked_sub_days(Days::new(DAYS - 1)).unwrap_or(now.date_naive());
        let changes = reads.component_changes(midnight(first))?;
        let days = changes.into_iter().map(|(id, changes)| (id, uptime_days(&changes, now, DAYS))).collect();
        let mut incidents = reads.public_incidents_between(midnight(first), now, LISTED)?;
        let open = reads.open_public_incidents(LISTED)?;
        incidents.extend(open.into_iter().filter(|public| public.created_at < midnight(first)));
        let spoken = |public| PublicEntry::of_incident(&with_texts(public, renderer, config));
        let mut entries: Vec<PublicEntry> = incidents.into_iter().map(spoken).collect();
        let begun = reads.maintenances_between(midnight(first), now + chrono::TimeDelta::days(1), LISTED)?;
        let begun = begun.into_iter().filter(|item| item.began_at.is_some());
        entries.extend(begun.map(|item| PublicEntry::of_maintenance(&maintenance::with_texts(item, renderer))));
        Ok(Self { days, incidents: entries, now })
    }

    /// The days of a component; `None` if it was never stored.
    pub(super) fn uptime(&self, component: &ComponentId) -> Option<UptimeView> {
        let days = self.days.get(component)?;
        let percent = uptime_millipercent(days).map(|up| format!("{}.{:03}", up / 1_000, up % 1_000));
        Some(UptimeView { percent, days: days.iter().map(|day| self.day(component, day)).collect() })
    }

    fn day(&self, component: &ComponentId, day: &UptimeDay) -> UptimeDayView {
        let worked = day.worst.is_none_or(|worst| worst == ComponentStatus::Operational);
        let reasons = if worked { Vec::new() } else { self.reasons(component, day.date) };
        UptimeDayView {
            iso: day.date.to_string(),
            text: day_text(day.date),
            status: day.worst.map(ComponentStatus::name),
            downtime: day.downtime().num_seconds(),
            reasons,
        }
    }

    fn reasons(&self, component: &ComponentId, date: NaiveDate) -> Vec<ReasonView> {
        let (begin, end) = (midnight(date), midnight(date) + chrono::TimeDelta::days(1));
        let affected = self.incidents.iter().filter(|public| {
            let over = public.resolved_at.unwrap_or(self.now);
            // A maintenance is posted long before it affects anything.
            let since = if public.window.is_some() { public.started_at } else { public.created_at };
            public.components.contains(component) && since < end && over >= begin
        });
        affected.map(|entry| ReasonView { id: entry.id.clone(), name: entry.name.clone() }).collect()
    }
}

/// A month of `/status/history`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Month(NaiveDate);

/// The incidents of a month.
pub(super) struct MonthHistory {
    pub month: Month,
    /// Newest first.
    pub incidents: Vec<PublicEntry>,
    /// The month before, if anything was posted then or earlier.
    pub previous: Option<Month>,
    /// The month after, if it has begun.
    pub next: Option<Month>,
    /// True if there are more incidents than are listed.
    pub cut: bool,
}

impl Month {
    /// The month of a time.
    pub(super) fn of(at: Timestamp) -> Self {
        let date = at.date_naive();
        Self(date.with_day(1).unwrap_or(date))
    }

    /// Parses `2026-11`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let plain = year.len() == 4
            && month.len() == 2
            && [year, month].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
        if !plain {
            return None;
        }
        Some(Self(NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)?))
    }

    /// The word in addresses: `2026-11`.
    pub(super) fn word(self) -> String {
        self.0.format("%Y-%m").to_string()
    }

    /// The month as people read it.
    pub(super) fn text(self) -> String {
        self.0.format("%B %Y").to_string()
    }

    fn begin(self) -> Timestamp {
        midnight(self.0)
    }

    fn next(self) -> Option<Self> {
        self.0.checked_add_months(Months::new(1)).map(Self)
    }

    fn previous(self) -> Option<Self> {
        self.0.checked_sub_months(Months::new(1)).map(Self)
    }
}

impl MonthHistory {
    pub(super) fn gather(
        reads: &Reads<'_>,
        config: &Config,
        renderer: &Renderer,
        now: Timestamp,
        month: Month,
    ) -> Result<Self, StoreError> {
        let end = month.next().map_or(now, Month::begin);
        let mut incidents = reads.public_incidents_between(month.begin(), end, LISTED + 1)?;
        let cut = incidents.len() > LISTED;
        incidents.truncate(LISTED);
        let spoken = |public| PublicEntry::of_incident(&with_texts(public, renderer, config));
        let mut incidents: Vec<PublicEntry> = incidents.into_iter().map(spoken).collect();
        let held = reads.maintenances_between(month.begin(), end, LISTED)?;
        incidents
            .extend(held.into_iter().map(|item| PublicEntry::of_maintenance(&maintenance::with_texts(item, renderer))));
        incidents.sort_by_key(|entry| std::cmp::Reverse(entry.started_at));
        let first = reads.first_public_incident()?;
        let previous = if first.is_some_and(|first| first < month.begin()) { month.previous() } else { None };
        let next = month.next().filter(|next| next.begin() <= now);
        Ok(Self { month, incidents, previous, next, cut })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_strictly_and_has_neighbours() {
        let month = Month::parse("2026-12").expect("a month");
        assert_eq!((month.word().as_str(), month.text().as_str()), ("2026-12", "December 2026"));
        assert_eq!(month.next().map(Month::word).as_deref(), Some("2027-01"));
        assert_eq!(month.previous().map(Month::word).as_deref(), Some("2026-11"));
        for wrong in ["2026-13", "2026-1", "26-01", "2026-00", "+026-01", "2026-01-01", ""] {
            assert_eq!(Month::parse(wrong), None, "{wrong}");
        }
    }
}
