//! The front door: intake, console, status page, API, and the loop that serves them.

pub mod api;
pub mod assets;
pub mod auth;
pub mod body;
pub mod compat;
pub mod console;
pub mod health;
pub mod intake;
pub mod layers;
pub mod pages;
pub mod problem;
mod samples;
pub mod server;
pub mod sign_in;
pub mod status_page;
#[cfg(test)]
mod world;

use std::sync::Arc;

use axum::Router;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::watch;

use crate::{app::App, chat::discord::Discord, domain::Timestamp, net::HttpClients};

pub use auth::{Caller, Viewer};
pub use layers::{finish::RequestId, host::Reach};
pub use problem::Problem;
pub use samples::samples;
use server::Phase;

/// What every request can reach.
#[derive(Clone)]
pub struct State {
    /// The use cases with all they need.
    pub app: Arc<App>,
    /// When it began to serve.
    pub begun: Timestamp,
    /// Leaves [`Phase::Serving`] when the server stops: streams that would go on for ever end then.
    pub phase: watch::Receiver<Phase>,
    /// Tells the numbers of `/metrics`.
    pub metrics: Option<PrometheusHandle>,
    /// The open pages of the console.
    pub streams: console::Streams,
    /// Discord, when it is switched on.
    pub discord: Option<Arc<Discord>>,
    /// How much of the writer's queue each source fills.
    pub quota: intake::Quota,
    /// The certificates that Amazon SNS signs by.
    pub certificates: Arc<intake::Certificates>,
    /// The client for calls to outside systems.
    pub http: Arc<HttpClients>,
}

impl State {
    /// A state without numbers.
    pub fn new(app: Arc<App>, phase: watch::Receiver<Phase>) -> Self {
        let begun = app.clock.now();
        Self {
            app,
            begun,
            phase,
            metrics: None,
            streams: console::Streams::default(),
            discord: None,
            quota: intake::Quota::default(),
            certificates: Arc::default(),
            http: Arc::default(),
        }
    }

    /// Comes back when the server begins to stop.
    pub async fn stopping(&self) {
        let mut phase = self.phase.clone();
        phase.wait_for(|phase| *phase != Phase::Serving).await.ok();
    }
}

/// Everything that is served, with the layers around it.
pub fn router(state: State) -> Router {
    let routes = Router::new()
        .merge(api::routes())
        .merge(assets::routes())
        .merge(compat::routes())
        .merge(console::routes())
        .merge(health::routes())
        .merge(intake::routes())
        .merge(pages::routes())
        .merge(sign_in::routes())
        .merge(status_page::routes());
    layers::around(routes, &state).with_state(state)
}
