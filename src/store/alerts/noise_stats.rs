//! Noise by day and source. It is counted as it happens, so that no report reads history.

use serde::{Deserialize, Serialize};

use crate::{
    domain::Timestamp,
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, row_limit, signed, to_json, unsigned},
            sql::{Row, params},
        },
    },
};

/// How many events became how many incidents: each number is a part of the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = Noise)]
pub struct NoiseCounts {
    /// Reported alerts: each alert of each delivery counts.
    pub events: u64,
    /// Alerts that started to fire.
    pub alerts: u64,
    /// Groups that opened.
    pub groups: u64,
    /// Incidents that are not private.
    pub incidents: u64,
}

/// The noise of a source on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DailyNoise {
    /// The day in UTC: `2026-11-21`.
    pub day: String,
    /// The source; empty for incidents without an alert.
    pub source: String,
    /// The counts.
    pub noise: NoiseCounts,
}

impl std::ops::AddAssign for NoiseCounts {
    fn add_assign(&mut self, more: Self) {
        self.events += more.events;
        self.alerts += more.alerts;
        self.groups += more.groups;
        self.incidents += more.incidents;
    }
}

/// The most rows one report reads: a year of ten sources.
const MAX_ROWS: usize = 4_000;

fn day(at: Timestamp) -> String {
    at.format("%Y-%m-%d").to_string()
}

fn read_day(row: &Row<'_>) -> Result<DailyNoise, StoreError> {
    let count = |column| row.get(column).map(unsigned);
    let noise = NoiseCounts { events: count(2)?, alerts: count(3)?, groups: count(4)?, incidents: count(5)? };
    Ok(DailyNoise { day: row.get(0)?, source: row.get(1)?, noise })
}

impl Tx<'_> {
    /// Adds to the noise of a source.
    pub fn count_noise(&mut self, at: Timestamp, source: &str, more: NoiseCounts) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO noise (day, source, events, alerts, groups, incidents) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (day, source) DO UPDATE SET events = noise.events + excluded.events,
                 alerts = noise.alerts + excluded.alerts, groups = noise.groups + excluded.groups,
                 incidents = noise.incidents + excluded.incidents",
            params![
                day(at),
                source,
                signed(more.events),
                signed(more.alerts),
                signed(more.groups),
                signed(more.incidents)
            ],
        )?;
        Ok(())
    }
}

/// Alerts of a source that had ended before they arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedOnArrival {
    /// Their number.
    pub count: u64,
    /// When the last one arrived.
    pub last: Timestamp,
}

/// The key of the stored value with them.
fn ended_on_arrival(source: &str) -> String {
    format!("ended_on_arrival/{source}")
}

impl Tx<'_> {
    /// Counts an alert that had ended before it arrived.
    pub fn count_ended_on_arrival(&mut self, source: &str, at: Timestamp) -> Result<(), StoreError> {
        let count = self.ended_on_arrival(source)?.map_or(0, |known| known.count) + 1;
        self.set_meta(&ended_on_arrival(source), Some(&to_json(&EndedOnArrival { count, last: at })?))
    }
}

impl Reads<'_> {
    /// The alerts of a source that had ended before they arrived; `None` if there was none.
    pub fn ended_on_arrival(&self, source: &str) -> Result<Option<EndedOnArrival>, StoreError> {
        let stored = self.meta(&ended_on_arrival(source))?;
        stored.map(|doc| from_json(&format_args!("what {source} sent too late"), &doc)).transpose()
    }
}

impl Reads<'_> {
    /// The noise since the day of `since`, newest day first.
    pub fn noise_since(&self, since: Timestamp) -> Result<Vec<DailyNoise>, StoreError> {
        let sql = "SELECT day, source, events, alerts, groups, incidents FROM noise WHERE day >= $1
            ORDER BY day DESC, source LIMIT $2";
        self.all(sql, params![day(since), row_limit(MAX_ROWS)], read_day)
    }
}
