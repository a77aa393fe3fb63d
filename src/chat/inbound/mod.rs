//! The platform-neutral half of receiving: stored interactions, exactly-once processing, cursors, catching up, guests.
//! A platform's module parses its own wire format and calls this.

mod accounts;
mod history;
mod interactions;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use tokio::{sync::Semaphore, time::Instant};

use super::bot::Bot;
use crate::{
    config::Live,
    domain::ids::{Platform, PlatformId},
    store::Store,
};

pub use accounts::PlatformAccount;
pub use history::{History, HistoryPage, SeenMessages};
pub use interactions::{ReceivedInteraction, Responder};

/// How many interactions are processed at once. One that waits for a rate limit keeps its slot for minutes and must not
/// keep a new one from being acknowledged.
const CONCURRENT: usize = 1_024;

/// What the inbound half of every platform needs, and the state of its work in progress.
pub struct InboundCore {
    /// The platform.
    pub platform: Platform,
    /// The bot.
    pub bot: Arc<dyn Bot>,
    /// The store.
    pub store: Store,
    /// The configuration, which may change while running.
    pub config: Live,
    /// Bounds the tasks that a platform starts.
    pub slots: Arc<Semaphore>,
    in_progress: Arc<Mutex<HashSet<PlatformId>>>,
    /// When refusals of outsiders were written to the audit log lately.
    audited: Mutex<Vec<Instant>>,
}

impl InboundCore {
    /// Receives for this bot from this platform.
    pub fn new(platform: Platform, bot: Arc<dyn Bot>, store: Store, config: Live) -> Self {
        let slots = Arc::new(Semaphore::new(CONCURRENT));
        Self { platform, bot, store, config, slots, in_progress: Arc::default(), audited: Mutex::default() }
    }
}
