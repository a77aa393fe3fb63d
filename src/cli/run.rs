//! `hotroom run`: opens the file, starts the loops, serves, and stops in order.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use tokio::sync::{Notify, watch};

use crate::{
    app::{App, Clock, alerts},
    chat::local::{self, LocalChat},
    command::Catalog,
    config::Live,
    deliver::Courier,
    render::Renderer,
    store::{Options, Store},
    web,
};

/// How long the router waits for the bell before it looks by itself.
const ROUTER_WAIT: Duration = Duration::from_secs(1);

/// Everything that runs, ready to be started by `main`.
pub struct Running {
    /// The app.
    pub app: Arc<App>,
    /// Carries the outbox.
    pub courier: Courier<LocalChat>,
    /// Told `true` once, to stop.
    pub stop: watch::Sender<bool>,
}

/// Opens the store and prepares everything, without starting anything.
///
/// # Errors
/// What could not be opened, with its path and what to do.
pub async fn prepare(config: Live, clock: Clock) -> anyhow::Result<Running> {
    let now = clock.now();
    let settings = config.current();
    let catalog = Catalog::shipped();
    let renderer = Renderer::new(settings.templates_dir.as_deref()).context("templates")?;
    let options = Options {
        path: settings.store.path.clone(),
        queue: settings.store.queue,
        batch: settings.store.batch,
    };
    let store = Store::open(&options, now)?;
    // No other process has the file, so a lease that is still written down belongs to a run that has died.
    store.transact(move |tx| tx.release_all_leases(now)).await?;
    local::prepare(&store, &settings, now).await?;
    let app = Arc::new(App { store: store.clone(), clock, config, catalog, renderer, deliveries: Notify::new() });
    let courier = Courier::new(Arc::clone(&app), Arc::new(LocalChat::new(store)));
    Ok(Running { app, courier, stop: watch::Sender::new(false) })
}

/// Routes stored deliveries until told to stop. Deliveries of a run that died are routed first: the inbox is the queue.
pub async fn route(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match alerts::route_pending(&app).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "deliveries wait: they could not be routed"),
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = app.deliveries.notified() => {}
            () = tokio::time::sleep(ROUTER_WAIT) => {}
        }
    }
}

/// Prunes settled rows once an hour, in small batches.
pub async fn prune(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut hourly = tokio::time::interval(Duration::from_secs(3600));
    while !*stop.borrow() {
        tokio::select! {
            _ = stop.changed() => return,
            _ = hourly.tick() => {}
        }
        let now = app.clock.now();
        let keep = chrono::TimeDelta::from_std(app.config.current().retention.settled).unwrap_or(chrono::TimeDelta::days(30));
        if let Err(error) = app.store.prune(now - keep).await {
            tracing::warn!(%error, "old rows could not be pruned");
        }
        if let Err(error) = app.store.transact(move |tx| tx.prune_sessions(now)).await {
            tracing::warn!(%error, "old sessions could not be pruned");
        }
    }
}

/// The web's view of what runs.
pub fn router(running: &Running) -> axum::Router {
    web::router(web::State::new(Arc::clone(&running.app)))
}
