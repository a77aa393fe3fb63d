//! What was written while nobody listened: fetched after every beginning of a session, and after an overflow.

use serde_json::Value;

use super::Listener;
use crate::chat::discord::{
    routes,
    snowflake::{ChannelId, MessageId, Snowflake},
};

/// How many messages one call brings, and how many calls are made for one channel.
const PAGE: u8 = 100;
const PAGES: usize = 20;

impl Listener {
    /// Fetches what was missed in every mirrored channel. Taking a message in twice changes nothing.
    pub(super) async fn fill_gaps(&self) {
        let channels = match self.discord.channels().await {
            Ok(channels) => channels,
            Err(error) => return tracing::warn!(%error, "what was missed on Discord could not be fetched"),
        };
        for channel in channels {
            self.fill_gap(channel).await;
        }
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
                Err(failure) => return tracing::warn!(%channel, %failure, "what was missed could not be fetched"),
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
