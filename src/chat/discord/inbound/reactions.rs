//! Reactions to messages: 📌 or a pin puts a message on the timeline, 📣 offers it as an update.

use serde_json::Value;

use super::{
    DiscordInbound,
    text::{id, ids, timeline_text},
};
use crate::{
    chat::{
        CommandInput, Inbound,
        discord::{
            NAME,
            client::{
                rest::DISCORD,
                routes,
                snowflake::{ChannelId, MessageId, RoleId, UserId},
            },
            wire::interaction::Account,
        },
    },
    domain::{incident::ChatMessage, people::Person},
};

/// The reaction with which the bot confirms.
const CONFIRMED: &str = "✅";

/// What a reaction requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReactionKind {
    /// Put the message on the timeline.
    Timeline,
    /// Offer the message as an update.
    Update,
}

impl ReactionKind {
    pub(super) const ALL: [Self; 2] = [Self::Timeline, Self::Update];

    pub(super) fn emoji(self) -> &'static str {
        match self {
            Self::Timeline => "📌",
            Self::Update => "📣",
        }
    }

    fn from_emoji(emoji: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.emoji() == emoji)
    }

    /// Returns the delivery id: a message is recorded once, however many people react to it.
    fn delivery(self, message: MessageId) -> String {
        match self {
            Self::Timeline => format!("pin-{message}"),
            Self::Update => format!("draft-{message}"),
        }
    }

    fn command(self, at: String, text: String) -> CommandInput {
        let (command, options) = match self {
            Self::Timeline => ("incident timeline", vec![("at", at), ("text", text)]),
            Self::Update => ("incident update", vec![("text", text)]),
        };
        let options = options.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
        CommandInput::Options { command: command.to_owned(), options, version: None }
    }
}

impl DiscordInbound {
    pub(super) fn on_reaction(&self, data: &Value) {
        let Some(kind) = data["emoji"]["name"].as_str().and_then(ReactionKind::from_emoji) else { return };
        let (Some(message), Some(channel), Some(user)) =
            (id(&data["message_id"]), id(&data["channel_id"]), id(&data["user_id"]))
        else {
            return;
        };
        let account = member_account(UserId(user), &data["member"]);
        if self.guild().me != Some(account.id) && !account.bot {
            self.spawn_reaction(kind, ChannelId(channel), MessageId(message), &account);
        }
    }

    /// Processes a reaction in its own task, because copying attachments may take a while.
    pub(super) fn spawn_reaction(&self, kind: ReactionKind, channel: ChannelId, message: MessageId, account: &Account) {
        let (inbound, account) = (self.clone(), account.clone());
        tokio::spawn(async move {
            let Ok(_slot) = inbound.core.slots.acquire().await else { return };
            inbound.react(kind, channel, message, &account).await;
        });
    }

    pub(super) async fn react(&self, kind: ReactionKind, channel: ChannelId, message: MessageId, account: &Account) {
        let recorded = self.core.bot.is_recorded(message.to_string(), kind == ReactionKind::Update).await;
        if self.room(channel).await.is_none() || recorded.unwrap_or_default() {
            return;
        }
        let fetched = match self.discord.rest().call(routes::message(channel, message)).await {
            Ok(fetched) => fetched,
            Err(failure) => return tracing::warn!(%message, %failure, "a message with a reaction could not be fetched"),
        };
        let Ok(person) = self.person(&self.core.config.current(), account).await else { return };
        let Some(inbound) = self.reaction_command(kind, &fetched, person).await else { return };
        match self.core.bot.on_reaction(inbound).await {
            Ok(true) => {
                if let Err(failure) = self.discord.rest().call(routes::react(channel, message, CONFIRMED)).await {
                    tracing::debug!(%message, %failure, "a recorded message could not be confirmed by a reaction");
                }
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(%message, %error, "a message with a reaction could not be recorded"),
        }
    }

    async fn reaction_command(&self, kind: ReactionKind, message: &Value, person: Person) -> Option<Inbound> {
        let (id, channel) = (MessageId(id(&message["id"])?), ChannelId(id(&message["channel_id"])?));
        let delivery = kind.delivery(id);
        Some(Inbound {
            source: NAME,
            request: format!("discord-{delivery}"),
            delivery,
            actor: person.id.clone(),
            guest: Some(person),
            room: self.room(channel).await,
            said: kind.command(id.0.time().to_rfc3339(), timeline_text(message, &self.core.config.current())),
            about: self.chat_message(message).await.map(Box::new),
        })
    }

    /// Returns a message with copies of its attachments.
    pub(super) async fn chat_message(&self, message: &Value) -> Option<ChatMessage> {
        let (id, channel) = (id(&message["id"])?, id(&message["channel_id"])?);
        let me = self.guild().me.map(|me| me.to_string());
        let is_own = me.is_some() && message["author"]["id"].as_str() == me.as_deref();
        // For a message from the console, the bot's post has the author as its title.
        let console_author = if is_own { message["embeds"][0]["title"].as_str() } else { None };
        let author = console_author.or_else(|| message["author"]["username"].as_str()).unwrap_or("someone").to_owned();
        let link = self.guild().served.map(|guild| format!("{DISCORD}/channels/{guild}/{channel}/{id}"));
        Some(ChatMessage { id: id.to_string(), author, link, files: self.copy_attachments(message).await })
    }
}

/// Returns the account of a member as reactions contain it.
fn member_account(id: UserId, member: &Value) -> Account {
    let roles = ids(&member["roles"]).into_iter().map(RoleId).collect();
    let name = member["user"]["username"].as_str().unwrap_or("someone").to_owned();
    Account { id, name, roles, bot: member["user"]["bot"] == true }
}
