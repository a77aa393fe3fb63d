//! How many rows are sent to the tracker at the same time, and when the others ask again.
//!
//! A tracker's limits make rows wait. Rows that wait must not keep pages from the places of the worker, so that few are let in;
//! the others get appointments, one after another, instead of asking all at once.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// How many rows are sent at the same time.
const AT_ONCE: usize = 12;
/// The time between two appointments: about as many rows are done in a second as a tracker's limits allow.
const APART: Duration = Duration::from_millis(25);
/// The latest appointment.
const LATEST: Duration = Duration::from_secs(10);

/// The places for rows that are sent to the tracker.
pub(in crate::deliver) struct TrackerSlots {
    free: Arc<Semaphore>,
    last_appointment: Mutex<Option<Instant>>,
}

impl Default for TrackerSlots {
    fn default() -> Self {
        Self { free: Arc::new(Semaphore::new(AT_ONCE)), last_appointment: Mutex::default() }
    }
}

impl TrackerSlots {
    /// Takes a place.
    ///
    /// # Errors
    /// The time after which to ask again, if all are taken.
    pub(super) fn take(&self) -> Result<OwnedSemaphorePermit, Duration> {
        Arc::clone(&self.free).try_acquire_owned().map_err(|_taken| self.appointment())
    }

    fn appointment(&self) -> Duration {
        let now = Instant::now();
        let mut last = self.last_appointment.lock().unwrap_or_else(PoisonError::into_inner);
        let next = (last.map_or(now, |last| last.max(now)) + APART).min(now + LATEST);
        *last = Some(next);
        next - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_place_is_told_when_to_ask_again_each_a_little_later() {
        let slots = TrackerSlots::default();
        let taken: Vec<_> = (0..AT_ONCE).map(|_| slots.take().expect("a place")).collect();
        let waits: Vec<u128> = (0..3).map(|_| slots.take().expect_err("all are taken").as_millis()).collect();
        assert_eq!(waits, [25, 50, 75]);
        tokio::time::advance(Duration::from_millis(60)).await;
        assert_eq!(slots.take().expect_err("all are taken").as_millis(), 40);
        let latest = (0..1_000).filter_map(|_| slots.take().err()).max();
        assert_eq!(latest, Some(LATEST));
        drop(taken);
        assert!(slots.take().is_ok());
    }
}
