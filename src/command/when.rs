//! Parses durations and times as people write them.

use std::time::Duration;

use chrono::{Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Weekday};
use chrono_tz::Tz;

use super::{Direction, TimeMistake};
use crate::domain::Timestamp;

/// Maximum duration.
const MAX_DURATION: Duration = Duration::from_secs(366 * 24 * 3600);
/// Maximum distance of a time from now, in days.
const MAX_DAYS_AWAY: i64 = 3660;

/// Parses `30m`, `2h`, `1h30m`, `1 h 30 min`, `1d`, `2 weeks`.
pub fn parse_duration(text: &str) -> Option<Duration> {
    length(text).ok()
}

/// Parses a duration; the error says why it is none.
fn length(text: &str) -> Result<Duration, TimeMistake> {
    let mut rest = text.trim();
    if rest.is_empty() || rest.len() > 64 {
        return Err(TimeMistake::Unreadable);
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0).ok_or(TimeMistake::Unreadable)?;
        let after = rest[digits..].trim_start();
        if after.strip_prefix(['.', ',']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
            return Err(TimeMistake::Fraction);
        }
        let letters = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let unit = seconds_in(&after[..letters]).ok_or(TimeMistake::Unreadable)?;
        let seconds = rest[..digits].parse().ok().and_then(|number: u64| number.checked_mul(unit));
        let seconds = seconds.ok_or(TimeMistake::TooFar)?;
        total = total.checked_add(Duration::from_secs(seconds)).ok_or(TimeMistake::TooFar)?;
        rest = after[letters..].trim_start();
    }
    if total <= MAX_DURATION { Ok(total) } else { Err(TimeMistake::TooFar) }
}

fn seconds_in(unit: &str) -> Option<u64> {
    match unit.to_ascii_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => Some(1),
        "m" | "min" | "mins" | "minute" | "minutes" => Some(60),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some(3600),
        "d" | "day" | "days" => Some(24 * 3600),
        "w" | "week" | "weeks" => Some(7 * 24 * 3600),
        _ => None,
    }
}

/// Writes a time as commands accept it.
pub(super) fn time_text(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// Writes a duration so that [`parse_duration`] parses it back: `1h30m`.
pub fn duration_text(duration: Duration) -> String {
    let mut rest = duration.as_secs();
    let mut out = String::new();
    for (unit, seconds) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] {
        if rest >= seconds {
            out.push_str(&format!("{}{unit}", rest / seconds));
            rest %= seconds;
        }
    }
    if out.is_empty() { "0s".to_owned() } else { out }
}

/// The reference point for parsing a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standpoint {
    /// Now: lengths of time, and words such as `tomorrow`, count from it.
    pub now: Timestamp,
    /// The zone of times that name none.
    pub zone: Tz,
    /// Whether the time has passed or is to come.
    pub direction: Direction,
    /// A clock time to come is the first after this instant: now, or the beginning of what it ends.
    pub after: Timestamp,
}

impl Standpoint {
    /// Returns the standpoint of someone who speaks now.
    pub(super) fn new(now: Timestamp, zone: Tz, direction: Direction) -> Self {
        Self { now, zone, direction, after: now }
    }
}

/// Parses `14:05`, `14:05 Europe/Berlin`, `yesterday 14:05`, `2026-11-21 14:05`, RFC 3339, `10m ago`, `in 2h`, `2h`,
/// `now`.
///
/// A clock time to come is the next instant at which the clock shows it, and a clock time that has passed is the latest
/// such instant, also in an hour that occurs twice when clocks go back. With a weekday, the same holds for the instants on
/// that weekday. A clock time that is skipped when clocks go forward is moved later by the length of the gap. A bare length
/// of time counts from now, forwards or backwards.
pub(super) fn parse_time(text: &str, from: Standpoint) -> Result<Timestamp, TimeMistake> {
    let text = text.trim();
    if text.is_empty() || text.len() > 80 {
        return Err(TimeMistake::Unreadable);
    }
    let at = match relative(text, from) {
        Some(at) => at?,
        None => match chrono::DateTime::parse_from_rfc3339(&text.to_ascii_uppercase()) {
            Ok(at) => at.to_utc(),
            Err(_) => on_the_wall(text, from)?,
        },
    };
    let days = (at - from.now).num_days().abs();
    let at = Timestamp::from_timestamp_millis(at.timestamp_millis()).ok_or(TimeMistake::TooFar)?;
    if days > MAX_DAYS_AWAY { Err(TimeMistake::TooFar) } else { Ok(at) }
}

/// True if a text is a clock time without a day: `14:05`, `2pm Europe/Berlin`.
pub(super) fn is_clock_time(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        [time] => clock(time).is_ok(),
        [time, zone] => clock(time).is_ok() && looks_like_zone(zone),
        _ => false,
    }
}

/// A time given by its distance from now; `None` if it is not given so.
fn relative(text: &str, from: Standpoint) -> Option<Result<Timestamp, TimeMistake>> {
    let lower = text.to_lowercase();
    if lower == "now" {
        return Some(Ok(from.now));
    }
    let signed = |sign: i32, wait: Result<Duration, TimeMistake>| {
        let wait = TimeDelta::from_std(wait?).map_err(|_| TimeMistake::TooFar)?;
        from.now.checked_add_signed(wait * sign).ok_or(TimeMistake::TooFar)
    };
    let bare = match from.direction {
        Direction::Past => -1,
        Direction::Future => 1,
    };
    match (lower.strip_suffix("ago"), lower.strip_prefix("in ")) {
        (Some(wait), _) => Some(signed(-1, length(wait))),
        (None, Some(wait)) => Some(signed(1, length(wait))),
        // Anything else may be another notation of a time.
        (None, None) => match length(&lower) {
            Err(TimeMistake::Unreadable) => None,
            wait => Some(signed(bare, wait)),
        },
    }
}

fn on_the_wall(text: &str, from: Standpoint) -> Result<Timestamp, TimeMistake> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    if let [one] = words[..]
        && let Some((date, time)) = one.split_once(['T', 't'])
        && !date.is_empty()
        && date.starts_with(|c: char| c.is_ascii_digit())
    {
        words = vec![date, time];
    }
    let zone = match words.last() {
        Some(last) if words.len() > 1 && looks_like_zone(last) => {
            let zone = find_zone(last).ok_or(TimeMistake::UnknownZone)?;
            words.pop();
            zone
        }
        _ => from.zone,
    };
    let now = from.now.with_timezone(&zone).date_naive();
    let (days, time) = match words[..] {
        [time] => (around(from.after.with_timezone(&zone).date_naive()), time),
        [day, time] => (days_of(day, now, from.after.with_timezone(&zone).date_naive())?, time),
        _ => return Err(TimeMistake::Unreadable),
    };
    let time = clock(time)?;
    let mut shown = Vec::new();
    for day in days {
        shown.extend(instants(day.and_time(time), zone)?);
    }
    nearest(&shown, from).ok_or(TimeMistake::TooFar)
}

/// Of the instants at which a clock shows a time, in order, the one that is meant.
fn nearest(shown: &[Timestamp], from: Standpoint) -> Option<Timestamp> {
    match from.direction {
        Direction::Past => shown.iter().rfind(|at| **at <= from.now).or(shown.first()).copied(),
        Direction::Future => shown.iter().find(|at| **at > from.after).or(shown.last()).copied(),
    }
}

/// The days of which one has the clock time next to an instant.
fn around(day: NaiveDate) -> Vec<NaiveDate> {
    let days = [day.checked_sub_days(Days::new(1)), Some(day), day.checked_add_days(Days::new(1))];
    days.into_iter().flatten().collect()
}

fn looks_like_zone(word: &str) -> bool {
    word.contains('/')
        || matches!(word.to_ascii_lowercase().as_str(), "utc" | "gmt" | "z" | "cet" | "est" | "mst" | "hst")
}

fn find_zone(word: &str) -> Option<Tz> {
    let word = if word.eq_ignore_ascii_case("z") { "UTC" } else { word };
    chrono_tz::TZ_VARIANTS.iter().find(|tz| tz.name().eq_ignore_ascii_case(word)).copied()
}

/// The days that a word means: one for a date, and the weekdays around `near`.
fn days_of(word: &str, today: NaiveDate, near: NaiveDate) -> Result<Vec<NaiveDate>, TimeMistake> {
    let shifted = |day: NaiveDate, days: i64| day.checked_add_signed(TimeDelta::days(days)).ok_or(TimeMistake::TooFar);
    let day = match word.trim_end_matches(',').to_lowercase().as_str() {
        "today" => today,
        "yesterday" => shifted(today, -1)?,
        "tomorrow" => shifted(today, 1)?,
        word if word.starts_with(|c: char| c.is_ascii_digit()) => date(word)?,
        word => {
            let day: Weekday = word.parse().map_err(|_| TimeMistake::Unreadable)?;
            let back = i64::from(near.weekday().days_since(day));
            let last = shifted(near, -back)?;
            return Ok(vec![shifted(last, -7)?, last, shifted(last, 7)?]);
        }
    };
    Ok(vec![day])
}

fn date(word: &str) -> Result<NaiveDate, TimeMistake> {
    let parts: Vec<&str> = word.split('-').collect();
    let [year, month, day] = parts[..] else { return Err(TimeMistake::Unreadable) };
    let number = |text: &str| text.parse::<u32>().map_err(|_| TimeMistake::Unreadable);
    if year.len() != 4 {
        return Err(TimeMistake::Unreadable);
    }
    let year = i32::try_from(number(year)?).map_err(|_| TimeMistake::TooFar)?;
    NaiveDate::from_ymd_opt(year, number(month)?, number(day)?).ok_or(TimeMistake::NoSuchTime)
}

fn clock(word: &str) -> Result<NaiveTime, TimeMistake> {
    let lower = word.to_ascii_lowercase();
    let (digits, noon) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(digits), _) => (digits, Some(false)),
        (None, Some(digits)) => (digits, Some(true)),
        (None, None) => (lower.as_str(), None),
    };
    let parts: Vec<&str> = digits.split(':').collect();
    let plain = |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let enough = (2..=3).contains(&parts.len()) || (noon.is_some() && parts.len() == 1);
    if !enough || !parts.iter().all(|p| plain(p)) {
        return Err(TimeMistake::Unreadable);
    }
    let part = |n: usize| parts.get(n).and_then(|p| p.parse::<u32>().ok()).unwrap_or(0);
    let hour = match noon {
        None => part(0),
        Some(_) if !(1..=12).contains(&part(0)) => return Err(TimeMistake::NoSuchTime),
        Some(after) => part(0) % 12 + if after { 12 } else { 0 },
    };
    NaiveTime::from_hms_opt(hour, part(1), part(2)).ok_or(TimeMistake::NoSuchTime)
}

/// The instants at which the clocks of a zone show a time: two in an hour that occurs twice.
fn instants(wall: NaiveDateTime, zone: Tz) -> Result<Vec<Timestamp>, TimeMistake> {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(at) => Ok(vec![at.to_utc()]),
        LocalResult::Ambiguous(first, second) => Ok(vec![first.to_utc(), second.to_utc()]),
        LocalResult::None => {
            // The clocks skip this hour. The offset from before the gap moves the time later by the length of the gap.
            let before = wall.checked_sub_signed(TimeDelta::hours(6)).ok_or(TimeMistake::NoSuchTime)?;
            let before = zone.from_local_datetime(&before).earliest().ok_or(TimeMistake::NoSuchTime)?;
            Ok(vec![before.to_utc() + TimeDelta::hours(6)])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn said(text: &str, now: &str, zone: Tz, direction: Direction) -> String {
        match parse_time(text, Standpoint::new(at(now), zone, direction)) {
            Ok(time) => time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
            Err(why) => format!("{why:?}"),
        }
    }

    #[test]
    fn lengths_of_time_are_read_the_way_people_write_them() {
        let minutes = |text| parse_duration(text).map(|d| d.as_secs() / 60);
        assert_eq!(minutes("30m"), Some(30));
        assert_eq!(minutes("2h"), Some(120));
        assert_eq!(minutes("1h30m"), Some(90));
        assert_eq!(minutes("1 h 30 min"), Some(90));
        assert_eq!(minutes("1d"), Some(1440));
        assert_eq!(minutes("2 weeks"), Some(20160));
        for wrong in ["", "30", "m", "-5m", "1x", "99999999999999999999h", "400d", "1h 30", "²h"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_length_of_time_is_written_as_it_is_read() {
        for text in ["1h30m", "1d", "45s", "2d3h4m5s"] {
            assert_eq!(duration_text(parse_duration(text).unwrap()), text);
        }
    }

    #[test]
    fn times_are_read_in_the_zone_of_the_speaker_or_the_one_that_is_named() {
        let berlin = |text| said(text, "2026-11-21T15:00:00Z", Tz::Europe__Berlin, Direction::Past);
        assert_eq!(berlin("14:05"), "2026-11-21T13:05:00Z");
        assert_eq!(berlin("2:05pm"), "2026-11-21T13:05:00Z");
        assert_eq!(berlin("14:05 America/New_York"), "2026-11-20T19:05:00Z");
        assert_eq!(berlin("14:05 utc"), "2026-11-21T14:05:00Z");
        assert_eq!(berlin("yesterday 14:05"), "2026-11-20T13:05:00Z");
        assert_eq!(berlin("friday 14:05"), "2026-11-20T13:05:00Z");
        assert_eq!(berlin("2026-11-01 14:05"), "2026-11-01T13:05:00Z");
        assert_eq!(berlin("2026-11-01T14:05"), "2026-11-01T13:05:00Z");
        assert_eq!(berlin("2026-11-01T14:05:30+02:00"), "2026-11-01T12:05:30Z");
        assert_eq!(berlin("10m ago"), "2026-11-21T14:50:00Z");
        assert_eq!(berlin("now"), "2026-11-21T15:00:00Z");
    }

    /// The documented rule of typed times, row by row.
    #[test]
    fn typed_times_follow_the_documented_rule() {
        const BERLIN: Tz = Tz::Europe__Berlin;
        let rows = [
            // A clock time to come is the next instant at which the clock shows it.
            ("18:00", "2026-11-21T17:59:00Z", Tz::UTC, Direction::Future, "2026-11-21T18:00:00Z"),
            ("18:00", "2026-11-21T20:00:00Z", Tz::UTC, Direction::Future, "2026-11-22T18:00:00Z"),
            ("18:00", "2026-11-21T18:00:00Z", Tz::UTC, Direction::Future, "2026-11-22T18:00:00Z"),
            // 02:30 occurs at 00:30 and at 01:30 UTC in the night in which clocks go back.
            ("02:30", "2026-10-24T23:00:00Z", BERLIN, Direction::Future, "2026-10-25T00:30:00Z"),
            ("02:30", "2026-10-25T00:40:00Z", BERLIN, Direction::Future, "2026-10-25T01:30:00Z"),
            ("02:30", "2026-10-25T01:40:00Z", BERLIN, Direction::Future, "2026-10-26T01:30:00Z"),
            ("tomorrow 02:30", "2026-10-24T12:00:00Z", BERLIN, Direction::Future, "2026-10-25T00:30:00Z"),
            // A weekday and a time that have passed today mean next week.
            ("monday 09:00", "2026-11-21T20:00:00Z", Tz::UTC, Direction::Future, "2026-11-23T09:00:00Z"),
            ("sunday 09:00", "2026-11-29T17:05:00Z", Tz::UTC, Direction::Future, "2026-12-06T09:00:00Z"),
            ("sunday 19:00", "2026-11-29T17:05:00Z", Tz::UTC, Direction::Future, "2026-11-29T19:00:00Z"),
            // A clock time that has passed is the latest such instant.
            ("23:55", "2026-11-21T00:10:00Z", Tz::UTC, Direction::Past, "2026-11-20T23:55:00Z"),
            ("14:05", "2026-11-21T14:05:00Z", Tz::UTC, Direction::Past, "2026-11-21T14:05:00Z"),
            ("14:05", "2026-11-21T14:04:30Z", Tz::UTC, Direction::Past, "2026-11-20T14:05:00Z"),
            ("02:30", "2026-10-25T01:40:00Z", BERLIN, Direction::Past, "2026-10-25T01:30:00Z"),
            ("02:30", "2026-10-25T01:10:00Z", BERLIN, Direction::Past, "2026-10-25T00:30:00Z"),
            ("02:30", "2026-10-25T00:10:00Z", BERLIN, Direction::Past, "2026-10-24T00:30:00Z"),
            ("friday 14:05", "2026-11-20T13:00:00Z", Tz::UTC, Direction::Past, "2026-11-13T14:05:00Z"),
            ("today 16:00", "2026-11-21T15:00:00Z", Tz::UTC, Direction::Past, "2026-11-21T16:00:00Z"),
            // A bare length of time counts from now.
            ("2h", "2026-11-21T20:00:00Z", Tz::UTC, Direction::Future, "2026-11-21T22:00:00Z"),
            ("1h30m", "2026-11-21T20:00:00Z", Tz::UTC, Direction::Past, "2026-11-21T18:30:00Z"),
            ("in 2h", "2026-11-21T20:00:00Z", Tz::UTC, Direction::Future, "2026-11-21T22:00:00Z"),
            ("in 2h", "2026-11-21T20:00:00Z", Tz::UTC, Direction::Past, "2026-11-21T22:00:00Z"),
            // A skipped hour is moved later.
            ("2026-03-29 02:30", "2026-03-30T00:00:00Z", BERLIN, Direction::Past, "2026-03-29T01:30:00Z"),
            ("in 400d", "2026-11-21T20:00:00Z", Tz::UTC, Direction::Future, "TooFar"),
            ("1.5h ago", "2026-11-21T20:00:00Z", Tz::UTC, Direction::Past, "Fraction"),
        ];
        for (text, now, zone, direction, meant) in rows {
            assert_eq!(said(text, now, zone, direction), meant, "{text} at {now}, {direction:?}");
        }
    }

    #[test]
    fn a_clock_time_is_told_from_a_day() {
        for text in ["14:05", "2pm", "14:05 Europe/Berlin"] {
            assert!(is_clock_time(text), "{text}");
        }
        for text in ["tomorrow 14:05", "2h", "2026-11-21 14:05", "now", ""] {
            assert!(!is_clock_time(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_says_why() {
        let wrong = |text| said(text, "2026-11-21T15:00:00Z", Tz::UTC, Direction::Past);
        assert_eq!(wrong("soon"), "Unreadable");
        assert_eq!(wrong("25:00"), "NoSuchTime");
        assert_eq!(wrong("2026-02-31 14:05"), "NoSuchTime");
        assert_eq!(wrong("14:05 Mars/Olympus"), "UnknownZone");
        assert_eq!(wrong("1969-01-01 14:05"), "TooFar");
        assert_eq!(wrong("٣:٠٥"), "Unreadable");
    }
}
