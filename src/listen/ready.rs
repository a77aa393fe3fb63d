//! The beginning of a session: which server, which commands, and everything that was left undone. It comes again after
//! every lost session, so each step may be repeated.

use std::collections::BTreeSet;

use serde_json::Value;

use super::DiscordInbound;
use crate::chat::discord::{
    client::{
        gateway::Link,
        routes,
        snowflake::{ApplicationId, GuildId, UserId},
    },
    wire::{registration, registration::REGISTERED},
};

impl DiscordInbound {
    /// A session has begun.
    pub(super) async fn on_ready(&self, data: &Value) {
        let application = read(&data["application"]["id"]).map(ApplicationId);
        let me = read(&data["user"]["id"]).map(UserId);
        let guilds: BTreeSet<GuildId> = data["guilds"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .filter_map(|guild| read(&guild["id"]).map(GuildId))
            .collect();
        if self.discord.standing().link() == Link::Ready {
            // The last session was lost so shortly that nobody noticed; what was said meanwhile is fetched all the same.
            self.stands(Link::Lost("a new session begins".to_owned()));
        }
        self.know(|home| (home.application, home.me, home.guilds) = (application, me, guilds));
        match self.choose() {
            Ok(guild) => self.serve(guild).await,
            Err(why) => self.serve_none(why).await,
        }
    }

    /// There is no server to serve. The console goes on, and people are told there.
    async fn serve_none(&self, why: String) {
        tracing::error!("{why}");
        self.know(|home| home.guild = None);
        self.discord.leave();
        self.stands(Link::Stopped(why.clone()));
        self.tell(Some(why)).await;
    }

    /// Tells people that Discord is out of reach for a reason that they can mend, or that it is there again.
    async fn tell(&self, why: Option<String>) {
        if let Err(error) = self.app.note_discord(why).await {
            tracing::warn!(%error, "people could not be told how it stands with Discord");
        }
    }

    /// Tells people when the server has no room left for channels, or soon has none.
    pub(super) async fn tell_space(&self) {
        let Some(used) = self.discord.used() else { return };
        if let Err(error) = self.app.note_space(used).await {
            tracing::warn!(%error, "people could not be told how full the Discord server is");
        }
    }

    /// The bot was removed from a server, or Discord cannot reach the server.
    pub(super) async fn on_guild_gone(&self, data: &Value) {
        let Some(guild) = read(&data["id"]).map(GuildId) else { return };
        let unavailable = data["unavailable"] == true;
        if !unavailable {
            self.know(|home| {
                home.guilds.remove(&guild);
            });
        }
        if self.home().guild != Some(guild) {
            return;
        }
        if unavailable {
            self.discord.leave();
            return self.stands(Link::Lost("Discord cannot reach the server at present".to_owned()));
        }
        self.serve_none(
            "the bot was removed from the server; invite it again by the link of `hotroom check`".to_owned(),
        )
        .await;
    }

    /// The server to serve: the one that is set, or the only one.
    fn choose(&self) -> Result<GuildId, String> {
        let config = self.app.config.current();
        let wanted = config.chat.discord.as_ref().and_then(|settings| settings.guild);
        let guilds: Vec<GuildId> = self.home().guilds.into_iter().collect();
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
        self.know(|home| home.guild = Some(guild));
        self.discord.serve(guild);
        self.stands(Link::Ready);
        self.tell(None).await;
        tracing::info!(%guild, "connected to Discord");
        self.register(guild).await;
        self.discord.count_channels().await;
        self.tell_space().await;
        self.answer_the_rest().await;
        self.fill_gaps().await;
        self.look_back().await;
        let now = self.app.clock.now();
        if let Err(error) = self.app.store.transact_urgent(move |tx| tx.retry_now("mirror/", now)).await {
            tracing::warn!(%error, "what waits for Discord could not be hurried; it goes out at its next try");
        }
    }

    /// A server came into sight: at the beginning, or because the bot was invited.
    pub(super) async fn on_guild(&self, data: &Value) {
        let Some(guild) = read(&data["id"]).map(GuildId) else { return };
        self.know(|home| {
            home.guilds.insert(guild);
        });
        let again = self.home().guild == Some(guild) && self.discord.is_away();
        if again || self.home().guild.is_none() && self.choose() == Ok(guild) {
            self.serve(guild).await;
        }
        if self.home().guild == Some(guild) {
            let owner = read(&data["owner_id"]).map(UserId);
            self.know(|home| home.owner = owner);
        }
    }

    /// Registers the commands, if they are not those that were registered last.
    async fn register(&self, guild: GuildId) {
        let Some(application) = self.home().application else { return };
        let commands = registration::commands(&self.app.catalog);
        let registered = format!("{application}/{guild}/{}", registration::digest(&commands));
        let known = self.app.store.read(|reads| reads.meta(REGISTERED)).await.ok().flatten();
        if known.as_ref() == Some(&registered) {
            return;
        }
        if let Err(failure) = self.discord.rest().call(routes::set_commands(application, guild, &commands)).await {
            return tracing::error!(%failure, "the slash commands could not be registered; /incident is not offered yet");
        }
        let keep = self.app.store.transact_urgent(move |tx| tx.set_meta(REGISTERED, Some(&registered)));
        if let Err(error) = keep.await {
            tracing::warn!(%error, "the commands are registered again at the next start");
        }
    }
}

fn read(value: &Value) -> Option<crate::chat::discord::client::snowflake::Snowflake> {
    value.as_str()?.parse().ok()
}
