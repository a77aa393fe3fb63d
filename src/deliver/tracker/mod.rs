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

/// When a row asks again for a place among those that are sent at the same time.
const NEXT_SLOT_MS: u64 = 500;

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
        let Some(_slot) = self.clients.slot() else {
            let why = "other calls to the tracker are under way".to_owned();
            return Outcome::Retry { after_ms: Some(NEXT_SLOT_MS), why };
        };
        call.send(&self.http, now).await
    }
}
