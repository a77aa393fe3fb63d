//! Converts wall-clock times to instants. A zone's clock skips an hour in spring and repeats one in autumn; `first` and
//! `last` say which instant a time of day means then.

use chrono::{MappedLocalTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::domain::Timestamp;

/// No zone is further from UTC, so the instant of a wall-clock time is within this distance.
const FURTHEST: TimeDelta = TimeDelta::hours(16);

/// Returns the first instant at which the zone's clock shows `wall`; in a gap, the first instant after the gap.
pub(super) fn first(zone: Tz, wall: NaiveDateTime) -> Timestamp {
    match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => at.with_timezone(&Utc),
        MappedLocalTime::None => after_gap(zone, wall),
    }
}

/// Returns the last instant at which the zone's clock shows `wall`; in a gap, the first instant after the gap.
pub(super) fn last(zone: Tz, wall: NaiveDateTime) -> Timestamp {
    match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(_, at) => at.with_timezone(&Utc),
        MappedLocalTime::None => after_gap(zone, wall),
    }
}

/// Returns what the zone's clock shows at an instant.
pub(super) fn wall(zone: Tz, at: Timestamp) -> NaiveDateTime {
    at.with_timezone(&zone).naive_local()
}

/// Returns the instant at which the clock skips `wall`, by bisection: before it the clock shows less, from it on more.
fn after_gap(zone: Tz, skipped: NaiveDateTime) -> Timestamp {
    let utc = skipped.and_utc();
    let (mut before, mut after) = (utc - FURTHEST, utc + FURTHEST);
    while after - before > TimeDelta::seconds(1) {
        let middle = before + (after - before) / 2;
        if wall(zone, middle) > skipped { after = middle } else { before = middle }
    }
    // Transitions are at whole seconds; the bisection ends within the second before one.
    Timestamp::from_timestamp(after.timestamp(), 0).unwrap_or(after)
}
