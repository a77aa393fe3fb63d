//! Carries out what the outbox holds: claim, call the adapter, settle, tell the app.
//!
//! The state of a row is always ahead of the call: attempts are counted when the row is claimed, so a process that
//! dies in the middle leaves a lease that runs out, and the row is carried again with the same key.

mod chat;
mod mirror;
mod prepare;
mod retry;
mod subscription;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Semaphore, watch},
    task::JoinHandle,
};

use crate::{
    app::{
        App, Context,
        reactor::{outcomes, outcomes::DeliveryResult, timers},
    },
    chat::{Chat, Outcome, discord::Discord},
    domain::{
        Timestamp,
        effect::{Effect, Timer},
        people::Actor,
    },
    store::{ClaimedEffect, Settlement, StoreError, Tx},
};

/// How long a claimed row belongs to its claimer. Longer than [`CALL_DEADLINE`], so that a slow call keeps its row.
const LEASE: Duration = Duration::from_secs(60);
/// How long one call of an adapter may take.
const CALL_DEADLINE: Duration = Duration::from_secs(15);
/// How many rows are carried at once.
const IN_FLIGHT: usize = 64;
/// The longest wait for the next look when nothing is announced: bounds the effect of a clock that jumps.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Carries rows of the outbox to a chat platform.
pub struct Worker<C> {
    app: Arc<App>,
    chat: Arc<C>,
    mirror: Option<Arc<Discord>>,
}

impl<C> Clone for Worker<C> {
    fn clone(&self) -> Self {
        Self { app: Arc::clone(&self.app), chat: Arc::clone(&self.chat), mirror: self.mirror.clone() }
    }
}

impl<C: Chat> Worker<C> {
    /// A courier for this platform.
    pub fn new(app: Arc<App>, chat: Arc<C>) -> Self {
        Self { app, chat, mirror: None }
    }

    /// The same, with Discord as the mirror of the platform.
    pub fn mirrored_to(self, mirror: Option<Arc<Discord>>) -> Self {
        Self { mirror, ..self }
    }

    /// Claims what is due now and carries it; answers how many rows that were. A test calls this until it answers 0.
    ///
    /// # Errors
    /// [`StoreError`] when rows could not be claimed.
    pub async fn step(&self) -> Result<usize, StoreError> {
        let rows = self.claim(IN_FLIGHT).await?;
        let count = rows.len();
        futures_util::future::join_all(rows.into_iter().map(|row| self.process(row))).await;
        Ok(count)
    }

    /// Carries rows until told to stop; rows under way are finished first.
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
        let all = u32::try_from(IN_FLIGHT).unwrap_or(u32::MAX);
        slots.acquire_many(all).await.ok();
    }

    /// Looks before it writes, so that an idle bot commits nothing.
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

    /// Carries one row. Whatever goes wrong with it, including a panic, is its own affair.
    async fn process(&self, row: ClaimedEffect) {
        fail::fail_point!("deliver.claimed");
        let id = row.id;
        let done = if let Effect::Timer(wake) = row.effect.clone() {
            self.wake(&row, wake).await
        } else {
            let outcome = self.call(&row).await;
            fail::fail_point!("deliver.answered");
            self.settle(&row, outcome).await
        };
        if let Err(error) = done {
            tracing::warn!(row = %id, key = %row.key, %error, "a row of the outbox could not be settled; its lease will run out");
        }
    }

    /// A timer is looked at in the transaction that settles it, so that it happens once.
    async fn wake(&self, row: &ClaimedEffect, wake: Timer) -> Result<(), StoreError> {
        let app = Arc::clone(&self.app);
        let (id, fence, now) = (row.id, row.fence, self.app.clock.now());
        let looked = self.app.store.transact_urgent(move |tx| {
            if tx.settle(id, fence, &Settlement::Done { receipt: None }, now)? {
                let config = app.config.current();
                let actor = Actor::Machine("timer".into());
                let cx = Context { config: &config, now, actor: &actor, request: "wake", expect: None };
                timers::on_wake(tx, cx, &wake)?;
            }
            Ok(())
        });
        match looked.await {
            Err(StoreError::Panicked(why) | StoreError::Corrupt(why) | StoreError::Conflict(why)) => {
                self.settle(row, Outcome::Retry { after_ms: None, why }).await
            }
            other => other,
        }
    }

    async fn call(&self, row: &ClaimedEffect) -> Outcome<String> {
        if let Effect::ConfirmSubscription { source, address } = &row.effect {
            return subscription::confirm(&self.app.config.current(), source, address).await;
        }
        let prepared = match prepare::prepare(&self.app, row).await {
            Ok(prepared) => prepared,
            Err(error) => return Outcome::Retry { after_ms: None, why: error.to_string() },
        };
        fail::fail_point!("deliver.prepared");
        let call = self.spawn(prepared, row.effect.is_mirror());
        match tokio::time::timeout(CALL_DEADLINE, call).await {
            Ok(Ok(outcome)) => outcome,
            // It may have panicked after it had acted.
            Ok(Err(_panic)) => Outcome::Unknown { why: "the adapter panicked".into() },
            Err(_elapsed) => Outcome::Unknown { why: format!("no answer within {} s", CALL_DEADLINE.as_secs()) },
        }
    }

    /// Runs an errand in a task of its own, so that an adapter that panics takes down its row and nothing else.
    fn spawn(&self, prepared: prepare::PreparedCall, mirrored: bool) -> JoinHandle<Outcome<String>> {
        let now = self.app.clock.now();
        match (mirrored, self.mirror.clone()) {
            (false, _) => tokio::spawn(acted(Arc::clone(&self.chat), prepared, now)),
            (true, Some(discord)) => tokio::spawn(acted(discord, prepared, now)),
            (true, None) => tokio::spawn(async { Outcome::Delivered("Discord is switched off".to_owned()) }),
        }
    }

    async fn settle(&self, row: &ClaimedEffect, outcome: Outcome<String>) -> Result<(), StoreError> {
        let verdict = retry::verdict(row, outcome, self.app.clock.now());
        match self.write_end(row, verdict, outcomes::on_outcome).await {
            Err(StoreError::Panicked(why) | StoreError::Corrupt(why) | StoreError::Conflict(why)) => {
                // What the row is about cannot take its end in. The row must end all the same, and be seen.
                let verdict = retry::verdict(row, Outcome::Retry { after_ms: None, why }, self.app.clock.now());
                let tell: TakeIn = |tx, cx, effect, ended| match ended {
                    DeliveryResult::GivenUp(why) => outcomes::on_poisoned(tx, cx, effect, why),
                    DeliveryResult::Delivered(_) | DeliveryResult::Delayed(_) => Ok(()),
                };
                self.write_end(row, verdict, tell).await
            }
            other => other,
        }
    }

    /// Settles the row and lets the app take its end in, together.
    async fn write_end(
        &self,
        row: &ClaimedEffect,
        (settled, ended): Verdict,
        take_in: TakeIn,
    ) -> Result<(), StoreError> {
        let (app, now) = (Arc::clone(&self.app), self.app.clock.now());
        let (id, fence, effect) = (row.id, row.fence, row.effect.clone());
        let request = row.key.to_string();
        let settle = move |tx: &mut Tx<'_>| {
            if tx.settle(id, fence, &settled, now)? {
                let config = app.config.current();
                let actor = Actor::Machine("delivery".into());
                let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
                take_in(tx, cx, &effect, &ended)?;
            }
            Ok(())
        };
        self.app.store.transact_urgent(settle).await
    }
}

/// How the end of a row is taken in.
type TakeIn = fn(&mut Tx<'_>, Context<'_>, &Effect, &DeliveryResult) -> Result<(), StoreError>;

async fn acted<C: Chat>(chat: Arc<C>, prepared: prepare::PreparedCall, now: Timestamp) -> Outcome<String> {
    let outcome = chat::run(chat.as_ref(), prepared, now).await;
    fail::fail_point!("deliver.acted");
    outcome
}

/// Claims and carries until nothing is due: what a graceful shutdown and tests do.
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

/// How a row ended, as the outbox and the app are told.
pub(crate) type Verdict = (Settlement, DeliveryResult);

/// The time a row is dated, for adapters.
pub(crate) type Dated = Timestamp;
