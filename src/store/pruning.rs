//! Deletes old rows in small steps, so that other writes get their turn.

use super::{
    Store,
    engine::{columns::row_limit, error::StoreError, sql::params, tx::Tx},
};
use crate::domain::Timestamp;

/// How many rows one transaction checks.
pub(in crate::store) const PRUNE_STEP: usize = 500;

/// How many rows were deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PruneCounts {
    /// Deliveries.
    pub deliveries: u64,
    /// Effects.
    pub effects: u64,
}

impl Store {
    /// Deletes settled deliveries and effects, unused files and mirror links that are older than `before`, and resolved alerts and
    /// changes that are older than `alerts`.
    pub async fn prune_settled(&self, before: Timestamp, alerts: Timestamp) -> Result<PruneCounts, StoreError> {
        let deliveries = self.prune_inbox(before).await?;
        let effects = self.prune_outbox(before).await?;
        self.transact_urgent(move |tx| tx.prune_files(before)).await?;
        self.transact_urgent(move |tx| tx.prune_sender_warnings(before)).await?;
        self.transact_urgent(move |tx| tx.prune_previews(before)).await?;
        self.transact_urgent(move |tx| tx.prune_tracker_deliveries(before)).await?;
        self.transact_urgent(move |tx| tx.prune_pull_requests(before)).await?;
        self.transact_urgent(move |tx| tx.prune_pager_deliveries(before)).await?;
        let most = u32::try_from(PRUNE_STEP).unwrap_or(u32::MAX);
        while self.transact_urgent(move |tx| tx.prune_mirror_messages(before, most)).await? == PRUNE_STEP {}
        while self.transact_urgent(move |tx| tx.prune_contacts(before, PRUNE_STEP)).await? == PRUNE_STEP {}
        while self.transact_urgent(move |tx| tx.prune_alerts(alerts, PRUNE_STEP)).await? == PRUNE_STEP {}
        while self.transact_urgent(move |tx| tx.prune_changes(alerts, PRUNE_STEP)).await? == PRUNE_STEP {}
        Ok(PruneCounts { deliveries, effects })
    }

    /// The same, with one age for all.
    pub async fn prune(&self, before: Timestamp) -> Result<PruneCounts, StoreError> {
        self.prune_settled(before, before).await
    }

    /// Deletes messages that are older than `before` in feeds, rooms of teams and direct rooms. Those of hot rooms belong to
    /// the record of their incident. Returns their number.
    pub async fn prune_messages(&self, before: Timestamp) -> Result<u64, StoreError> {
        let rooms = self.read(|reads| reads.rooms_to_prune()).await?;
        let mut deleted = 0;
        for room in rooms {
            let mut next = Some(0);
            while let Some(after) = next {
                let of = room.clone();
                let step = self.transact_urgent(move |tx| tx.prune_messages_step(&of, after, before)).await?;
                deleted += step.deleted;
                next = step.next;
            }
        }
        Ok(deleted)
    }

    /// Deletes messages and copies of attachments in the rooms of closed incidents; `None` keeps them. Incidents on legal hold
    /// keep both.
    pub async fn prune_rooms(
        &self,
        transcripts: Option<Timestamp>,
        attachments: Option<Timestamp>,
    ) -> Result<u64, StoreError> {
        let mut deleted = 0;
        if let Some(before) = attachments {
            while self.transact_urgent(move |tx| tx.prune_attachments(before, PRUNE_STEP)).await? == PRUNE_STEP {}
        }
        if let Some(before) = transcripts {
            loop {
                let step = self.transact_urgent(move |tx| tx.prune_transcripts(before, PRUNE_STEP)).await?;
                deleted += step as u64;
                if step < PRUNE_STEP {
                    break;
                }
            }
        }
        Ok(deleted)
    }

    async fn prune_inbox(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut next = Some(0);
        let mut deleted = 0;
        while let Some(after) = next {
            let step = self.transact_urgent(move |tx| tx.prune_inbox_step(after, before)).await?;
            deleted += step.deleted;
            next = step.next;
        }
        Ok(deleted)
    }

    async fn prune_outbox(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut deleted = 0;
        loop {
            let step = self.transact_urgent(move |tx| tx.prune_outbox_step(before)).await?;
            deleted += step as u64;
            if step < PRUNE_STEP {
                return Ok(deleted);
            }
        }
    }
}

/// A delivery that may be deleted.
struct Candidate {
    id: i64,
    at: Timestamp,
    settled: bool,
}

/// The result of one step.
pub(in crate::store) struct PruneStep {
    /// How many rows were deleted.
    pub(in crate::store) deleted: u64,
    /// Where the next step begins; `None` after the last one.
    pub(in crate::store) next: Option<i64>,
}

impl Tx<'_> {
    /// Deletes the old ones of the next deliveries. The newest row always stays, so that its id is not used again.
    fn prune_inbox_step(&mut self, after: i64, before: Timestamp) -> Result<PruneStep, StoreError> {
        let sql = "SELECT id, received_at, state <> 'pending' FROM inbox WHERE id > $1 ORDER BY id LIMIT $2";
        let rows = self.all(sql, params![after, row_limit(PRUNE_STEP + 1)], |row| {
            Ok(Candidate { id: row.get(0)?, at: row.get(1)?, settled: row.get(2)? })
        })?;
        let more = rows.len() > PRUNE_STEP;
        let checked = &rows[..rows.len().saturating_sub(1)];
        let mut deleted = 0;
        for row in checked.iter().filter(|row| row.settled && row.at < before) {
            deleted += self.run("DELETE FROM inbox WHERE id = $1", params![row.id])? as u64;
        }
        // Deliveries are in order of age: once all of a step are young, so is the rest.
        let young = rows.iter().all(|row| row.at >= before);
        let next = if more && !young { checked.last().map(|row| row.id) } else { None };
        Ok(PruneStep { deleted, next })
    }

    /// Deletes the effects that were settled longest ago. Pending timers say nothing about age, so the rows are taken in the
    /// order in which they were settled. The newest row always stays, so that its id is not used again.
    fn prune_outbox_step(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.run(
            "DELETE FROM outbox WHERE id IN (
                 SELECT id FROM outbox WHERE settled_at < $1 AND state <> 'held' AND id < (SELECT MAX(id) FROM outbox)
                 ORDER BY settled_at LIMIT $2)",
            params![before, row_limit(PRUNE_STEP)],
        )
    }
}
