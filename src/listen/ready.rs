//! The beginning of a session: which server, which commands, and everything that was left undone. It comes again after
//! every lost session, so each step may be repeated.

use serde_json::Value;

use super::{Home, Listener};
use crate::chat::discord::{
    gateway::Link,
    registration, routes,
    snowflake::{ApplicationId, GuildId, UserId},
};

/// The name under which the database keeps what was registered.
const REGISTERED: &str = "discord_commands";

impl Listener {
    /// A session has begun.
    pub(super) async fn on_ready(&self, data: &Value) {
        let application = read(&data["application"]["id"]).map(ApplicationId);
        let me = read(&data["user"]["id"]).map(UserId);
        let guilds: Vec<GuildId> = data["guilds"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .filter_map(|guild| read(&guild["id"]).map(GuildId))
            .collect();
        self.know(|home| (home.application, home.me) = (application, me));
        match self.choose(&guilds) {
            Ok(guild) => self.serve(guild).await,
            Err(why) => {
                tracing::error!("{why}");
                self.discord.standing().set(Link::Stopped(why));
            }
        }
    }

    /// The server to serve: the one that is set, or the only one.
    fn choose(&self, guilds: &[GuildId]) -> Result<GuildId, String> {
        let config = self.app.config.current();
        let wanted = config.chat.discord.as_ref().and_then(|settings| settings.guild);
        match (wanted, guilds) {
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
        self.discord.standing().set(Link::Ready);
        tracing::info!(%guild, "connected to Discord");
        self.register(guild).await;
        self.answer_the_rest().await;
        self.fill_gaps().await;
        let now = self.app.clock.now();
        if let Err(error) = self.app.store.transact_urgent(move |tx| tx.hurry("mirror/", now)).await {
            tracing::warn!(%error, "what waits for Discord could not be hurried; it goes out at its next try");
        }
    }

    /// A server came into sight: at the beginning, or because the bot was invited.
    pub(super) async fn on_guild(&self, data: &Value) {
        let Some(guild) = read(&data["id"]).map(GuildId) else { return };
        let Home { guild: served, .. } = self.home();
        if served.is_none() && self.choose(&[guild]).is_ok() {
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

fn read(value: &Value) -> Option<crate::chat::discord::snowflake::Snowflake> {
    value.as_str()?.parse().ok()
}
