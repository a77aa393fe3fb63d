//! The share of the writer's queue that one source may fill, so that a flooding source leaves room for the others.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The number of deliveries being written, per source.
#[derive(Clone, Debug, Default)]
pub struct Quota(Arc<Mutex<BTreeMap<String, usize>>>);

/// A place in the queue, released when dropped.
#[derive(Debug)]
pub struct QueueSlot {
    quota: Quota,
    source: String,
}

impl Quota {
    /// Takes a place for a source; `None` if it already has `most`.
    pub fn take(&self, source: &str, most: usize) -> Option<QueueSlot> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(source.to_owned()).or_default();
        if *count >= most.max(1) {
            return None;
        }
        *count += 1;
        Some(QueueSlot { quota: self.clone(), source: source.to_owned() })
    }
}

impl Drop for QueueSlot {
    fn drop(&mut self) {
        let mut taken = self.quota.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_floods_keeps_room_for_the_others() {
        let quota = Quota::default();
        let places: Vec<QueueSlot> = std::iter::from_fn(|| quota.take("loud", 3)).take(10).collect();
        assert_eq!(places.len(), 3);
        assert!(quota.take("quiet", 3).is_some());
        drop(places);
        assert!(quota.take("loud", 0).is_some(), "one is always taken");
        assert!(quota.0.lock().unwrap().is_empty(), "nothing is kept of whoever is done");
    }
}
