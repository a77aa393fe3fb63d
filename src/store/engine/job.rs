//! One piece of work on its way to the writer, and the way its answer takes back.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use tokio::sync::oneshot;

use crate::store::{StoreError, Tx};

/// Whether work may be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Urgency {
    /// It comes from outside, which will try again.
    Ordinary,
    /// The bot owes it.
    Owed,
}

/// Tells the one who asked what became of the work: with no error, what the work answered.
pub(in crate::store) type Answer = Box<dyn FnOnce(Option<StoreError>) + Send>;

/// What a run of the work left.
pub(in crate::store) struct Ran {
    /// What the work failed with.
    pub(in crate::store) error: Option<StoreError>,
    /// Where its answer goes once it is known whether it was kept.
    pub(in crate::store) answer: Answer,
}

/// What happens to a piece of work when its turn comes.
enum Turn<'a, 'b> {
    Run(&'a mut Tx<'b>),
    Refuse(StoreError),
}

type Work = dyn FnOnce(Turn<'_, '_>) -> Ran + Send;

/// One piece of work.
pub(in crate::store) struct Job {
    /// Whether it may be refused.
    pub(in crate::store) urgency: Urgency,
    work: Box<Work>,
}

/// What waits in the queue.
pub(in crate::store) enum Message {
    /// Work.
    Work(Job),
    /// Finish and let go.
    Close(oneshot::Sender<()>),
}

impl Job {
    /// Wraps work; the receiver gets its answer after the commit.
    pub(in crate::store) fn new<T, F>(work: F, urgency: Urgency) -> (Self, oneshot::Receiver<Result<T, StoreError>>)
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let work = move |turn: Turn<'_, '_>| {
            let result = match turn {
                Turn::Run(tx) => guarded(|| work(tx)),
                Turn::Refuse(error) => Err(error),
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
        (Self { urgency, work: Box::new(work) }, receiver)
    }

    /// Runs the work; the answer is held back.
    pub(in crate::store) fn run(self, tx: &mut Tx<'_>) -> Ran {
        (self.work)(Turn::Run(tx))
    }

    /// Answers without running the work.
    pub(in crate::store) fn refuse(self, error: StoreError) {
        ((self.work)(Turn::Refuse(error)).answer)(None);
    }
}

/// Runs a closure and turns a panic into an error.
pub(in crate::store) fn guarded<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(StoreError::Panicked(panic_text(&*panic))))
}

/// What a panic said.
pub(in crate::store) fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no text".to_owned())
}
