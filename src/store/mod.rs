//! The store: one SQLite file, one writer, many readers.
//!
//! Everything is written through [`Store::transact`]: a closure over one transaction, run by the only thread that writes.
//! Transactions that wait together are committed together, and no result is returned before its commit. Reads have their
//! own connections.
//!
//! [`Reads`] and [`Tx`] get their methods from the folders of this module, one file per kind of record. These files are
//! written against the SQL seam in `engine/sql.rs`; only `engine` names the database driver.

mod accounts;
mod alerts;
pub mod chat;
mod contacts;
mod engine;
mod events;
mod exports;
mod incidents;
#[cfg(test)]
mod joins;
mod mirror;
mod pagers;
mod pruning;
mod queues;
mod reports;
mod reviews;
mod trackers;
mod user_reports;

#[cfg(test)]
mod tests;

use std::{path::Path, sync::Arc};

use tokio::sync::watch;

use crate::domain::Timestamp;
use engine::{
    job::{Job, WriteUrgency},
    open::Waits,
};

pub use accounts::calendars::{CALENDAR_TOKEN_LENGTH, CalendarLink, ScheduleRevision};
pub use accounts::sessions::{LINK_VALID, Session, SessionSpan};
pub use alerts::opsgenie::StoredOpsgenieAlert;
pub use alerts::sender_warnings::SenderWarningCount;
pub use alerts::{
    changes::{ChangeFilter, StoredChange},
    firing::{LiveAlert, LiveListing},
    heartbeats::StoredHeartbeat,
    lists::{AlertFilter, AlertListing, GroupCounts, GroupFilter, GroupListing},
    noise_stats::{DailyNoise, EndedOnArrival, NoiseCounts},
    recent_counts::{RecentCounts, created_since},
    silences::SilenceFilter,
    storms::StormTotals,
};
pub use contacts::{
    bundles::{BundleMember, SentPage},
    kinds::{KindState, MessageFailure},
    messages::{ContactMessage, MessagePurpose},
    methods::ContactSettings,
    tokens::ContactToken,
};
pub use engine::{
    error::{OpenError, StoreError},
    open::StoreOptions,
    scan::Scan,
    shared::Health,
    tx::{Reads, Tx},
};
pub use events::{Append, AuditRow, LogFault, LogReport, body_hash};
pub use exports::{EXPORT_LEFT_OUT, ExportColumn};
pub use incidents::{
    compare::{CompareReport, Comparison, RecordFault},
    legal_holds::LegalHold,
    pages::{AskingMark, PageFilter, PageListing},
    records::{IncidentFilter, IncidentListing, ListViewer},
    state_links::STATE_TOKEN_LENGTH,
    status_mirrors::StatusMirrorTrouble,
    status_page::StoredComponent,
    timeline_messages::{FileCopy, TimelineMessage, content_hash},
};
pub use mirror::{
    accounts::MirrorAccount,
    channels::{MirrorChannel, MirrorThread},
    inbound::{MessagePosition, NewInteraction},
    messages::MirrorMessage,
    shortages::Misplacement,
};
pub use pruning::PruneCounts;
pub use queues::{
    inbox::{
        Delivery, InboxId, InboxState, PendingDelivery, ReceiveResult, Sender, SourceActivity, UnreadableDelivery,
    },
    inbox_backlog::{Backlog, SenderBacklog},
    outbox::{ClaimedEffect, OutboxId, Settlement},
    outbox_views::{LaneView, OutboxRow},
    webhook_states::WebhookTrouble,
};
pub use reports::{
    facts::{ReportFilter, ReportedField, ReportedIncidents},
    load::LoadFilter,
};
pub use reviews::{
    followups::{FollowUpFilter, FollowUpListing},
    postmortems::{PostmortemFilter, PostmortemListing, ReviewedIncident},
};
pub use trackers::{IssueFilter, IssueListing, OwnIssue, TrackerState};
pub use user_reports::{UserReportFilter, UserReportListing};

/// The store. Cheap to clone; the writer ends when the last clone is dropped.
#[derive(Clone)]
pub struct Store {
    inner: Arc<engine::shared::Inner>,
}

impl Store {
    /// Opens the file, creating it if it is missing, and brings its schema up to date.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong and what to do.
    pub fn open(options: &StoreOptions, now: Timestamp) -> Result<Self, OpenError> {
        Self::open_with(options, &Waits::default(), now)
    }

    /// Allows the next start to create an empty database although there was one here. Does nothing if the file is there.
    ///
    /// # Errors
    /// [`OpenError::Locked`] if a process is using it.
    pub fn forget_missing(path: &Path) -> Result<(), OpenError> {
        engine::lock::forget_missing(path)
    }

    fn open_with(options: &StoreOptions, waits: &Waits, now: Timestamp) -> Result<Self, OpenError> {
        Ok(Self { inner: Arc::new(engine::open::open(options, waits, now)?) })
    }

    /// Runs `work` in one transaction and returns its result after the commit. When `work` fails or panics, only what it
    /// wrote itself is undone. The transaction runs even if the future is dropped.
    ///
    /// `work` may run more than once: when SQLite undoes a commit that carried other transactions as well, each of them
    /// runs again. So `work` is `Fn`, and only what it writes and returns may count.
    ///
    /// # Errors
    /// The error of `work`; [`StoreError::Overloaded`] at once if the queue is full; [`StoreError::Full`] and
    /// [`StoreError::Busy`] if nothing was written; [`StoreError::CommitUnknown`] if nobody knows.
    pub async fn transact<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (job, result) = Job::new(work, WriteUrgency::Ordinary);
        self.inner.offer(job)?;
        result.await.unwrap_or(Err(StoreError::CommitUnknown))
    }

    /// Like [`Store::transact`], for work that nobody else would try again: settling what was sent, pruning. It waits for
    /// room in the queue instead of being refused, and is tried even if the disk is full.
    pub async fn transact_urgent<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (job, result) = Job::new(work, WriteUrgency::Urgent);
        self.inner.submit(job).await?;
        result.await.unwrap_or(Err(StoreError::CommitUnknown))
    }

    /// Runs `query` on a connection that cannot write, over one unchanging view of the data.
    ///
    /// # Errors
    /// The error of `query`; [`StoreError::Closed`] if the store is closed or has failed.
    pub async fn read<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reads<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.inner.read(query).await
    }

    /// Like [`Store::read`], for lists and pages: such queries cannot take all readers from commands, sign-ins and pages, and
    /// their time is bounded.
    ///
    /// # Errors
    /// As [`Store::read`]; [`StoreError::TooSlow`] when the time is up.
    pub async fn search<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reads<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.inner.read_by(engine::readers::ReadKind::Search, query).await
    }

    /// Records that a row of the outbox was completed, so that a delivery loop that is stuck can be told from one that is
    /// behind.
    pub fn note_settled(&self, now: Timestamp) {
        self.inner.shared().note_settled(now);
    }

    /// When a row of the outbox was last completed, or when the store was opened.
    pub fn last_settled(&self) -> Timestamp {
        self.inner.shared().last_settled()
    }

    /// Records damage that was found in the file.
    pub fn note_damage(&self, what: &str) {
        self.inner.shared().record_damage(what);
    }

    /// A counter that grows with each commit that changed something. The delivery loop and open views wait on it.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.inner.commits()
    }

    /// The reason once the store has failed; the process must then end and be started again.
    pub fn failed(&self) -> watch::Receiver<Option<String>> {
        self.inner.failed()
    }

    /// The number of this opening of the file; each opening has a greater one.
    pub fn fence(&self) -> i64 {
        self.inner.fence()
    }

    /// The state of the store.
    pub fn health(&self) -> Health {
        self.inner.health()
    }

    /// Copies the file as it is at one moment, while work goes on. In the copy, sending is paused: whoever starts it must
    /// not page for incidents that are long over. Nothing is overwritten.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if `to` exists; [`StoreError::Full`] if the copy does not fit.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let from = self.inner.path().to_owned();
        let to = to.to_owned();
        let copied = tokio::task::spawn_blocking(move || engine::maintenance::backup(&from, &to));
        copied.await.unwrap_or_else(|error| Err(StoreError::Panicked(error.to_string())))
    }

    /// Checks the whole file and returns what is wrong with it; empty if it is sound.
    pub async fn integrity_check(&self) -> Result<Vec<String>, StoreError> {
        self.read(|reads| reads.integrity_faults()).await
    }

    /// Refuses new writes, finishes those that wait, and closes the file.
    ///
    /// # Errors
    /// [`StoreError::Closed`] if it was closed or had failed before.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.inner.close().await
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("health", &self.health()).finish()
    }
}
