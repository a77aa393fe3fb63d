//! The start of a session: choose the guild, register the commands, resume unfinished work. It runs again after every
//! lost session, so each step may be repeated.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    DiscordInbound,
    text::{id, list},
};
use crate::chat::{
    bot::ChannelUsage,
    discord::{
        client::{
            gateway::Link,
            routes,
            snowflake::{ApplicationId, GuildId, UserId},
        },
        outbound::capacity::{MAX_CHANNELS, capacity, is_calm},
        platform,
        wire::{registration, registration::REGISTERED},
    },
};

impl DiscordInbound {
    pub(super) async fn on_ready(&self, data: &Value) {
        let application = id(&data["application"]["id"]).map(ApplicationId);
        let me = id(&data["user"]["id"]).map(UserId);
        let guilds: BTreeSet<GuildId> =
            list(&data["guilds"]).iter().filter_map(|guild| id(&guild["id"]).map(GuildId)).collect();
        if self.discord.standing().link() == Link::Ready {
            // The last session was lost too briefly to be noticed; the health page should still show the gap.
            self.set_link(Link::Lost("a new session begins".to_owned()));
        }
        self.update_guild(|state| (state.application, state.me, state.guilds) = (application, me, guilds));
        match self.choose_guild() {
            Ok(guild) => self.serve(guild).await,
            Err(reason) => self.serve_none(reason).await,
        }
    }

    /// Continues a session. A bot that served no guild before still serves none.
    pub(super) fn on_resumed(&self) {
        if self.guild().served.is_some() {
            self.set_link(Link::Ready);
        }
    }

    /// Serves no guild, and posts the reason in the console.
    async fn serve_none(&self, reason: String) {
        tracing::error!("{reason}");
        self.update_guild(|state| state.served = None);
        self.discord.leave();
        self.set_link(Link::Stopped(reason.clone()));
        if let Err(error) = self.core.bot.on_session_lost(platform(), reason).await {
            tracing::warn!(%error, "the notice that Discord is out of reach could not be stored");
        }
    }

    /// Notifies people if the guild has little or no capacity for more channels.
    pub(super) async fn report_capacity(&self) {
        let Some(used) = self.discord.used() else { return };
        let usage = ChannelUsage {
            platform: platform(),
            used,
            max: MAX_CHANNELS,
            capacity: capacity(used),
            is_calm: is_calm(used),
        };
        if let Err(error) = self.core.bot.on_capacity(usage).await {
            tracing::warn!(%error, "the notice of the Discord server's capacity could not be stored");
        }
    }

    /// Handles the removal from a guild, or a guild that Discord cannot reach.
    pub(super) async fn on_guild_gone(&self, data: &Value) {
        let Some(guild) = id(&data["id"]).map(GuildId) else { return };
        let unavailable = data["unavailable"] == true;
        if !unavailable {
            self.update_guild(|state| {
                state.guilds.remove(&guild);
            });
        }
        if self.guild().served != Some(guild) {
            return;
        }
        if unavailable {
            self.discord.leave();
            return self.set_link(Link::Lost("Discord cannot reach the server at present".to_owned()));
        }
        let reason = "the bot was removed from the server; invite it again by the link of `hotroom check`";
        self.serve_none(reason.to_owned()).await;
    }

    /// Returns the guild to serve: the configured one, or the only one.
    fn choose_guild(&self) -> Result<GuildId, String> {
        let config = self.core.config.current();
        let wanted = config.chat.discord.as_ref().and_then(|settings| settings.guild);
        let guilds: Vec<GuildId> = self.guild().guilds.into_iter().collect();
        match (wanted, guilds.as_slice()) {
            (Some(wanted), guilds) => guilds.iter().copied().find(|guild| guild.0.get() == wanted).ok_or_else(|| {
                format!("the bot is not on the server that [chat.discord] guild = \"{wanted}\" names; invite it there")
            }),
            (None, [only]) => Ok(*only),
            (None, []) => {
                Err("the bot is on no server yet: open the invite link that `hotroom check` prints".to_owned())
            }
            (None, [_, _, ..]) => {
                Err("the bot is on several servers; set [chat.discord] guild to the one to serve".to_owned())
            }
        }
    }

    async fn serve(&self, guild: GuildId) {
        self.update_guild(|state| state.served = Some(guild));
        self.discord.serve(guild);
        self.set_link(Link::Ready);
        if let Err(error) = self.core.bot.on_session_start(platform()).await {
            tracing::warn!(%error, "the notice that Discord is in reach again could not be stored");
        }
        tracing::info!(%guild, "connected to Discord");
        self.catch_up_later(Some(guild));
    }

    /// Does what a session begins with, the responses that people wait for first.
    pub(super) async fn begin_session(&self, guild: GuildId) {
        self.resume_interactions().await;
        self.register_commands(guild).await;
        self.discord.count_channels().await;
        self.report_capacity().await;
    }

    /// Makes deliveries due that wait for Discord.
    pub(super) async fn retry_deliveries(&self) {
        let now = self.core.bot.now();
        if let Err(error) = self.core.store.transact_urgent(move |tx| tx.retry_now("mirror/", now)).await {
            tracing::warn!(%error, "waiting deliveries to Discord keep their next scheduled try");
        }
    }

    /// Handles a guild that became visible: at startup, or because the bot was invited.
    pub(super) async fn on_guild(&self, data: &Value) {
        let Some(guild) = id(&data["id"]).map(GuildId) else { return };
        self.update_guild(|state| {
            state.guilds.insert(guild);
        });
        let again = self.guild().served == Some(guild) && self.discord.is_away();
        if again || self.guild().served.is_none() && self.choose_guild() == Ok(guild) {
            self.serve(guild).await;
        }
        if self.guild().served == Some(guild) {
            let owner = id(&data["owner_id"]).map(UserId);
            self.update_guild(|state| state.owner = owner);
        }
    }

    /// Registers the commands, unless the same ones are already registered.
    async fn register_commands(&self, guild: GuildId) {
        let Some(application) = self.guild().application else { return };
        let commands = registration::commands(self.core.bot.catalog());
        let registered = format!("{application}/{guild}/{}", registration::digest(&commands));
        let known = self.core.store.read(|reads| reads.meta(REGISTERED)).await.ok().flatten();
        if known.as_ref() == Some(&registered) {
            return;
        }
        if let Err(failure) = self.discord.rest().call(routes::set_commands(application, guild, &commands)).await {
            return tracing::error!(%failure, "the slash commands could not be registered; /incident is not offered yet");
        }
        let stored = self.core.store.transact_urgent(move |tx| tx.set_meta(REGISTERED, Some(&registered)));
        if let Err(error) = stored.await {
            tracing::warn!(%error, "the commands are registered again at the next start");
        }
    }
}
