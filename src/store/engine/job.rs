//! A queued transaction and the channel for its result.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use tokio::sync::oneshot;

use super::{error::StoreError, tx::Tx};

/// How often a transaction is run at most when it fails for a reason that may pass.
const MAX_ATTEMPTS: u32 = 3;

/// Whether a transaction may be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum WriteUrgency {
    /// It comes from outside, and whoever sent it tries again.
    Ordinary,
    /// The bot must get it done: nobody would try again.
    Urgent,
}

/// One transaction on its way to the writer.
pub(in crate::store) struct Job {
    /// Whether it may be refused.
    pub(in crate::store) urgency: WriteUrgency,
    attempts: u32,
    transaction: Box<dyn Transaction>,
}

/// A message in the writer's queue.
pub(in crate::store) enum QueueMessage {
    /// Run a transaction.
    Run(Job),
    /// Finish what waits and close the file.
    Close(oneshot::Sender<()>),
}

/// A closure with its result, without the type of the result.
trait Transaction: Send {
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError>;
    fn fail(&mut self, error: StoreError);
    fn reply(self: Box<Self>);
}

struct Closure<T, F> {
    work: F,
    result: Result<T, StoreError>,
    sender: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Transaction for Closure<T, F>
where
    T: Send,
    F: Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        self.result = guarded(|| (self.work)(tx));
        self.result.as_ref().map(drop).map_err(Clone::clone)
    }

    fn fail(&mut self, error: StoreError) {
        self.result = Err(error);
    }

    fn reply(self: Box<Self>) {
        // A receiver that is gone does not want the result; the transaction counts all the same.
        let _ = self.sender.send(self.result);
    }
}

impl Job {
    /// Wraps a closure; the receiver gets its result after the commit.
    pub(in crate::store) fn new<T, F>(
        work: F,
        urgency: WriteUrgency,
    ) -> (Self, oneshot::Receiver<Result<T, StoreError>>)
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let transaction = Box::new(Closure { work, result: Err(StoreError::Closed), sender });
        (Self { urgency, attempts: 0, transaction }, receiver)
    }

    /// Runs the closure and keeps its result until [`Job::reply`].
    pub(in crate::store) fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        self.attempts += 1;
        self.transaction.run(tx)
    }

    /// True if it has been run before.
    pub(in crate::store) fn is_retry(&self) -> bool {
        self.attempts > 0
    }

    /// True if the latest run was not the first one.
    pub(in crate::store) fn was_retried(&self) -> bool {
        self.attempts > 1
    }

    /// True if it may be run once more.
    pub(in crate::store) fn may_retry(&self) -> bool {
        self.attempts < MAX_ATTEMPTS
    }

    /// Sends the result of the latest run.
    pub(in crate::store) fn reply(self) {
        self.transaction.reply();
    }

    /// Sends an error instead of a result.
    pub(in crate::store) fn refuse(mut self, error: StoreError) {
        self.transaction.fail(error);
        self.transaction.reply();
    }
}

/// Runs a closure and turns a panic into an error.
pub(in crate::store) fn guarded<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(StoreError::Panicked(panic_text(&*panic))))
}

/// The text of a panic.
pub(in crate::store) fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no text".to_owned())
}
