//! What every adapter provides, and how one is run.
//!
//! To add a destination:
//! 1. `domain/effect/NAME.rs`: its effects, with lane, priority, class, coalescing key and subject; a line in `destinations!`
//!    of `domain/effect/mod.rs`.
//! 2. `deliver/NAME.rs`: an [`Adapter`] for them.
//! 3. One line in `Worker::process` that hands the effects to the adapter.
//! 4. A document under `docs/`, a story under `tests/stories`, its row in `tests/stories/private.rs`, and the table of failures
//!    (`tests/fakes/http/table.rs`) if it speaks HTTP.
//!
//! `docs/contributing.md` has the whole list.
//!
//! An adapter needs no guard of its own: the worker runs each in a task, catches its panics, ends it at a deadline, keeps
//! private incidents and drills from outside destinations, and retries or gives up.

use std::{sync::Arc, time::Duration};

use tokio::sync::OwnedSemaphorePermit;

use super::guard::IncidentExtract;
use crate::{
    app::App,
    config::Config,
    domain::{
        Timestamp,
        effect::{DestinationEffect, EffectKey, Outcome, Receipt, SkipReason},
    },
    store::{Reads, StoreError},
};

/// The way to one destination.
pub trait Adapter: Send + Sync + 'static {
    /// The effects of the destination.
    type Effect: DestinationEffect + Clone + Send + Sync + 'static;
    /// One call, with everything it says.
    type Call: Send + 'static;

    /// True if the destination is configured to show private incidents. Only outside destinations are asked.
    fn shows_private(&self, _config: &Config, _effect: &Self::Effect) -> bool {
        false
    }

    /// A place among the calls that the destination takes at the same time. `None` if it takes as many as the worker sends.
    ///
    /// # Errors
    /// The time after which to ask again, if all places are taken.
    fn admit(&self) -> Result<Option<OwnedSemaphorePermit>, Duration> {
        Ok(None)
    }

    /// Reads what the effect names and renders what is sent; sends nothing. It runs in a read of the store.
    ///
    /// # Errors
    /// [`StoreError`] when the records cannot be read; the effect is tried again.
    fn prepare(
        &self,
        cx: &PrepareContext,
        reads: &Reads<'_>,
        effect: &Self::Effect,
    ) -> Result<PreparedCall<Self::Call>, StoreError>;

    /// Makes the call, dated `now`, and says what came of it.
    fn send(&self, call: Self::Call, now: Timestamp) -> impl Future<Output = Outcome<Receipt>> + Send;
}

/// What an adapter prepares a call with.
pub struct PrepareContext {
    /// The use cases, for the renderer.
    pub app: Arc<App>,
    /// The configuration at this time.
    pub config: Arc<Config>,
    /// The time of sending.
    pub now: Timestamp,
    /// The key of the effect: the same in every attempt, also after a restart.
    pub key: EffectKey,
    /// True if an earlier attempt may have happened.
    pub uncertain: bool,
    /// The incident that the effect belongs to, as far as an outside destination may show it. `None` if there is none, or
    /// if the destination is not outside.
    pub incident: Option<IncidentExtract>,
}

/// What an effect comes to when it is sent.
#[derive(Debug)]
pub enum PreparedCall<C> {
    /// This call.
    Call(C),
    /// Nothing has to be sent.
    Skip(SkipReason),
    /// Something that must be there first is not there yet.
    NotYet(&'static str),
}
