//! Which channels have messages that may not have been fetched yet.
//!
//! Messages arrive in two streams: live ones, and missed ones that are fetched. There is one cursor for both. While a
//! channel has an open gap, live messages are processed and do not move its cursor: otherwise the missed ones before them
//! would never be fetched. The cursor moves to the newest of them when the gap is closed.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{domain::ids::PlatformId, store::MessagePosition};

/// The open gaps of a platform.
#[derive(Debug, Default)]
pub struct OpenGaps(Mutex<GapState>);

#[derive(Debug, Default)]
struct GapState {
    /// The number of times that every channel may have missed messages; 0 before the first one.
    round: u64,
    /// Channels whose messages are complete, with the round in which they became so.
    complete: BTreeMap<PlatformId, u64>,
    /// The newest live message of a channel with an open gap.
    live: BTreeMap<PlatformId, MessagePosition>,
}

/// The time at which fetching the messages of a channel began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GapRound(u64);

impl OpenGaps {
    fn state(&self) -> MutexGuard<'_, GapState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a gap in every channel: the connection was lost.
    pub fn open_all(&self) {
        let mut state = self.state();
        state.round += 1;
        state.complete.clear();
    }

    /// Opens a gap in a channel: a message could not be stored.
    pub fn open(&self, channel: &PlatformId) {
        let mut state = self.state();
        state.round = state.round.max(1);
        state.complete.remove(channel);
    }

    /// Notes a live message. True if messages of its channel may be missing, so that its cursor must not move.
    pub fn holds(&self, channel: &PlatformId, message: &MessagePosition) -> bool {
        let mut state = self.state();
        let open = state.is_open(channel);
        if open && state.live.get(channel).is_none_or(|newest| newest.at <= message.at) {
            state.live.insert(channel.clone(), message.clone());
        }
        open
    }

    /// True if messages of the channel may be missing.
    pub fn is_open(&self, channel: &PlatformId) -> bool {
        self.state().is_open(channel)
    }

    /// The present round, for [`OpenGaps::close`].
    pub fn round(&self) -> GapRound {
        GapRound(self.state().round)
    }

    /// Closes the gap of a channel whose messages were fetched since `begun`, unless it was opened again meanwhile. Returns
    /// the newest live message that came while it was open.
    pub fn close(&self, channel: &PlatformId, begun: GapRound) -> Option<MessagePosition> {
        let mut state = self.state();
        if state.round != begun.0 {
            return None;
        }
        state.complete.insert(channel.clone(), begun.0);
        state.live.remove(channel)
    }
}

impl GapState {
    fn is_open(&self, channel: &PlatformId) -> bool {
        self.round > 0 && !self.complete.contains_key(channel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_closed_by_what_was_fetched_after_it_opened_and_by_nothing_else() {
        let (gaps, a, b) = (OpenGaps::default(), PlatformId::from("a"), PlatformId::from("b"));
        assert!(!gaps.is_open(&a), "nothing was missed before the first session");
        gaps.open_all();
        let begun = gaps.round();
        gaps.open_all();
        gaps.close(&a, begun);
        assert!(gaps.is_open(&a), "it opened again while it was being fetched");
        gaps.close(&a, gaps.round());
        assert!(!gaps.is_open(&a) && gaps.is_open(&b));
        gaps.open(&a);
        assert!(gaps.is_open(&a));
        let live = |n: i64| MessagePosition {
            message: PlatformId::new(n.to_string()),
            at: crate::domain::Timestamp::from_timestamp(n, 0).unwrap(),
        };
        assert!(gaps.holds(&a, &live(1)) && gaps.holds(&a, &live(3)) && gaps.holds(&a, &live(2)));
        assert_eq!(gaps.close(&a, gaps.round()), Some(live(3)), "the cursor catches up with what came live");
        assert!(!gaps.holds(&a, &live(4)));
    }
}
