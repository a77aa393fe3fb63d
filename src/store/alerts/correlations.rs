//! Open correlations, and groups that are shown in a parent group.

use crate::{
    domain::{
        Timestamp,
        alert::{AlertGroup, Correlation},
        ids::GroupId,
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{millis, row_limit},
            sql::params,
        },
    },
};

impl Tx<'_> {
    /// Stores a correlation in place of an earlier one with the same key.
    pub fn save_correlation(&mut self, correlation: &Correlation) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO correlations (key, parent, first_at, until_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (key) DO UPDATE SET parent = excluded.parent, first_at = excluded.first_at,
                 until_at = excluded.until_at",
            params![
                correlation.key,
                correlation.parent.to_string(),
                millis(correlation.first),
                millis(correlation.until)
            ],
        )?;
        Ok(())
    }

    /// Deletes at most `limit` correlations whose window ended before `before`.
    pub(in crate::store) fn prune_correlations(&mut self, before: Timestamp, limit: usize) -> Result<(), StoreError> {
        let sql = "DELETE FROM correlations WHERE key IN
            (SELECT key FROM correlations WHERE until_at < $1 ORDER BY until_at LIMIT $2)";
        self.run(sql, params![millis(before), row_limit(limit)])?;
        Ok(())
    }
}

impl Reads<'_> {
    /// The correlation with this key.
    pub fn correlation(&self, key: &str) -> Result<Option<Correlation>, StoreError> {
        let sql = "SELECT parent, first_at, until_at FROM correlations WHERE key = $1";
        let row = self.one(sql, params![key], |row| Ok((row.get::<String>(0)?, row.get(1)?, row.get(2)?)))?;
        let Some((parent, first, until)) = row else { return Ok(None) };
        let corrupt = || StoreError::Corrupt(format!("{parent} is not the id of an alert group"));
        Ok(Some(Correlation {
            key: key.to_owned(),
            parent: GroupId::parse(&parent).ok_or_else(corrupt)?,
            first,
            until,
        }))
    }

    /// The groups that are shown in a parent group: firing ones first, then the oldest first.
    pub fn child_groups(&self, parent: GroupId, limit: usize) -> Result<Vec<AlertGroup>, StoreError> {
        let condition = "parent = $1 ORDER BY firing = 0, id LIMIT $2";
        self.groups_where(condition, params![parent.to_string(), row_limit(limit)])
    }

    /// The oldest firing group of a service.
    pub fn firing_group_of_service(&self, service: &str) -> Result<Option<AlertGroup>, StoreError> {
        Ok(self.groups_where("service = $1 AND firing > 0 ORDER BY id LIMIT 1", params![service])?.pop())
    }
}
