//! Connection slots, and which connection is closed when all are in use.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// A limited number of connection slots.
#[derive(Debug)]
pub(super) struct ConnectionSlots {
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    taken: usize,
    /// Increases each time a connection becomes idle: the smallest value has been idle longest.
    clock: u64,
    silent: BTreeMap<u64, Arc<Notify>>,
}

/// One connection's slot, released when dropped.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    slots: Arc<ConnectionSlots>,
    leave: Arc<Notify>,
    mine: Mutex<Mine>,
}

#[derive(Debug, Default)]
struct Mine {
    /// Its position among the idle connections.
    silent_since: Option<u64>,
    /// Number of responses in progress.
    at_work: usize,
}

impl ConnectionSlots {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most: most.max(1), state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a slot, if necessary from the longest idle connection; `None` if all are serving a request.
    pub(super) fn take(self: &Arc<Self>) -> Option<Arc<ConnectionSlot>> {
        let leave = Arc::new(Notify::new());
        let mut state = self.state();
        if state.taken >= self.most {
            let (_, silent) = state.silent.pop_first()?;
            silent.notify_one();
            state.taken -= 1;
        }
        state.taken += 1;
        let since = state.stay_silent(&leave);
        drop(state);
        let mine = Mutex::new(Mine { silent_since: Some(since), at_work: 0 });
        Some(Arc::new(ConnectionSlot { slots: Arc::clone(self), leave, mine }))
    }

    /// Closes up to `most` of the longest idle connections and returns their number.
    pub(super) fn send_silent_away(&self, most: usize) -> usize {
        let mut state = self.state();
        let mut gone = 0;
        while gone < most
            && let Some((_, silent)) = state.silent.pop_first()
        {
            silent.notify_one();
            state.taken -= 1;
            gone += 1;
        }
        gone
    }

    /// Number of slots in use.
    pub(super) fn taken(&self) -> usize {
        self.state().taken
    }
}

impl State {
    fn stay_silent(&mut self, leave: &Arc<Notify>) -> u64 {
        self.clock += 1;
        self.silent.insert(self.clock, Arc::clone(leave));
        self.clock
    }
}

impl ConnectionSlot {
    fn mine(&self) -> MutexGuard<'_, Mine> {
        self.mine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks the start of a request: the slot is not reassigned until [`ConnectionSlot::rest`].
    pub(super) fn work(&self) {
        let mut mine = self.mine();
        mine.at_work += 1;
        if let Some(since) = mine.silent_since.take() {
            let left = self.slots.state().silent.remove(&since).is_none();
            // The slot was reassigned a moment ago: this connection ends, and the slot counts for another.
            mine.silent_since = left.then_some(since);
        }
    }

    /// Marks the end of a response.
    pub(super) fn rest(&self) {
        let mut mine = self.mine();
        mine.at_work = mine.at_work.saturating_sub(1);
        if mine.at_work == 0 && mine.silent_since.is_none() {
            mine.silent_since = Some(self.slots.state().stay_silent(&self.leave));
        }
    }

    /// Resolves when the slot has been reassigned.
    pub(super) async fn sent_away(&self) {
        self.leave.notified().await;
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mine = self.mine.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.slots.state();
        let sent_away = mine.silent_since.is_some_and(|since| state.silent.remove(&since).is_none());
        if !sent_away {
            state.taken -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(slot: &Arc<ConnectionSlot>) -> bool {
        use futures_util::FutureExt;
        slot.sent_away().now_or_never().is_some()
    }

    #[test]
    fn the_connection_that_was_silent_longest_leaves_for_a_new_one() {
        let slots = ConnectionSlots::new(2);
        let (first, second) = (slots.take().unwrap(), slots.take().unwrap());
        first.work();
        first.rest();
        let third = slots.take().unwrap();
        assert!(left(&second) && !left(&first) && !left(&third));
        assert_eq!(slots.taken(), 2);
        drop(second);
        assert_eq!(slots.taken(), 2, "the slot of a connection that was closed for a newer one is counted once");
        drop((first, third));
        assert_eq!(slots.taken(), 0);
    }

    #[test]
    fn nobody_at_work_is_sent_away() {
        let slots = ConnectionSlots::new(1);
        let only = slots.take().unwrap();
        only.work();
        assert!(slots.take().is_none());
        only.rest();
        assert!(slots.take().is_some());
        assert!(left(&only));
    }

    #[test]
    fn a_request_that_meets_its_dismissal_keeps_the_count_right() {
        let slots = ConnectionSlots::new(1);
        let old = slots.take().unwrap();
        let new = slots.take().unwrap();
        old.work();
        old.rest();
        drop(old);
        assert_eq!(slots.taken(), 1);
        drop(new);
        assert_eq!(slots.taken(), 0);
        assert_eq!(slots.send_silent_away(5), 0);
    }
}
