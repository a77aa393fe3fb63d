//! Messages of monitoring in the channels that sources name: each is stored as a delivery of its source, and read by the
//! router as what is posted to `/intake` is.

use serde_json::Value;

use super::DiscordInbound;
use crate::{
    chat::discord::{
        client::{
            routes,
            snowflake::{ChannelId, MessageId, Snowflake, UserId},
        },
        watch,
    },
    config::Source,
    store::{Delivery, ReceiveResult, Sender},
};

impl DiscordInbound {
    /// The channels that sources name.
    pub(super) fn watched(&self) -> Vec<ChannelId> {
        let config = self.app.config.current();
        let watches = config.sources.iter().filter(|source| source.is_watched()).filter_map(|one| one.discord.as_ref());
        let mut channels: Vec<u64> = watches.flat_map(|watch| watch.channels.iter().copied()).collect();
        channels.sort_unstable();
        channels.dedup();
        channels.into_iter().filter_map(Snowflake::new).map(ChannelId).collect()
    }

    /// Takes a message in, if it is one of monitoring. Tells whether that is done; else it is heard again after the next
    /// gap.
    pub(super) async fn take_alert(&self, channel: ChannelId, data: &Value) -> bool {
        if !self.watched().contains(&channel) {
            return true;
        }
        let Some(message) = self.whole(channel, data).await else { return true };
        let me = self.home().me.map(|UserId(me)| me.get());
        let senders = watch::senders(&message);
        if senders.iter().any(|sender| Some(*sender) == me) {
            return true;
        }
        let (Some(delivery), kept) = (watch::delivery(&message), watch::kept(&message)) else { return true };
        let config = self.app.config.current();
        let believed = |source: &&Source| {
            let watch = source.discord.as_ref().filter(|_| source.is_watched());
            watch.is_some_and(|watch| watch.reads(channel.0.get()) && watch.believes(&senders))
        };
        let mut done = true;
        for source in config.sources.iter().filter(believed) {
            done &= self.deliver(source.id.as_str().to_owned(), delivery.clone(), kept.to_string()).await;
        }
        done
    }

    /// The message with all of its words. One that cannot be fetched is taken as far as it was told.
    async fn whole(&self, channel: ChannelId, data: &Value) -> Option<Value> {
        if watch::is_whole(data) {
            return Some(data.clone());
        }
        let message = MessageId(Snowflake::new(watch::id(&data["id"])?)?);
        match self.discord.rest().call(routes::message(channel, message)).await {
            Ok(fetched) => Some(fetched),
            Err(failure) => {
                tracing::warn!(%message, %failure, "a message of monitoring could not be fetched");
                Some(data.clone())
            }
        }
    }

    async fn deliver(&self, source: String, delivery: String, body: String) -> bool {
        let (at, name) = (self.app.clock.now(), source.clone());
        let stored = self.app.store.transact_urgent(move |tx| {
            let sender = Sender::Source(&source);
            tx.receive(&Delivery { sender, delivery: Some(delivery.clone()), at, body: body.as_bytes() })
        });
        match stored.await {
            Ok(ReceiveResult::New(_)) => self.app.deliveries.notify_one(),
            Ok(ReceiveResult::Repeat { .. } | ReceiveResult::Mismatch { .. }) => {}
            Err(error) => {
                tracing::error!(source = name, %error, "a message of monitoring could not be stored");
                return false;
            }
        }
        true
    }
}
