//! The issue tracker: creates and changes issues, and reads them.

mod mentioned;
mod prepare;
mod send;

use std::sync::Arc;

pub(super) use send::TrackerCall;

use super::adapter::{Adapter, PrepareContext, PreparedCall};
use crate::{
    config::{Config, TrackerClients},
    domain::{
        Timestamp,
        effect::{Outcome, Receipt, TrackerEffect},
    },
    net::HttpClients,
    store::{Reads, StoreError},
};

/// Calls the outside tracker.
pub(super) struct TrackerAdapter {
    http: Arc<HttpClients>,
    clients: Arc<TrackerClients>,
}

impl TrackerAdapter {
    pub(super) fn new(http: Arc<HttpClients>, clients: Arc<TrackerClients>) -> Self {
        Self { http, clients }
    }
}

impl Adapter for TrackerAdapter {
    type Effect = TrackerEffect;
    type Call = TrackerCall;

    fn shows_private(&self, config: &Config, _effect: &TrackerEffect) -> bool {
        config.tracker.outside.as_ref().is_some_and(|outside| outside.private)
    }

    fn prepare(
        &self,
        cx: &PrepareContext,
        reads: &Reads<'_>,
        effect: &TrackerEffect,
    ) -> Result<PreparedCall<TrackerCall>, StoreError> {
        prepare::prepare(cx, reads, effect, &self.clients)
    }

    async fn send(&self, call: TrackerCall, now: Timestamp) -> Outcome<Receipt> {
        call.send(&self.http, now).await
    }
}
