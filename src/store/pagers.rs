//! What outside pagers delivered, so that a repeat is known.

use super::{
    StoreError, Tx,
    engine::{columns::millis, sql::params},
};
use crate::domain::{Timestamp, pager::PagerKind};

impl Tx<'_> {
    /// Records a delivery of an outside pager. Returns false if it is known.
    pub fn note_pager_delivery(&mut self, pager: PagerKind, delivery: &str, at: Timestamp) -> Result<bool, StoreError> {
        let sql = "INSERT INTO pager_deliveries (pager, delivery, at) VALUES ($1, $2, $3)
             ON CONFLICT (pager, delivery) DO NOTHING";
        Ok(self.run(sql, params![pager.word(), delivery, millis(at)])? == 1)
    }

    /// Forgets deliveries before a time. Returns how many.
    pub fn prune_pager_deliveries(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.run("DELETE FROM pager_deliveries WHERE at < $1", params![millis(before)])
    }
}
