//! Pausing what is sent. A restored copy must not page for incidents that are long over.
//!
//! At first nothing is sent. A person can then let out what is new, by one confirmation: rows from before the restore are
//! taken out of their lanes as `held`, so that new rows do not wait behind them. `hotroom doctor --resume-sending` puts
//! held rows back.

use crate::{
    domain::Timestamp,
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{millis, unsigned},
            maintenance::{RESTORED_UP_TO, SENDING_PAUSED},
            sql::params,
        },
    },
};

impl Tx<'_> {
    /// Stops all sending, with the reason that people see, or resumes it. Resuming also puts held rows back.
    pub fn pause_sending(&mut self, why: Option<&str>) -> Result<(), StoreError> {
        self.set_meta(SENDING_PAUSED, why)?;
        if why.is_some() { Ok(()) } else { self.release_held_rows() }
    }

    /// Remembers, at the first start of a restored copy, which rows are from before the restore. Returns the reason of the
    /// pause; `None` if sending is not paused.
    pub fn mark_restored_rows(&mut self) -> Result<Option<String>, StoreError> {
        let Some(why) = self.sending_paused()? else { return Ok(None) };
        if self.meta(RESTORED_UP_TO)?.is_none() {
            let last: i64 =
                self.one("SELECT COALESCE(MAX(id), 0) FROM outbox", params![], |row| row.get(0))?.unwrap_or(0);
            self.set_meta(RESTORED_UP_TO, Some(&last.to_string()))?;
        }
        Ok(Some(why))
    }

    /// Resumes sending for rows that are newer than the restore, and holds the others. Returns the number of held rows;
    /// `None` if sending was not paused.
    pub fn resume_new_rows(&mut self, now: Timestamp) -> Result<Option<u64>, StoreError> {
        if self.mark_restored_rows()?.is_none() {
            return Ok(None);
        }
        let last: i64 = self.meta(RESTORED_UP_TO)?.and_then(|last| last.parse().ok()).unwrap_or(0);
        let lanes = self.all(
            "UPDATE outbox SET state = 'held', settled_at = $1, head = 0
             WHERE settled_at IS NULL AND id <= $2
             RETURNING lane",
            params![millis(now), last],
            |row| row.get::<String>(0),
        )?;
        let held = lanes.len() as u64;
        self.promote_all(lanes)?;
        self.set_meta(SENDING_PAUSED, None)?;
        self.set_meta(RESTORED_UP_TO, None)?;
        Ok(Some(held))
    }

    /// Puts held rows back into their lanes, except those that a newer row replaces.
    fn release_held_rows(&mut self) -> Result<(), StoreError> {
        self.set_meta(RESTORED_UP_TO, None)?;
        self.run(
            "UPDATE outbox SET state = 'superseded' WHERE state = 'held' AND mark IS NOT NULL AND EXISTS (
                 SELECT 1 FROM outbox o WHERE o.mark = outbox.mark AND o.settled_at IS NULL)",
            params![],
        )?;
        let lanes = self.all(
            "UPDATE outbox SET state = 'pending', settled_at = NULL WHERE state = 'held' RETURNING lane",
            params![],
            |row| row.get::<String>(0),
        )?;
        self.promote_all(lanes)
    }

    fn promote_all(&mut self, mut lanes: Vec<String>) -> Result<(), StoreError> {
        lanes.sort();
        lanes.dedup();
        lanes.iter().try_for_each(|lane| self.promote(lane))
    }
}

impl Reads<'_> {
    /// Why nothing is sent at present; `None` if sending is not paused.
    pub fn sending_paused(&self) -> Result<Option<String>, StoreError> {
        self.meta(SENDING_PAUSED)
    }

    /// The number of rows from before a restore that wait for `hotroom doctor --resume-sending`.
    pub fn count_held_rows(&self) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM outbox WHERE state = 'held'";
        Ok(self.one(sql, params![], |row| row.get(0))?.map_or(0, unsigned))
    }
}
