//! Deletes old rows in small steps, so that other writes get their turn.

use super::{
    Store,
    engine::{columns::row_limit, error::StoreError, sql::params, tx::Tx},
};
use crate::domain::Timestamp;

/// How many rows one transaction checks.
const PRUNE_STEP: usize = 500;

/// How many rows were deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PruneCounts {
    /// Deliveries.
    pub deliveries: u64,
    /// Effects.
    pub effects: u64,
}

impl Store {
    /// Deletes settled deliveries and effects, resolved alerts, changes, unused files and mirror links that are older than
    /// `before`.
    pub async fn prune(&self, before: Timestamp) -> Result<PruneCounts, StoreError> {
        let deliveries = self.prune_table(Table::Inbox, before).await?;
        let effects = self.prune_table(Table::Outbox, before).await?;
        self.transact_urgent(move |tx| tx.prune_files(before)).await?;
        let most = u32::try_from(PRUNE_STEP).unwrap_or(u32::MAX);
        while self.transact_urgent(move |tx| tx.prune_mirror_messages(before, most)).await? == PRUNE_STEP {}
        while self.transact_urgent(move |tx| tx.prune_alerts(before, PRUNE_STEP)).await? == PRUNE_STEP {}
        while self.transact_urgent(move |tx| tx.prune_changes(before, PRUNE_STEP)).await? == PRUNE_STEP {}
        Ok(PruneCounts { deliveries, effects })
    }

    async fn prune_table(&self, table: Table, before: Timestamp) -> Result<u64, StoreError> {
        let mut next = Some(0);
        let mut deleted = 0;
        while let Some(after) = next {
            let step = self.transact_urgent(move |tx| tx.prune_step(table, after, before)).await?;
            deleted += step.deleted;
            next = step.next;
        }
        Ok(deleted)
    }
}

/// A table whose rows are deleted once they are settled and old.
#[derive(Clone, Copy)]
enum Table {
    Inbox,
    Outbox,
}

impl Table {
    /// The next rows in order of age.
    fn candidates(self) -> &'static str {
        match self {
            Self::Inbox => "SELECT id, received_at, state <> 'pending' FROM inbox WHERE id > $1 ORDER BY id LIMIT $2",
            Self::Outbox => {
                "SELECT id, COALESCE(settled_at, due), settled_at IS NOT NULL FROM outbox
                 WHERE id > $1 ORDER BY id LIMIT $2"
            }
        }
    }

    fn delete(self) -> &'static str {
        match self {
            Self::Inbox => "DELETE FROM inbox WHERE id = $1",
            Self::Outbox => "DELETE FROM outbox WHERE id = $1",
        }
    }
}

/// A row that may be deleted.
struct Candidate {
    id: i64,
    at: Timestamp,
    settled: bool,
}

/// The result of one step.
struct PruneStep {
    deleted: u64,
    /// Where the next step begins; `None` after the last one.
    next: Option<i64>,
}

impl Tx<'_> {
    /// Deletes the old ones of the next rows. The newest row always stays, so that its id is not used again.
    fn prune_step(&mut self, table: Table, after: i64, before: Timestamp) -> Result<PruneStep, StoreError> {
        let rows = self.all(table.candidates(), params![after, row_limit(PRUNE_STEP + 1)], |row| {
            Ok(Candidate { id: row.get(0)?, at: row.get(1)?, settled: row.get(2)? })
        })?;
        let more = rows.len() > PRUNE_STEP;
        let checked = &rows[..rows.len().saturating_sub(1)];
        let mut deleted = 0;
        for row in checked.iter().filter(|row| row.settled && row.at < before) {
            deleted += self.run(table.delete(), params![row.id])? as u64;
        }
        // Rows are in order of age: once all of a step are young, so is the rest.
        let young = rows.iter().all(|row| row.at >= before);
        let next = if more && !young { checked.last().map(|row| row.id) } else { None };
        Ok(PruneStep { deleted, next })
    }
}
