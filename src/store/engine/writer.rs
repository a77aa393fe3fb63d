//! The one thread that writes.
//!
//! It takes what waits, up to `batch`, into one transaction with a savepoint for each, and commits once. While it waits
//! for the disk the next batch gathers by itself: no timer is needed, and a lone write is not delayed.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, config::DbConfig};
use tokio::sync::{mpsc, oneshot};

use super::{
    job::{Answer, Job, Message, Ran, Urgency, panic_text},
    shared::Shared,
};
use crate::store::{StoreError, Tx, alerts::silences::Kept, engine::disk_reserve::DiskReserve};

/// How long folding the log at the end waits for queries that still run.
const FOLD_WAIT: Duration = Duration::from_millis(500);

/// The writer's side of the store.
pub(in crate::store) struct Writer {
    conn: Connection,
    queue: mpsc::Receiver<Message>,
    batch: usize,
    shared: Arc<Shared>,
    disk_reserve: DiskReserve,
    kept: Kept,
    waiting: VecDeque<Job>,
    closing: Option<oneshot::Sender<()>>,
}

/// The store must not be used any more, for this reason.
struct Failed(String);

impl Writer {
    /// A writer that has not begun.
    pub(in crate::store) fn new(
        conn: Connection,
        queue: mpsc::Receiver<Message>,
        batch: usize,
        shared: Arc<Shared>,
        disk_reserve: DiskReserve,
    ) -> Self {
        let (waiting, closing) = (VecDeque::new(), None);
        Self { conn, queue, batch: batch.max(1), shared, disk_reserve, kept: Kept::default(), waiting, closing }
    }

    /// Works until the store is closed, dropped, or fails.
    pub(in crate::store) fn run(mut self) {
        match catch_unwind(AssertUnwindSafe(|| self.work_on())) {
            Ok(Ok(())) => self.fold_log(FOLD_WAIT),
            Ok(Err(Failed(why))) => self.fail(why),
            Err(panic) => self.fail(format!("the writer panicked: {}", panic_text(&*panic))),
        }
        self.queue.close();
        self.gather(usize::MAX);
        self.refuse_waiting(&StoreError::Closed);
        let Self { conn, shared, closing, .. } = self;
        drop(conn);
        shared.let_go();
        if let Some(done) = closing {
            let _ = done.send(());
        }
    }

    fn work_on(&mut self) -> Result<(), Failed> {
        while self.closing.is_none() {
            let Some(first) = self.queue.blocking_recv() else { return Ok(()) };
            self.admit(first);
            self.gather(self.batch);
            metrics::gauge!("hotroom_store_queue_depth").set(u32::try_from(self.queue.len()).unwrap_or(u32::MAX));
            // A batch can end early; what it did not touch is for the next one.
            while !self.waiting.is_empty() {
                self.commit_together()?;
            }
        }
        Ok(())
    }

    fn admit(&mut self, message: Message) {
        match message {
            Message::Work(job) => self.waiting.push_back(job),
            Message::Close(done) => self.closing = Some(done),
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

    /// One transaction for what waits.
    fn commit_together(&mut self) -> Result<(), Failed> {
        self.refuse_while_unwell();
        if self.waiting.is_empty() {
            return Ok(());
        }
        let before = self.conn.total_changes();
        if let Err(error) = self.conn.execute_batch("BEGIN IMMEDIATE") {
            self.begin_failed(&error.into());
            return Ok(());
        }
        fail::fail_point!("store.after_begin");
        let mut answers = Vec::with_capacity(self.waiting.len());
        while let Some(job) = self.waiting.pop_front() {
            let ran = self.run_one(job);
            answers.push(ran.answer);
            if self.conn.is_autocommit() {
                // SQLite undid the whole transaction because of this one piece of work; the others did nothing wrong,
                // but what they wrote is gone too.
                let error = ran.error.unwrap_or(StoreError::Sqlite("the transaction was undone".to_owned()));
                self.answer_all(answers, &error);
                return Ok(());
            }
        }
        self.commit(answers, before)
    }

    fn run_one(&mut self, job: Job) -> Ran {
        if let Err(error) = run_kept(&self.conn, "SAVEPOINT one") {
            let error = StoreError::from(error);
            return Ran { error: Some(error.clone()), answer: Box::new(move |_| job.refuse(error)) };
        }
        let ran = job.run(&mut Tx::new(&self.conn, &self.kept));
        if self.conn.is_autocommit() {
            return ran;
        }
        let ended = match ran.error {
            Some(_) => self.conn.execute_batch("ROLLBACK TO one; RELEASE one"),
            None => run_kept(&self.conn, "RELEASE one"),
        };
        if let Some(error) = &ran.error {
            self.note(error);
        }
        let Err(error) = ended else { return ran };
        // Without its savepoint the work cannot be undone alone, so the transaction is undone as a whole.
        self.undo();
        Ran { error: Some(error.into()), answer: ran.answer }
    }

    fn commit(&mut self, answers: Vec<Answer>, before: u64) -> Result<(), Failed> {
        fail::fail_point!("store.before_commit");
        let started = Instant::now();
        let result = self.end_transaction();
        fail::fail_point!("store.after_commit");
        let Err(error) = result else {
            let closures = u32::try_from(answers.len()).unwrap_or(u32::MAX);
            metrics::histogram!("hotroom_store_commit_seconds").record(started.elapsed());
            metrics::histogram!("hotroom_store_commit_closures").record(closures);
            metrics::counter!("hotroom_store_commits_total").increment(1);
            self.shared.committed(self.conn.total_changes() != before);
            answers.into_iter().for_each(|answer| answer(None));
            return Ok(());
        };
        if known_undone(&error) && self.undo() {
            self.answer_all(answers, &error.into());
            return Ok(());
        }
        answers.into_iter().for_each(|answer| answer(Some(StoreError::CommitUnknown)));
        Err(Failed(format!("a commit failed and it is unknown whether it was kept: {error}")))
    }

    fn end_transaction(&self) -> Result<(), rusqlite::Error> {
        fail::fail_point!("store.commit", |_| Err(rusqlite::Error::InvalidQuery));
        self.conn.execute_batch("COMMIT")
    }

    fn answer_all(&mut self, answers: Vec<Answer>, error: &StoreError) {
        self.note(error);
        answers.into_iter().for_each(|answer| answer(Some(error.clone())));
    }

    fn undo(&self) -> bool {
        self.conn.is_autocommit() || self.conn.execute_batch("ROLLBACK").is_ok()
    }

    /// Whoever waited behind a lock that another program holds has waited as long as whoever was first.
    fn begin_failed(&mut self, error: &StoreError) {
        self.note(error);
        if *error == StoreError::Busy {
            self.gather(usize::MAX);
        }
        self.refuse_waiting(error);
    }

    /// On a full disk, and when the file has lost its name, only what the bot owes is tried.
    fn refuse_while_unwell(&mut self) {
        if self.shared.is_full() && self.disk_reserve.restore() {
            self.shared.set_full(false);
        }
        let error = match self.shared.file_trouble() {
            Some(trouble) => StoreError::Sqlite(trouble),
            None if self.shared.is_full() => StoreError::Full,
            None => return,
        };
        let (owed, ordinary) = self.waiting.drain(..).partition(|job| job.urgency == Urgency::Owed);
        self.waiting = ordinary;
        self.refuse_waiting(&error);
        self.waiting = owed;
    }

    /// Keeps what an error says about the disk or the file.
    fn note(&mut self, error: &StoreError) {
        match error {
            StoreError::Full => {
                self.shared.set_full(true);
                self.disk_reserve.release();
                if self.conn.is_autocommit() {
                    self.fold_log(Duration::ZERO);
                }
            }
            StoreError::Corrupt(why) => self.shared.damage_seen(why),
            StoreError::Overloaded
            | StoreError::Busy
            | StoreError::CommitUnknown
            | StoreError::Closed
            | StoreError::Panicked(_)
            | StoreError::Conflict(_)
            | StoreError::Sqlite(_) => {}
        }
    }

    fn fail(&self, why: String) {
        tracing::error!(why, "the store has failed; the process must be started again");
        // Nothing more of what the disk may have lost must be folded into the file.
        let _ = self.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        self.shared.fail(why);
    }

    fn fold_log(&self, wait: Duration) {
        let usual = self.conn.query_row("PRAGMA busy_timeout", [], |row| row.get::<_, u32>(0)).unwrap_or(0);
        let _ = self.conn.busy_timeout(wait);
        if let Err(error) = self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the log could not be folded into the file");
        }
        let _ = self.conn.busy_timeout(Duration::from_millis(u64::from(usual)));
    }
}

/// Runs a statement that is prepared once, since each piece of work needs it.
fn run_kept(conn: &Connection, sql: &str) -> Result<(), rusqlite::Error> {
    conn.prepare_cached(sql)?.execute([]).map(drop)
}

/// Whether a commit failed before its mark was written, so that it is certain that nothing was kept.
fn known_undone(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::ConstraintViolation)
    )
}
