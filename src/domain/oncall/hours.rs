//! How long people were on call, and how much of it at night and at weekends.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveTime, Timelike, Weekday};
use chrono_tz::Tz;

use super::{Shift, clock};
use crate::domain::{Timestamp, ids::PersonId};

/// The hour at which the night begins, and that at which it ends.
pub const NIGHT: [u32; 2] = [22, 6];

/// How long a person was on call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DutyHours {
    /// All of it, in minutes.
    pub minutes: i64,
    /// At night, from 22:00 until 06:00.
    pub night: i64,
    /// On Saturdays and Sundays; nights count here, too.
    pub weekend: i64,
}

/// Adds up the shifts of each person by the wall clock of a zone. A time in several schedules counts once.
pub fn hours(mut shifts: Vec<Shift>, zone: Tz) -> BTreeMap<PersonId, DutyHours> {
    shifts.sort_by_key(|shift| shift.from);
    let mut counted: BTreeMap<PersonId, Timestamp> = BTreeMap::new();
    let mut hours: BTreeMap<PersonId, DutyHours> = BTreeMap::new();
    for shift in shifts {
        let until = counted.entry(shift.person.clone()).or_insert(shift.from);
        let from = shift.from.max(*until);
        if from >= shift.until {
            continue;
        }
        *until = shift.until;
        let total = hours.entry(shift.person).or_default();
        for [from, until] in parts(zone, from, shift.until) {
            let (wall, minutes) = (clock::wall(zone, from), (until - from).num_minutes());
            let [begins, ends] = NIGHT;
            total.minutes += minutes;
            total.night += if wall.hour() >= begins || wall.hour() < ends { minutes } else { 0 };
            total.weekend += if matches!(wall.weekday(), Weekday::Sat | Weekday::Sun) { minutes } else { 0 };
        }
    }
    hours
}

/// Cuts a time where a day, or the night, begins or ends.
fn parts(zone: Tz, from: Timestamp, until: Timestamp) -> Vec<[Timestamp; 2]> {
    let (first, last) = (clock::wall(zone, from).date(), clock::wall(zone, until).date());
    let [begins, ends] = NIGHT;
    let cuts = first.iter_days().take_while(|day| *day <= last).flat_map(|day| {
        [0, ends, begins]
            .map(|hour| clock::first(zone, day.and_time(NaiveTime::MIN).with_hour(hour).unwrap_or_default()))
    });
    let mut edges: Vec<Timestamp> = cuts.filter(|cut| from < *cut && *cut < until).collect();
    edges.extend([from, until]);
    edges.sort();
    edges.dedup();
    edges.windows(2).map(|edge| [edge[0], edge[1]]).collect()
}
