//! What people write: talk in a mirrored room becomes talk here, an edit follows, a pin mark puts it on the timeline.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    DiscordInbound,
    marks::{self, Mark},
};
use crate::{
    chat::{
        builtin::{BuiltinChat, MOST_TALK, Talk},
        discord::{
            client::snowflake::{ChannelId, MessageId, RoleId, Snowflake, UserId},
            watch,
            wire::interaction::Account,
        },
    },
    config::Config,
    domain::{
        ids::{PersonId, RoomId},
        text::Untrusted,
    },
};

/// Discord's kind of the message that says that someone has pinned another (docs.discord.com, Message Types).
const PINNED: u64 = 6;

/// A message as far as it matters here.
struct Written<'a> {
    id: MessageId,
    channel: ChannelId,
    author: Option<Account>,
    data: &'a Value,
}

impl DiscordInbound {
    /// A message was written. Ours and other bots' are not talk; those of monitoring are alerts.
    pub(super) async fn on_message(&self, data: &Value) {
        let Some(written) = read(data) else { return };
        let (room, taken) = (self.room(written.channel).await, self.take_alert(written.channel, data).await);
        if !taken || (room.is_none() && !self.watched().contains(&written.channel)) {
            return;
        }
        if let (Some(account), Some(room)) = (&written.author, room)
            && !account.bot
        {
            match pinned(data) {
                Some(message) => self.begin_mark(Mark::Timeline, (written.channel, message), account),
                None => self.take_talk(&written, account, room).await,
            }
        }
        let (channel, message) = (written.channel.0.get(), written.id.0.get());
        if let Err(error) = self.app.store.transact_urgent(move |tx| tx.channel_read(channel, message)).await {
            tracing::warn!(%error, "how far a channel was read could not be noted");
        }
    }

    async fn take_talk(&self, written: &Written<'_>, account: &Account, room: RoomId) {
        let config = self.app.config.current();
        let person = match self.person(&config, account).await {
            Ok(person) => person,
            Err(error) => return tracing::warn!(message = %written.id, %error, "a message could not be taken in"),
        };
        let text = cut(&with_people(&with_attachments(written.data), &config));
        let (known, delivery) = (known(&config), format!("discord-{}", written.id));
        let talk = Talk { room, person: person.id, text: Untrusted::new(text), delivery, known };
        let at = written.id.0.time();
        match BuiltinChat::new(self.app.store.clone()).hear(talk, written.id.0.get(), at).await {
            Ok(Ok(_)) => {}
            Ok(Err(refusal)) => tracing::debug!(message = %written.id, %refusal, "a message was not taken in"),
            Err(error) => tracing::warn!(message = %written.id, %error, "a message could not be taken in"),
        }
    }

    /// A message was edited, or Discord added a preview to it.
    pub(super) async fn on_edit(&self, data: &Value) {
        let Some(written) = read(data) else { return };
        if watch::edited(data).is_some() {
            self.take_alert(written.channel, data).await;
        }
        if data.get("content").is_none() || written.author.as_ref().is_some_and(|author| author.bot) {
            return;
        }
        let config = self.app.config.current();
        let text = cut(&with_people(&with_attachments(data), &config));
        self.correct(written.id, (Untrusted::new(text), known(&config))).await;
        if watch::edited(data).is_some() {
            let author = written.author.map(|author| author.name).unwrap_or_default();
            self.follow(written.id, (author, Some(marks::said(data, &config)))).await;
        }
    }

    /// Many messages were deleted at once.
    pub(super) async fn on_bulk_delete(&self, data: &Value) {
        for id in ids(&data["ids"]) {
            self.gone(MessageId(id)).await;
        }
    }

    /// A message was deleted: it says nothing any more, but that something was said stays.
    pub(super) async fn on_delete(&self, data: &Value) {
        if let Some(id) = id(&data["id"]) {
            self.gone(MessageId(id)).await;
        }
    }

    pub(super) async fn gone(&self, message: MessageId) {
        self.correct(message, (Untrusted::new(String::new()), BTreeSet::new())).await;
        self.follow(message, (String::new(), None)).await;
    }

    async fn correct(&self, message: MessageId, said: (Untrusted, BTreeSet<PersonId>)) {
        let chat = BuiltinChat::new(self.app.store.clone());
        if let Err(error) = chat.correct(message.0.get(), said, self.app.clock.now()).await {
            tracing::warn!(%message, %error, "an edit could not be taken in");
        }
    }

    /// A channel of ours was deleted by hand: it is forgotten, and made again if its room still needs one.
    pub(super) async fn on_channel_gone(&self, data: &Value) {
        if let Some(channel) = id(&data["id"]) {
            self.discord.channel_gone(ChannelId(channel), self.app.clock.now()).await;
        }
    }

    /// A thread was changed: one that was put away without being shut comes back while its room is open.
    pub(super) async fn on_thread(&self, data: &Value) {
        let put_away = data["thread_metadata"]["archived"] == true && data["thread_metadata"]["locked"] != true;
        if let Some(thread) = id(&data["id"]).filter(|_| put_away) {
            self.discord.thread_put_away(ChannelId(thread)).await;
        }
    }

    pub(super) async fn room(&self, channel: ChannelId) -> Option<RoomId> {
        self.discord.room_of(channel).await.ok().flatten()
    }
}

fn read(data: &Value) -> Option<Written<'_>> {
    let (id, channel) = (id(&data["id"])?, self::id(&data["channel_id"])?);
    Some(Written { id: MessageId(id), channel: ChannelId(channel), author: author(data), data })
}

/// The message that was pinned, when this one says that.
fn pinned(data: &Value) -> Option<MessageId> {
    let says = data["type"].as_u64() == Some(PINNED);
    id(&data["message_reference"]["message_id"]).filter(|_| says).map(MessageId)
}

fn author(data: &Value) -> Option<Account> {
    let author = data.get("author")?;
    let roles = ids(&data["member"]["roles"]).into_iter().map(RoleId).collect();
    let machine = author["bot"] == true || data.get("webhook_id").is_some_and(|id| !id.is_null());
    let name = author["username"].as_str().unwrap_or_default().to_owned();
    Some(Account { id: UserId(id(&author["id"])?), name, roles, bot: machine })
}

pub(super) fn id(value: &Value) -> Option<Snowflake> {
    value.as_str()?.parse().ok()
}

pub(super) fn ids(value: &Value) -> Vec<Snowflake> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(id).collect()
}

fn known(config: &Config) -> BTreeSet<PersonId> {
    config.people.iter().map(|person| person.id.clone()).collect()
}

/// All words of a message: its text and its embeds.
pub(super) fn words(message: &Value) -> String {
    let embeds = message["embeds"].as_array().map(Vec::as_slice).unwrap_or_default().iter();
    let embedded = embeds.flat_map(|embed| [embed["title"].as_str(), embed["description"].as_str()]).flatten();
    let all: Vec<&str> = message["content"].as_str().into_iter().chain(embedded).filter(|t| !t.is_empty()).collect();
    all.join("\n")
}

/// The text of a message, with the addresses of what hangs on it.
fn with_attachments(message: &Value) -> String {
    let files = message["attachments"].as_array().map(Vec::as_slice).unwrap_or_default().iter();
    let addresses = files.filter_map(|file| file["url"].as_str());
    message["content"]
        .as_str()
        .into_iter()
        .filter(|text| !text.is_empty())
        .chain(addresses)
        .collect::<Vec<_>>()
        .join("\n")
}

/// A text in which each `<@123>` is the person of that account.
pub(super) fn with_people(text: &str, config: &Config) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("<@") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find('>').map_or(rest.len(), |end| end + 1);
        let account = rest[..end].trim_start_matches("<@").trim_start_matches('!').trim_end_matches('>').parse::<u64>();
        let person = account.ok().and_then(|id| config.people.iter().find(|person| person.discord == Some(id)));
        match person {
            Some(person) => {
                out.push('@');
                out.push_str(person.id.as_str());
                rest = &rest[end..];
            }
            None => {
                out.push_str("<@");
                rest = &rest[2..];
            }
        }
    }
    out.push_str(rest);
    out
}

pub(super) fn cut(text: &str) -> String {
    text.chars().take(MOST_TALK).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::from_text("bot.toml", "", [("HOTROOM_PEOPLE__BOB__DISCORD".to_owned(), "42".to_owned())]).unwrap()
    }

    #[test]
    fn mentions_become_people() {
        let config = config();
        assert_eq!(with_people("ask <@42> or <@!42>, not <@43> <@", &config), "ask @bob or @bob, not <@43> <@");
        assert_eq!(with_people("", &config), "");
    }

    #[test]
    fn a_message_is_its_text_and_its_embeds() {
        let message = serde_json::json!({
            "content": "", "embeds": [{ "title": "Down", "description": "web-1" }, { "fields": [] }],
        });
        assert_eq!(words(&message), "Down\nweb-1");
    }
}
