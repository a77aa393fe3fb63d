//! What was written while nobody listened: fetched after every beginning of a session, and after an overflow.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::time::sleep;

use super::DiscordInbound;
use crate::chat::discord::client::{
    rest::Failure,
    routes,
    snowflake::{ChannelId, MessageId, Snowflake},
};

/// How many messages one call brings, and how many calls are made for one channel.
const PAGE: u8 = 100;
const PAGES: usize = 20;
/// How long to wait before it is tried again.
const WAIT: Duration = Duration::from_secs(5);

impl DiscordInbound {
    /// Fetches what was missed in every mirrored channel, and in every channel that a source names. Taking a message in
    /// twice changes nothing.
    pub(super) async fn fill_gaps(&self) {
        let channels = match self.discord.channels().await {
            Ok(channels) => channels,
            Err(error) => return tracing::warn!(%error, "what was missed on Discord could not be fetched"),
        };
        for channel in channels {
            self.fill_gap(channel).await;
        }
        for channel in self.watched() {
            self.begin_reading(channel).await;
            self.fill_gap(channel).await;
        }
    }

    /// A channel that was never read is read from now on.
    async fn begin_reading(&self, channel: ChannelId) {
        let (channel, now) = (channel.0.get(), Snowflake::at(self.app.clock.now()).get());
        let begun = self.app.store.transact_urgent(move |tx| tx.begin_reading(channel, now));
        if let Err(error) = begun.await {
            tracing::warn!(channel, %error, "a channel may miss what is posted while nobody listens");
        }
    }

    /// Looks for gaps again after a while, if that can help.
    fn look_again(&self, failure: &Failure) {
        let wait = match failure {
            Failure::NotNow { after, .. } => after.unwrap_or(WAIT),
            Failure::Unknown(_) => WAIT,
            Failure::Refused(_) | Failure::Impossible(_) => return,
        };
        let discord = Arc::clone(&self.discord);
        tokio::spawn(async move {
            sleep(wait).await;
            discord.look_for_gaps();
        });
    }

    async fn fill_gap(&self, channel: ChannelId) {
        let read = self.app.store.read(move |reads| reads.channel_cursor(channel.0.get())).await.ok().flatten();
        let Some(mut after) = read.and_then(Snowflake::new).map(MessageId) else {
            return;
        };
        for _ in 0..PAGES {
            let found = match self.discord.rest().call(routes::messages_after(channel, after, PAGE)).await {
                Ok(Value::Array(found)) => found,
                Ok(_) => return,
                Err(failure) => {
                    tracing::warn!(%channel, %failure, "what was missed could not be fetched yet");
                    return self.look_again(&failure);
                }
            };
            // Discord answers with the newest first.
            for message in found.iter().rev() {
                self.on_message(message).await;
            }
            let newest = found.first().and_then(|message| message["id"].as_str()?.parse().ok());
            match newest {
                Some(newest) if found.len() == usize::from(PAGE) => after = newest,
                _ => return,
            }
        }
        tracing::warn!(%channel, "more than {} messages were missed; the rest stays on Discord", PAGES * usize::from(PAGE));
    }
}
