//! The platform-independent inbound half: stored interactions, exactly-once processing, cursors, catching up, unlisted
//! people. A platform's module parses its wire format and calls this.

mod accounts;
mod drafts;
mod gaps;
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
pub use drafts::{DraftPress, DraftStep, FormDraft};
pub use gaps::OpenGaps;
pub use history::{History, HistoryPage, SeenMessages};
pub use interactions::{ReceivedInteraction, Responder};

/// The most interactions that are processed at once. One that waits for a rate limit uses its slot for minutes and must
/// not delay the acknowledgement of a new one.
const CONCURRENT: usize = 1_024;

/// Shared state of the inbound half of every platform.
pub struct InboundCore {
    /// The platform.
    pub platform: Platform,
    /// The bot.
    pub bot: Arc<dyn Bot>,
    /// The store.
    pub store: Store,
    /// The configuration, which may change while running.
    pub config: Live,
    /// Limits the tasks that a platform starts.
    pub slots: Arc<Semaphore>,
    /// Which channels may have missed messages.
    pub gaps: OpenGaps,
    in_progress: Arc<Mutex<HashSet<PlatformId>>>,
    /// When refusals of unserved people were recorded recently.
    audited: Mutex<Vec<Instant>>,
}

impl InboundCore {
    /// Creates the inbound half of a platform.
    pub fn new(platform: Platform, bot: Arc<dyn Bot>, store: Store, config: Live) -> Self {
        let slots = Arc::new(Semaphore::new(CONCURRENT));
        let (gaps, in_progress, audited) = (OpenGaps::default(), Arc::default(), Mutex::default());
        Self { platform, bot, store, config, slots, gaps, in_progress, audited }
    }
}
