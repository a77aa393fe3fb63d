//! Messages on Discord: each stands for one of ours, is sent once and edited to stay true.
//!
//! Before a message goes out the store notes that it is tried; when nobody knows what became of it, the channel is
//! searched for its mark before it is sent again. Discord's own guard (`nonce` with `enforce_nonce`) covers the few
//! minutes in which a message can be under way. It does not last, so the mark is the last line of the embed.

use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::Value;

use super::{Account, Discord, fingerprint, mark, rooms::of_store};
use crate::{
    chat::{
        Post, Tone,
        discord::{
            client::{
                rest::{DISCORD, Failure, TOO_MANY_EDITS},
                routes,
                snowflake::{ChannelId, GuildId, MessageId, Snowflake},
            },
            wire::{
                post,
                post::{Directory, Frame},
            },
        },
    },
    domain::{Timestamp, ids::RoomId},
    store::DiscordMessage,
};

/// Discord's code.
const UNKNOWN_MESSAGE: u64 = 10008;

/// Discord counts the edits of messages older than an hour more strictly and does not say how. From here on a message is
/// edited no oftener than every [`SLOW`], unless it says that all is well.
const OLD: TimeDelta = TimeDelta::minutes(55);
const SLOW: TimeDelta = TimeDelta::minutes(5);
/// How far our clock and Discord's may differ when a message is searched for.
pub(in crate::chat::discord) const SKEW: TimeDelta = TimeDelta::minutes(5);
/// How much is searched: pages of this many messages.
const PAGE: u8 = 100;
const PAGES: usize = 5;
/// How long a nonce may be.
const NONCE: usize = 25;

/// What a message is known by, in which room.
#[derive(Clone)]
pub(in crate::chat::discord) struct Known {
    pub(in crate::chat::discord) room: RoomId,
    pub(in crate::chat::discord) known_by: String,
    /// Whether it is edited to stay true.
    pub(in crate::chat::discord) lasting: bool,
}

impl Known {
    /// The name of the message of this round: the messages that stand for one of ours one after another are different.
    fn name(&self, round: u64) -> String {
        format!("{}/{}/{round}", self.room, self.known_by)
    }
}

#[derive(Deserialize)]
struct Sent {
    id: MessageId,
}

#[derive(Deserialize)]
struct Found {
    id: MessageId,
    author: Account,
    #[serde(default)]
    embeds: Vec<Value>,
}

/// A post on its way to a channel.
struct Says<'a> {
    known: &'a Known,
    channel: ChannelId,
    post: &'a Post,
    directory: &'a Directory,
    now: Timestamp,
}

impl Says<'_> {
    fn body(&self, row: &DiscordMessage, guild: GuildId) -> serde_json::Map<String, Value> {
        let mark = mark(&self.known.name(row.round));
        let before = row.instead_of.map(|id| format!("{DISCORD}/channels/{guild}/{}/{id}", self.channel));
        post::message(self.post, self.directory, Frame { mark: Some(&mark), instead_of: before.as_deref() })
    }

    /// A hash of what it says, whatever stands around it.
    fn applied(&self) -> String {
        fingerprint(&Value::Object(post::message(self.post, self.directory, Frame::default())).to_string())
    }

    /// How long an old message has to wait for its next edit.
    fn too_soon(&self, message: MessageId, row: &DiscordMessage) -> Option<Duration> {
        let since = self.now - row.edited_at?;
        let slow = self.now - message.0.time() >= OLD && self.post.tone != Tone::Good;
        (slow && since < SLOW).then(|| (SLOW - since).to_std().unwrap_or_default())
    }
}

impl Discord {
    /// Makes a message say this: sends it, or edits it.
    pub(in crate::chat::discord) async fn say(
        &self,
        known: Known,
        channel: ChannelId,
        post: &Post,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let directory = self.directory(post::names(post)).await?;
        let says = Says { known: &known, channel, post, directory: &directory, now };
        let (room, by) = (known.room.clone(), known.known_by.clone());
        let present = self.store.read(move |reads| reads.discord_message(&room, &by)).await.map_err(of_store)?;
        let Some(present) = present.filter(|present| present.channel == channel.0.get()) else {
            return self.send(&says, DiscordMessage { channel: channel.0.get(), ..DiscordMessage::default() }).await;
        };
        let Some(message) = present.message.and_then(Snowflake::new).map(MessageId) else {
            return self.send(&says, present).await;
        };
        if known.lasting && present.applied != says.applied() {
            return self.edit(&says, message, present).await;
        }
        self.pin_card(&says, message, present).await?;
        Ok(message.to_string())
    }

    /// Sends it, unless an earlier try turns out to have arrived.
    async fn send(&self, says: &Says<'_>, mut row: DiscordMessage) -> Result<String, Failure> {
        if let Some(tried_at) = row.tried_at
            && let Some(found) = self.find(says, tried_at, row.round).await?
        {
            return self.arrived(says, found, row).await;
        }
        row.tried_at = row.tried_at.or(Some(says.now));
        row.message = None;
        self.note(says, Some(row.clone())).await?;
        let mut body = says.body(&row, self.guild()?);
        let nonce = fingerprint(&format!("{}/{}", says.channel, says.known.name(row.round)))[..NONCE].to_owned();
        body.insert("nonce".into(), nonce.into());
        body.insert("enforce_nonce".into(), true.into());
        let critical = says.post.kind == "group" && says.post.tone == Tone::Critical;
        let create = routes::create_message(says.channel, &body).urgent(critical);
        let sent = self.rest.ask::<Sent>(create).await;
        match sent {
            Ok(sent) => self.arrived(says, sent.id, row).await,
            Err(Failure::Unknown(why)) => Err(Failure::Unknown(why)),
            Err(failure) => {
                // It is certain that it did not arrive. What came before it is kept.
                let keep = (row.round > 0).then_some(DiscordMessage { tried_at: None, ..row });
                self.note(says, keep).await?;
                self.or_forget(says.channel, Err(failure)).await
            }
        }
    }

    async fn arrived(&self, says: &Says<'_>, message: MessageId, row: DiscordMessage) -> Result<String, Failure> {
        let row = DiscordMessage {
            message: Some(message.0.get()),
            tried_at: None,
            edited_at: Some(says.now),
            applied: says.applied(),
            ..row
        };
        self.note(says, Some(row.clone())).await?;
        self.pin_card(says, message, row).await?;
        Ok(message.to_string())
    }

    async fn edit(&self, says: &Says<'_>, message: MessageId, row: DiscordMessage) -> Result<String, Failure> {
        if let Some(wait) = says.too_soon(message, &row) {
            let why = "a message older than an hour is edited slowly".to_owned();
            return Err(Failure::NotNow { after: Some(wait), why });
        }
        let body = says.body(&row, self.guild()?);
        let edited = self.rest.call(routes::edit_message(says.channel, message, &body)).await;
        let next = |instead_of| DiscordMessage {
            channel: row.channel,
            round: row.round + 1,
            instead_of,
            ..DiscordMessage::default()
        };
        match edited.as_ref().err().and_then(Failure::code) {
            Some(UNKNOWN_MESSAGE) => self.send(says, next(None)).await,
            Some(TOO_MANY_EDITS) if is_withdrawal(says.post) => {
                // What must not be read any more would stay to be read. The next try finds the message gone.
                let deleted = self.rest.call(routes::delete_message(says.channel, message)).await;
                match deleted {
                    Err(failure) if failure.code() != Some(UNKNOWN_MESSAGE) => Err(failure),
                    Ok(_) | Err(_) => self.send(says, next(None)).await,
                }
            }
            Some(TOO_MANY_EDITS) => self.send(says, next(Some(message.0.get()))).await,
            Some(_) | None => {
                self.or_forget(says.channel, edited).await?;
                self.arrived(says, message, row).await
            }
        }
    }

    /// Pins the card of a hot room. When that is not allowed the room goes on without, and people are told once.
    async fn pin_card(&self, says: &Says<'_>, message: MessageId, row: DiscordMessage) -> Result<(), Failure> {
        if says.post.kind != "card" || row.pinned {
            return Ok(());
        }
        match self.rest.call(routes::pin(says.channel, message).because("the card of the incident")).await {
            Err(Failure::Refused(refusal)) => {
                tracing::warn!(channel = %says.channel, %refusal, "the card cannot be pinned; the bot needs PIN_MESSAGES");
            }
            done => drop(done?),
        }
        self.note(says, Some(DiscordMessage { pinned: true, ..row })).await
    }

    async fn note(&self, says: &Says<'_>, row: Option<DiscordMessage>) -> Result<(), Failure> {
        let (room, known_by) = (says.known.room.clone(), says.known.known_by.clone());
        let noted = self.store.transact_urgent(move |tx| tx.set_discord_message(&room, &known_by, row.as_ref()));
        noted.await.map_err(of_store)
    }

    /// The message of ours that carries the mark, among those that are not older than its first try.
    async fn find(&self, says: &Says<'_>, tried: Timestamp, round: u64) -> Result<Option<MessageId>, Failure> {
        let (me, mark) = (self.me().await?, mark(&says.known.name(round)));
        let mut after = MessageId(Snowflake::at(tried - SKEW));
        for _ in 0..PAGES {
            let page: Vec<Found> = self.rest.ask(routes::messages_after(says.channel, after, PAGE)).await?;
            let ours = |found: &&Found| {
                found.author.id == me && found.embeds.iter().any(|embed| embed["footer"]["text"] == mark.as_str())
            };
            if let Some(found) = page.iter().find(ours) {
                return Ok(Some(found.id));
            }
            let Some(newest) = page.iter().map(|found| found.id).max().filter(|_| page.len() >= usize::from(PAGE))
            else {
                break;
            };
            after = newest;
        }
        Ok(None)
    }
}

/// Whether a post stands in the place of something that must not be read any more: of an incident that became private, or
/// of words that were taken out.
fn is_withdrawal(post: &Post) -> bool {
    post.kind == "reply"
}
