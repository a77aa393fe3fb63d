//! Changes that somebody made: deployments, settings.

use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::{
    Reads, StoreError, Tx,
    columns::{bound, from_json, millis, to_json},
};
use crate::domain::{Timestamp, alert::Change, ids::SourceId};

/// A change, who told it, and its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredChange {
    /// Its number; later ones have greater ones.
    pub id: i64,
    /// Who told it.
    pub source: SourceId,
    /// What was changed.
    pub change: Change,
}

/// Which changes are wanted. All that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// Made then or later.
    pub from: Option<Timestamp>,
    /// Made before then.
    pub until: Option<Timestamp>,
    /// Where the page before ended: the time and the number of its last one.
    pub after: Option<(Timestamp, i64)>,
    /// How many at most.
    pub limit: usize,
}

impl Tx<'_> {
    /// Keeps a change. The delivery it came by makes a second time harmless.
    ///
    /// # Errors
    /// As [`super::Store::transact`].
    pub fn add_change(&mut self, source: &SourceId, request: &str, change: &Change) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO changes (source, request, at, doc) VALUES ($1, $2, $3, $4)
             ON CONFLICT (source, request) DO NOTHING",
            params![source.as_str(), request, millis(change.at), to_json(change)?],
        )?;
        Ok(())
    }

    /// Forgets changes made before `before`, at most `limit`. Answers how many.
    ///
    /// # Errors
    /// As [`super::Store::transact_urgent`].
    pub fn prune_changes(&mut self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let sql = "DELETE FROM changes WHERE id IN (SELECT id FROM changes WHERE at < $1 ORDER BY at LIMIT $2)";
        self.run(sql, params![millis(before), bound(limit)])
    }
}

impl Reads<'_> {
    /// Changes, the newest first.
    ///
    /// # Errors
    /// As [`super::Store::read`].
    pub fn list_changes(&self, filter: &ChangeFilter) -> Result<Vec<StoredChange>, StoreError> {
        let (before, below) = filter.after.map_or((i64::MAX, i64::MAX), |(at, id)| (millis(at), id));
        let rows = self.all(
            "SELECT id, source, doc FROM changes WHERE at >= $1 AND at < $2 AND (at < $3 OR (at = $3 AND id < $4))
             ORDER BY at DESC, id DESC LIMIT $5",
            params![
                filter.from.map_or(0, millis),
                filter.until.map_or(i64::MAX, millis),
                before,
                below,
                bound(filter.limit)
            ],
            |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)),
        )?;
        let stored = |(id, source, doc): (i64, String, String)| {
            let change = from_json(&format_args!("change {id}"), &doc)?;
            Ok(StoredChange { id, source: SourceId::new(source), change })
        };
        rows.into_iter().map(stored).collect()
    }
}
