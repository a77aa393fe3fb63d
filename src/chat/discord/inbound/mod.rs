//! Receives Discord gateway events and turns them into commands, chat messages and alerts.
//!
//! Events come through one bounded queue. Interactions come first: they are stored before they are acknowledged, and each
//! runs in its own task, because Discord waits three seconds. Other events are processed one after the other, so that a
//! room keeps its order. After every gap the missed messages are fetched, beside the events that arrive meanwhile.

mod accounts;
mod alerts;
mod attachments;
mod catch_up;
mod connection;
mod gaps;
mod interactions;
mod messages;
mod reactions;
mod responses;
mod session;
mod text;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;

use super::{
    Discord,
    client::{
        gateway::{GatewayEvent, Link},
        snowflake::{ApplicationId, GuildId, UserId},
    },
    platform,
};
use crate::chat::{bot::Bot, inbound::InboundCore};

/// Receives events from Discord.
#[derive(Clone)]
pub struct DiscordInbound {
    pub(in crate::chat) core: Arc<InboundCore>,
    discord: Arc<Discord>,
    guild: Arc<Mutex<GuildState>>,
    wanted: Arc<Mutex<CatchUp>>,
}

/// What is to be caught up with, besides missed messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct CatchUp {
    /// Find missed edits, deletions and reactions.
    changes: bool,
    /// Begin a session with this guild first.
    session: Option<GuildId>,
}

/// The served guild and the bot's own identity, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct GuildState {
    served: Option<GuildId>,
    /// All guilds of the bot.
    guilds: BTreeSet<GuildId>,
    owner: Option<UserId>,
    application: Option<ApplicationId>,
    /// The bot's own account.
    me: Option<UserId>,
}

impl DiscordInbound {
    /// Creates the inbound half for a bot.
    pub fn new(bot: Arc<dyn Bot>, discord: Arc<Discord>) -> Self {
        let (store, config) = (discord.store.clone(), discord.config.clone());
        let core = Arc::new(InboundCore::new(platform(), bot, store, config));
        Self { core, discord, guild: Arc::default(), wanted: Arc::default() }
    }

    fn guild(&self) -> GuildState {
        self.guild.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn update_guild(&self, update: impl FnOnce(&mut GuildState)) {
        update(&mut self.guild.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Processes an event, and fetches what was missed, as `connection` does beside the events.
    #[cfg(test)]
    pub(in crate::chat) async fn receive(&self, event: GatewayEvent) {
        self.process(event).await;
        self.catch_up_now().await;
    }

    /// Processes an event. A failure affects only this event.
    async fn process(&self, event: GatewayEvent) {
        let (name, data) = match event {
            GatewayEvent::Gap => return self.catch_up_later(None),
            GatewayEvent::Connected(_) => return,
            GatewayEvent::Dispatch { name, data } => (name, data),
        };
        match name.as_str() {
            "READY" => self.on_ready(&data).await,
            "RESUMED" => self.on_resumed(),
            "GUILD_CREATE" => self.on_guild(&data).await,
            "GUILD_DELETE" => self.on_guild_gone(&data).await,
            "INTERACTION_CREATE" => self.spawn_interaction(data, true),
            "MESSAGE_CREATE" => self.on_message(&data).await,
            "MESSAGE_UPDATE" => self.on_edit(&data).await,
            "MESSAGE_DELETE" => self.on_delete(&data).await,
            "MESSAGE_DELETE_BULK" => self.on_bulk_delete(&data).await,
            "MESSAGE_REACTION_ADD" => self.on_reaction(&data),
            "CHANNEL_DELETE" | "THREAD_DELETE" => self.on_channel_gone(&data).await,
            "THREAD_UPDATE" => self.on_thread(&data).await,
            _ => {}
        }
    }

    fn set_link(&self, link: Link) {
        self.discord.standing().set(link, self.core.bot.now());
    }

    /// Processes an interaction in its own task.
    fn spawn_interaction(&self, data: Value, fresh: bool) {
        let inbound = self.clone();
        tokio::spawn(async move {
            let Ok(_slot) = Arc::clone(&inbound.core.slots).acquire_owned().await else { return };
            inbound.on_interaction(data, fresh).await;
        });
    }
}
