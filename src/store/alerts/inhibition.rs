//! Which firing alerts are sources or targets of inhibition rules.

use crate::{
    domain::{alert::InhibitionSide, ids::AlertId},
    store::{
        Reads, StoreError, Tx,
        engine::{columns::row_limit, sql::params},
    },
};

/// The name in `meta` of the digest of the rules that the stored sides were computed with.
const RULES: &str = "inhibitions";

impl Tx<'_> {
    /// Replaces the sides of an alert.
    pub fn save_inhibition_sides(&mut self, alert: AlertId, sides: &[InhibitionSide]) -> Result<(), StoreError> {
        self.run("DELETE FROM inhibition_sides WHERE alert = $1", params![alert.to_string()])?;
        for side in sides {
            self.run(
                "INSERT INTO inhibition_sides (rule, alert, source, target) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (rule, alert) DO NOTHING",
                params![side.key, alert.to_string(), side.source, side.target],
            )?;
        }
        Ok(())
    }

    /// Stores the digest of the inhibition rules in force. Returns whether it is another one than before.
    pub fn replace_inhibition_digest(&mut self, digest: &str) -> Result<bool, StoreError> {
        let known = self.one("SELECT value FROM meta WHERE name = $1", params![RULES], |row| row.get::<String>(0))?;
        if known.as_deref() == Some(digest) {
            return Ok(false);
        }
        self.run(
            "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            params![RULES, digest],
        )?;
        Ok(true)
    }
}

impl Reads<'_> {
    /// The sides of a firing alert.
    pub fn sides(&self, alert: AlertId) -> Result<Vec<InhibitionSide>, StoreError> {
        let sql = "SELECT rule, source, target FROM inhibition_sides WHERE alert = $1 ORDER BY rule";
        self.all(sql, params![alert.to_string()], |row| {
            Ok(InhibitionSide { key: row.get(0)?, source: row.get(1)?, target: row.get(2)? })
        })
    }

    /// A firing alert that inhibits `alert` on this side.
    pub fn inhibitor(&self, side: &InhibitionSide, alert: AlertId) -> Result<Option<AlertId>, StoreError> {
        let sql = "SELECT alert FROM inhibition_sides WHERE rule = $1 AND source = 1 AND (target = 0 OR $2 = 0)
            AND alert <> $3 LIMIT 1";
        let found = self.one(sql, params![side.key, side.source, alert.to_string()], |row| row.get::<String>(0))?;
        Ok(found.and_then(|id| AlertId::parse(&id)))
    }

    /// At most `limit` alerts that `alert` inhibits on this side and that no other alert inhibits yet.
    pub fn not_yet_inhibited(
        &self,
        side: &InhibitionSide,
        alert: AlertId,
        limit: usize,
    ) -> Result<Vec<AlertId>, StoreError> {
        let sql = "SELECT alert FROM inhibition_sides s WHERE rule = $1 AND target = 1 AND (source = 0 OR $2 = 0)
            AND alert <> $3
            AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.alert = s.alert AND m.muted_by LIKE 'alert/%') LIMIT $4";
        let values = params![side.key, side.target, alert.to_string(), row_limit(limit)];
        let rows = self.all(sql, values, |row| row.get::<String>(0))?;
        Ok(rows.iter().filter_map(|id| AlertId::parse(id)).collect())
    }
}
