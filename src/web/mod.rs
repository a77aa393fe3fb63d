//! HTTP: intake, console, status page, API, and the server.

pub mod api;
pub mod assets;
mod attempts;
pub mod auth;
pub mod body;
mod calendar;
mod callbacks;
pub mod compat;
pub mod console;
pub mod health;
pub mod intake;
pub mod layers;
mod links;
mod metric_names;
pub mod pages;
pub mod problem;
mod samples;
pub mod server;
pub mod sign_in;
mod state_document;
pub mod status_page;
mod user_reports;
#[cfg(test)]
mod world;

use std::sync::Arc;

use axum::{Router, middleware::from_fn_with_state};
use chrono::TimeDelta;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::watch;

use crate::{app::App, chat::discord::Discord, domain::Timestamp, net::HttpClients};

/// The version of the running build.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub use attempts::FailedAttempts;
pub use auth::{Caller, Viewer};
pub use layers::{finish::RequestId, host::Reach};
pub use metric_names::describe as describe_metrics;
pub use problem::Problem;
pub use samples::samples;
use server::Phase;

/// The state shared by all requests.
#[derive(Clone)]
pub struct State {
    /// The use cases and their dependencies.
    pub app: Arc<App>,
    /// When the server started.
    pub begun: Timestamp,
    /// Leaves [`Phase::Serving`] when the server stops, which ends event streams.
    pub phase: watch::Receiver<Phase>,
    /// Renders `/metrics`.
    pub metrics: Option<PrometheusHandle>,
    /// The event streams of open console pages.
    pub streams: console::Streams,
    /// Discord, if it is enabled.
    pub discord: Option<Arc<Discord>>,
    /// The share of the writer's queue in use, per source.
    pub quota: intake::Quota,
    /// The certificates that sign Amazon SNS messages.
    pub certificates: Arc<intake::Certificates>,
    /// The clients for outbound calls.
    pub http: Arc<HttpClients>,
    /// Links that do not exist, by address.
    pub unknown_links: FailedAttempts,
    /// Wrong codes in answers to text messages, by number.
    pub wrong_codes: FailedAttempts,
    /// Reports of people who are not signed in, by address.
    pub user_reports: FailedAttempts,
}

impl State {
    /// A state without metrics.
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
            unknown_links: FailedAttempts::new(20, TimeDelta::minutes(10)),
            wrong_codes: FailedAttempts::new(5, TimeDelta::minutes(10)),
            user_reports: FailedAttempts::new(5, TimeDelta::minutes(10)),
        }
    }

    /// Resolves when the server begins to stop.
    pub async fn stopping(&self) {
        let mut phase = self.phase.clone();
        phase.wait_for(|phase| *phase != Phase::Serving).await.ok();
    }
}

/// All routes, wrapped in the layers.
pub fn router(state: State) -> Router {
    let routes = Router::new()
        .merge(api::routes())
        .merge(assets::routes())
        .merge(calendar::routes())
        .merge(callbacks::routes())
        .merge(compat::routes())
        .merge(console::routes())
        .merge(health::routes())
        .merge(intake::routes())
        .merge(links::routes())
        .merge(pages::routes())
        .merge(sign_in::routes())
        .merge(state_document::routes())
        .merge(status_page::routes())
        .merge(user_reports::routes());
    let routes = layers::around(routes, &state).with_state(state.clone());
    Router::new().fallback_service(routes).layer(from_fn_with_state(state, layers::status_host::map))
}
