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
    let mut rest = text.trim();
    if rest.is_empty() || rest.len() > 64 {
        return None;
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0)?;
        let number: u64 = rest[..digits].parse().ok()?;
        let after = rest[digits..].trim_start();
        let letters = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let seconds = number.checked_mul(seconds_in(&after[..letters])?)?;
        total = total.checked_add(Duration::from_secs(seconds))?;
        rest = after[letters..].trim_start();
    }
    (total <= MAX_DURATION).then_some(total)
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
    pub now: Timestamp,
    pub zone: Tz,
    pub direction: Direction,
}

/// Parses `14:05`, `14:05 Europe/Berlin`, `yesterday 14:05`, `2026-11-21 14:05`, RFC 3339, `10m ago`, `in 2h`, `now`.
///
/// A time of day that occurs twice when clocks go back is the first one; one that is skipped when clocks go forward is
/// moved later by the length of the gap. For a past time, a time of day without a date is the nearest one: at 00:10,
/// 23:55 is yesterday; at 14:04, 14:05 is still to come (a later check refuses it, instead of taking yesterday's). For
/// a future time it is the next one.
pub(super) fn parse_time(text: &str, from: Standpoint) -> Result<Timestamp, TimeMistake> {
    let text = text.trim();
    if text.is_empty() || text.len() > 80 {
        return Err(TimeMistake::Unreadable);
    }
    let at = match relative(text, from.now) {
        Some(at) => at,
        None => match chrono::DateTime::parse_from_rfc3339(&text.to_ascii_uppercase()) {
            Ok(at) => at.to_utc(),
            Err(_) => on_the_wall(text, from)?,
        },
    };
    let days = (at - from.now).num_days().abs();
    let at = Timestamp::from_timestamp_millis(at.timestamp_millis()).ok_or(TimeMistake::TooFar)?;
    if days > MAX_DAYS_AWAY { Err(TimeMistake::TooFar) } else { Ok(at) }
}

fn relative(text: &str, now: Timestamp) -> Option<Timestamp> {
    let lower = text.to_lowercase();
    if lower == "now" {
        return Some(now);
    }
    let signed = |sign: i32, wait: &str| {
        let wait = TimeDelta::from_std(parse_duration(wait)?).ok()?;
        now.checked_add_signed(wait * sign)
    };
    match (lower.strip_suffix("ago"), lower.strip_prefix("in ")) {
        (Some(wait), _) => signed(-1, wait),
        (None, Some(wait)) => signed(1, wait),
        (None, None) => None,
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
    let today = from.now.with_timezone(&zone).date_naive();
    match words[..] {
        [time] => nearest(today, clock(time)?, zone, from),
        [day, time] => instant(day_of(day, today, from.direction)?.and_time(clock(time)?), zone),
        _ => Err(TimeMistake::Unreadable),
    }
}

fn looks_like_zone(word: &str) -> bool {
    word.contains('/')
        || matches!(word.to_ascii_lowercase().as_str(), "utc" | "gmt" | "z" | "cet" | "est" | "mst" | "hst")
}

fn find_zone(word: &str) -> Option<Tz> {
    let word = if word.eq_ignore_ascii_case("z") { "UTC" } else { word };
    chrono_tz::TZ_VARIANTS.iter().find(|tz| tz.name().eq_ignore_ascii_case(word)).copied()
}

fn nearest(today: NaiveDate, time: NaiveTime, zone: Tz, from: Standpoint) -> Result<Timestamp, TimeMistake> {
    let at = instant(today.and_time(time), zone)?;
    let other = match from.direction {
        Direction::Past if at - from.now > TimeDelta::hours(12) => today.checked_sub_days(Days::new(1)),
        Direction::Future if at < from.now => today.checked_add_days(Days::new(1)),
        Direction::Past | Direction::Future => return Ok(at),
    };
    instant(other.ok_or(TimeMistake::TooFar)?.and_time(time), zone)
}

fn day_of(word: &str, today: NaiveDate, direction: Direction) -> Result<NaiveDate, TimeMistake> {
    let shifted = |days: i64| today.checked_add_signed(TimeDelta::days(days)).ok_or(TimeMistake::TooFar);
    match word.trim_end_matches(',').to_lowercase().as_str() {
        "today" => Ok(today),
        "yesterday" => shifted(-1),
        "tomorrow" => shifted(1),
        word if word.starts_with(|c: char| c.is_ascii_digit()) => date(word),
        word => {
            let day: Weekday = word.parse().map_err(|_| TimeMistake::Unreadable)?;
            let back = i64::from(today.weekday().days_since(day));
            match direction {
                Direction::Past => shifted(-back),
                Direction::Future => shifted((7 - back) % 7),
            }
        }
    }
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

fn instant(wall: NaiveDateTime, zone: Tz) -> Result<Timestamp, TimeMistake> {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Ok(at.to_utc()),
        LocalResult::None => {
            // The clocks skip this hour. The offset from before the gap moves the time later by the length of the gap.
            let before = wall.checked_sub_signed(TimeDelta::hours(6)).ok_or(TimeMistake::NoSuchTime)?;
            let before = zone.from_local_datetime(&before).earliest().ok_or(TimeMistake::NoSuchTime)?;
            Ok(before.to_utc() + TimeDelta::hours(6))
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
        match parse_time(text, Standpoint { now: at(now), zone, direction }) {
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
        assert_eq!(berlin("14:05 America/New_York"), "2026-11-21T19:05:00Z");
        assert_eq!(berlin("14:05 utc"), "2026-11-21T14:05:00Z");
        assert_eq!(berlin("yesterday 14:05"), "2026-11-20T13:05:00Z");
        assert_eq!(berlin("friday 14:05"), "2026-11-20T13:05:00Z");
        assert_eq!(berlin("2026-11-01 14:05"), "2026-11-01T13:05:00Z");
        assert_eq!(berlin("2026-11-01T14:05"), "2026-11-01T13:05:00Z");
        assert_eq!(berlin("2026-11-01T14:05:30+02:00"), "2026-11-01T12:05:30Z");
        assert_eq!(berlin("10m ago"), "2026-11-21T14:50:00Z");
        assert_eq!(berlin("now"), "2026-11-21T15:00:00Z");
    }

    #[test]
    fn an_hour_without_a_day_is_the_nearest_for_the_past_and_the_next_for_the_future() {
        let past = |text, now| said(text, now, Tz::UTC, Direction::Past);
        assert_eq!(past("23:55", "2026-11-21T00:10:00Z"), "2026-11-20T23:55:00Z");
        assert_eq!(past("14:05", "2026-11-21T14:04:30Z"), "2026-11-21T14:05:00Z", "refused later, not yesterday's");
        let future = |text, now| said(text, now, Tz::UTC, Direction::Future);
        assert_eq!(future("18:00", "2026-11-21T20:00:00Z"), "2026-11-22T18:00:00Z");
        assert_eq!(future("monday 09:00", "2026-11-21T20:00:00Z"), "2026-11-23T09:00:00Z");
        assert_eq!(future("in 2h", "2026-11-21T20:00:00Z"), "2026-11-21T22:00:00Z");
    }

    #[test]
    fn when_clocks_change_the_first_of_two_hours_is_meant_and_a_missing_hour_is_later() {
        let berlin = |text, now| said(text, now, Tz::Europe__Berlin, Direction::Past);
        assert_eq!(berlin("2026-10-25 02:30", "2026-10-26T00:00:00Z"), "2026-10-25T00:30:00Z");
        assert_eq!(berlin("2026-03-29 02:30", "2026-03-30T00:00:00Z"), "2026-03-29T01:30:00Z");
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
