//! Sends what the outbox holds: claims a row, calls the adapter of its destination, settles the row, tells the app.
//!
//! The state of a row is always ahead of the call: attempts are counted when the row is claimed, so a process that
//! dies in the middle leaves a lease that runs out, and the row is sent again with the same key.
//!
//! [`adapter`] says how to add a destination.

pub mod adapter;
pub mod alarms;
mod chat;
mod contact;
mod documents;
pub mod guard;
pub mod heartbeat;
mod mirror;
pub mod offline_copy;
mod pager;
mod reporter;
mod retry;
mod source;
mod status_mirror;
mod tracker;
mod webhook;
mod wiki;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use tokio::sync::{Semaphore, watch};

use crate::{
    app::{
        App, Context,
        reactor::{outcomes, outcomes::DeliveryResult, timers},
    },
    chat::{Chat, platforms::Platforms},
    config::TrackerClients,
    domain::{
        effect::{Effect, EffectKey, Outcome, Receipt, SkipReason, Timer},
        people::Actor,
    },
    net::HttpClients,
    status_mirror::RequestPace,
    store::{ClaimedEffect, Reads, Settlement, StoreError, Tx},
};

use adapter::{Adapter, PrepareContext, PreparedCall};
use chat::ChatAdapter;
use contact::ContactAdapter;
use documents::DocumentAdapter;
pub use documents::check_documents_folder;
use guard::Permission;
use mirror::MirrorAdapter;
use pager::PagerAdapter;
use reporter::ReporterAdapter;
use retry::DeliveryVerdict;
use source::SourceAdapter;
use status_mirror::StatusMirrorAdapter;
use tracker::{TrackerAdapter, TrackerSlots};
use webhook::WebhookAdapter;

/// How long a claimed row belongs to its claimer. Longer than [`CALL_DEADLINE`], so that a slow call keeps its row.
const LEASE: Duration = Duration::from_secs(60);
/// How long one call of an adapter may take.
const CALL_DEADLINE: Duration = Duration::from_secs(15);
/// How many rows are sent at once.
const IN_FLIGHT: usize = 64;
/// The longest wait for the next check when nothing is committed: bounds the effect of a clock that jumps.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Sends rows of the outbox.
pub struct Worker<C> {
    app: Arc<App>,
    chat: Arc<C>,
    platforms: Platforms,
    http: Arc<HttpClients>,
    pace: Arc<RequestPace>,
    trackers: Arc<TrackerClients>,
    tracker_slots: Arc<TrackerSlots>,
}

impl<C> Clone for Worker<C> {
    fn clone(&self) -> Self {
        Self {
            app: Arc::clone(&self.app),
            chat: Arc::clone(&self.chat),
            platforms: self.platforms.clone(),
            http: Arc::clone(&self.http),
            pace: Arc::clone(&self.pace),
            trackers: Arc::clone(&self.trackers),
            tracker_slots: Arc::clone(&self.tracker_slots),
        }
    }
}

impl<C: Chat> Worker<C> {
    /// A worker for this chat.
    pub fn new(app: Arc<App>, chat: Arc<C>) -> Self {
        Self {
            app,
            chat,
            platforms: Platforms::default(),
            http: Arc::default(),
            trackers: Arc::default(),
            tracker_slots: Arc::default(),
            pace: Arc::default(),
        }
    }

    /// The same, with platforms that mirror the chat.
    pub fn mirrored_to(self, platforms: Platforms) -> Self {
        Self { platforms, ..self }
    }

    /// Claims what is due now and sends it. Returns the number of rows; a test calls this until that is 0.
    pub async fn step(&self) -> Result<usize, StoreError> {
        let rows = self.claim(IN_FLIGHT).await?;
        let count = rows.len();
        futures_util::future::join_all(rows.into_iter().map(|row| self.process(row))).await;
        Ok(count)
    }

    /// Sends rows until told to stop; rows under way are finished first.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let slots = Arc::new(Semaphore::new(IN_FLIGHT));
        let mut commits = self.app.store.commits();
        while !*stop.borrow() {
            commits.borrow_and_update();
            let claimed = self.claim_due(slots.available_permits()).await;
            let idle = claimed.is_empty();
            for row in claimed {
                let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
                let worker = self.clone();
                tokio::spawn(async move {
                    worker.process(row).await;
                    drop(slot);
                });
            }
            if idle {
                tokio::select! {
                    _ = stop.changed() => {}
                    _ = commits.changed() => {}
                    () = tokio::time::sleep(LONGEST_WAIT) => {}
                }
            }
        }
        // All slots are free when the last row under way is settled.
        let all = u32::try_from(IN_FLIGHT).unwrap_or(u32::MAX);
        slots.acquire_many(all).await.ok();
    }

    /// Reads before it writes, so that an idle bot commits nothing.
    async fn claim_due(&self, limit: usize) -> Vec<ClaimedEffect> {
        let now = self.app.clock.now();
        let due = self.app.store.read(|reads| reads.next_due()).await;
        match due {
            Ok(Some(due)) if due <= now && limit > 0 => {
                fail::fail_point!("deliver.claiming");
                self.claim(limit).await.unwrap_or_default()
            }
            Ok(_) | Err(_) => Vec::new(),
        }
    }

    async fn claim(&self, limit: usize) -> Result<Vec<ClaimedEffect>, StoreError> {
        let now = self.app.clock.now();
        self.app.store.transact_urgent(move |tx| tx.claim(now, LEASE, limit)).await
    }

    /// Sends one row: each destination has one line that names its adapter. Whatever goes wrong, a panic included, affects
    /// this row only.
    async fn process(&self, row: ClaimedEffect) {
        fail::fail_point!("deliver.claimed");
        let done = match &row.effect {
            Effect::Timer(timer) => self.run_timer(&row, timer.clone()).await,
            Effect::Chat(effect) => self.deliver(ChatAdapter::new(Arc::clone(&self.chat)), effect, &row).await,
            Effect::Mirror(effect) => match self.platforms.outbound(effect.platform()) {
                Some(platform) => self.deliver(MirrorAdapter::new(platform), effect, &row).await,
                None => self.settle(&row, Outcome::Skipped(SkipReason::PlatformOff)).await,
            },
            Effect::Source(effect) => self.deliver(SourceAdapter::new(Arc::clone(&self.http)), effect, &row).await,
            Effect::Contact(effect) => self.deliver(ContactAdapter::new(Arc::clone(&self.http)), effect, &row).await,
            Effect::StatusMirror(effect) => {
                let adapter = StatusMirrorAdapter::new(Arc::clone(&self.http), Arc::clone(&self.pace));
                self.deliver(adapter, effect, &row).await
            }
            Effect::Tracker(effect) => {
                let (http, trackers) = (Arc::clone(&self.http), Arc::clone(&self.trackers));
                let adapter = TrackerAdapter::new(http, trackers, Arc::clone(&self.tracker_slots));
                self.deliver(adapter, effect, &row).await
            }
            Effect::Pager(effect) => self.deliver(PagerAdapter::new(Arc::clone(&self.http)), effect, &row).await,
            Effect::Document(effect) => self.deliver(DocumentAdapter::new(Arc::clone(&self.http)), effect, &row).await,
            Effect::Report(effect) => self.deliver(ReporterAdapter, effect, &row).await,
            Effect::Webhook(effect) => self.deliver(WebhookAdapter::new(Arc::clone(&self.http)), effect, &row).await,
        };
        if let Err(error) = done {
            let (row, key) = (row.id, &row.key);
            tracing::warn!(%row, %key, %error, "a row of the outbox could not be settled; its lease will run out");
        }
    }

    /// Handles a timer in the transaction that settles its row, so that it happens once.
    async fn run_timer(&self, row: &ClaimedEffect, timer: Timer) -> Result<(), StoreError> {
        let app = Arc::clone(&self.app);
        let (id, fence, now) = (row.id, row.fence, self.app.clock.now());
        let handled = self.app.store.transact_urgent(move |tx| {
            if tx.settle(id, fence, &Settlement::Done { receipt: None }, now)? {
                let config = app.config.current();
                let actor = Actor::Machine("timer".into());
                let cx = Context { config: &config, now, actor: &actor, request: "wake", expect: None };
                timers::on_wake(tx, cx, &app.renderer, &timer)?;
            }
            Ok(())
        });
        match handled.await {
            Ok(()) => {
                self.app.store.note_settled(now);
                Ok(())
            }
            // The transaction was undone, and would be again: the attempt counts, so that the row ends one day.
            Err(StoreError::Panicked(why) | StoreError::Corrupt(why) | StoreError::Conflict(why)) => {
                self.settle(row, Outcome::Retry { after_ms: None, why }).await
            }
            other => other,
        }
    }

    /// Sends an effect through an adapter and settles its row.
    async fn deliver<A: Adapter>(&self, adapter: A, effect: &A::Effect, row: &ClaimedEffect) -> Result<(), StoreError> {
        let _slot = match adapter.admit() {
            Ok(slot) => slot,
            // Nothing was tried, so that there is nothing to record.
            Err(wait) => {
                let postponed = retry::postponed(wait, self.app.clock.now());
                return self.write_result(row, postponed, |_tx, _cx, _effect, _result| Ok(())).await;
            }
        };
        let outcome = self.send(adapter, effect, &row.key, row.uncertain).await;
        fail::fail_point!("deliver.answered");
        self.settle(row, outcome).await
    }

    /// Runs an adapter: the guard and its preparation in one read, and its call in a task of its own with a deadline, so that
    /// an adapter that panics or hangs affects its row and nothing else.
    async fn send<A: Adapter>(
        &self,
        adapter: A,
        effect: &A::Effect,
        key: &EffectKey,
        uncertain: bool,
    ) -> Outcome<Receipt> {
        let (adapter, now) = (Arc::new(adapter), self.app.clock.now());
        let preparation = Preparation {
            adapter: Arc::clone(&adapter),
            effect: effect.clone(),
            cx: PrepareContext {
                app: Arc::clone(&self.app),
                config: self.app.config.current(),
                now,
                key: key.clone(),
                uncertain,
                incident: None,
            },
        };
        let call = match self.app.store.read(move |reads| preparation.prepare(reads)).await {
            Ok(PreparedCall::Call(call)) => call,
            Ok(PreparedCall::Skip(reason)) => return Outcome::Skipped(reason),
            Ok(PreparedCall::NotYet(why)) => return Outcome::Retry { after_ms: None, why: why.to_owned() },
            Err(error) => return Outcome::Retry { after_ms: None, why: error.to_string() },
        };
        fail::fail_point!("deliver.prepared");
        let sent = tokio::spawn(async move {
            let outcome = adapter.send(call, now).await;
            fail::fail_point!("deliver.acted");
            outcome
        });
        match tokio::time::timeout(CALL_DEADLINE, sent).await {
            Ok(Ok(outcome)) => outcome,
            // It may have panicked after it had acted.
            Ok(Err(_panic)) => Outcome::Unknown { why: "the adapter panicked".into() },
            // The task is not aborted: a call that is cut off half-way could not note what it has done.
            Err(_elapsed) => Outcome::Unknown { why: format!("no answer within {} s", CALL_DEADLINE.as_secs()) },
        }
    }

    async fn settle(&self, row: &ClaimedEffect, outcome: Outcome<Receipt>) -> Result<(), StoreError> {
        let verdict = retry::verdict(row, outcome, self.app.clock.now());
        match self.write_result(row, verdict, outcomes::on_outcome).await {
            Err(StoreError::Panicked(why) | StoreError::Corrupt(why) | StoreError::Conflict(why)) => {
                // What the row is about cannot record its result. The row must end all the same, and be seen.
                let verdict = retry::verdict(row, Outcome::Retry { after_ms: None, why }, self.app.clock.now());
                let record: RecordResult = |tx, cx, effect, result| match result {
                    DeliveryResult::GivenUp(why) => outcomes::on_poisoned(tx, cx, effect, why),
                    DeliveryResult::Delivered(_)
                    | DeliveryResult::Skipped(_)
                    | DeliveryResult::Delayed(_)
                    | DeliveryResult::InDoubt(_) => Ok(()),
                };
                self.write_result(row, verdict, record).await
            }
            other => other,
        }
    }

    /// Settles the row and lets the app record its result, in one transaction.
    async fn write_result(
        &self,
        row: &ClaimedEffect,
        verdict: DeliveryVerdict,
        record: RecordResult,
    ) -> Result<(), StoreError> {
        let (app, now) = (Arc::clone(&self.app), self.app.clock.now());
        let (id, fence, effect) = (row.id, row.fence, row.effect.clone());
        let request = row.key.to_string();
        let settle = move |tx: &mut Tx<'_>| {
            // False when the lease was lost: whoever holds the row now records its result.
            if tx.settle(id, fence, &verdict.settled, now)? {
                let config = app.config.current();
                let actor = Actor::Machine("delivery".into());
                let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
                record(tx, cx, &effect, &verdict.result)?;
            }
            Ok(())
        };
        self.app.store.transact_urgent(settle).await?;
        self.app.store.note_settled(now);
        Ok(())
    }
}

/// How the app records the result of a row.
type RecordResult = fn(&mut Tx<'_>, Context<'_>, &Effect, &DeliveryResult) -> Result<(), StoreError>;

/// What is read to send an effect.
struct Preparation<A: Adapter> {
    adapter: Arc<A>,
    effect: A::Effect,
    cx: PrepareContext,
}

impl<A: Adapter> Preparation<A> {
    fn prepare(mut self, reads: &Reads<'_>) -> Result<PreparedCall<A::Call>, StoreError> {
        let private = self.adapter.shows_private(&self.cx.config, &self.effect);
        match guard::check(reads, &self.cx.config, &self.effect, private)? {
            Permission::Refused(reason) => Ok(PreparedCall::Skip(reason)),
            Permission::Granted(incident) => {
                self.cx.incident = incident;
                self.adapter.prepare(&self.cx, reads, &self.effect)
            }
        }
    }
}

/// Sends until nothing is due: what a graceful shutdown and tests do.
///
/// # Errors
/// [`StoreError`] when rows could not be claimed.
pub async fn settle_all<C: Chat>(worker: &Worker<C>) -> Result<usize, StoreError> {
    let mut total = 0;
    loop {
        match worker.step().await? {
            0 => return Ok(total),
            rows => total += rows,
        }
    }
}
