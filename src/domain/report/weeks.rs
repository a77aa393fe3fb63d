//! Weeks and days in a time zone.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;

use crate::domain::Timestamp;

/// Returns the first instant of a day in a time zone. Where the clocks skip midnight, the day begins after the gap.
pub fn midnight(date: NaiveDate, zone: Tz) -> Timestamp {
    let mut local = date.and_time(NaiveTime::MIN);
    for _ in 0..48 {
        if let Some(found) = zone.from_local_datetime(&local).earliest() {
            return found.to_utc();
        }
        local += TimeDelta::minutes(30);
    }
    date.and_time(NaiveTime::MIN).and_utc()
}

/// Returns the Monday of the week of an instant, in a time zone.
pub fn week_of(at: Timestamp, zone: Tz) -> NaiveDate {
    let date = at.with_timezone(&zone).date_naive();
    date.checked_sub_days(Days::new(u64::from(date.weekday().num_days_from_monday()))).unwrap_or(date)
}

/// Returns the Mondays of all weeks that a period touches, those without an incident included.
pub fn weeks(from: Timestamp, until: Timestamp, zone: Tz) -> Vec<NaiveDate> {
    let mut found = Vec::new();
    let mut monday = week_of(from, zone);
    while midnight(monday, zone) < until {
        found.push(monday);
        let Some(next) = monday.checked_add_days(Days::new(7)) else { break };
        monday = next;
    }
    found
}
