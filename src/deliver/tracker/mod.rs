//! The issue tracker: creates and changes issues, and reads them.

mod follow_up;
mod mentioned;
mod prepare;
mod send;
mod slots;

use std::{sync::Arc, time::Duration};

use tokio::sync::OwnedSemaphorePermit;

pub(super) use send::TrackerCall;
pub(super) use slots::TrackerSlots;

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
    slots: Arc<TrackerSlots>,
}

impl TrackerAdapter {
    pub(super) fn new(http: Arc<HttpClients>, clients: Arc<TrackerClients>, slots: Arc<TrackerSlots>) -> Self {
        Self { http, clients, slots }
    }
}

impl Adapter for TrackerAdapter {
    type Effect = TrackerEffect;
    type Call = TrackerCall;

    fn shows_private(&self, config: &Config, _effect: &TrackerEffect) -> bool {
        config.tracker.outside.as_ref().is_some_and(|outside| outside.private)
    }

    fn admit(&self) -> Result<Option<OwnedSemaphorePermit>, Duration> {
        self.slots.take().map(Some)
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
