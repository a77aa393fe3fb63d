//! The store: one SQLite file, one writer, many readers.
//!
//! Everything is written through [`Store::transact`]: a closure over one transaction, run by the only thread that writes.
//! Closures that wait together are committed together, and no answer leaves before its commit. Reads have their own
//! connections. Nothing of SQLite leaves this folder.

mod accounts;
mod alerts;
pub mod chat;
mod engine;
mod events;
mod incidents;
mod mirror;
mod queues;

#[cfg(test)]
mod tests;

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::sync::watch;

use engine::job::{Job, Urgency};

pub use accounts::sessions::{Session, SessionSpan};
pub use alerts::opsgenie::StoredOpsgenieAlert;
pub use alerts::{
    changes::{ChangeFilter, StoredChange},
    firing::{LiveAlert, LivePage},
    heartbeats::StoredHeartbeat,
    lists::{AlertFilter, AlertPage, GroupCounts, GroupFilter, GroupPage},
    noise_stats::{DayOfNoise, Noise},
    recent_counts::{Storm, made_since},
    silences::SilenceFilter,
    storms::StormPicture,
};
pub use engine::{
    error::{OpenError, StoreError},
    maintenance::Pruned,
    scan::Visit,
    tx::{Reads, Tx},
};
pub use events::{Append, AuditRow, LogFault, LogReport, body_hash};
pub use incidents::{
    pages::{PageFilter, PageList},
    records::{IncidentFilter, IncidentPage, Viewer},
    status_page::StoredComponent,
    timeline_messages::{FileCopy, TimelineMessage, said_hash},
};
pub use mirror::links::{DiscordChannel, DiscordMessage, DiscordPerson, DiscordThread};
pub use queues::{
    inbox::{Delivery, InboxId, InboxState, PendingDelivery, Received, Sender, SourceHeard, UnreadableDelivery},
    inbox_backlog::Backlog,
    outbox::{Claimed, OutboxId, Settled},
    outbox_views::{LaneView, OutboxRow},
};

/// How the store is opened: `[store]` of `bot.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The database file. It is made when absent; its folder must exist.
    pub path: PathBuf,
    /// How many writes may wait before new ones are refused.
    pub queue: usize,
    /// How many writes one commit may carry; 1 turns group commit off.
    pub batch: usize,
}

/// How the store is, for health pages and alarms. Read without touching the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Writes that wait.
    pub queued: usize,
    /// How many may wait.
    pub queue: usize,
    /// How long ago the last commit was; none: nothing was committed since the start.
    pub last_commit_age: Option<Duration>,
    /// Why the store takes nothing any more.
    pub failed: Option<String>,
    /// Whether the disk is full: writes from outside are refused, the bot's own are tried.
    pub full: bool,
    /// The first damage that was met in the file.
    pub corrupt: Option<String>,
    /// What is wrong with the file on disk: it was deleted, replaced, or cannot be reached.
    pub file: Option<String>,
}

/// The store. Cheap to clone; the last clone that is dropped ends the writer.
#[derive(Clone)]
pub struct Store {
    inner: Arc<engine::shared::Inner>,
}

impl Store {
    /// Runs `work` in one transaction and answers after it is committed. When `work` fails or panics, only what it wrote
    /// itself is undone. The future may be dropped; the work is done all the same.
    ///
    /// # Errors
    /// What `work` answered; [`StoreError::Overloaded`] at once when the queue is full; [`StoreError::Full`],
    /// [`StoreError::Busy`], [`StoreError::CommitUnknown`] or [`StoreError::Closed`] as they say.
    pub async fn transact<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (job, answer) = Job::new(work, Urgency::Ordinary);
        self.inner.offer(job)?;
        answer.await.unwrap_or(Err(StoreError::CommitUnknown))
    }

    /// Like [`Store::transact`], for work the bot owes already: settling what was sent, pruning. It waits for a place in
    /// the queue instead of being refused, and is tried even when the disk is full.
    ///
    /// # Errors
    /// As [`Store::transact`], but never [`StoreError::Overloaded`].
    pub async fn transact_urgent<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (job, answer) = Job::new(work, Urgency::Owed);
        self.inner.submit(job).await?;
        answer.await.unwrap_or(Err(StoreError::CommitUnknown))
    }

    /// Runs `query` on a connection that cannot write, over one unchanging view of the data.
    ///
    /// # Errors
    /// What `query` answered; [`StoreError::Closed`] when the store is closed or has failed.
    pub async fn read<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reads<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.inner.read(query).await
    }

    /// A counter that grows with each commit that changed something: what the delivery loop and open pages wait on.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.inner.commits()
    }

    /// Holds the reason once the store takes nothing any more; the process must then end and be started again.
    pub fn failed(&self) -> watch::Receiver<Option<String>> {
        self.inner.failed()
    }

    /// The number of this opening of the file; each opening has a greater one.
    pub fn fence(&self) -> i64 {
        self.inner.fence()
    }

    /// How the store is.
    pub fn health(&self) -> Health {
        self.inner.health()
    }

    /// Takes nothing new, finishes what waits, folds the log into the file and lets go of it.
    ///
    /// # Errors
    /// [`StoreError::Closed`] when it was closed or had failed before.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.inner.close().await
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("health", &self.health()).finish()
    }
}
