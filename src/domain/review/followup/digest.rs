//! When a person reads the weekly digest of follow-ups.

use chrono::{Datelike, Days, NaiveTime, TimeZone};
use chrono_tz::Tz;

use crate::domain::Timestamp;

/// The hour of the digest, in the zone of its reader: every Monday.
const HOUR: u32 = 9;

/// Returns the first Monday at nine, in this zone, that is after `now`.
pub fn next_digest(zone: Tz, now: Timestamp) -> Timestamp {
    let today = now.with_timezone(&zone).date_naive();
    let ahead = (7 - today.weekday().num_days_from_monday()) % 7;
    let at = |days: u32| {
        let day = today.checked_add_days(Days::new(u64::from(days)))?;
        let local = day.and_time(NaiveTime::from_hms_opt(HOUR, 0, 0)?);
        zone.from_local_datetime(&local).earliest().map(|at| at.to_utc())
    };
    let found = [ahead, ahead + 7].into_iter().filter_map(at).find(|at| *at > now);
    found.unwrap_or(now + chrono::TimeDelta::days(7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_comes_on_monday_morning_where_its_reader_is() {
        let next = |now: &str, zone| next_digest(zone, now.parse().unwrap()).to_rfc3339();
        let berlin = chrono_tz::Europe::Berlin;
        // 21 November 2026 is a Saturday.
        assert_eq!(next("2026-11-21T14:05:00Z", berlin), "2026-11-23T08:00:00+00:00");
        assert_eq!(next("2026-11-23T07:59:59Z", berlin), "2026-11-23T08:00:00+00:00");
        assert_eq!(next("2026-11-23T08:00:00Z", berlin), "2026-11-30T08:00:00+00:00");
        assert_eq!(next("2026-11-23T00:00:00Z", chrono_tz::Asia::Seoul), "2026-11-30T00:00:00+00:00");
    }
}
