//! The only thread that writes.
//!
//! It runs the transactions that wait, up to `batch`, in one SQLite transaction with a savepoint for each, and commits
//! once. While it waits for the disk the next batch gathers: no timer is needed, and a lone write is not delayed.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, config::DbConfig};
use tokio::sync::{mpsc, oneshot};

use super::{
    disk_reserve::DiskReserve,
    error::StoreError,
    job::{Job, QueueMessage, WriteUrgency, panic_text},
    shared::SharedState,
    silence_cache::SilenceCache,
    tx::Tx,
};

/// How long the checkpoint at the end waits for queries that still run.
const CHECKPOINT_WAIT: Duration = Duration::from_millis(500);

/// The writer's connection, and the fence under which it was opened.
pub(in crate::store) struct OwnedConnection {
    /// The connection.
    pub(in crate::store) conn: Connection,
    /// The number of this opening of the file.
    pub(in crate::store) fence: i64,
}

/// The writer's side of the store.
pub(in crate::store) struct Writer {
    conn: Connection,
    fence: i64,
    queue: mpsc::Receiver<QueueMessage>,
    batch: usize,
    shared: Arc<SharedState>,
    disk_reserve: DiskReserve,
    silence_cache: SilenceCache,
    waiting: VecDeque<Job>,
    closing: Option<oneshot::Sender<()>>,
}

/// Why the store must not be used any more.
enum Failure {
    /// The commit may or may not be in the file.
    Unknown(String),
    /// The file was deleted or replaced. The log still belongs to it, so it is copied into it and removed: the file that
    /// has the name now must not be read with the log of another.
    FileLost(String),
    /// Another process has opened the file.
    TakenOver(String),
}

impl Writer {
    /// Creates a writer; [`Writer::run`] starts it.
    pub(in crate::store) fn new(
        owned: OwnedConnection,
        queue: mpsc::Receiver<QueueMessage>,
        batch: usize,
        shared: Arc<SharedState>,
        disk_reserve: DiskReserve,
    ) -> Self {
        let OwnedConnection { conn, fence } = owned;
        let (waiting, closing) = (VecDeque::new(), None);
        let silence_cache = SilenceCache::default();
        Self { conn, fence, queue, batch: batch.max(1), shared, disk_reserve, silence_cache, waiting, closing }
    }

    /// Works until the store is closed, dropped, or fails.
    pub(in crate::store) fn run(mut self) {
        match catch_unwind(AssertUnwindSafe(|| self.run_queue())) {
            Ok(Ok(())) => self.checkpoint(CHECKPOINT_WAIT),
            Ok(Err(failure)) => self.fail(failure),
            Err(panic) => self.fail(Failure::Unknown(format!("the writer panicked: {}", panic_text(&*panic)))),
        }
        self.queue.close();
        self.gather(usize::MAX);
        self.refuse_waiting(&self.shared.file_lost().map_or(StoreError::Closed, StoreError::FileLost));
        let Self { conn, shared, closing, .. } = self;
        // The lock is released after the connection is closed: another process may open the file then.
        drop(conn);
        shared.release_lock();
        if let Some(done) = closing {
            let _ = done.send(());
        }
    }

    fn run_queue(&mut self) -> Result<(), Failure> {
        while self.closing.is_none() {
            let Some(first) = self.queue.blocking_recv() else { return Ok(()) };
            self.admit(first);
            self.gather(self.batch);
            metrics::gauge!("hotroom_store_queue_depth").set(u32::try_from(self.queue.len()).unwrap_or(u32::MAX));
            // A batch can end early; the rest is for the next one.
            while !self.waiting.is_empty() {
                self.commit_together()?;
            }
        }
        Ok(())
    }

    fn admit(&mut self, message: QueueMessage) {
        match message {
            QueueMessage::Run(job) => self.waiting.push_back(job),
            QueueMessage::Close(done) => self.closing = Some(done),
        }
    }

    fn gather(&mut self, up_to: usize) {
        while self.waiting.len() < up_to
            && self.closing.is_none()
            && let Ok(message) = self.queue.try_recv()
        {
            self.admit(message);
        }
    }

    fn refuse_waiting(&mut self, error: &StoreError) {
        self.waiting.drain(..).for_each(|job| job.refuse(error.clone()));
    }

    /// Runs what waits in one SQLite transaction.
    fn commit_together(&mut self) -> Result<(), Failure> {
        if let Some(why) = self.shared.file_lost() {
            self.refuse_waiting(&StoreError::FileLost(why.clone()));
            return Err(Failure::FileLost(why));
        }
        self.refuse_while_unwell();
        if self.waiting.is_empty() {
            return Ok(());
        }
        let before = self.conn.total_changes();
        if let Err(error) = self.conn.execute_batch("BEGIN IMMEDIATE") {
            self.begin_failed(&error.into());
            return Ok(());
        }
        if let Some(why) = self.taken_over() {
            self.undo();
            self.refuse_waiting(&StoreError::FileLost(why.clone()));
            return Err(Failure::TakenOver(why));
        }
        fail::fail_point!("store.after_begin");
        let mut batch = Vec::with_capacity(self.waiting.len());
        while let Some(mut job) = self.next_job(&batch) {
            let ran = self.run_one(&mut job);
            if self.conn.is_autocommit() {
                let undone = StoreError::Sqlite("the transaction was undone".to_owned());
                self.batch_undone(batch, job, ran.err().unwrap_or(undone));
                return Ok(());
            }
            batch.push(job);
        }
        self.commit(batch, before)
    }

    /// The next job of a batch. One that is run again is alone in its batch, so that no other job can undo it.
    fn next_job(&mut self, batch: &[Job]) -> Option<Job> {
        let next_is_retry = self.waiting.front()?.is_retry();
        match batch.first() {
            Some(first) if next_is_retry || first.was_retried() => None,
            Some(_) | None => self.waiting.pop_front(),
        }
    }

    /// Runs a job in a savepoint. On return the connection is in autocommit mode if the whole batch was undone.
    fn run_one(&mut self, job: &mut Job) -> Result<(), StoreError> {
        if let Err(error) = run_cached(&self.conn, "SAVEPOINT one") {
            self.undo();
            return Err(error.into());
        }
        let ran = job.run(&mut Tx::new(&self.conn, &self.silence_cache));
        if self.conn.is_autocommit() {
            return ran;
        }
        let ended = match &ran {
            Err(error) => {
                self.note(error);
                self.conn.execute_batch("ROLLBACK TO one; RELEASE one")
            }
            Ok(()) => run_cached(&self.conn, "RELEASE one"),
        };
        if let Err(error) = ended {
            // Without its savepoint the job cannot be undone alone, so the batch is undone as a whole.
            self.undo();
            return Err(error.into());
        }
        ran
    }

    fn commit(&mut self, batch: Vec<Job>, before: u64) -> Result<(), Failure> {
        fail::fail_point!("store.before_commit");
        let started = Instant::now();
        let result = self.end_transaction();
        fail::fail_point!("store.after_commit");
        let Err(error) = result else {
            let jobs = u32::try_from(batch.len()).unwrap_or(u32::MAX);
            metrics::histogram!("hotroom_store_commit_seconds").record(started.elapsed());
            metrics::histogram!("hotroom_store_commit_closures").record(jobs);
            metrics::counter!("hotroom_store_commits_total").increment(1);
            // The file may have lost its name during the commit: then nothing of it is acknowledged.
            if let Some(why) = self.shared.file_lost() {
                batch.into_iter().for_each(|job| job.refuse(StoreError::FileLost(why.clone())));
                return Err(Failure::FileLost(why));
            }
            self.shared.committed(self.conn.total_changes() != before);
            batch.into_iter().for_each(Job::reply);
            return Ok(());
        };
        if known_undone(&error) && self.undo() {
            self.commit_undone(batch, &error.into());
            return Ok(());
        }
        batch.into_iter().for_each(|job| job.refuse(StoreError::CommitUnknown));
        Err(Failure::Unknown(format!("a commit failed and it is unknown whether it was kept: {error}")))
    }

    /// Why this process must not write any more: a process that opened the file later has a greater fence. Locks keep a
    /// second process out, but not on every file system, and not if somebody deletes them.
    fn taken_over(&self) -> Option<String> {
        let owner = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        let read = self.conn.prepare_cached("SELECT fence, process FROM owner WHERE one = 1");
        match read.and_then(|mut statement| statement.query_row([], owner)) {
            Ok((fence, _)) if fence == self.fence => None,
            Ok((_, process)) => Some(format!("process {process} has opened the database; this one must stop")),
            // What the transactions of the batch find says more about such a file.
            Err(_) => None,
        }
    }

    fn end_transaction(&self) -> Result<(), rusqlite::Error> {
        fail::fail_point!("store.commit", |how| Err(match how.as_deref() {
            Some("busy") => rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None),
            Some(_) | None => rusqlite::Error::InvalidQuery,
        }));
        self.conn.execute_batch("COMMIT")
    }

    /// SQLite undid the whole batch because of one job: the others run again.
    fn batch_undone(&mut self, batch: Vec<Job>, culprit: Job, error: StoreError) {
        self.note(&error);
        if error == StoreError::Busy {
            self.run_again(vec![culprit], &error);
        } else {
            culprit.refuse(error.clone());
        }
        self.run_again(batch, &error);
    }

    /// A commit failed and nothing of it was kept. Which of several jobs made it fail is not known, so each runs again.
    fn commit_undone(&mut self, batch: Vec<Job>, error: &StoreError) {
        self.note(error);
        let may_pass = *error == StoreError::Busy || (matches!(error, StoreError::Conflict(_)) && batch.len() > 1);
        if may_pass {
            self.run_again(batch, error);
        } else {
            batch.into_iter().for_each(|job| job.refuse(error.clone()));
        }
    }

    /// Puts jobs back before all that waits, in their order. One that has been tried too often fails with `error`.
    fn run_again(&mut self, jobs: Vec<Job>, error: &StoreError) {
        for job in jobs.into_iter().rev() {
            if job.may_retry() {
                metrics::counter!("hotroom_store_retries_total").increment(1);
                self.waiting.push_front(job);
            } else {
                job.refuse(error.clone());
            }
        }
    }

    /// Returns whether no transaction is open any more.
    fn undo(&self) -> bool {
        self.conn.is_autocommit() || self.conn.execute_batch("ROLLBACK").is_ok()
    }

    /// Whatever waited behind a lock of another program has waited as long as the first job.
    fn begin_failed(&mut self, error: &StoreError) {
        self.note(error);
        if *error == StoreError::Busy {
            self.gather(usize::MAX);
        }
        self.refuse_waiting(error);
    }

    /// On a full disk, and when the file cannot be reached, only urgent jobs are tried.
    fn refuse_while_unwell(&mut self) {
        if self.shared.is_full() && self.disk_reserve.restore() {
            self.shared.set_full(false);
        }
        let error = match self.shared.file_trouble() {
            Some(trouble) => StoreError::Io(trouble),
            None if self.shared.is_full() => StoreError::Full,
            None => return,
        };
        let (urgent, ordinary) = self.waiting.drain(..).partition(|job| job.urgency == WriteUrgency::Urgent);
        self.waiting = ordinary;
        self.refuse_waiting(&error);
        self.waiting = urgent;
    }

    /// Records what an error says about the disk or the file.
    fn note(&mut self, error: &StoreError) {
        match error {
            StoreError::Full => {
                self.shared.set_full(true);
                self.disk_reserve.release();
                if self.conn.is_autocommit() {
                    self.checkpoint(Duration::ZERO);
                }
            }
            StoreError::Corrupt(what) => self.shared.record_damage(what),
            StoreError::Overloaded
            | StoreError::Busy
            | StoreError::CommitUnknown
            | StoreError::FileLost(_)
            | StoreError::Io(_)
            | StoreError::OutOfMemory
            | StoreError::TooSlow
            | StoreError::Closed
            | StoreError::Panicked(_)
            | StoreError::Conflict(_)
            | StoreError::Sqlite(_) => {}
        }
    }

    fn fail(&self, failure: Failure) {
        let reason = match failure {
            Failure::Unknown(reason) => {
                // What the disk may have lost of the log must not be copied into the file.
                let _ = self.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
                reason
            }
            Failure::FileLost(reason) => {
                self.checkpoint(CHECKPOINT_WAIT);
                reason
            }
            Failure::TakenOver(reason) => {
                let _ = self.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
                reason
            }
        };
        tracing::error!(why = reason, "the store has failed; the process must be started again");
        metrics::gauge!("hotroom_store_failed").set(1);
        self.shared.fail(reason);
    }

    /// Copies the write-ahead log into the file and empties it.
    fn checkpoint(&self, wait: Duration) {
        let usual = self.conn.query_row("PRAGMA busy_timeout", [], |row| row.get::<_, u32>(0)).unwrap_or(0);
        let _ = self.conn.busy_timeout(wait);
        if let Err(error) = self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the write-ahead log could not be copied into the file");
        }
        let _ = self.conn.busy_timeout(Duration::from_millis(u64::from(usual)));
    }
}

/// Runs a statement that is prepared once, since each job needs it.
fn run_cached(conn: &Connection, sql: &str) -> Result<(), rusqlite::Error> {
    conn.prepare_cached(sql)?.execute([]).map(drop)
}

/// True if a commit failed before its commit record was written, so that nothing of it can have been kept.
fn known_undone(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::ConstraintViolation)
    )
}
