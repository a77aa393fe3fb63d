//! Asks Pushover what became of the alarms that ring.

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;

use crate::{
    app::{App, contacts::alarms},
    contact::pushover::POLL_INTERVAL,
    domain::Timestamp,
    net::HttpClients,
    store::StoreError,
};

/// How many alarms are asked about in one round: Pushover wants few requests at once.
const MOST: usize = 20;

/// Asks about alarms in turn.
pub struct AlarmPoller {
    app: Arc<App>,
    http: Arc<HttpClients>,
    /// When each receipt was last asked about.
    polled: BTreeMap<String, Timestamp>,
}

impl AlarmPoller {
    /// A poller that has asked nothing yet.
    pub fn new(app: Arc<App>, http: Arc<HttpClients>) -> Self {
        Self { app, http, polled: BTreeMap::new() }
    }

    /// Asks about the alarms that were not asked about within [`POLL_INTERVAL`], those first that have waited longest. Returns
    /// how many were asked about.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn poll(&mut self) -> Result<usize, StoreError> {
        let (config, now) = (self.app.config.current(), self.app.clock.now());
        let Some(settings) = &config.contact.pushover else { return Ok(0) };
        let mut open = self.app.store.read(move |reads| alarms::open(reads, now)).await?;
        self.polled.retain(|receipt, _| open.iter().any(|alarm| alarm.receipt == *receipt));
        let interval = TimeDelta::from_std(POLL_INTERVAL).unwrap_or(TimeDelta::seconds(5));
        open.retain(|alarm| self.polled.get(&alarm.receipt).is_none_or(|last| *last + interval <= now));
        open.sort_by_key(|alarm| self.polled.get(&alarm.receipt).copied());
        open.truncate(MOST);
        let Ok(http) = self.http.client(&config.net) else { return Ok(0) };
        for alarm in &open {
            self.polled.insert(alarm.receipt.clone(), now);
            match settings.receipt(&http, &alarm.receipt).await {
                Ok(state) => self.app.take_receipt(alarm, state, "pushover").await?,
                Err(failure) => tracing::warn!(%failure, "a receipt of Pushover could not be read"),
            }
        }
        Ok(open.len())
    }
}
