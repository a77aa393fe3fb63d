//! The one thread that writes.
//!
//! It takes what waits, up to `batch`, into one transaction with a savepoint for each, and commits once. While it waits
//! for the disk the next batch gathers by itself: no timer is needed, and a lone write is not delayed.

use std::{
    any::Any,
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use rusqlite::{Connection, ErrorCode, config::DbConfig};
use tokio::sync::{mpsc, oneshot};

use super::{StoreError, Tx, open::Shared};

/// Whether work may be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// It comes from outside, which will try again.
    Ordinary,
    /// The bot owes it.
    Owed,
}

/// Tells the one who asked what became of the work: with no error, what the work answered.
type Answer = Box<dyn FnOnce(Option<StoreError>) + Send>;

/// What a run of the work left.
struct Ran {
    error: Option<StoreError>,
    answer: Answer,
}

/// One piece of work with the way its answer takes.
pub(super) struct Job {
    urgency: Urgency,
    work: Box<dyn FnOnce(Option<&mut Tx<'_>>, Option<StoreError>) -> Ran + Send>,
}

/// What waits in the queue.
pub(super) enum Message {
    /// Work.
    Work(Job),
    /// Finish and let go.
    Close(oneshot::Sender<()>),
}

impl Job {
    /// Wraps work; the receiver gets its answer after the commit.
    pub(super) fn new<T, F>(work: F, urgency: Urgency) -> (Self, oneshot::Receiver<Result<T, StoreError>>)
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let run = move |tx: Option<&mut Tx<'_>>, refusal: Option<StoreError>| {
            let result = match (tx, refusal) {
                (Some(tx), None) => guarded(|| work(tx)),
                (None, refusal) | (Some(_), refusal) => Err(refusal.unwrap_or(StoreError::Closed)),
            };
            let error = result.as_ref().err().cloned();
            // A receiver that is gone has lost interest in the answer, not in the work.
            let answer: Answer = Box::new(move |verdict| {
                let _ = sender.send(match verdict {
                    None => result,
                    Some(error) => Err(error),
                });
            });
            Ran { error, answer }
        };
        (Self { urgency, work: Box::new(run) }, receiver)
    }

    /// Answers without running the work.
    pub(super) fn refuse(self, error: StoreError) {
        ((self.work)(None, Some(error)).answer)(None);
    }
}

/// Runs a closure and turns a panic into an error.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(StoreError::Panicked(panic_text(&*panic))))
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no text".to_owned())
}

/// The writer's side of the store.
pub(super) struct Writer {
    pub(super) conn: Connection,
    pub(super) queue: mpsc::Receiver<Message>,
    pub(super) batch: usize,
    pub(super) shared: Arc<Shared>,
}

/// How a batch ended.
enum Ended {
    /// All its answers are out.
    Answered,
    /// The store must not be used any more.
    Failed(String),
}

impl Writer {
    /// Works until the store is closed, dropped, or fails.
    pub(super) fn run(mut self) {
        let outcome = catch_unwind(AssertUnwindSafe(|| self.work_on()));
        let closing = match outcome {
            Ok(closing) => closing,
            Err(panic) => {
                self.fail(format!("the writer panicked: {}", panic_text(&*panic)));
                None
            }
        };
        self.queue.close();
        while let Ok(message) = self.queue.try_recv() {
            match message {
                Message::Work(job) => job.refuse(StoreError::Closed),
                Message::Close(done) => drop(done),
            }
        }
        let Self { conn, shared, .. } = self;
        drop(conn);
        shared.let_go();
        if let Some(done) = closing {
            let _ = done.send(());
        }
    }

    fn work_on(&mut self) -> Option<oneshot::Sender<()>> {
        while let Some(first) = self.queue.blocking_recv() {
            let mut waiting = VecDeque::with_capacity(self.batch);
            let mut closing = None;
            let mut next = Some(first);
            while let Some(message) = next.take() {
                match message {
                    Message::Work(job) => waiting.push_back(job),
                    Message::Close(done) => {
                        closing = Some(done);
                        break;
                    }
                }
                if waiting.len() < self.batch {
                    next = self.queue.try_recv().ok();
                }
            }
            metrics::gauge!("hotroom_store_queue_depth").set(self.queue.len() as f64);
            while !waiting.is_empty() {
                if let Ended::Failed(why) = self.commit_together(&mut waiting) {
                    waiting.drain(..).for_each(|job| job.refuse(StoreError::Closed));
                    self.fail(why);
                    return closing;
                }
            }
            if closing.is_some() {
                self.fold_log();
                return closing;
            }
        }
        self.fold_log();
        None
    }

    /// One transaction for what waits. What is left in `waiting` was not touched and is for the next transaction.
    fn commit_together(&mut self, waiting: &mut VecDeque<Job>) -> Ended {
        if self.shared.is_full() {
            self.refuse_while_full(waiting);
            if waiting.is_empty() {
                return Ended::Answered;
            }
        }
        let before = self.conn.total_changes();
        if let Err(error) = self.conn.execute_batch("BEGIN IMMEDIATE") {
            return self.begin_failed(waiting, error);
        }
        fail::fail_point!("store.after_begin");
        let mut answers = Vec::with_capacity(waiting.len());
        while let Some(job) = waiting.pop_front() {
            let ran = self.run_one(job);
            let lost = self.conn.is_autocommit();
            let error = ran.error.clone();
            answers.push(ran.answer);
            if lost {
                // SQLite undid the whole transaction because of this one piece of work; the others did nothing wrong,
                // but what they wrote is gone too.
                let error = error.unwrap_or(StoreError::Sqlite("the transaction was undone".to_owned()));
                self.note(&error);
                answers.into_iter().for_each(|answer| answer(Some(error.clone())));
                return Ended::Answered;
            }
        }
        self.commit(answers, before)
    }

    fn run_one(&mut self, job: Job) -> Ran {
        if let Err(error) = self.conn.execute_batch("SAVEPOINT one") {
            let error = StoreError::from(error);
            return (job.work)(None, Some(error));
        }
        let ran = (job.work)(Some(&mut Tx::new(&self.conn)), None);
        if let Some(error) = &ran.error {
            self.note(error);
        }
        if self.conn.is_autocommit() {
            return ran;
        }
        let end = if ran.error.is_some() { "ROLLBACK TO one; RELEASE one" } else { "RELEASE one" };
        match self.conn.execute_batch(end) {
            Ok(()) => ran,
            Err(error) => {
                // Without its savepoint the work cannot be undone alone, so the transaction is undone as a whole.
                let _ = self.conn.execute_batch("ROLLBACK");
                Ran { error: Some(StoreError::from(error)), answer: ran.answer }
            }
        }
    }

    fn commit(&mut self, answers: Vec<Answer>, before: u64) -> Ended {
        fail::fail_point!("store.before_commit");
        let started = Instant::now();
        let result = self.conn.execute_batch("COMMIT");
        fail::fail_point!("store.after_commit");
        match result {
            Ok(()) => {
                metrics::histogram!("hotroom_store_commit_seconds").record(started.elapsed().as_secs_f64());
                metrics::histogram!("hotroom_store_commit_closures").record(answers.len() as f64);
                metrics::counter!("hotroom_store_commits_total").increment(1);
                self.shared.committed(self.conn.total_changes() != before);
                answers.into_iter().for_each(|answer| answer(None));
                Ended::Answered
            }
            Err(error) => match error.sqlite_error_code() {
                // These two leave the transaction open and the log without its commit mark: it is known not to be kept.
                Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy) if self.undo() => {
                    let error = StoreError::from(error);
                    self.note(&error);
                    answers.into_iter().for_each(|answer| answer(Some(error.clone())));
                    Ended::Answered
                }
                Some(_) | None => {
                    answers.into_iter().for_each(|answer| answer(Some(StoreError::CommitUnknown)));
                    Ended::Failed(format!("a commit failed and it is unknown whether it was kept: {error}"))
                }
            },
        }
    }

    fn undo(&self) -> bool {
        self.conn.is_autocommit() || self.conn.execute_batch("ROLLBACK").is_ok()
    }

    fn begin_failed(&mut self, waiting: &mut VecDeque<Job>, error: rusqlite::Error) -> Ended {
        let error = StoreError::from(error);
        self.note(&error);
        waiting.drain(..).for_each(|job| job.refuse(error.clone()));
        Ended::Answered
    }

    fn refuse_while_full(&mut self, waiting: &mut VecDeque<Job>) {
        if self.shared.space_is_back() {
            return;
        }
        let (owed, ordinary): (Vec<_>, Vec<_>) = waiting.drain(..).partition(|job| job.urgency == Urgency::Owed);
        ordinary.into_iter().for_each(|job| job.refuse(StoreError::Full));
        waiting.extend(owed);
    }

    /// Keeps what an error says about the disk or the file.
    fn note(&self, error: &StoreError) {
        match error {
            StoreError::Full => self.shared.disk_is_full(),
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

    fn fold_log(&self) {
        if let Err(error) = self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the log could not be folded into the file; the next start does it");
        }
    }
}
