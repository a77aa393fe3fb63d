//! Connection slots, and which connection is closed when all are in use.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// A limited number of connection slots.
///
/// A connection is idle, or its request is incomplete, or it is at work on a complete request. When slots run out, the
/// oldest incomplete request leaves first, then the connection that has been idle longest. Those at work keep theirs; then
/// a few reserved slots are left.
#[derive(Debug)]
pub(super) struct ConnectionSlots {
    most: usize,
    reserve: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    taken: usize,
    /// Increases each time a connection becomes idle or begins a request: the smallest value is the oldest.
    clock: u64,
    idle: BTreeMap<u64, Waiting>,
    incomplete: BTreeMap<u64, Waiting>,
    incomplete_of: HashMap<IpAddr, usize>,
}

/// A connection that may be closed.
#[derive(Debug)]
struct Waiting {
    leave: Arc<Notify>,
    peer: IpAddr,
}

/// One connection's slot, released when dropped.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    slots: Arc<ConnectionSlots>,
    leave: Arc<Notify>,
    peer: IpAddr,
    reserved: bool,
    mine: Mutex<Mine>,
}

#[derive(Debug)]
struct Mine {
    place: Place,
    /// Number of responses in progress.
    at_work: usize,
}

/// Where a connection is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Idle(u64),
    Incomplete(u64),
    AtWork,
    /// Its slot was given to another connection.
    Gone,
}

impl ConnectionSlots {
    /// This many slots, and a small reserve.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Self::with_reserve(most, (most / 32).clamp(1, 16))
    }

    fn with_reserve(most: usize, reserve: usize) -> Arc<Self> {
        Arc::new(Self { most: most.max(1), reserve, state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a slot, if necessary from a connection whose request is incomplete, or from an idle one; `None` if all are
    /// serving a complete request.
    pub(super) fn take(self: &Arc<Self>, peer: IpAddr) -> Option<Arc<ConnectionSlot>> {
        let leave = Arc::new(Notify::new());
        let mut state = self.state();
        let free = state.taken < self.most || state.close_one();
        if !free && state.taken >= self.most + self.reserve {
            return None;
        }
        state.taken += 1;
        let since = state.tick();
        state.idle.insert(since, Waiting { leave: Arc::clone(&leave), peer });
        drop(state);
        let mine = Mutex::new(Mine { place: Place::Idle(since), at_work: 0 });
        Some(Arc::new(ConnectionSlot { slots: Arc::clone(self), leave, peer, reserved: !free, mine }))
    }

    /// Closes up to `most` connections that are not at work and returns their number.
    pub(super) fn send_silent_away(&self, most: usize) -> usize {
        let mut state = self.state();
        (0..most).take_while(|_| state.close_one()).count()
    }

    /// Closes all connections without a request.
    pub(super) fn close_idle(&self) {
        let mut state = self.state();
        while state.close_longest_idle() {}
    }

    /// Number of slots in use.
    pub(super) fn taken(&self) -> usize {
        self.state().taken
    }
}

impl State {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// Closes the oldest incomplete request, or else the connection that has been idle longest.
    fn close_one(&mut self) -> bool {
        let oldest = self.incomplete.keys().next().copied();
        if let Some(since) = oldest {
            return self.close_incomplete(since);
        }
        self.close_longest_idle()
    }

    fn close_longest_idle(&mut self) -> bool {
        let Some((_, idle)) = self.idle.pop_first() else { return false };
        idle.leave.notify_one();
        self.taken -= 1;
        true
    }

    fn close_incomplete(&mut self, since: u64) -> bool {
        let Some(waiting) = self.remove_incomplete(since) else { return false };
        waiting.leave.notify_one();
        self.taken -= 1;
        true
    }

    fn remove_incomplete(&mut self, since: u64) -> Option<Waiting> {
        let waiting = self.incomplete.remove(&since)?;
        if let Some(count) = self.incomplete_of.get_mut(&waiting.peer) {
            *count -= 1;
            if *count == 0 {
                self.incomplete_of.remove(&waiting.peer);
            }
        }
        Some(waiting)
    }

    /// Keeps incomplete requests within half of the slots, and those of one address within a quarter.
    fn bound_incomplete(&mut self, most: usize, peer: IpAddr) {
        if self.incomplete_of.get(&peer).is_some_and(|count| *count > (most / 4).max(1)) {
            let oldest = self.incomplete.iter().find(|(_, waiting)| waiting.peer == peer).map(|(since, _)| *since);
            if let Some(since) = oldest {
                self.close_incomplete(since);
            }
        } else if self.incomplete.len() > (most / 2).max(1) {
            self.close_one();
        }
    }

    /// Removes a connection from its list. False if it is not there: its slot was given to another.
    fn remove(&mut self, place: Place) -> bool {
        match place {
            Place::Idle(since) => self.idle.remove(&since).is_some(),
            Place::Incomplete(since) => self.remove_incomplete(since).is_some(),
            Place::AtWork => true,
            Place::Gone => false,
        }
    }
}

impl ConnectionSlot {
    fn mine(&self) -> MutexGuard<'_, Mine> {
        self.mine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True if it is for probes and signed-in people only.
    pub(super) fn is_reserved(&self) -> bool {
        self.reserved
    }

    /// Marks the start of a request whose body is still to come: the slot may be given to another connection.
    pub(super) fn receive_body(&self) {
        let mut mine = self.mine();
        if !matches!(mine.place, Place::Idle(_)) {
            return;
        }
        let mut state = self.slots.state();
        if !state.remove(mine.place) {
            mine.place = Place::Gone;
            return;
        }
        let since = state.tick();
        mine.place = Place::Incomplete(since);
        state.incomplete.insert(since, Waiting { leave: Arc::clone(&self.leave), peer: self.peer });
        *state.incomplete_of.entry(self.peer).or_default() += 1;
        state.bound_incomplete(self.slots.most, self.peer);
    }

    /// Marks a complete request: the slot is not given to another connection until [`ConnectionSlot::rest`].
    pub(super) fn work(&self) {
        let mut mine = self.mine();
        mine.at_work += 1;
        // If the slot was given away a moment ago, this connection ends, and the slot counts for another.
        mine.place = if self.slots.state().remove(mine.place) { Place::AtWork } else { Place::Gone };
    }

    /// Marks the end of a response to a complete request.
    pub(super) fn rest(&self) {
        let mut mine = self.mine();
        mine.at_work = mine.at_work.saturating_sub(1);
        if mine.at_work == 0 {
            self.become_idle(&mut mine);
        }
    }

    /// Marks the end of a response to a request that was never complete.
    pub(super) fn give_up_body(&self) {
        let mut mine = self.mine();
        if matches!(mine.place, Place::Incomplete(_)) {
            self.become_idle(&mut mine);
        }
    }

    fn become_idle(&self, mine: &mut Mine) {
        let mut state = self.slots.state();
        if state.remove(mine.place) {
            let since = state.tick();
            state.idle.insert(since, Waiting { leave: Arc::clone(&self.leave), peer: self.peer });
            mine.place = Place::Idle(since);
        } else {
            mine.place = Place::Gone;
        }
    }

    /// Resolves when the slot was given to another connection.
    pub(super) async fn sent_away(&self) {
        self.leave.notified().await;
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mine = self.mine.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.slots.state();
        if state.remove(mine.place) {
            state.taken -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    /// Slots without a reserve.
    fn slots(most: usize) -> Arc<ConnectionSlots> {
        ConnectionSlots::with_reserve(most, 0)
    }

    fn left(slot: &Arc<ConnectionSlot>) -> bool {
        use futures_util::FutureExt;
        slot.sent_away().now_or_never().is_some()
    }

    #[test]
    fn the_connection_that_was_silent_longest_leaves_for_a_new_one() {
        let slots = slots(2);
        let (first, second) = (slots.take(PEER).unwrap(), slots.take(PEER).unwrap());
        first.work();
        first.rest();
        let third = slots.take(PEER).unwrap();
        assert!(left(&second) && !left(&first) && !left(&third));
        assert_eq!(slots.taken(), 2);
        drop(second);
        assert_eq!(slots.taken(), 2, "the slot of a connection that was closed for a newer one is counted once");
        drop((first, third));
        assert_eq!(slots.taken(), 0);
    }

    #[test]
    fn nobody_at_work_is_sent_away() {
        let slots = slots(1);
        let only = slots.take(PEER).unwrap();
        only.work();
        assert!(slots.take(PEER).is_none());
        only.rest();
        assert!(slots.take(PEER).is_some());
        assert!(left(&only));
    }

    #[test]
    fn a_request_that_meets_its_dismissal_keeps_the_count_right() {
        let slots = slots(1);
        let old = slots.take(PEER).unwrap();
        let new = slots.take(PEER).unwrap();
        old.work();
        old.rest();
        drop(old);
        assert_eq!(slots.taken(), 1);
        drop(new);
        assert_eq!(slots.taken(), 0);
        assert_eq!(slots.send_silent_away(5), 0);
    }

    #[test]
    fn the_oldest_incomplete_request_leaves_before_any_idle_connection() {
        let slots = slots(3);
        let (idle, first, second) = (slots.take(PEER).unwrap(), slots.take(PEER).unwrap(), slots.take(PEER).unwrap());
        first.receive_body();
        second.receive_body();
        let _new = slots.take(PEER).unwrap();
        assert!(left(&first) && !left(&second) && !left(&idle));
        second.work();
        let _newer = slots.take(PEER).unwrap();
        assert!(left(&idle) && !left(&second), "a complete request keeps its slot");
    }

    #[test]
    fn one_address_holds_a_quarter_of_the_slots_with_incomplete_requests() {
        let slots = slots(8);
        let other = slots.take(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1))).unwrap();
        other.receive_body();
        let held: Vec<_> = (0..4).map(|_| slots.take(PEER).unwrap()).collect();
        held.iter().for_each(|slot| slot.receive_body());
        let gone: Vec<bool> = held.iter().map(left).collect();
        assert_eq!(gone, [true, true, false, false], "the address loses its own oldest");
        assert!(!left(&other));
        held[3].work();
        held[3].rest();
        drop(held);
        drop(other);
        assert_eq!(slots.taken(), 0);
    }

    #[test]
    fn a_reserved_slot_is_given_when_all_others_are_at_work() {
        let slots = ConnectionSlots::with_reserve(1, 1);
        let busy = slots.take(PEER).unwrap();
        busy.work();
        let reserved = slots.take(PEER).unwrap();
        assert!(reserved.is_reserved() && !busy.is_reserved());
        reserved.work();
        assert!(slots.take(PEER).is_none());
        drop((busy, reserved));
        assert!(!slots.take(PEER).unwrap().is_reserved());
    }
}
