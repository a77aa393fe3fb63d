//! Counts of recent deliveries, alerts, groups and incidents.

use serde::Serialize;
use uuid::Uuid;

use crate::{
    domain::{Timestamp, ids::PersonId},
    store::{
        Reads, StoreError,
        engine::{
            columns::{millis, unsigned},
            sql::{Param, params},
        },
    },
};

/// What came in since some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecentCounts {
    /// Deliveries of the sources, repeats included.
    pub events: u64,
    /// Alerts that started.
    pub alerts: u64,
    /// Groups that opened.
    pub groups: u64,
    /// Declared incidents that the reader may see.
    pub incidents: u64,
}

/// Deliveries of a source from a row on. The source is compared as an expression, so that SQLite walks the rows since
/// then and not all rows of the source.
const DELIVERED: &str = "SELECT COALESCE(SUM(1 + repeats), 0) FROM inbox WHERE id >= $1 AND source || '' = $2";

/// The least id of a record created at `at`. Ids begin with the time, so that "since" is a range of the primary key.
pub(in crate::store) fn least_id(at: Timestamp) -> String {
    let millis = u128::try_from(at.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(millis << 80).to_string()
}

/// True if a record was created at `since` or later.
pub fn created_since(id: Uuid, since: Timestamp) -> bool {
    id.to_string() >= least_id(since)
}

impl Reads<'_> {
    /// Counts what came in from these sources since `since`.
    pub fn recent_counts(
        &self,
        reader: &PersonId,
        sources: &[&str],
        since: Timestamp,
    ) -> Result<RecentCounts, StoreError> {
        let least = least_id(since);
        let count = |sql: &str, values: &[&dyn Param]| -> Result<u64, StoreError> {
            let count: Option<i64> = self.one(sql, values, |row| row.get(0))?;
            Ok(count.map_or(0, unsigned))
        };
        let first = self.first_delivery_since(since)?;
        let mut events = 0;
        for source in sources {
            events += count(DELIVERED, params![first, source])?;
        }
        let visible = "SELECT COUNT(*) FROM incidents WHERE id >= $1 AND (private = 0 OR EXISTS
            (SELECT 1 FROM incident_members m WHERE m.incident = incidents.id AND m.person = $2))";
        Ok(RecentCounts {
            events,
            alerts: count("SELECT COUNT(*) FROM alerts WHERE id >= $1", params![least])?,
            groups: count("SELECT COUNT(*) FROM alert_groups WHERE id >= $1", params![least])?,
            incidents: count(visible, params![least, reader.as_str()])?,
        })
    }

    /// The first delivery at `since` or later. Rows of the inbox are numbered in the order they came, so a binary search
    /// finds it.
    fn first_delivery_since(&self, since: Timestamp) -> Result<i64, StoreError> {
        let last: Option<i64> = self.one("SELECT COALESCE(MAX(id), 0) FROM inbox", params![], |row| row.get(0))?;
        let (mut low, mut high) = (0, last.unwrap_or(0) + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let sql = "SELECT id, received_at FROM inbox WHERE id >= $1 ORDER BY id LIMIT 1";
            let row: Option<(i64, i64)> = self.one(sql, params![middle], |row| Ok((row.get(0)?, row.get(1)?)))?;
            match row {
                Some((id, at)) if at < millis(since) => low = id + 1,
                Some(_) | None => high = middle,
            }
        }
        Ok(low)
    }
}

#[cfg(test)]
mod tests {
    use crate::{domain::ids::uuid_at, store::alerts::recent_counts::*};

    #[test]
    fn counting_what_came_lately_does_not_read_what_came_long_ago() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        conn.execute_batch(include_str!("../../../migrations/V1__core.sql")).unwrap();
        let explain = format!("EXPLAIN QUERY PLAN {DELIVERED}");
        let plan: String = conn.query_row(&explain, (1, "am"), |row| row.get(3)).unwrap();
        assert_eq!(plan, "SEARCH inbox USING INTEGER PRIMARY KEY (rowid>?)");
    }

    #[test]
    fn the_least_id_lies_between_the_ids_of_before_and_after() {
        let at = |millis| Timestamp::from_timestamp_millis(millis).unwrap();
        let least = least_id(at(1_763_726_400_000));
        // Ids of records never go back: another test may have made one of a later time.
        assert!(uuid_at(at(1_763_726_399_999)).to_string() < least);
        assert!(uuid_at(at(1_763_726_400_000)).to_string() > least);
    }
}
