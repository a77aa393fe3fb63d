//! Alert groups.

use crate::{
    domain::{
        Timestamp,
        alert::{AlertGroup, GroupKey},
        ids::{GroupId, IncidentId},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, millis, row_limit, severity_rank, to_json, unsigned},
            sql::{Param, params},
        },
    },
};

/// Until when a group is silenced as a whole. A silence until the group resolves has the latest time there is.
pub(in crate::store) fn group_silenced_until(group: &AlertGroup) -> Option<Timestamp> {
    if group.silence.until_over { Some(Timestamp::MAX_UTC) } else { group.silence.until }
}

fn row_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Tx<'_> {
    /// Writes the record of a group.
    pub fn save_group(&mut self, group: &AlertGroup) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO alert_groups (id, key, is_open, firing, muted, fires, all_muted, acknowledged, acknowledged_at,
                 silenced_until, severity, service, incident, closed_at, storm, parent, doc, number)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
             ON CONFLICT (id) DO UPDATE SET is_open = excluded.is_open, firing = excluded.firing, muted = excluded.muted,
                 fires = excluded.fires, all_muted = excluded.all_muted,
                 acknowledged = excluded.acknowledged, acknowledged_at = excluded.acknowledged_at,
                 silenced_until = excluded.silenced_until, severity = excluded.severity, service = excluded.service,
                 incident = excluded.incident, closed_at = excluded.closed_at, storm = excluded.storm,
                 parent = excluded.parent, doc = excluded.doc",
            params![
                group.id.to_string(),
                group.key.0,
                group.open,
                group.counts.firing,
                group.counts.muted,
                group.fires(),
                group.all_muted(),
                group.acknowledged(),
                group.acknowledgement.at.map(millis),
                group_silenced_until(group).map(millis),
                severity_rank(group.severity),
                group.service,
                group.incident.map(|incident| incident.to_string()),
                group.closed_at.map(millis),
                group.display.storm.map(|storm| storm.to_string()),
                group.display.parent.as_ref().map(|parent_link| parent_link.parent.to_string()),
                to_json(group)?,
                row_number(group.number),
            ],
        )?;
        Ok(())
    }

    /// Allots the number of a new group.
    pub fn next_group_number(&mut self) -> Result<u64, StoreError> {
        let last: Option<i64> =
            self.one("UPDATE group_numbers SET last = last + 1 RETURNING last", params![], |row| row.get(0))?;
        last.map(unsigned)
            .ok_or_else(|| StoreError::Corrupt("the number of the last alert group is missing".to_owned()))
    }
}

impl Reads<'_> {
    pub(in crate::store) fn groups_where(
        &self,
        condition: &str,
        values: &[&dyn Param],
    ) -> Result<Vec<AlertGroup>, StoreError> {
        let sql = format!("SELECT id, doc, number FROM alert_groups WHERE {condition}");
        self.all(&sql, values, |row| {
            let group: AlertGroup =
                from_json(&format_args!("alert group {}", row.get::<String>(0)?), &row.get::<String>(1)?)?;
            Ok(AlertGroup { number: unsigned(row.get(2)?), ..group })
        })
    }

    /// The group with a number.
    pub fn group_by_number(&self, number: u64) -> Result<Option<AlertGroup>, StoreError> {
        Ok(self.groups_where("number = $1", params![row_number(number)])?.pop())
    }

    /// A group by its id.
    pub fn group(&self, id: GroupId) -> Result<Option<AlertGroup>, StoreError> {
        Ok(self.groups_where("id = $1", params![id.to_string()])?.pop())
    }

    /// The open group of a key.
    pub fn open_group(&self, key: &GroupKey) -> Result<Option<AlertGroup>, StoreError> {
        Ok(self.groups_where("key = $1 AND is_open = 1", params![key.0])?.pop())
    }

    /// The group in whose message a group is shown. `None` if it has no parent, or if that is closed while it is open: it has
    /// a message of its own then, once an alert fires in it.
    pub fn parent_of_group(&self, group: &AlertGroup) -> Result<Option<AlertGroup>, StoreError> {
        let parent = group.display.parent.as_ref().map(|link| self.group(link.parent)).transpose()?.flatten();
        Ok(parent.filter(|parent| parent.open || !group.open))
    }

    /// At most 100 groups of an incident: firing ones first, then the oldest first.
    pub fn groups_of_incident(&self, incident: IncidentId) -> Result<Vec<AlertGroup>, StoreError> {
        self.groups_where("incident = $1 ORDER BY firing = 0, id LIMIT 100", params![incident.to_string()])
    }

    /// The ids of at most `limit` groups of an incident, oldest first.
    pub fn group_ids_of_incident(&self, incident: IncidentId, limit: usize) -> Result<Vec<GroupId>, StoreError> {
        let sql = "SELECT id FROM alert_groups WHERE incident = $1 ORDER BY id LIMIT $2";
        let ids = self.all(sql, params![incident.to_string(), row_limit(limit)], |row| row.get::<String>(0))?;
        let corrupt = |id: &String| StoreError::Corrupt(format!("{id} is not the id of an alert group"));
        ids.iter().map(|id| GroupId::parse(id).ok_or_else(|| corrupt(id))).collect()
    }

    /// The number of groups of an incident.
    pub fn count_groups_of_incident(&self, incident: IncidentId) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM alert_groups WHERE incident = $1";
        Ok(self.one(sql, params![incident.to_string()], |row| row.get::<i64>(0))?.map_or(0, unsigned))
    }

    /// The number of firing alerts in the groups of an incident. An alert that two groups show counts twice.
    pub fn count_firing_of_incident(&self, incident: IncidentId) -> Result<u64, StoreError> {
        let sql = "SELECT COALESCE(SUM(firing), 0) FROM alert_groups WHERE incident = $1";
        let count = self.one(sql, params![incident.to_string()], |row| row.get::<i64>(0))?;
        Ok(count.map_or(0, unsigned))
    }
}
