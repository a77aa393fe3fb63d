//! Fetches missed messages, after each start of a session and after an overflow of the event queue.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::time::sleep;

use super::{CatchUp, DiscordInbound, text::list};
use crate::{
    chat::{
        discord::client::{
            rest::Failure,
            routes,
            snowflake::{ChannelId, GuildId, MessageId, Snowflake},
        },
        inbound::{History, HistoryPage},
    },
    domain::ids::PlatformId,
};

/// How many messages one call returns.
const PAGE: u8 = 100;
/// The wait before the next try.
pub(super) const WAIT: Duration = Duration::from_secs(5);

impl DiscordInbound {
    /// Asks for everything that was missed. It is fetched beside the events that arrive meanwhile: Discord waits three
    /// seconds for the response to an interaction, and fetching may take minutes.
    pub(super) fn catch_up_later(&self, session: Option<GuildId>) {
        self.core.gaps.open_all();
        self.want(|wanted| {
            wanted.changes = true;
            wanted.session = session.or(wanted.session);
        });
    }

    fn want(&self, change: impl FnOnce(&mut CatchUp)) {
        change(&mut self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        self.discord.look_for_gaps();
    }

    /// Catches up whenever that is asked for. Never returns.
    pub(super) async fn keep_up(&self) {
        loop {
            self.discord.new_channel().await;
            self.catch_up_now().await;
        }
    }

    /// Does what was asked for.
    pub(super) async fn catch_up_now(&self) {
        let wanted = std::mem::take(&mut *self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(guild) = wanted.session {
            self.begin_session(guild).await;
        }
        self.fill_gaps().await;
        if wanted.session.is_none() {
            self.report_capacity().await;
        }
        if wanted.changes {
            self.catch_up().await;
        }
        if wanted.session.is_some() {
            self.retry_deliveries().await;
        }
    }

    /// Fetches missed messages in every mirrored and every watched channel with an open gap.
    pub(super) async fn fill_gaps(&self) {
        let channels = match self.discord.channels().await {
            Ok(channels) => channels,
            Err(error) => return tracing::warn!(%error, "missed Discord messages could not be fetched"),
        };
        for channel in channels {
            self.fill_channel(channel).await;
        }
        for channel in self.watched() {
            let now = MessageId(Snowflake::at(self.core.bot.now()));
            self.core.start_cursor(channel.to_platform(), now.position()).await;
            self.fill_channel(channel).await;
        }
    }

    async fn fill_channel(&self, channel: ChannelId) {
        if !self.core.gaps.is_open(&channel.to_platform()) {
            return;
        }
        match self.core.fill_gap(self, &channel.to_platform()).await {
            Ok(true) => {}
            Ok(false) => self.fill_gaps_later(WAIT),
            Err(failure) => {
                tracing::warn!(%channel, %failure, "missed messages could not be fetched yet");
                self.retry_gaps(&failure);
            }
        }
    }

    /// Schedules another try after a temporary failure.
    fn retry_gaps(&self, failure: &Failure) {
        let wait = match failure {
            Failure::NotNow { after, .. } => after.unwrap_or(WAIT),
            Failure::Unknown(_) => WAIT,
            Failure::Refused(_) | Failure::Impossible(_) => return,
        };
        self.fill_gaps_later(wait);
    }

    /// Fetches missed messages again after a wait.
    pub(super) fn fill_gaps_later(&self, wait: Duration) {
        let discord = Arc::clone(&self.discord);
        tokio::spawn(async move {
            sleep(wait).await;
            discord.look_for_gaps();
        });
    }
}

impl History for DiscordInbound {
    type Message = Value;
    type Failure = Failure;

    fn after<'a>(
        &'a self,
        channel: &'a PlatformId,
        message: &'a PlatformId,
    ) -> BoxFuture<'a, Result<HistoryPage<Value>, Failure>> {
        Box::pin(async move {
            let (Some(channel), Some(message)) = (ChannelId::from_platform(channel), MessageId::from_platform(message))
            else {
                return Err(Failure::Impossible(format!("{channel} and {message} are not both Discord ids")));
            };
            let found = self.discord.rest().call(routes::messages_after(channel, message, PAGE)).await?;
            // Discord returns the newest first.
            let messages: Vec<Value> = list(&found).iter().rev().cloned().collect();
            let is_full = messages.len() == usize::from(PAGE);
            let newest = messages.last().and_then(|message| message["id"].as_str()).map(PlatformId::from);
            Ok(HistoryPage { next: if is_full { newest } else { None }, messages })
        })
    }

    fn receive<'a>(&'a self, message: &'a Value) -> BoxFuture<'a, bool> {
        Box::pin(self.on_fetched_message(message))
    }
}
