//! What the store's handle and its writer share.

use std::{
    io::ErrorKind,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, oneshot, watch};

use super::{
    columns::millis,
    error::StoreError,
    job::{Job, QueueMessage},
    lock::FileLock,
    readers::{ReadKind, Readers},
    tx::Reads,
};
use crate::domain::Timestamp;

/// The state of the store, for health pages and alarms. It is known without touching the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Writes that wait.
    pub queued: usize,
    /// How many writes may wait.
    pub queue: usize,
    /// Time since the last commit; `None` before the first one of this process.
    pub last_commit_age: Option<Duration>,
    /// Why the store has failed and accepts nothing any more.
    pub failed: Option<String>,
    /// True if the disk is full: only the bot's own urgent writes are tried.
    pub full: bool,
    /// The first damage found in the file.
    pub corrupt: Option<String>,
    /// What is wrong with the file on disk: deleted, replaced, or not reachable.
    pub file: Option<String>,
}

impl Health {
    /// Why the store may not keep what happens; `None` if it does.
    pub fn trouble(&self) -> Option<String> {
        let full = self.full.then(|| "the disk is full".to_owned());
        self.failed.clone().or_else(|| self.file.clone()).or(full).or_else(|| self.corrupt.clone())
    }
}

/// What all clones of a store share.
pub(in crate::store) struct Inner {
    queue: Mutex<Option<mpsc::Sender<QueueMessage>>>,
    capacity: usize,
    readers: Readers,
    shared: Arc<SharedState>,
    thread: Mutex<Option<JoinHandle<()>>>,
    fence: i64,
}

/// What the writer reports to everyone else.
pub(in crate::store) struct SharedState {
    path: PathBuf,
    inode: (u64, u64),
    commits: watch::Sender<u64>,
    failed: watch::Sender<Option<String>>,
    full: AtomicBool,
    corrupt: Mutex<Option<String>>,
    last_commit: Mutex<Option<Instant>>,
    last_settled: AtomicI64,
    lock: FileLock,
}

impl Inner {
    /// The handle of an opened store.
    pub(in crate::store) fn new(
        sender: mpsc::Sender<QueueMessage>,
        shared: Arc<SharedState>,
        thread: JoinHandle<()>,
        fence: i64,
    ) -> Self {
        let readers = Readers::new(&shared.path);
        let thread = Mutex::new(Some(thread));
        Self { capacity: sender.max_capacity(), queue: Mutex::new(Some(sender)), readers, shared, thread, fence }
    }

    /// Puts a job in the queue, or refuses it at once if the queue is full.
    pub(in crate::store) fn offer(&self, job: Job) -> Result<(), StoreError> {
        self.sender()?.try_send(QueueMessage::Run(job)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
        })
    }

    /// Puts a job in the queue once there is room.
    pub(in crate::store) async fn submit(&self, job: Job) -> Result<(), StoreError> {
        let sender = self.sender()?;
        sender.send(QueueMessage::Run(job)).await.map_err(|_| StoreError::Closed)
    }

    fn sender(&self) -> Result<mpsc::Sender<QueueMessage>, StoreError> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.clone().ok_or(StoreError::Closed)
    }

    /// Runs a query on the pool of readers.
    pub(in crate::store) async fn read<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reads<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.read_by(ReadKind::Short, query).await
    }

    /// Runs a query of this kind on the pool of readers.
    pub(in crate::store) async fn read_by<T, F>(&self, kind: ReadKind, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reads<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        if self.shared.failed.borrow().is_some() {
            return Err(StoreError::Closed);
        }
        let result = self.readers.read(kind, query).await;
        if let Err(StoreError::Corrupt(what)) = &result {
            self.shared.record_damage(what);
        }
        result
    }

    pub(in crate::store) fn commits(&self) -> watch::Receiver<u64> {
        self.shared.commits.subscribe()
    }

    pub(in crate::store) fn failed(&self) -> watch::Receiver<Option<String>> {
        self.shared.failed.subscribe()
    }

    pub(in crate::store) fn shared(&self) -> &SharedState {
        &self.shared
    }

    pub(in crate::store) fn fence(&self) -> i64 {
        self.fence
    }

    pub(in crate::store) fn path(&self) -> &Path {
        &self.shared.path
    }

    pub(in crate::store) fn health(&self) -> Health {
        let queued = self.sender().map_or(0, |sender| self.capacity - sender.capacity());
        let last = *self.shared.last_commit.lock().unwrap_or_else(PoisonError::into_inner);
        Health {
            queued,
            queue: self.capacity,
            last_commit_age: last.map(|at| at.elapsed()),
            failed: self.shared.failed.borrow().clone(),
            full: self.shared.is_full(),
            corrupt: self.shared.corrupt.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            file: self.shared.file_trouble(),
        }
    }

    pub(in crate::store) async fn close(&self) -> Result<(), StoreError> {
        let sender = self.queue.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(StoreError::Closed)?;
        self.readers.close();
        let (done, finished) = oneshot::channel();
        sender.send(QueueMessage::Close(done)).await.map_err(|_| StoreError::Closed)?;
        finished.await.map_err(|_| StoreError::Closed)
    }
}

impl Drop for Inner {
    /// The writer ends with its queue. It is waited for, so that the file can be opened again at once; a job that holds
    /// the last clone runs on the writer itself and cannot wait for it.
    fn drop(&mut self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.readers.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

impl SharedState {
    /// The state of a newly opened file.
    pub(in crate::store) fn new(path: &Path, lock: FileLock, now: Timestamp) -> std::io::Result<Self> {
        let meta = std::fs::metadata(path)?;
        Ok(Self {
            path: path.to_owned(),
            inode: (meta.dev(), meta.ino()),
            commits: watch::Sender::new(0),
            failed: watch::Sender::new(None),
            full: AtomicBool::new(false),
            corrupt: Mutex::default(),
            last_commit: Mutex::default(),
            last_settled: AtomicI64::new(millis(now)),
            lock,
        })
    }

    pub(in crate::store) fn committed(&self, changed: bool) {
        *self.last_commit.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        if changed {
            self.commits.send_modify(|count| *count += 1);
        }
    }

    pub(in crate::store) fn fail(&self, reason: String) {
        self.failed.send_if_modified(|failed| {
            let first = failed.is_none();
            failed.get_or_insert(reason);
            first
        });
    }

    pub(in crate::store) fn record_damage(&self, what: &str) {
        let mut corrupt = self.corrupt.lock().unwrap_or_else(PoisonError::into_inner);
        if corrupt.is_none() {
            tracing::error!(why = what, "the database holds damaged data");
            *corrupt = Some(what.to_owned());
        }
    }

    pub(in crate::store) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    pub(in crate::store) fn set_full(&self, full: bool) {
        if self.full.swap(full, Ordering::Relaxed) == full {
            return;
        }
        metrics::gauge!("hotroom_store_full").set(u8::from(full));
        let path = self.path.display();
        if full {
            tracing::error!(%path, "the disk is full; writes from outside are refused");
        } else {
            tracing::info!(%path, "the disk has room again");
        }
    }

    /// Records that a row of the outbox was completed.
    pub(in crate::store) fn note_settled(&self, now: Timestamp) {
        self.last_settled.store(millis(now), Ordering::Relaxed);
    }

    /// When a row of the outbox was last completed, or when the store was opened.
    pub(in crate::store) fn last_settled(&self) -> Timestamp {
        Timestamp::from_timestamp_millis(self.last_settled.load(Ordering::Relaxed)).unwrap_or_default()
    }

    /// Lets another process open the file.
    pub(in crate::store) fn release_lock(&self) {
        self.lock.release();
    }

    /// Why whatever is written from now on is lost with the process: the file was deleted or replaced.
    pub(in crate::store) fn file_lost(&self) -> Option<String> {
        match std::fs::metadata(&self.path) {
            Ok(meta) if (meta.dev(), meta.ino()) == self.inode => None,
            Ok(_) => Some("it was replaced by another file while hotroom was running".to_owned()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Some("it was deleted while hotroom was running".to_owned())
            }
            Err(_) => None,
        }
    }

    /// What is wrong with the file on disk.
    pub(in crate::store) fn file_trouble(&self) -> Option<String> {
        if let Some(why) = self.file_lost() {
            return Some(why);
        }
        match std::fs::metadata(&self.path) {
            Ok(meta) if meta.mode() & 0o600 == 0o600 => None,
            Ok(meta) => Some(format!("its mode is {:o}: hotroom may not read and write it", meta.mode() & 0o777)),
            Err(error) => Some(format!("it cannot be reached: {error}")),
        }
    }
}
