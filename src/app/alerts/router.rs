//! The router: takes deliveries from the inbox and makes alerts of them.
//!
//! Bodies are read outside the transaction; a transaction takes a bounded number of alerts, of several deliveries or of
//! a part of one, so that nothing else waits long behind a storm. What was taken twice changes nothing, so a delivery
//! that was cut off half-way is simply taken again. Sources take turns.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{
    AlertBatch, dead_mans_switch,
    opsgenie::{self, OpsgenieCall},
    sender_actions,
};
use crate::{
    app::{
        App, Context,
        reactor::{self, WorkList},
    },
    config::{Config, Source},
    domain::{
        Timestamp,
        alert::{OpsgenieRequest, SenderAction, SenderWarning, Signal},
        effect::{EffectKey, SourceEffect},
        ids::SourceId,
        people::Actor,
    },
    intake::{self, Reading},
    store::{InboxId, InboxState, PendingDelivery, StoreError, Tx},
};

/// How many deliveries one round takes: as many as may come in while one transaction is written, since a group is
/// written once a transaction, and senders wait for that long.
const ROUND: usize = 64;
/// How many bytes of bodies one round reads. The last one may go beyond.
const ROUND_BYTES: usize = 256 << 10;
/// How many alerts one transaction takes.
const AT_ONCE: usize = 250;

/// Why a delivery was not routed, as the health page shows it.
#[derive(Debug, thiserror::Error)]
enum DeliveryError {
    #[error("its reader panicked; please report this body as a bug")]
    Panicked,
    #[error("the source {0} is no longer in bot.toml; the body was not read")]
    UnknownSource(String),
    #[error("it could not be routed: {0}")]
    NotRouted(StoreError),
}

/// A delivery, or a part of one, as it goes into a transaction.
#[derive(Clone)]
struct Part {
    id: InboxId,
    source: SourceId,
    received: Timestamp,
    request: String,
    signals: Vec<Signal>,
    /// Other requests of the sender, when this is its last part.
    orders: Vec<SenderAction>,
    /// The address that confirms a subscription, when it asks for that.
    confirm: Option<String>,
    /// The requests of a client.
    calls: Vec<OpsgenieRequest>,
    /// What was unusual in the delivery, when this is its last part.
    warnings: Vec<SenderWarning>,
    /// What the delivery is settled as, when this is its last part.
    settled: Option<InboxState>,
    /// Whether it is forgotten once it was read in full.
    fleeting: bool,
}

/// Routes one round of deliveries, and answers how many there were. Zero: nothing waits.
///
/// # Errors
/// [`StoreError`] when the store does not take them now; they wait for the next round.
pub async fn route_pending(app: &App) -> Result<usize, StoreError> {
    let config = app.config.current();
    let sources: Vec<String> = config.sources.iter().map(|source| source.id.to_string()).collect();
    let pending = app
        .store
        .read(move |reads| {
            let names: Vec<&str> = sources.iter().map(String::as_str).collect();
            reads.pending_deliveries(&names, ROUND, ROUND_BYTES)
        })
        .await?;
    let count = pending.len();
    if count == 0 {
        return settle_homeless(app, &config).await;
    }
    fail::fail_point!("route.read");
    let mut failed = FailedSources::default();
    for batch in batches(pending.iter().flat_map(|delivery| parts(&config, delivery))) {
        route(app, &config, batch, &mut failed).await?;
    }
    failed.why.map_or(Ok(count), Err)
}

/// The sources that have a delivery which the database could not take just now. What they sent after it waits as well, so
/// that their order stays; other sources go on.
#[derive(Default)]
struct FailedSources {
    sources: BTreeSet<SourceId>,
    why: Option<StoreError>,
}

/// Puts parts together, up to what one transaction takes.
fn batches(parts: impl Iterator<Item = Part>) -> Vec<Vec<Part>> {
    let mut batches: Vec<Vec<Part>> = Vec::new();
    let mut room = 0;
    for part in parts {
        let size = part.signals.len().max(1);
        match batches.last_mut() {
            Some(batch) if size <= room => batch.push(part),
            Some(_) | None => {
                room = AT_ONCE.max(size);
                batches.push(vec![part]);
            }
        }
        room -= size;
    }
    batches
}

fn parts(config: &Config, delivery: &PendingDelivery) -> Vec<Part> {
    let Some(source) = config.source(&delivery.source) else { return Vec::new() };
    let parsed = read(source, delivery);
    let (Reading { signals, orders, calls, confirm, warnings, .. }, settled) = match parsed {
        Ok(parsed) => {
            let settled = parsed.complaint().map_or(InboxState::Done, InboxState::Unreadable);
            (parsed, settled)
        }
        Err(why) => (Reading::default(), InboxState::Unreadable(why)),
    };
    metrics::counter!("hotroom_alerts_received_total", "source" => delivery.source.clone())
        .increment((signals.len() + orders.len() + calls.len()) as u64);
    if let InboxState::Unreadable(why) = &settled {
        tracing::warn!(source = delivery.source, delivery = %delivery.id, why, "a delivery could not be read in full");
    }
    let part = |signals: Vec<Signal>| Part {
        id: delivery.id,
        source: source.id.clone(),
        received: delivery.at,
        request: format!("{}/{}", delivery.source, delivery.delivery),
        signals,
        orders: Vec::new(),
        confirm: None,
        calls: Vec::new(),
        warnings: Vec::new(),
        settled: None,
        fleeting: source.kind.is_fleeting(),
    };
    let mut parts: Vec<Part> = signals.chunks(AT_ONCE).map(|chunk| part(chunk.to_vec())).collect();
    if parts.is_empty() {
        parts.push(part(Vec::new()));
    }
    if let Some(last) = parts.last_mut() {
        last.orders = orders;
        last.confirm = confirm;
        last.calls = calls;
        last.warnings = warnings;
        last.settled = Some(settled);
    }
    parts
}

/// A body over which its reader panics harms itself alone.
fn read(source: &Source, delivery: &PendingDelivery) -> Result<Reading, String> {
    let read = || {
        fail::fail_point!("intake.read");
        intake::read(source, &delivery.body, delivery.at)
    };
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(parsed) => parsed.map_err(|error| error.to_string()),
        Err(_) => Err(DeliveryError::Panicked.to_string()),
    }
}

/// Settles deliveries whose source has left `bot.toml` since they came: they end as unreadable, with their bodies
/// kept. Returns how many there were.
async fn settle_homeless(app: &App, config: &Config) -> Result<usize, StoreError> {
    let waiting = app.store.read(|reads| reads.pending_sources(ROUND)).await?;
    let homeless: Vec<_> = waiting.into_iter().filter(|(_, source)| config.source(source).is_none()).collect();
    let count = homeless.len();
    if count == 0 {
        return Ok(0);
    }
    let settle = move |tx: &mut Tx<'_>| {
        for (id, source) in &homeless {
            tracing::warn!(source, delivery = %id, "a delivery was not read: its source is no longer in bot.toml");
            let why = DeliveryError::UnknownSource(source.clone()).to_string();
            tx.settle_delivery(*id, &InboxState::Unreadable(why))?;
        }
        Ok(())
    };
    app.store.transact_urgent(settle).await?;
    Ok(count)
}

/// Routes a batch. When it fails for what is in it, its parts are tried one by one, so that a poisoned body harms itself
/// alone.
async fn route(
    app: &App,
    config: &Arc<Config>,
    mut batch: Vec<Part>,
    failed: &mut FailedSources,
) -> Result<(), StoreError> {
    batch.retain(|part| !failed.sources.contains(&part.source));
    if batch.is_empty() {
        return Ok(());
    }
    match write(app, config, batch.clone()).await.map_err(Failure::of) {
        Ok(()) => return Ok(()),
        Err(Failure::Store(error)) => return Err(error),
        Err(Failure::Passing(_) | Failure::Body(_)) => {}
    }
    for part in batch {
        if failed.sources.contains(&part.source) {
            continue;
        }
        let (id, source) = (part.id, part.source.clone());
        match write(app, config, vec![part]).await.map_err(Failure::of) {
            Ok(()) => {}
            Err(Failure::Store(error)) => return Err(error),
            Err(Failure::Passing(error)) => {
                tracing::warn!(delivery = %id, %error, "a delivery could not be routed; it is tried again");
                failed.sources.insert(source);
                failed.why = Some(error);
            }
            Err(Failure::Body(error)) => {
                tracing::error!(delivery = %id, %error, "a delivery could not be routed");
                let why = InboxState::Unreadable(DeliveryError::NotRouted(error).to_string());
                app.store.transact_urgent(move |tx| tx.settle_delivery(id, &why).map(|_| ())).await?;
            }
        }
    }
    Ok(())
}

/// Why a batch was not written.
enum Failure {
    /// The store takes nothing now.
    Store(StoreError),
    /// The disk or the database failed: the same write may succeed later.
    Passing(StoreError),
    /// What was written is at fault.
    Body(StoreError),
}

impl Failure {
    fn of(error: StoreError) -> Self {
        match error {
            StoreError::Overloaded
            | StoreError::Full
            | StoreError::Busy
            | StoreError::CommitUnknown
            | StoreError::FileLost(_)
            | StoreError::OutOfMemory
            | StoreError::TooSlow
            | StoreError::Closed => Self::Store(error),
            StoreError::Io(_) | StoreError::Sqlite(_) => Self::Passing(error),
            StoreError::Panicked(_) | StoreError::Conflict(_) | StoreError::Corrupt(_) => Self::Body(error),
        }
    }
}

async fn write(app: &App, config: &Arc<Config>, batch: Vec<Part>) -> Result<(), StoreError> {
    let config = Arc::clone(config);
    let now = app.clock.now();
    let received: Vec<_> = batch.iter().filter(|part| part.settled.is_some()).map(|part| part.received).collect();
    let work = move |tx: &mut Tx<'_>| {
        let actor = Actor::Machine("router".to_owned());
        let request = batch.first().map_or("", |part| part.request.as_str());
        let cx = Context { config: &config, now, actor: &actor, request, expect: None };
        reactor::run(tx, cx, |tx, work| take_in(tx, cx, work, &batch))?;
        for part in &batch {
            reactor::run(tx, cx, |tx, work| finish(tx, cx, work, part))?;
        }
        Ok(())
    };
    app.store.transact_urgent(work).await?;
    note_time_taken(&received, app.clock.now());
    Ok(())
}

/// Takes the alerts of a batch into their groups.
fn take_in(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList, batch: &[Part]) -> Result<(), StoreError> {
    let mut alerts = AlertBatch::new(cx);
    for part in batch {
        for signal in &part.signals {
            alerts.receive(tx, &part.source, part.received, signal)?;
        }
        for (n, order) in part.orders.iter().enumerate() {
            // Each has a mark of its own, by which a repeat is known.
            let request = if n == 0 { part.request.clone() } else { format!("{}#{n}", part.request) };
            let by = sender_actions::By { source: &part.source, received: part.received, request: &request };
            sender_actions::carry_out(tx, &mut alerts, &by, order)?;
        }
        if part.settled.is_some() && cx.config.source(part.source.as_str()).is_some_and(|source| source.heartbeat) {
            dead_mans_switch::on_delivery(tx, &mut alerts, &part.source, part.received)?;
        }
    }
    alerts.close(tx, work)
}

/// How long it took from when deliveries came in until their alerts stood in their groups.
fn note_time_taken(received: &[Timestamp], now: Timestamp) {
    for at in received {
        let took = (now - at).to_std().unwrap_or_default();
        metrics::histogram!("hotroom_alerts_grouped_seconds").record(took);
    }
}

/// Carries out the requests of a client once the alerts of its part are written, and settles the delivery.
fn finish(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList, part: &Part) -> Result<(), StoreError> {
    if let Some(address) = part.confirm.clone() {
        let key = EffectKey(format!("{}/confirm", part.request));
        tx.enqueue(&key, &SourceEffect::ConfirmSubscription { source: part.source.clone(), address }.into(), cx.now)?;
    }
    for request in &part.calls {
        let (source, received) = (&part.source, part.received);
        let call = OpsgenieCall { source, received, delivery: Some(part.id), request };
        let outcome = opsgenie::carry_out(tx, cx, work, &call)?;
        tx.save_reply(part.id, &serde_json::to_string(&outcome).unwrap_or_default())?;
        // The next call finds what followed from this one, and a refused snooze changes the reply.
        reactor::settle(tx, cx, work)?;
    }
    tx.count_sender_warnings(part.source.as_str(), part.received, &part.warnings)?;
    for warning in &part.warnings {
        let (source, kind) = (part.source.to_string(), warning.kind.name());
        metrics::counter!("hotroom_sender_warnings_total", "source" => source, "kind" => kind)
            .increment(u64::from(warning.count));
    }
    match &part.settled {
        Some(InboxState::Done) if part.fleeting => tx.delete_delivery(part.id),
        Some(settled) => tx.settle_delivery(part.id, settled).map(|_| ()),
        None => Ok(()),
    }
}
