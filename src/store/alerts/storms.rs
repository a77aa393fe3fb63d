//! Message rate of each feed, and the groups summarized during a storm.

use crate::{
    domain::{
        alert::{AlertGroup, FeedTraffic},
        ids::{RoomId, StormId},
        incident::Severity,
        text::Untrusted,
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, row_limit, to_json, unsigned},
            sql::{Row, params},
        },
    },
};

/// How many groups, services and hosts a summary names.
const TOP: usize = 5;
/// How many firing alerts are counted by host, because a summary is rendered every few seconds.
const COUNTED: usize = 20_000;

/// Totals of the groups in a storm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StormTotals {
    /// Groups in the summary.
    pub groups: u64,
    /// Firing groups among them.
    pub firing_groups: u64,
    /// Firing alerts in them.
    pub firing: u64,
    /// Firing groups by severity.
    pub severities: Vec<(Option<Severity>, u64)>,
    /// Firing alerts by service, the largest number first.
    pub services: Vec<(String, u64)>,
    /// Firing alerts by host, the largest number first.
    pub hosts: Vec<(Untrusted, u64)>,
    /// The most severe groups, of those the ones with the most alerts.
    pub most_severe: Vec<AlertGroup>,
}

impl Tx<'_> {
    /// Writes the traffic of a feed.
    pub fn save_feed_traffic(&mut self, traffic: &FeedTraffic) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO feed_traffic (feed, doc) VALUES ($1, $2) ON CONFLICT (feed) DO UPDATE SET doc = excluded.doc";
        self.run(sql, params![traffic.feed.as_str(), to_json(traffic)?])?;
        Ok(())
    }
}

impl Reads<'_> {
    /// The traffic of a feed; `None` if nothing was posted in it yet.
    pub fn feed_traffic(&self, feed: &RoomId) -> Result<Option<FeedTraffic>, StoreError> {
        let sql = "SELECT doc FROM feed_traffic WHERE feed = $1";
        let doc = self.one(sql, params![feed.as_str()], |row| row.get::<String>(0))?;
        doc.map(|doc| from_json(&format_args!("the traffic of {feed}"), &doc)).transpose()
    }

    /// The current totals of the groups in a storm.
    pub fn storm_totals(&self, storm: StormId) -> Result<StormTotals, StoreError> {
        let id = storm.to_string();
        let totals =
            "SELECT COUNT(*), COALESCE(SUM(CASE WHEN fires = 1 THEN 1 ELSE 0 END), 0), COALESCE(SUM(firing), 0)
            FROM alert_groups WHERE storm = $1";
        let read = |row: &Row<'_>| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<i64>(2)?));
        let (groups, firing_groups, firing) = self.one(totals, params![id], read)?.unwrap_or_default();
        Ok(StormTotals {
            groups: unsigned(groups),
            firing_groups: unsigned(firing_groups),
            firing: unsigned(firing),
            severities: self.storm_severities(&id)?,
            services: self.count_by(SERVICES, &id)?,
            hosts: self.count_by(HOSTS, &id)?.into_iter().map(|(host, n)| (Untrusted::new(host), n)).collect(),
            most_severe: self.groups_where(
                "storm = $1 AND fires = 1 ORDER BY severity, firing DESC LIMIT $2",
                params![id, row_limit(TOP)],
            )?,
        })
    }

    fn storm_severities(&self, storm: &str) -> Result<Vec<(Option<Severity>, u64)>, StoreError> {
        let sql = "SELECT severity, COUNT(*) FROM alert_groups WHERE storm = $1 AND fires = 1 GROUP BY severity ORDER BY severity";
        let rows = self.all(sql, params![storm], |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?)))?;
        let severity = |rank: i64| usize::try_from(rank - 1).ok().and_then(|place| Severity::ALL.get(place).copied());
        Ok(rows.into_iter().map(|(rank, count)| (severity(rank), unsigned(count))).collect())
    }

    fn count_by(&self, sql: &str, storm: &str) -> Result<Vec<(String, u64)>, StoreError> {
        let read = |row: &Row<'_>| Ok((row.get::<String>(0)?, row.get::<i64>(1)?));
        let rows = self.all(sql, params![storm, row_limit(COUNTED), row_limit(TOP)], read)?;
        Ok(rows.into_iter().map(|(name, count)| (name, unsigned(count))).collect())
    }
}

const SERVICES: &str = "SELECT service, SUM(firing) AS n FROM (
        SELECT service, firing FROM alert_groups WHERE storm = $1 AND firing > 0 AND service IS NOT NULL LIMIT $2) AS some
    GROUP BY service ORDER BY n DESC, service LIMIT $3";
pub(in crate::store) const HOSTS: &str = "SELECT host, COUNT(*) AS n FROM (
        SELECT a.host AS host FROM alert_groups g JOIN group_alerts m ON m.group_id = g.id JOIN alerts a ON a.id = m.alert
        WHERE g.storm = $1 AND g.firing > 0 AND m.firing = 1 AND a.host IS NOT NULL LIMIT $2) AS some
    GROUP BY host ORDER BY n DESC, host LIMIT $3";
