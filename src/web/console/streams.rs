//! Open event streams, limited per person.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::domain::ids::PersonId;

/// Maximum number of streams per person: a few windows on a few devices.
pub const MOST: usize = 8;

/// All open streams.
#[derive(Clone, Debug, Default)]
pub struct Streams {
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    last: u64,
    by_person: BTreeMap<PersonId, Vec<(u64, watch::Sender<bool>)>>,
}

impl Streams {
    /// Registers a stream of this person. Over the limit, the person's oldest stream has to close.
    pub fn enter(&self, person: &PersonId) -> StreamSlot {
        let mut open = self.lock();
        open.last += 1;
        let id = open.last;
        let (tell, leave) = watch::channel(false);
        let own = open.by_person.entry(person.clone()).or_default();
        own.push((id, tell));
        if own.len() > MOST {
            own.remove(0).1.send_replace(true);
        }
        StreamSlot { id, person: person.clone(), leave, streams: self.clone() }
    }

    /// Number of open streams.
    pub fn count(&self) -> usize {
        self.lock().by_person.values().map(Vec::len).sum()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The slot of one stream; released when dropped.
#[derive(Debug)]
pub struct StreamSlot {
    id: u64,
    person: PersonId,
    leave: watch::Receiver<bool>,
    streams: Streams,
}

impl StreamSlot {
    /// Resolves when a newer stream replaces this one.
    pub async fn must_leave(&self) {
        let mut leave = self.leave.clone();
        // The sender is dropped only when the slot was removed from the list, which means the same.
        leave.wait_for(|leave| *leave).await.ok();
    }
}

impl Drop for StreamSlot {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        if let Some(own) = open.by_person.get_mut(&self.person) {
            own.retain(|(id, _)| *id != self.id);
            if own.is_empty() {
                open.by_person.remove(&self.person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_stream_leaves_for_a_newer_one_and_nobody_elses() {
        let streams = Streams::default();
        let bob = streams.enter(&"bob".into());
        let slots: Vec<StreamSlot> = (0..=MOST).map(|_| streams.enter(&"ann".into())).collect();
        slots[0].must_leave().await;
        for slot in slots[1..].iter().chain([&bob]) {
            assert!(!*slot.leave.borrow());
        }
        assert_eq!(streams.count(), MOST + 1);
        drop(slots);
        assert_eq!(streams.count(), 1);
    }
}
