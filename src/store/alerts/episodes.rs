//! Episodes of alerts: what senders said, folded.

use super::groups::held_until;
use crate::{
    domain::{
        Timestamp,
        alert::{Alert, AlertGroup, Fingerprint},
        ids::{AlertId, GroupId, SourceId},
        incident::Severity,
        text::Untrusted,
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, instant, millis, row_limit, signed, to_json, unsigned},
            sql::{Param, Row, params},
        },
    },
};

/// How much of an alert's texts a search looks at.
const SEARCHED: usize = 1000;

/// The severity as a number that sorts: 1 is the gravest, 9 none.
pub(in crate::store) fn rank(severity: Option<Severity>) -> i64 {
    match severity {
        Some(Severity::Sev1) => 1,
        Some(Severity::Sev2) => 2,
        Some(Severity::Sev3) => 3,
        Some(Severity::Sev4) => 4,
        None => 9,
    }
}

const COLUMNS: &str = "id, doc, latest_start, last_seen, expires_at, muted";

/// A row as it is read: the JSON, and the columns that count over it.
struct Stored {
    id: String,
    doc: String,
    latest_start: i64,
    last_seen: i64,
    expires_at: Option<i64>,
    muted: bool,
}

impl Stored {
    fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            doc: row.get(1)?,
            latest_start: row.get(2)?,
            last_seen: row.get(3)?,
            expires_at: row.get(4)?,
            muted: row.get(5)?,
        })
    }

    fn alert(self) -> Result<Alert, StoreError> {
        let mut alert: Alert = from_json(&format_args!("alert {}", self.id), &self.doc)?;
        alert.latest_start = instant(self.latest_start)?;
        alert.last_seen = instant(self.last_seen)?;
        alert.expires_at = self.expires_at.map(instant).transpose()?;
        alert.muted = self.muted;
        Ok(alert)
    }
}

impl Tx<'_> {
    /// Writes an episode. `rule_due`: when a rule wants to open an incident because of it; it counts for a new row only
    /// (see [`Tx::set_rule_due`]), and is forgotten when the alert is over.
    pub fn save_alert(&mut self, alert: &Alert, rule_due: Option<Timestamp>) -> Result<(), StoreError> {
        self.run(
            SAVE,
            params![
                alert.id.to_string(),
                alert.source.as_str(),
                alert.fingerprint.0,
                millis(alert.starts_at),
                millis(alert.latest_start),
                alert.ends_at.map(millis),
                alert.firing,
                rank(alert.severity),
                alert.service,
                alert.group.map(|group| group.to_string()),
                millis(alert.first_seen),
                millis(alert.last_seen),
                alert.expires_at.map(millis),
                rule_due.map(millis),
                alert.host.as_ref().map(Untrusted::verbatim),
                alert.muted,
                searched(alert),
                to_json(alert)?,
            ],
        )?;
        Ok(())
    }

    /// Notes that an alert was heard of again.
    pub fn heard_alert(&mut self, alert: &Alert) -> Result<(), StoreError> {
        self.run(
            "UPDATE alerts SET latest_start = $1, last_seen = $2, expires_at = $3 WHERE id = $4",
            params![
                millis(alert.latest_start),
                millis(alert.last_seen),
                alert.expires_at.map(millis),
                alert.id.to_string()
            ],
        )?;
        Ok(())
    }

    /// Sets when a rule wants to open an incident because of an alert; none: no more.
    pub fn set_rule_due(&mut self, alert: AlertId, due: Option<Timestamp>) -> Result<(), StoreError> {
        self.run("UPDATE alerts SET rule_due = $1 WHERE id = $2", params![due.map(millis), alert.to_string()])?;
        Ok(())
    }

    /// Forgets that rules wanted to open an incident because of alerts of a group.
    pub fn forget_rules_due(&mut self, group: GroupId, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE alerts SET rule_due = NULL WHERE group_id = $1 AND rule_due IS NOT NULL AND rule_due <= $2";
        self.run(sql, params![group.to_string(), millis(now)])?;
        Ok(())
    }

    /// Shows an alert in a group. `telling` is what [`AlertGroup::count_fired`] answers.
    pub fn show_in_group(&mut self, group: GroupId, alert: &Alert, telling: u64) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO group_alerts (group_id, alert, firing, severity, starts_at, telling)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (group_id, alert) DO UPDATE SET firing = excluded.firing, severity = excluded.severity,
                 starts_at = excluded.starts_at, telling = excluded.telling",
            params![
                group.to_string(),
                alert.id.to_string(),
                alert.firing,
                rank(alert.severity),
                millis(alert.starts_at),
                signed(telling)
            ],
        )?;
        Ok(())
    }

    /// Takes an alert out of a group. Tells whether it was in it.
    pub fn hide_in_group(&mut self, group: GroupId, alert: AlertId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM group_alerts WHERE group_id = $1 AND alert = $2";
        Ok(self.run(sql, params![group.to_string(), alert.to_string()])? == 1)
    }

    /// Forgets episodes that ended before `before`, at most `limit`, and closed groups that show none any more; what
    /// belongs to an incident is kept with it. Answers how many episodes.
    pub fn prune_alerts(&mut self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let old = self.all(
            "SELECT id FROM alerts WHERE firing = 0 AND ends_at < $1
             AND NOT EXISTS (SELECT 1 FROM alert_groups g WHERE g.id = alerts.group_id AND g.incident IS NOT NULL)
             ORDER BY ends_at LIMIT $2",
            params![millis(before), row_limit(limit)],
            |row| row.get::<String>(0),
        )?;
        for id in &old {
            self.run("DELETE FROM group_alerts WHERE alert = $1", params![id])?;
            self.run("DELETE FROM tickets WHERE alert = $1", params![id])?;
            self.run("DELETE FROM alerts WHERE id = $1", params![id])?;
        }
        self.run(
            "DELETE FROM alert_groups WHERE id IN (
                 SELECT g.id FROM alert_groups g WHERE g.is_open = 0 AND g.closed_at < $1
                 AND NOT EXISTS (SELECT 1 FROM group_alerts a WHERE a.group_id = g.id) ORDER BY g.closed_at LIMIT $2)",
            params![millis(before), row_limit(limit)],
        )?;
        self.prune_correlations(before, limit)?;
        Ok(old.len())
    }
}

const SAVE: &str = "INSERT INTO alerts (id, source, fingerprint, starts_at, latest_start, ends_at, firing, severity,
        service, group_id, first_seen, last_seen, expires_at, rule_due, host, muted, search, doc)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
    ON CONFLICT (id) DO UPDATE SET starts_at = excluded.starts_at, latest_start = excluded.latest_start,
        rule_due = CASE WHEN excluded.firing = 1 THEN alerts.rule_due END,
        ends_at = excluded.ends_at, firing = excluded.firing, severity = excluded.severity,
        service = excluded.service, host = excluded.host, group_id = excluded.group_id, last_seen = excluded.last_seen,
        expires_at = excluded.expires_at, muted = excluded.muted, search = excluded.search, doc = excluded.doc";

fn searched(alert: &Alert) -> String {
    let host = alert.host.as_ref().map_or("", |host| host.verbatim());
    let service = alert.service.as_deref().unwrap_or("");
    let all = format!("{} {host} {service} {}", alert.name.verbatim(), alert.summary.verbatim());
    all.chars().take(SEARCHED).collect::<String>().to_lowercase()
}

impl Reads<'_> {
    pub(in crate::store) fn alerts_where(
        &self,
        condition: &str,
        values: &[&dyn Param],
    ) -> Result<Vec<Alert>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM alerts WHERE {condition}");
        self.all(&sql, values, Stored::read)?.into_iter().map(Stored::alert).collect()
    }

    /// The newest episode of an alert.
    pub fn newest_episode(&self, source: &SourceId, print: &Fingerprint) -> Result<Option<Alert>, StoreError> {
        let condition = "source = $1 AND fingerprint = $2 ORDER BY starts_at DESC LIMIT 1";
        Ok(self.alerts_where(condition, params![source.as_str(), print.0])?.pop())
    }

    /// An episode by its id, with what its group says of it.
    pub fn alert(&self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        let Some(mut alert) = self.alerts_where("id = $1", params![id.to_string()])?.pop() else { return Ok(None) };
        if let Some(group) = alert.group.map(|group| self.group(group)).transpose()?.flatten() {
            self.fill_in(&mut alert, &group)?;
        }
        Ok(Some(alert))
    }

    /// The groups that show an alert, each with the alert's telling there.
    pub fn groups_showing(&self, alert: AlertId) -> Result<Vec<(GroupId, u64)>, StoreError> {
        let sql = "SELECT group_id, telling FROM group_alerts WHERE alert = $1 ORDER BY group_id";
        let read = |row: &Row<'_>| Ok((row.get::<String>(0)?, unsigned(row.get(1)?)));
        let rows = self.all(sql, params![alert.to_string()], read)?;
        Ok(rows.iter().filter_map(|(id, telling)| GroupId::parse(id).map(|id| (id, *telling))).collect())
    }

    /// Alerts of a group, at most `limit`: those that fire first, the gravest first, the oldest first.
    pub fn alerts_of_group(&self, group: &AlertGroup, limit: usize) -> Result<Vec<Alert>, StoreError> {
        let ids = self.all(
            "SELECT alert FROM group_alerts WHERE group_id = $1
             ORDER BY firing DESC, severity, starts_at, alert LIMIT $2",
            params![group.id.to_string(), row_limit(limit)],
            |row| row.get::<String>(0),
        )?;
        let mut alerts = Vec::with_capacity(ids.len());
        for id in ids {
            for mut alert in self.alerts_where("id = $1", params![id])? {
                self.fill_in(&mut alert, group)?;
                alerts.push(alert);
            }
        }
        Ok(alerts)
    }

    /// Alerts of a group that nobody has spoken of for too long, at most `limit`.
    pub fn expired_alerts(&self, group: GroupId, now: Timestamp, limit: usize) -> Result<Vec<Alert>, StoreError> {
        let condition = "group_id = $1 AND firing = 1 AND expires_at <= $2 ORDER BY expires_at LIMIT $3";
        self.alerts_where(condition, params![group.to_string(), millis(now), row_limit(limit)])
    }

    /// When the next alert of a group is to be looked at because nobody speaks of it.
    pub fn next_expiry(&self, group: GroupId) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT MIN(expires_at) FROM alerts WHERE group_id = $1 AND firing = 1 AND expires_at IS NOT NULL";
        self.first_time(sql, group)
    }

    /// Alerts of a group because of which a rule wants to open an incident by now, at most `limit`; what is muted waits.
    pub fn alerts_with_rule_due(&self, group: GroupId, now: Timestamp, limit: usize) -> Result<Vec<Alert>, StoreError> {
        let condition =
            "group_id = $1 AND rule_due IS NOT NULL AND rule_due <= $2 AND muted = 0 ORDER BY rule_due LIMIT $3";
        self.alerts_where(condition, params![group.to_string(), millis(now), row_limit(limit)])
    }

    /// When a rule next wants to open an incident because of an alert of a group.
    pub fn next_rule_due(&self, group: GroupId) -> Result<Option<Timestamp>, StoreError> {
        self.first_time(
            "SELECT MIN(rule_due) FROM alerts WHERE group_id = $1 AND rule_due IS NOT NULL AND muted = 0",
            group,
        )
    }

    fn first_time(&self, sql: &str, group: GroupId) -> Result<Option<Timestamp>, StoreError> {
        let first = self.one(sql, params![group.to_string()], |row| row.get::<Option<i64>>(0))?;
        first.flatten().map(instant).transpose()
    }

    /// Alerts that fire, by age, those after `after`, at most `limit`.
    pub fn firing_alerts(&self, after: Option<AlertId>, limit: usize) -> Result<Vec<Alert>, StoreError> {
        let after = after.map(|alert| alert.to_string()).unwrap_or_default();
        self.alerts_where("firing = 1 AND id > $1 ORDER BY id LIMIT $2", params![after, row_limit(limit)])
    }

    /// How many alerts fire.
    pub fn count_firing_alerts(&self) -> Result<u64, StoreError> {
        let count = self.one("SELECT COUNT(*) FROM alerts WHERE firing = 1", params![], |row| row.get::<i64>(0))?;
        Ok(count.map_or(0, unsigned))
    }

    /// What its group says of an alert, and what mutes it. An alert that came after the acknowledgement is not covered by
    /// it.
    pub(in crate::store) fn fill_in(&self, alert: &mut Alert, group: &AlertGroup) -> Result<(), StoreError> {
        let covered = group.acknowledged_at.is_some_and(|at| alert.first_seen <= at);
        alert.acknowledged_by = group.acknowledged_by.clone().filter(|_| covered);
        alert.silenced_until = held_until(group);
        if alert.muted {
            alert.muted_by = self.muted_by(alert.id)?;
        }
        Ok(())
    }
}
