//! What was unusual in deliveries that were read nevertheless.

use std::collections::BTreeMap;

use crate::{
    domain::{
        Timestamp,
        alert::{SenderWarning, WarningKind},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{millis, row_limit, unsigned},
            sql::params,
        },
    },
};

/// Maximum number of different words stored per source: a sender must not be able to fill the table. Further ones are
/// counted together, without a word.
const MOST_WORDS: i64 = 100;

/// How often something unusual came from a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderWarningCount {
    /// The source.
    pub source: String,
    /// What was unusual.
    pub kind: WarningKind,
    /// The sender's word, or the position in the body; empty if there is none.
    pub detail: String,
    /// The number of alerts.
    pub count: u64,
    /// When it came last.
    pub last: Timestamp,
}

impl Tx<'_> {
    /// Counts the warnings about a delivery.
    pub fn count_sender_warnings(
        &mut self,
        source: &str,
        at: Timestamp,
        warnings: &[SenderWarning],
    ) -> Result<(), StoreError> {
        let mut counts: BTreeMap<(WarningKind, &str), i64> = BTreeMap::new();
        for warning in warnings {
            *counts.entry((warning.kind, &warning.detail)).or_default() += i64::from(warning.count);
        }
        for ((kind, detail), count) in counts {
            let detail = if self.has_room_for_word(source, kind, detail)? { detail } else { "" };
            self.run(
                "INSERT INTO sender_warnings (source, kind, detail, count, first_at, last_at)
                 VALUES ($1, $2, $3, $4, $5, $5)
                 ON CONFLICT (source, kind, detail) DO UPDATE SET count = sender_warnings.count + excluded.count,
                     last_at = excluded.last_at",
                params![source, kind.name(), detail, count, millis(at)],
            )?;
        }
        Ok(())
    }

    fn has_room_for_word(&self, source: &str, kind: WarningKind, detail: &str) -> Result<bool, StoreError> {
        let known = self.one(
            "SELECT 1 FROM sender_warnings WHERE source = $1 AND kind = $2 AND detail = $3",
            params![source, kind.name(), detail],
            |row| row.get::<i64>(0),
        )?;
        let count = "SELECT COUNT(*) FROM (SELECT 1 FROM sender_warnings WHERE source = $1 LIMIT $2)";
        let stored = || self.one(count, params![source, MOST_WORDS], |row| row.get::<i64>(0));
        Ok(known.is_some() || stored()?.unwrap_or_default() < MOST_WORDS)
    }

    /// Deletes warnings that did not come again since `before`.
    pub fn prune_sender_warnings(&mut self, before: Timestamp) -> Result<(), StoreError> {
        self.run("DELETE FROM sender_warnings WHERE last_at < $1", params![millis(before)])?;
        Ok(())
    }
}

impl Reads<'_> {
    /// The warnings, those that came last first.
    pub fn sender_warnings(&self, limit: usize) -> Result<Vec<SenderWarningCount>, StoreError> {
        let sql = "SELECT source, kind, detail, count, last_at FROM sender_warnings
            ORDER BY last_at DESC, source, kind, detail LIMIT $1";
        let rows = self.all(sql, params![row_limit(limit)], |row| {
            let word: String = row.get(1)?;
            let kind = WarningKind::ALL.into_iter().find(|kind| kind.name() == word);
            let (source, detail, count, last) = (row.get(0)?, row.get(2)?, unsigned(row.get(3)?), row.get(4)?);
            Ok(kind.map(|kind| SenderWarningCount { source, kind, detail, count, last }))
        })?;
        Ok(rows.into_iter().flatten().collect())
    }
}
