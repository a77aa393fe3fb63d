//! On-call load: how often pages reached out for a person, and when in the person's day.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::AddAssign,
};

use chrono::{Datelike, Days, Timelike, Weekday};
use chrono_tz::Tz;

use super::Spread;
use crate::domain::{Timestamp, ids::PageId};

/// The hours of the day; the others are night, also on weekends.
const DAY: std::ops::Range<u32> = 8..22;

/// One time a page reached out for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PagedMoment {
    /// The page.
    pub page: PageId,
    /// When.
    pub at: Timestamp,
    /// When this person acknowledged the page.
    pub taken: Option<Timestamp>,
}

/// How many pages there were, by the time of the first message of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadCounts {
    /// All.
    pub pages: u64,
    /// Between 8 and 22 from Monday to Friday.
    pub day: u64,
    /// Between 22 and 8.
    pub night: u64,
    /// Between 8 and 22 on Saturday and Sunday.
    pub weekend: u64,
    /// Nights with at least one message.
    pub nights: u64,
}

/// The load of one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PersonLoad {
    /// How many pages there were.
    pub counts: LoadCounts,
    /// How many of them the person acknowledged.
    pub acknowledged: u64,
    /// How long that took from the first message, in milliseconds; `None` if none was acknowledged.
    pub spread: Option<Spread>,
}

impl AddAssign for LoadCounts {
    fn add_assign(&mut self, other: Self) {
        self.pages += other.pages;
        self.day += other.day;
        self.night += other.night;
        self.weekend += other.weekend;
        self.nights += other.nights;
    }
}

impl PersonLoad {
    /// Computes the load of a person in their time zone.
    pub fn of(moments: &[PagedMoment], zone: Tz) -> Self {
        let mut pages: BTreeMap<PageId, PagedMoment> = BTreeMap::new();
        let mut nights = BTreeSet::new();
        for moment in moments {
            let first = pages.entry(moment.page).or_insert(*moment);
            first.at = first.at.min(moment.at);
            first.taken = first.taken.or(moment.taken);
            let local = moment.at.with_timezone(&zone);
            if !DAY.contains(&local.hour()) {
                let evening = if local.hour() < DAY.start { 1 } else { 0 };
                nights.insert(local.date_naive().checked_sub_days(Days::new(evening)));
            }
        }
        let mut counts = LoadCounts { nights: nights.len() as u64, ..LoadCounts::default() };
        for first in pages.values() {
            let local = first.at.with_timezone(&zone);
            let weekend = matches!(local.weekday(), Weekday::Sat | Weekday::Sun);
            counts.pages += 1;
            if !DAY.contains(&local.hour()) {
                counts.night += 1;
            } else if weekend {
                counts.weekend += 1;
            } else {
                counts.day += 1;
            }
        }
        let took = |first: &PagedMoment| Some((first.taken? - first.at).num_milliseconds().max(0));
        let mut spans: Vec<i64> = pages.values().filter_map(took).collect();
        spans.sort_unstable();
        Self { counts, acknowledged: spans.len() as u64, spread: Spread::of_sorted(&spans) }
    }
}
