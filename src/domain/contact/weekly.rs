//! The weekly test of a person: when it is due, and by which method.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Weekday};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{ContactMethod, MethodKind};
use crate::domain::{Timestamp, ids::PersonId};

/// The hour, on the wall clock of the person, in which tests begin.
const FIRST_HOUR: u32 = 10;
/// The span in which tests begin: the last one can be answered until 18:00.
const SPAN_MINUTES: u64 = 6 * 60;
/// Working days in a week.
const WORKING_DAYS: u64 = 5;

/// What a person chose for the weekly test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyTest {
    /// True if text messages and calls are tested too: they cost money and patience.
    #[serde(default, rename = "phone")]
    pub telephone: bool,
}

/// Returns when the next weekly test of a person is due: once a week, on a working day between 10:00 and 16:00 on the wall
/// clock of the person. Day and time differ by person and week, and are the same each time they are computed.
pub fn next_weekly_test(person: &PersonId, zone: chrono_tz::Tz, after: Timestamp) -> Timestamp {
    let today = after.with_timezone(&zone).date_naive();
    let monday = today.week(Weekday::Mon).first_day();
    let weeks = (0..=3).filter_map(|week| monday.checked_add_days(Days::new(7 * week)));
    let due = weeks.filter_map(|monday| due_in_week(person, zone, monday));
    due.into_iter().find(|due| *due > after).unwrap_or(after + TimeDelta::days(7))
}

fn due_in_week(person: &PersonId, zone: chrono_tz::Tz, monday: NaiveDate) -> Option<Timestamp> {
    let hash = Sha256::digest(format!("weekly test\0{person}\0{monday}"));
    let number = u64::from_be_bytes(hash[..8].try_into().unwrap_or_default());
    let day = monday.checked_add_days(Days::new(number % WORKING_DAYS))?;
    let minutes = i64::try_from(number / WORKING_DAYS % SPAN_MINUTES).unwrap_or(0);
    let time = NaiveTime::from_hms_opt(FIRST_HOUR, 0, 0)? + TimeDelta::minutes(minutes);
    zone.from_local_datetime(&day.and_time(time)).earliest().map(|at| at.to_utc())
}

/// True if a weekly test may begin now. A timer that is late because hotroom was down may come at night.
pub fn may_begin_weekly_test(zone: chrono_tz::Tz, now: Timestamp) -> bool {
    let local = now.with_timezone(&zone);
    let minutes = local.time().signed_duration_since(NaiveTime::MIN).num_minutes();
    let first = i64::from(FIRST_HOUR) * 60;
    let is_weekend = matches!(local.weekday(), Weekday::Sat | Weekday::Sun);
    !is_weekend && (first..=first + SPAN_MINUTES as i64).contains(&minutes)
}

/// Chooses the method of this week: of those that may be tested, the one that was proven longest ago.
pub fn weekly_method(methods: &[ContactMethod], chosen: WeeklyTest) -> Option<&ContactMethod> {
    let testable = |method: &&ContactMethod| method.is_usable() && (chosen.telephone || is_quiet(method.kind));
    methods.iter().filter(testable).min_by_key(|method| (method.proven_at, method.position))
}

/// True for pushes and mail.
fn is_quiet(kind: MethodKind) -> bool {
    match kind {
        MethodKind::Mail | MethodKind::WebPush | MethodKind::Ntfy | MethodKind::Pushover | MethodKind::Webhook => true,
        MethodKind::Sms | MethodKind::Voice | MethodKind::Gateway => false,
    }
}
