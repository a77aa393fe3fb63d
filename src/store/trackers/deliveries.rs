//! What trackers delivered, and up to when their changes are known.

use crate::{
    domain::{Timestamp, ids::TrackerId},
    store::{
        Reads, StoreError, Tx,
        engine::{columns::millis, sql::params},
    },
};

/// What is known of a tracker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrackerState {
    /// Up to when its changes are known; `None` if it was never asked.
    pub known_until: Option<Timestamp>,
    /// When its webhook last delivered.
    pub delivered_at: Option<Timestamp>,
}

impl Reads<'_> {
    /// What is known of a tracker.
    pub fn tracker_state(&self, tracker: &TrackerId) -> Result<TrackerState, StoreError> {
        let sql = "SELECT known_until, delivered_at FROM tracker_states WHERE tracker = $1";
        let found = self.one(sql, params![tracker.as_str()], |row| {
            Ok(TrackerState { known_until: row.get(0)?, delivered_at: row.get(1)? })
        })?;
        Ok(found.unwrap_or_default())
    }
}

impl Tx<'_> {
    /// Records a delivery of a tracker. Returns false if it is known.
    pub fn note_tracker_delivery(
        &mut self,
        tracker: &TrackerId,
        delivery: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO tracker_states (tracker, known_until, delivered_at) VALUES ($1, NULL, $2)
             ON CONFLICT (tracker) DO UPDATE SET delivered_at = excluded.delivered_at";
        self.run(sql, params![tracker.as_str(), millis(at)])?;
        let sql = "INSERT INTO tracker_deliveries (tracker, delivery, at) VALUES ($1, $2, $3)
             ON CONFLICT (tracker, delivery) DO NOTHING";
        Ok(self.run(sql, params![tracker.as_str(), delivery, millis(at)])? == 1)
    }

    /// Sets up to when the changes of a tracker are known.
    pub fn set_tracker_known_until(&mut self, tracker: &TrackerId, until: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO tracker_states (tracker, known_until, delivered_at) VALUES ($1, $2, NULL)
             ON CONFLICT (tracker) DO UPDATE SET known_until = excluded.known_until";
        self.run(sql, params![tracker.as_str(), millis(until)]).map(drop)
    }

    /// Forgets deliveries before a time. Returns how many.
    pub fn prune_tracker_deliveries(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.run("DELETE FROM tracker_deliveries WHERE at < $1", params![millis(before)])
    }
}
