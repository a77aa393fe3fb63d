//! Marks that people set on messages: 📌 or a pin puts one on the timeline, 📣 offers it as an update.

use serde_json::Value;

use super::{
    DiscordInbound,
    messages::{cut, id, ids, with_people, words},
};
use crate::{
    chat::{
        Inbound, ReplyOutcome, Said,
        discord::{
            client::{
                rest::DISCORD,
                routes,
                snowflake::{ChannelId, MessageId, RoleId, UserId},
            },
            wire::interaction::Account,
        },
    },
    config::Config,
    domain::{incident::ChatMessage, people::Person},
};

/// The mark that says that it was taken.
const TAKEN: &str = "✅";

/// What a mark asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Put the message on the timeline.
    Timeline,
    /// Offer it as an update.
    Update,
}

impl Mark {
    /// All of them.
    pub(super) const ALL: [Self; 2] = [Self::Timeline, Self::Update];

    /// The reaction that asks for it.
    pub(super) fn emoji(self) -> &'static str {
        match self {
            Self::Timeline => "📌",
            Self::Update => "📣",
        }
    }

    fn of(emoji: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.emoji() == emoji)
    }

    /// The name of its deliveries: a message is taken once, whoever else marks it.
    fn delivery(self, message: MessageId) -> String {
        match self {
            Self::Timeline => format!("pin-{message}"),
            Self::Update => format!("draft-{message}"),
        }
    }

    fn said(self, at: String, text: String) -> Said {
        let (command, options) = match self {
            Self::Timeline => ("incident timeline", vec![("at", at), ("text", text)]),
            Self::Update => ("incident update", vec![("text", text)]),
        };
        let options = options.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
        Said::Options { command: command.to_owned(), options, version: None }
    }
}

impl DiscordInbound {
    /// A reaction was set.
    pub(super) fn on_reaction(&self, data: &Value) {
        let Some(mark) = data["emoji"]["name"].as_str().and_then(Mark::of) else { return };
        let (Some(message), Some(channel), Some(user)) =
            (id(&data["message_id"]), id(&data["channel_id"]), id(&data["user_id"]))
        else {
            return;
        };
        let account = account(UserId(user), &data["member"]);
        if self.home().me != Some(account.id) && !account.bot {
            self.begin_mark(mark, (ChannelId(channel), MessageId(message)), &account);
        }
    }

    /// Takes a mark in, in a task of its own: what hangs on the message may take a while to come.
    pub(super) fn begin_mark(&self, mark: Mark, place: (ChannelId, MessageId), account: &Account) {
        let (listener, account) = (self.clone(), account.clone());
        tokio::spawn(async move {
            let Ok(_slot) = listener.slots.acquire().await else { return };
            listener.mark(mark, place, &account).await;
        });
    }

    pub(super) async fn mark(&self, mark: Mark, (channel, message): (ChannelId, MessageId), account: &Account) {
        let known = self.app.is_marked(&message.to_string(), mark == Mark::Update).await;
        if self.room(channel).await.is_none() || known.unwrap_or_default() {
            return;
        }
        let fetched = match self.discord.rest().call(routes::message(channel, message)).await {
            Ok(fetched) => fetched,
            Err(failure) => return tracing::warn!(%message, %failure, "a marked message could not be read"),
        };
        let Ok(person) = self.person(&self.app.config.current(), account).await else { return };
        let Some(inbound) = self.marked(mark, &fetched, person).await else { return };
        match self.app.on_command(inbound).await {
            Ok(reply) if reply.outcome == ReplyOutcome::Done => {
                let marked = self.discord.rest().call(routes::react(channel, message, TAKEN)).await;
                if let Err(failure) = marked {
                    tracing::debug!(%message, %failure, "what was put on the timeline could not be marked");
                }
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%message, %error, "a marked message could not be taken in"),
        }
    }

    async fn marked(&self, mark: Mark, message: &Value, person: Person) -> Option<Inbound> {
        let (id, channel) = (MessageId(id(&message["id"])?), ChannelId(id(&message["channel_id"])?));
        let delivery = mark.delivery(id);
        Some(Inbound {
            source: "discord",
            request: format!("discord-{delivery}"),
            delivery,
            actor: person.id.clone(),
            guest: Some(person),
            room: self.room(channel).await,
            said: mark.said(id.0.time().to_rfc3339(), said(message, &self.app.config.current())),
            about: self.about(message).await.map(Box::new),
        })
    }

    /// A message with what hangs on it, copied.
    pub(super) async fn about(&self, message: &Value) -> Option<ChatMessage> {
        let (id, channel) = (id(&message["id"])?, id(&message["channel_id"])?);
        let ours = self.home().me.map(|me| me.to_string());
        let by_us = ours.is_some() && message["author"]["id"].as_str() == ours.as_deref();
        // What someone said in the console stands on Discord under the bot's name, with theirs above it.
        let speaker = message["embeds"][0]["title"].as_str().filter(|_| by_us);
        let author = speaker.or_else(|| message["author"]["username"].as_str()).unwrap_or("someone").to_owned();
        let link = self.home().guild.map(|guild| format!("{DISCORD}/channels/{guild}/{channel}/{id}"));
        Some(ChatMessage { id: id.to_string(), author, link, files: self.files(message).await })
    }

    /// What became of a message that may stand on a timeline.
    pub(super) async fn follow(&self, message: MessageId, (author, text): (String, Option<String>)) {
        let changed = self.app.on_message_changed(message.to_string(), (author, text), message.0.time());
        if let Err(error) = changed.await {
            tracing::warn!(%message, %error, "a change of a message on the timeline could not be taken in");
        }
    }
}

/// The account of a member, as reactions tell of it.
fn account(id: UserId, member: &Value) -> Account {
    let roles = ids(&member["roles"]).into_iter().map(RoleId).collect();
    let name = member["user"]["username"].as_str().unwrap_or("someone").to_owned();
    Account { id, name, roles, bot: member["user"]["bot"] == true }
}

/// What a message says, as the record keeps it: one that is nothing but files says their names.
pub(super) fn said(message: &Value, config: &Config) -> String {
    let text = cut(&with_people(&words(message), config));
    if !text.trim().is_empty() {
        return text;
    }
    let files = message["attachments"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names: Vec<&str> = files.iter().filter_map(|file| file["filename"].as_str()).collect();
    cut(&names.join(", "))
}
