//! Stores messages of monitoring systems in watched channels. Each becomes a delivery of its source, and the router
//! processes it like a request to `/intake`.

use serde_json::Value;

use super::DiscordInbound;
use crate::{
    chat::{
        bot::MonitoringMessage,
        discord::{
            client::{
                routes,
                snowflake::{ChannelId, MessageId, Snowflake, UserId},
            },
            watch,
        },
    },
    config::Source,
};

impl DiscordInbound {
    /// Returns the channels that sources read.
    pub(super) fn watched(&self) -> Vec<ChannelId> {
        let config = self.core.config.current();
        let watches = config.sources.iter().filter(|source| source.is_watched()).filter_map(|one| one.discord.as_ref());
        let mut channels: Vec<u64> = watches.flat_map(|watch| watch.channels.iter().copied()).collect();
        channels.sort_unstable();
        channels.dedup();
        channels.into_iter().filter_map(Snowflake::new).map(ChannelId).collect()
    }

    /// Stores a message if a monitoring system sent it. False if that failed and the message must be fetched again
    /// after the next gap.
    pub(super) async fn take_alert(&self, channel: ChannelId, data: &Value) -> bool {
        if !self.watched().contains(&channel) {
            return true;
        }
        let Some(message) = self.whole(channel, data).await else { return true };
        let me = self.guild().me.map(|UserId(me)| me.get());
        let senders = watch::senders(&message);
        if senders.iter().any(|sender| Some(*sender) == me) {
            return true;
        }
        let (Some(delivery), kept) = (watch::delivery(&message), watch::kept(&message)) else { return true };
        let config = self.core.config.current();
        let accepts = |source: &&Source| {
            source.is_watched()
                && source.discord.as_ref().is_some_and(|watch| watch.reads(channel.0.get()) && watch.believes(&senders))
        };
        let mut done = true;
        for source in config.sources.iter().filter(accepts) {
            let (source, body) = (source.id.as_str().to_owned(), kept.to_string());
            done &= self.store_alert(MonitoringMessage { source, delivery: delivery.clone(), body }).await;
        }
        done
    }

    /// Returns a message with its full text. If it cannot be fetched, the event's own text is used.
    async fn whole(&self, channel: ChannelId, data: &Value) -> Option<Value> {
        if watch::is_whole(data) {
            return Some(data.clone());
        }
        let message = MessageId(Snowflake::new(watch::id(&data["id"])?)?);
        match self.discord.rest().call(routes::message(channel, message)).await {
            Ok(fetched) => Some(fetched),
            Err(failure) => {
                tracing::warn!(%message, %failure, "a monitoring message could not be fetched");
                Some(data.clone())
            }
        }
    }

    async fn store_alert(&self, message: MonitoringMessage) -> bool {
        let source = message.source.clone();
        let stored = self.core.bot.on_monitoring_message(message).await;
        match stored {
            Ok(_) => true,
            Err(error) => {
                tracing::error!(source, %error, "a monitoring message could not be stored");
                // One that fails for what is in it would fail again, and keep all later messages from being fetched.
                !error.is_transient()
            }
        }
    }
}
