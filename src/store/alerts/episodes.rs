//! Episodes of alerts: one row for each time that an alert fires.

use super::groups::group_silenced_until;
use crate::{
    domain::{
        Timestamp,
        alert::{Alert, AlertGroup, Fingerprint},
        ids::{AlertId, GroupId, SourceId},
        text::Untrusted,
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, millis, row_limit, severity_rank, signed, to_json, unsigned},
            sql::{Param, Row, params},
        },
    },
};

/// How many characters of an alert's texts can be searched.
const SEARCH_TEXT: usize = 1000;

const COLUMNS: &str = "id, doc, latest_start, last_seen, expires_at, muted";

/// Reads an alert. What changes with every delivery stands in columns of its own, which are newer than the JSON.
fn read_alert(row: &Row<'_>) -> Result<Alert, StoreError> {
    let mut alert: Alert = from_json(&format_args!("alert {}", row.get::<String>(0)?), &row.get::<String>(1)?)?;
    alert.latest_start = row.get(2)?;
    alert.last_seen = row.get(3)?;
    alert.expires_at = row.get(4)?;
    alert.muted = row.get(5)?;
    Ok(alert)
}

impl Tx<'_> {
    /// Writes an episode. `rule_due` is when a declare rule wants to open an incident because of it; it counts for a new row
    /// only (see [`Tx::set_rule_due`]) and is cleared when the alert resolves.
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
                severity_rank(alert.severity),
                alert.service,
                alert.group.map(|group| group.to_string()),
                millis(alert.first_seen),
                millis(alert.last_seen),
                alert.expires_at.map(millis),
                rule_due.map(millis),
                alert.host.as_ref().map(Untrusted::verbatim),
                alert.muted,
                alert.acknowledged_there.is_some(),
                search_text(alert),
                to_json(alert)?,
            ],
        )?;
        Ok(())
    }

    /// Writes the times of an alert that was reported again.
    pub fn record_alert_seen(&mut self, alert: &Alert) -> Result<(), StoreError> {
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

    /// Lets no firing alert time out before this time.
    pub fn postpone_expiries(&mut self, until: Timestamp) -> Result<(), StoreError> {
        self.run("UPDATE alerts SET expires_at = $1 WHERE firing = 1 AND expires_at < $1", params![millis(until)])?;
        Ok(())
    }

    /// Sets when a declare rule wants to open an incident because of an alert; `None` clears it.
    pub fn set_rule_due(&mut self, alert: AlertId, due: Option<Timestamp>) -> Result<(), StoreError> {
        self.run("UPDATE alerts SET rule_due = $1 WHERE id = $2", params![due.map(millis), alert.to_string()])?;
        Ok(())
    }

    /// Clears the due times of declare rules in a group that have passed.
    pub fn clear_rules_due(&mut self, group: GroupId, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE alerts SET rule_due = NULL WHERE group_id = $1 AND rule_due IS NOT NULL AND rule_due <= $2";
        self.run(sql, params![group.to_string(), millis(now)])?;
        Ok(())
    }

    /// Shows an alert in a group. `telling` is the number that [`AlertGroup::count_fired`] returns.
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
                severity_rank(alert.severity),
                millis(alert.starts_at),
                signed(telling)
            ],
        )?;
        Ok(())
    }

    /// Removes an alert from a group. Returns whether it was in it.
    pub fn hide_in_group(&mut self, group: GroupId, alert: AlertId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM group_alerts WHERE group_id = $1 AND alert = $2";
        Ok(self.run(sql, params![group.to_string(), alert.to_string()])? == 1)
    }

    /// Deletes at most `limit` episodes that ended before `before`, and closed groups without alerts. What belongs to an
    /// incident stays. Returns the number of episodes.
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
        service, group_id, first_seen, last_seen, expires_at, rule_due, host, muted,
        acknowledged_there, search, doc)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
    ON CONFLICT (id) DO UPDATE SET starts_at = excluded.starts_at, latest_start = excluded.latest_start,
        rule_due = CASE WHEN excluded.firing = 1 THEN alerts.rule_due END,
        ends_at = excluded.ends_at, firing = excluded.firing, severity = excluded.severity,
        service = excluded.service, host = excluded.host, group_id = excluded.group_id, last_seen = excluded.last_seen,
        expires_at = excluded.expires_at, muted = excluded.muted,
        acknowledged_there = excluded.acknowledged_there, search = excluded.search, doc = excluded.doc";

fn search_text(alert: &Alert) -> String {
    let host = alert.host.as_ref().map_or("", |host| host.verbatim());
    let service = alert.service.as_deref().unwrap_or("");
    let all = format!("{} {host} {service} {}", alert.name.verbatim(), alert.summary.verbatim());
    all.chars().take(SEARCH_TEXT).collect::<String>().to_lowercase()
}

impl Reads<'_> {
    pub(in crate::store) fn alerts_where(
        &self,
        condition: &str,
        values: &[&dyn Param],
    ) -> Result<Vec<Alert>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM alerts WHERE {condition}");
        self.all(&sql, values, read_alert)
    }

    /// The newest episode of an alert.
    pub fn newest_episode(&self, source: &SourceId, print: &Fingerprint) -> Result<Option<Alert>, StoreError> {
        let condition = "source = $1 AND fingerprint = $2 ORDER BY starts_at DESC LIMIT 1";
        Ok(self.alerts_where(condition, params![source.as_str(), print.0])?.pop())
    }

    /// An episode by its id, with the state of its group.
    pub fn alert(&self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        let Some(mut alert) = self.alerts_where("id = $1", params![id.to_string()])?.pop() else { return Ok(None) };
        if let Some(group) = alert.group.map(|group| self.group(group)).transpose()?.flatten() {
            self.add_group_state(&mut alert, &group)?;
        }
        Ok(Some(alert))
    }

    /// The groups that show an alert, each with the alert's number in [`Tx::show_in_group`].
    pub fn groups_showing(&self, alert: AlertId) -> Result<Vec<(GroupId, u64)>, StoreError> {
        let sql = "SELECT group_id, telling FROM group_alerts WHERE alert = $1 ORDER BY group_id";
        let rows =
            self.all(sql, params![alert.to_string()], |row| Ok((row.get::<String>(0)?, unsigned(row.get(1)?))))?;
        Ok(rows.iter().filter_map(|(id, telling)| GroupId::parse(id).map(|id| (id, *telling))).collect())
    }

    /// At most `limit` alerts of a group: firing ones first, then the most severe, then the oldest.
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
                self.add_group_state(&mut alert, group)?;
                alerts.push(alert);
            }
        }
        Ok(alerts)
    }

    /// At most `limit` alerts of a group whose sender has been quiet for too long.
    pub fn expired_alerts(&self, group: GroupId, now: Timestamp, limit: usize) -> Result<Vec<Alert>, StoreError> {
        let condition = "group_id = $1 AND firing = 1 AND expires_at <= $2 ORDER BY expires_at LIMIT $3";
        self.alerts_where(condition, params![group.to_string(), millis(now), row_limit(limit)])
    }

    /// When the next alert of a group expires because its sender is quiet.
    pub fn next_expiry(&self, group: GroupId) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT MIN(expires_at) FROM alerts WHERE group_id = $1 AND firing = 1 AND expires_at IS NOT NULL";
        self.first_time(sql, group)
    }

    /// At most `limit` alerts of a group because of which a declare rule wants to open an incident by now. Muted ones wait.
    pub fn alerts_with_rule_due(&self, group: GroupId, now: Timestamp, limit: usize) -> Result<Vec<Alert>, StoreError> {
        let condition =
            "group_id = $1 AND rule_due IS NOT NULL AND rule_due <= $2 AND muted = 0 ORDER BY rule_due LIMIT $3";
        self.alerts_where(condition, params![group.to_string(), millis(now), row_limit(limit)])
    }

    /// When a declare rule next wants to open an incident because of an alert of a group.
    pub fn next_rule_due(&self, group: GroupId) -> Result<Option<Timestamp>, StoreError> {
        self.first_time(
            "SELECT MIN(rule_due) FROM alerts WHERE group_id = $1 AND rule_due IS NOT NULL AND muted = 0",
            group,
        )
    }

    fn first_time(&self, sql: &str, group: GroupId) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.one(sql, params![group.to_string()], |row| row.get(0))?.flatten())
    }

    /// At most `limit` firing alerts after `after`, oldest first.
    pub fn firing_alerts(&self, after: Option<AlertId>, limit: usize) -> Result<Vec<Alert>, StoreError> {
        let after = after.map(|alert| alert.to_string()).unwrap_or_default();
        self.alerts_where("firing = 1 AND id > $1 ORDER BY id LIMIT $2", params![after, row_limit(limit)])
    }

    /// The number of firing alerts.
    pub fn count_firing_alerts(&self) -> Result<u64, StoreError> {
        let count = self.one("SELECT COUNT(*) FROM alerts WHERE firing = 1", params![], |row| row.get::<i64>(0))?;
        Ok(count.map_or(0, unsigned))
    }

    /// Adds the state of its group to an alert, and what mutes it. An acknowledgement does not cover alerts that came
    /// after it.
    pub(in crate::store) fn add_group_state(&self, alert: &mut Alert, group: &AlertGroup) -> Result<(), StoreError> {
        let covered = group.acknowledgement.at.is_some_and(|at| alert.first_seen <= at);
        alert.acknowledged_by = if covered { group.acknowledgement.by.clone() } else { None };
        alert.silenced_until = group_silenced_until(group);
        if alert.muted {
            alert.muted_by = self.muted_by(alert.id)?;
        }
        Ok(())
    }
}
