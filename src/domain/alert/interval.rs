//! Times at which routes are muted or active, as in Alertmanager (`timeinterval/timeinterval.go`).

use std::ops::RangeInclusive;

use chrono::{Datelike as _, NaiveDate, Timelike as _};
use chrono_tz::Tz;

use crate::domain::Timestamp;

const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Recurring times. A time is inside if it fits an item of each list; an empty list allows all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeInterval {
    /// Minutes of the day, from the first until just before the last: up to 1440.
    pub times: Vec<(u32, u32)>,
    /// Days of the week, 0 is Sunday.
    pub weekdays: Vec<(u32, u32)>,
    /// Days of the month, from 1, or from the end: -1 is the last.
    pub days_of_month: Vec<(i32, i32)>,
    /// Months, 1 to 12.
    pub months: Vec<(u32, u32)>,
    /// Years.
    pub years: Vec<(i32, i32)>,
    /// The zone of the wall clock; `None` for UTC.
    pub zone: Option<Tz>,
}

impl TimeInterval {
    /// True if an instant is inside.
    pub fn contains(&self, at: Timestamp) -> bool {
        let local = at.with_timezone(&self.zone.unwrap_or(Tz::UTC));
        let minute = local.hour() * 60 + local.minute();
        let (day, last) = (signed(local.day()), days_in_month(local.year(), local.month()));
        let any = |ranges: &[(u32, u32)], value| within(ranges, value);
        (self.times.is_empty() || self.times.iter().any(|(from, until)| (*from..*until).contains(&minute)))
            && any(&self.weekdays, local.weekday().num_days_from_sunday())
            && any(&self.months, local.month())
            && within(&self.years, local.year())
            && (self.days_of_month.is_empty()
                || self.days_of_month.iter().any(|(from, until)| days(*from, *until, last).contains(&day)))
    }
}

fn within<T: PartialOrd + Copy>(ranges: &[(T, T)], value: T) -> bool {
    ranges.is_empty() || ranges.iter().any(|(from, until)| *from <= value && value <= *until)
}

/// Returns the days of a month that has `last` days. A range that starts after the month's end is empty.
fn days(from: i32, until: i32, last: i32) -> RangeInclusive<i32> {
    let counted = |day: i32| if day < 0 { last + day + 1 } else { day };
    if counted(from) > last {
        return RangeInclusive::new(1, 0);
    }
    counted(from).max(1)..=counted(until).min(last)
}

fn days_in_month(year: i32, month: u32) -> i32 {
    let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    NaiveDate::from_ymd_opt(year, month, 1).and_then(|first| first.pred_opt()).map_or(31, |last| signed(last.day()))
}

fn signed(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Parses a range of the day: `09:00-17:00`, up to `24:00`.
///
/// # Errors
/// A message for the author of the configuration.
pub fn parse_times(text: &str) -> Result<(u32, u32), String> {
    let (from, until) = text.split_once('-').ok_or_else(|| format!("`{text}` is no range such as 09:00-17:00"))?;
    let (from, until) = (minute(from.trim())?, minute(until.trim())?);
    if from < until { Ok((from, until)) } else { Err(format!("`{text}` ends before it begins")) }
}

fn minute(text: &str) -> Result<u32, String> {
    let wrong = || format!("`{text}` is no time such as 09:00");
    let (hours, minutes) = text.split_once(':').filter(|(h, m)| h.len() == 2 && m.len() == 2).ok_or_else(wrong)?;
    let two = |digits: &str| {
        let numeric = digits.bytes().all(|b| b.is_ascii_digit());
        if numeric { digits.parse::<u32>().ok() } else { None }
    };
    let (hours, minutes) = (two(hours).ok_or_else(wrong)?, two(minutes).ok_or_else(wrong)?);
    let total = hours * 60 + minutes;
    if minutes < 60 && total <= 1440 { Ok(total) } else { Err(wrong()) }
}

/// Parses a day or a range of days: `saturday`, `monday:friday`.
///
/// # Errors
/// A message for the author of the configuration.
pub fn parse_weekdays(text: &str) -> Result<(u32, u32), String> {
    range(text, |word| named(word, &WEEKDAYS).ok_or_else(|| format!("`{word}` is no day of the week")))
}

/// Parses a month or a range of months, by name or number: `january:march`, `12`.
///
/// # Errors
/// A message for the author of the configuration.
pub fn parse_months(text: &str) -> Result<(u32, u32), String> {
    range(text, |word| {
        let number = word.parse().ok().filter(|month| (1..=12).contains(month));
        let month = number.or_else(|| named(word, &MONTHS).map(|place| place + 1));
        month.ok_or_else(|| format!("`{word}` is no month"))
    })
}

/// Parses a year or a range of years: `2026:2028`.
///
/// # Errors
/// A message for the author of the configuration.
pub fn parse_years(text: &str) -> Result<(i32, i32), String> {
    range(text, |word| word.parse().ok().filter(|year| *year >= 0).ok_or_else(|| format!("`{word}` is no year")))
}

/// Parses a day of the month or a range: `1:5`, `-3:-1`, `20:-1`.
///
/// # Errors
/// A message for the author of the configuration.
pub fn parse_days_of_month(text: &str) -> Result<(i32, i32), String> {
    let day = |word: &str| {
        let day = word.parse::<i32>().ok().filter(|day| *day != 0 && (-31..=31).contains(day));
        day.ok_or_else(|| format!("`{word}` is no day of the month"))
    };
    let (from, until) = match text.split_once(':') {
        Some((from, until)) => (day(from.trim())?, day(until.trim())?),
        None => (day(text.trim())?, day(text.trim())?),
    };
    let never = if from < 0 {
        until > 0 || until < from
    } else {
        (until > 0 && until < from) || (until < 0 && 32 + until < from)
    };
    if never { Err(format!("`{text}` ends before it begins")) } else { Ok((from, until)) }
}

fn range<T: PartialOrd + Copy>(text: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<(T, T), String> {
    let (from, until) = text.split_once(':').unwrap_or((text, text));
    let (from, until) = (read(from.trim())?, read(until.trim())?);
    if from <= until { Ok((from, until)) } else { Err(format!("`{text}` ends before it begins")) }
}

fn named(word: &str, names: &[&str]) -> Option<u32> {
    let place = names.iter().position(|name| name.eq_ignore_ascii_case(word))?;
    u32::try_from(place).ok()
}
