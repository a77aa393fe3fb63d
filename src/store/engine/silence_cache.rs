//! Silences with compiled patterns, kept between transactions.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::alert::Silences;

/// The compiled silences of one revision. The engine owns the cache and hands it to each transaction.
///
/// The revision is read from the database in the same transaction, so that an entry is never used when another process,
/// or a transaction that was undone, has changed the silences since.
#[derive(Default)]
pub(in crate::store) struct SilenceCache(Mutex<CachedSilences>);

#[derive(Clone, Default)]
struct CachedSilences {
    revision: Option<String>,
    silences: Arc<Silences>,
}

impl SilenceCache {
    /// The silences of this revision; `None` if the cache holds another one.
    pub(in crate::store) fn get(&self, revision: &str) -> Option<Arc<Silences>> {
        let cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (cached.revision.as_deref() == Some(revision)).then(|| Arc::clone(&cached.silences))
    }

    /// The silences of the cached revision, whichever it is: a silence that is still there need not be compiled again.
    pub(in crate::store) fn latest(&self) -> Arc<Silences> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner).silences)
    }

    /// Replaces what is cached.
    pub(in crate::store) fn put(&self, revision: String, silences: Arc<Silences>) {
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *cached = CachedSilences { revision: Some(revision), silences };
    }
}
