//! Liveness, readiness and metrics.

use std::time::Duration;

use axum::{
    Extension, Json, Router,
    extract::State as Given,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::TimeDelta;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use tokio::sync::watch;

use super::{
    Caller, Problem, State,
    layers::host::Reach,
    pages::health::{
        contacts::{self, ContactKindState},
        pages,
    },
    problem::Kind,
    server::Phase,
};
use crate::{
    chat::discord::client::gateway::Link,
    domain::Timestamp,
    store::{DailyNoise, NoiseCounts, Reads, StoreError},
};

/// How long the database may take to respond to a probe.
const PATIENCE: Duration = Duration::from_secs(2);
/// Interval between two aggregations of measurements.
const FOLD_EVERY: Duration = Duration::from_secs(5);
/// How late a due effect may be before the delivery loop counts as stuck.
const LATE: TimeDelta = TimeDelta::seconds(30);
/// How the lanes of webhooks, status mirrors and outside pagers begin. They do not count as late: the other sides are not hotroom's, and delay
/// nothing else.
const OUTSIDE_LANES: [&str; 3] = ["webhook/", "status_mirror/", "pager/"];
/// Waiting deliveries are counted up to this number.
const COUNTED: usize = 1000;

/// `/healthz`, `/readyz`, `/metrics`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/healthz", get(|| async { Json(serde_json::json!({"status": "ok"})) }))
        .route("/readyz", get(ready))
        .route("/metrics", get(numbers))
}

/// Aggregates measurements until stopped. Otherwise each one is kept until `/metrics` is requested, and without such
/// requests memory would grow with every HTTP request.
pub async fn fold_numbers(metrics: PrometheusHandle, mut stop: watch::Receiver<bool>) {
    let mut tick = tokio::time::interval(FOLD_EVERY);
    while !*stop.borrow() {
        tokio::select! {
            _ = stop.changed() => return,
            _ = tick.tick() => metrics.run_upkeep(),
        }
    }
}

/// The response of `/readyz`.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    /// The problems. One that does not keep hotroom from taking alerts, such as a stopped Discord, leaves it ready.
    problems: Vec<String>,
    /// Number of queued writes.
    queued: usize,
    /// Number of unrouted deliveries, counted up to a thousand.
    unrouted: usize,
    /// Number of open outbox rows, including timers.
    rows: u64,
    /// Delay of the most overdue lane, in seconds.
    latest_seconds: i64,
    /// Number of rows from before a restore that wait for `hotroom doctor --resume-sending`.
    held: u64,
    /// True if nothing is sent.
    #[serde(skip)]
    paused: bool,
    /// The state of the Discord connection, if enabled: it is not required for readiness.
    #[serde(skip_serializing_if = "Option::is_none")]
    discord: Option<String>,
}

/// Waiting work in the database.
struct Waiting {
    rows: u64,
    late: TimeDelta,
    stuck: TimeDelta,
    unrouted: usize,
    paused: Option<String>,
    held: u64,
}

fn waiting(reads: &Reads<'_>, now: Timestamp) -> Result<Waiting, StoreError> {
    let latest = reads.oldest_due(OUTSIDE_LANES)?.unwrap_or(now);
    let late = (now - latest).max(TimeDelta::zero());
    // While sending is paused, nothing counts as stuck: a person has to resume it.
    let paused = reads.sending_paused()?;
    let ready = if paused.is_some() { None } else { reads.next_due()? };
    let stuck = ready.map_or(TimeDelta::zero(), |ready| now - ready);
    let unrouted = reads.count_pending_deliveries(COUNTED)?;
    Ok(Waiting { rows: reads.count_open_rows()?, late, stuck, unrouted, paused, held: reads.count_held_rows()? })
}

/// Readiness: 200, or 503 with the problems.
///
/// From the network it says only that, and not how much is waiting.
pub(super) async fn ready(Given(state): Given<State>, reach: Option<Extension<Reach>>) -> Response {
    let readiness = probe(&state).await;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let local = reach.is_some_and(|Extension(reach)| reach == Reach::Local);
    let mut response = if local {
        (status, Json(&readiness)).into_response()
    } else {
        let brief = serde_json::json!({"ready": readiness.ready, "problems": readiness.problems});
        (status, Json(brief)).into_response()
    };
    if !readiness.ready {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(super::problem::RETRY_AFTER));
    }
    response
}

async fn probe(state: &State) -> Readiness {
    let health = state.app.store.health();
    let mut problems = Vec::new();
    if *state.phase.borrow() != Phase::Serving {
        problems.push("the server is stopping".to_owned());
    }
    problems.extend(health.failed.map(|why| format!("the database has failed: {why}")));
    problems.extend(health.file.map(|why| format!("the database file: {why}")));
    problems.extend(health.corrupt.map(|why| format!("the database is damaged: {why}")));
    if health.full {
        problems.push("the disk is full".to_owned());
    }
    // An empty transaction passes through the writer and takes its lock, but writes nothing.
    match tokio::time::timeout(PATIENCE, state.app.store.transact(|_| Ok(()))).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => problems.push(format!("the database takes no writes: {error}")),
        Err(_) => problems.push("the database takes no writes within two seconds".to_owned()),
    }
    let now = state.app.clock.now();
    let look = state.app.store.read(move |reads| waiting(reads, now));
    let seen = match tokio::time::timeout(PATIENCE, look).await {
        Ok(Ok(seen)) => Some(seen),
        Ok(Err(error)) => {
            problems.push(format!("the database cannot be read: {error}"));
            None
        }
        Err(_) => {
            problems.push("the database cannot be read within two seconds".to_owned());
            None
        }
    };
    if let Some(why) = seen.as_ref().and_then(|seen| seen.paused.as_ref()) {
        problems.push(format!("sending is paused, nobody is called: {why}"));
    }
    // Rows that are due while others are being completed only wait their turn.
    let idle = now - state.app.store.last_settled() > LATE;
    if idle && seen.as_ref().is_some_and(|seen| seen.stuck > LATE) {
        problems.push("what is ready to be sent is not being sent: the delivery loop is stuck".to_owned());
    }
    let ready = problems.is_empty();
    problems.extend(state.discord.as_ref().and_then(|discord| stopped(&discord.standing().link())));
    Readiness {
        ready,
        problems,
        queued: health.queued,
        unrouted: seen.as_ref().map_or(0, |seen| seen.unrouted),
        rows: seen.as_ref().map_or(0, |seen| seen.rows),
        latest_seconds: seen.as_ref().map_or(0, |seen| seen.late.num_seconds()),
        held: seen.as_ref().map_or(0, |seen| seen.held),
        paused: seen.as_ref().is_some_and(|seen| seen.paused.is_some()),
        discord: state.discord.as_ref().map(|discord| discord.standing().link().to_string()),
    }
}

/// Says that the connection with Discord has stopped, which only a person can change. Alerts are still taken and people are
/// still paged by other means, so it is no reason to send requests elsewhere.
fn stopped(link: &Link) -> Option<String> {
    if let Link::Stopped(why) = link { Some(format!("Discord is not connected: {why}")) } else { None }
}

/// Publishes today's noise (UTC), by source.
fn tell_noise(day: DailyNoise) {
    let NoiseCounts { events, alerts, groups, incidents } = day.noise;
    for (stage, count) in [("events", events), ("alerts", alerts), ("groups", groups), ("incidents", incidents)] {
        let count = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        metrics::gauge!("hotroom_noise_today", "source" => day.source.clone(), "stage" => stage).set(count);
    }
}

/// Publishes how a kind of contact method is doing.
fn tell_contacts(kind: &ContactKindState) {
    let name = kind.kind.name();
    metrics::gauge!("hotroom_contact_failing", "kind" => name).set(if kind.is_broken() { 1.0 } else { 0.0 });
    if let Some(at) = kind.state.as_ref().and_then(|state| state.last_success) {
        let seconds = f64::from(u32::try_from(at.timestamp()).unwrap_or(u32::MAX));
        metrics::gauge!("hotroom_contact_last_success_timestamp_seconds", "kind" => name).set(seconds);
    }
}

/// The metrics, for callers with access to the API.
async fn numbers(Given(state): Given<State>, _: Caller) -> Result<Response, Problem> {
    let Some(metrics) = &state.metrics else {
        return Err(Problem::new(Kind::NotFound).because("This process keeps no numbers."));
    };
    let readiness = probe(&state).await;
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if let Some(discord) = &state.discord {
        let connected = discord.standing().link() == Link::Ready;
        metrics::gauge!("hotroom_discord_connected").set(if connected { 1.0 } else { 0.0 });
        metrics::gauge!("hotroom_discord_calls_waiting").set(number(discord.rest().waiting()));
    }
    let now = state.app.clock.now();
    if let Ok(noise) = state.app.store.read(move |reads| reads.noise_since(now)).await {
        noise.into_iter().for_each(tell_noise);
    }
    let config = state.app.config.current();
    if let Ok(kinds) = state.app.store.read(move |reads| contacts::states(reads, &config)).await {
        kinds.iter().for_each(tell_contacts);
    }
    if let Ok(troubled) = state.app.store.read(pages::count).await {
        metrics::gauge!("hotroom_pages_unanswered").set(number(troubled));
    }
    if let Ok(troubles) = state.app.store.read(|reads| reads.webhook_troubles()).await {
        for webhook in &state.app.config.current().webhooks {
            let disabled = troubles.get(&webhook.id).is_some_and(|trouble| trouble.disabled_at.is_some());
            let enabled = if disabled { 0.0 } else { 1.0 };
            metrics::gauge!("hotroom_webhook_enabled", "webhook" => webhook.id.to_string()).set(enabled);
        }
    }
    if let Ok(troubles) = state.app.store.read(|reads| reads.status_mirror_troubles()).await {
        for mirror in &state.app.config.current().status_mirrors {
            let current = if troubles.contains_key(&mirror.id) { 0.0 } else { 1.0 };
            metrics::gauge!("hotroom_status_mirror_current", "mirror" => mirror.id.to_string()).set(current);
        }
    }
    metrics::gauge!("hotroom_ready").set(if readiness.ready { 1.0 } else { 0.0 });
    metrics::gauge!("hotroom_sending_paused").set(if readiness.paused { 1.0 } else { 0.0 });
    metrics::gauge!("hotroom_outbox_held").set(f64::from(u32::try_from(readiness.held).unwrap_or(u32::MAX)));
    metrics::gauge!("hotroom_store_queue").set(number(readiness.queued));
    metrics::gauge!("hotroom_intake_unrouted").set(number(readiness.unrouted));
    metrics::gauge!("hotroom_outbox_rows").set(f64::from(u32::try_from(readiness.rows).unwrap_or(u32::MAX)));
    let late = u32::try_from(readiness.latest_seconds.max(0)).unwrap_or(u32::MAX);
    metrics::gauge!("hotroom_outbox_late_seconds").set(f64::from(late));
    if let Some(tls) = &state.app.config.current().server.tls {
        let expiry = u32::try_from(tls.expires.timestamp()).unwrap_or(u32::MAX);
        metrics::gauge!("hotroom_tls_certificate_expiry_timestamp_seconds").set(f64::from(expiry));
    }
    let text = metrics.render();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
