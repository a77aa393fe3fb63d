//! Messages that people write, edit and delete, and the channels they use.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    DiscordInbound,
    gaps::WAIT,
    reactions::ReactionKind,
    text::{id, ids, room_text, timeline_text},
};
use crate::{
    chat::{
        bot::{MessageEdit, PlatformMessage, TimelineEdit},
        builtin::{Talk, TalkOrigin},
        discord::{
            client::snowflake::{ChannelId, MessageId, RoleId, UserId},
            platform, watch,
            wire::interaction::Account,
        },
    },
    config::Config,
    domain::{
        ids::{PersonId, RoomId},
        text::Untrusted,
    },
    store::StoreError,
};

/// Discord's type of the message that announces a pin (docs.discord.com, Message Types).
const PIN_ANNOUNCEMENT: u64 = 6;

/// A message, parsed as far as this module needs it.
struct ReceivedMessage<'a> {
    id: MessageId,
    channel: ChannelId,
    author: Option<Account>,
    data: &'a Value,
}

impl DiscordInbound {
    /// Processes a message that has just arrived. If it could not be stored it is fetched again soon.
    pub(super) async fn on_message(&self, data: &Value) {
        let Some(message) = parse(data) else { return };
        let (channel, position) = (message.channel.to_platform(), message.id.position());
        match self.take(&message).await {
            Acceptance::Stored => self.core.advance_live_cursor(channel, position).await,
            Acceptance::Ignored => {}
            Acceptance::NotStored => {
                self.core.gaps.open(&channel);
                self.fill_gaps_later(WAIT);
            }
        }
    }

    /// Processes a message that was fetched. False if it could not be stored.
    pub(super) async fn on_fetched_message(&self, data: &Value) -> bool {
        let Some(message) = parse(data) else { return true };
        let (channel, position) = (message.channel.to_platform(), message.id.position());
        let taken = self.take(&message).await;
        if taken == Acceptance::Stored {
            self.core.advance_cursor(channel, position).await;
        }
        taken != Acceptance::NotStored
    }

    /// Stores a message. Messages of bots are not chat messages; those of monitoring systems are alerts.
    async fn take(&self, message: &ReceivedMessage<'_>) -> Acceptance {
        let data = message.data;
        let Ok(room) = self.discord.room_of(message.channel).await else { return Acceptance::NotStored };
        if !self.take_alert(message.channel, data).await {
            return Acceptance::NotStored;
        }
        if room.is_none() && !self.watched().contains(&message.channel) {
            return Acceptance::Ignored;
        }
        if let (Some(account), Some(room)) = (&message.author, room)
            && !account.bot
        {
            match pinned_message(data) {
                Some(pinned) => self.spawn_reaction(ReactionKind::Timeline, message.channel, pinned, account),
                None => return self.take_talk(message, account, room).await,
            }
        }
        Acceptance::Stored
    }

    async fn take_talk(&self, message: &ReceivedMessage<'_>, account: &Account, room: RoomId) -> Acceptance {
        let config = self.core.config.current();
        let person = match self.person(&config, account).await {
            Ok(person) => person,
            Err(error) => return not_stored(message, &error),
        };
        let (text, delivery) = (Untrusted::new(room_text(message.data, &config)), format!("discord-{}", message.id));
        let talk = Talk { room, person: person.id, text, delivery, known: known_people(&config) };
        let origin = TalkOrigin { platform: platform(), position: message.id.position() };
        match self.core.bot.on_message(PlatformMessage { talk, origin }).await {
            Ok(()) => {
                self.copy_message_files(message.id, message.data);
                Acceptance::Stored
            }
            Err(error) => not_stored(message, &error),
        }
    }

    /// Processes an edit. Discord also sends one when it adds a link preview.
    pub(super) async fn on_edit(&self, data: &Value) {
        let Some(message) = parse(data) else { return };
        let edited = watch::edited(data).is_some();
        if edited {
            self.take_alert(message.channel, data).await;
        }
        if data.get("content").is_none() || message.author.as_ref().is_some_and(|author| author.bot) {
            return;
        }
        let config = self.core.config.current();
        let author = message.author.map(|author| author.name).unwrap_or_default();
        let timeline = edited.then(|| TimelineEdit { author, text: Some(timeline_text(data, &config)) });
        let (text, known) = (Untrusted::new(room_text(data, &config)), known_people(&config));
        let origin = TalkOrigin { platform: platform(), position: message.id.position() };
        self.edit(MessageEdit { origin, text, known, timeline }).await;
    }

    pub(super) async fn on_bulk_delete(&self, data: &Value) {
        for id in ids(&data["ids"]) {
            self.deleted(MessageId(id)).await;
        }
    }

    pub(super) async fn on_delete(&self, data: &Value) {
        if let Some(id) = id(&data["id"]) {
            self.deleted(MessageId(id)).await;
        }
    }

    /// Processes the deletion of a message: its text is removed, and the message remains without it.
    pub(super) async fn deleted(&self, message: MessageId) {
        let (text, known) = (Untrusted::new(String::new()), BTreeSet::new());
        let timeline = Some(TimelineEdit::default());
        let origin = TalkOrigin { platform: platform(), position: message.position() };
        self.edit(MessageEdit { origin, text, known, timeline }).await;
    }

    async fn edit(&self, edit: MessageEdit) {
        let message = edit.origin.position.message.clone();
        if let Err(error) = self.core.bot.on_message_edit(edit).await {
            tracing::warn!(%message, %error, "an edit could not be taken in");
        }
    }

    /// Forgets a channel that was deleted manually. It is created again if its room still needs one.
    pub(super) async fn on_channel_gone(&self, data: &Value) {
        if let Some(channel) = id(&data["id"]) {
            self.discord.forget_channel(ChannelId(channel), self.core.bot.now()).await;
        }
    }

    /// Reopens a thread that was archived without being locked, if its room is open.
    pub(super) async fn on_thread(&self, data: &Value) {
        let archived = data["thread_metadata"]["archived"] == true && data["thread_metadata"]["locked"] != true;
        if let Some(thread) = id(&data["id"])
            && archived
        {
            self.discord.reopen_thread(ChannelId(thread)).await;
        }
    }

    pub(super) async fn room(&self, channel: ChannelId) -> Option<RoomId> {
        self.discord.room_of(channel).await.ok().flatten()
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Acceptance {
    /// It is stored, or there is nothing to store of it.
    Stored,
    /// Its channel is of no interest.
    Ignored,
    /// The store could not take it now.
    NotStored,
}

/// A failure that has nothing to do with the message passes; any other would come again, so the message is left out.
fn not_stored(message: &ReceivedMessage<'_>, error: &StoreError) -> Acceptance {
    tracing::warn!(message = %message.id, %error, "a message could not be taken in");
    if error.is_transient() { Acceptance::NotStored } else { Acceptance::Stored }
}

fn parse(data: &Value) -> Option<ReceivedMessage<'_>> {
    let (id, channel) = (id(&data["id"])?, id(&data["channel_id"])?);
    Some(ReceivedMessage { id: MessageId(id), channel: ChannelId(channel), author: author(data), data })
}

/// Returns the message whose pin this one announces.
fn pinned_message(data: &Value) -> Option<MessageId> {
    if data["type"].as_u64() != Some(PIN_ANNOUNCEMENT) {
        return None;
    }
    id(&data["message_reference"]["message_id"]).map(MessageId)
}

fn author(data: &Value) -> Option<Account> {
    let author = data.get("author")?;
    let roles = ids(&data["member"]["roles"]).into_iter().map(RoleId).collect();
    let machine = author["bot"] == true || data.get("webhook_id").is_some_and(|id| !id.is_null());
    let name = author["username"].as_str().unwrap_or_default().to_owned();
    Some(Account { id: UserId(id(&author["id"])?), name, roles, bot: machine })
}

fn known_people(config: &Config) -> BTreeSet<PersonId> {
    config.people.iter().map(|person| person.id.clone()).collect()
}
