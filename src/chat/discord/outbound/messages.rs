//! Messages on Discord: each mirrors one of the built-in chat, is sent once, and edited when its content changes.
//!
//! Before a message is sent the store records the try. If the result of a call is unknown, the channel is searched for
//! the message's reference before it is sent again. Discord's own protection (`nonce` with `enforce_nonce`) covers the
//! few minutes in which a call can be in flight. It expires, so the reference ends the address of the embed. Messages of
//! earlier versions have it in their last line.

use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::Value;

use super::{AccountRef, Discord, channel::from_store_error};
use crate::chat::discord::fingerprint::{fingerprint, fragment, mark};
use crate::{
    chat::{
        Post, PostKind, Tone,
        discord::{
            client::{
                rest::{DISCORD, Failure, TOO_MANY_EDITS},
                routes,
                snowflake::{ChannelId, GuildId, MessageId, Snowflake},
            },
            platform,
            wire::{
                post,
                post::{Directory, Frame},
            },
        },
    },
    domain::{Timestamp, ids::RoomId},
    store::MirrorMessage,
};

/// Discord's error code.
const UNKNOWN_MESSAGE: u64 = 10008;

/// Discord limits edits of messages older than an hour more strictly by an undocumented rule. Such a message is edited
/// at most once per [`SLOW`], unless its new content is good news.
const OLD: TimeDelta = TimeDelta::minutes(55);
const SLOW: TimeDelta = TimeDelta::minutes(5);
/// The largest clock difference between this machine and Discord in the search for a message.
pub(in crate::chat::discord) const SKEW: TimeDelta = TimeDelta::minutes(5);
/// The page size of the search, and the most pages.
const PAGE: u8 = 100;
const PAGES: usize = 5;
/// The length of a nonce.
const NONCE: usize = 25;

/// The reference of a message and its room.
#[derive(Clone)]
pub(in crate::chat::discord) struct MessageKey {
    pub(in crate::chat::discord) room: RoomId,
    pub(in crate::chat::discord) known_by: String,
    /// True if it is edited when its content changes.
    pub(in crate::chat::discord) lasting: bool,
}

impl MessageKey {
    /// Returns the name of the message in a round: successive messages for the same subject have different names.
    fn name(&self, round: u64) -> String {
        format!("{}/{}/{round}", self.room, self.known_by)
    }
}

#[derive(Deserialize)]
struct SentMessage {
    id: MessageId,
}

#[derive(Deserialize)]
struct FoundMessage {
    id: MessageId,
    author: AccountRef,
    #[serde(default)]
    embeds: Vec<Value>,
}

/// A post that is being sent to a channel.
struct MessageDraft<'a> {
    known: &'a MessageKey,
    channel: ChannelId,
    post: &'a Post,
    directory: &'a Directory,
    /// The address of the console, if people can reach it.
    console: Option<String>,
    now: Timestamp,
}

impl MessageDraft<'_> {
    fn body(&self, row: &MirrorMessage, guild: GuildId) -> serde_json::Map<String, Value> {
        let mark = mark(&self.known.name(row.round));
        let before = row.instead_of.as_ref().map(|id| format!("{DISCORD}/channels/{guild}/{}/{id}", self.channel));
        let address = format!("{}{}", self.address(guild), fragment(&mark));
        post::message(self.post, self.directory, Frame { address: Some(&address), instead_of: before.as_deref() })
    }

    /// Returns where a title leads: to the room in the console, or else to the room on Discord.
    fn address(&self, guild: GuildId) -> String {
        match &self.console {
            Some(url) => format!("{}/rooms/{}", url.trim_end_matches('/'), self.known.room),
            None => format!("{DISCORD}/channels/{guild}/{}", self.channel),
        }
    }

    /// Returns a hash of the content without its frame.
    fn applied(&self) -> String {
        fingerprint(&Value::Object(post::message(self.post, self.directory, Frame::default())).to_string())
    }

    /// Returns how long an old message must wait for its next edit.
    /// A withdrawal never waits.
    fn too_soon(&self, message: MessageId, row: &MirrorMessage) -> Option<Duration> {
        if self.post.withdraws {
            return None;
        }
        let since = self.now - row.edited_at?;
        let slow = self.now - message.0.time() >= OLD && self.post.tone != Tone::Good;
        (slow && since < SLOW).then(|| (SLOW - since).to_std().unwrap_or_default())
    }
}

impl Discord {
    /// Sends a message, or edits it when its content changed.
    pub(in crate::chat::discord) async fn say(
        &self,
        known: MessageKey,
        channel: ChannelId,
        post: &Post,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let directory = self.directory(post::names(post)).await?;
        let console = self.config.current().server.outside_url().map(str::to_owned);
        let says = MessageDraft { known: &known, channel, post, directory: &directory, console, now };
        let (room, by) = (known.room.clone(), known.known_by.clone());
        let present = self
            .store
            .read(move |reads| reads.mirror_message(&platform(), &room, &by))
            .await
            .map_err(from_store_error)?;
        let Some(present) = present.filter(|present| present.channel == channel.to_platform()) else {
            return self.send(&says, MirrorMessage::new(channel.to_platform())).await;
        };
        let Some(message) = present.message.as_ref().and_then(MessageId::from_platform) else {
            return self.send(&says, present).await;
        };
        if known.lasting && present.applied != says.applied() {
            return self.edit(&says, message, present).await;
        }
        self.pin_card(&says, message, present).await?;
        Ok(message.to_string())
    }

    /// Sends a message, unless the result of an earlier try is found.
    async fn send(&self, says: &MessageDraft<'_>, mut row: MirrorMessage) -> Result<String, Failure> {
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
        let create = routes::create_message(says.channel, &body).urgent(says.post.is_critical_group());
        let sent = self.rest.ask::<SentMessage>(create).await;
        match sent {
            Ok(sent) => self.arrived(says, sent.id, row).await,
            Err(Failure::Unknown(why)) => Err(Failure::Unknown(why)),
            Err(failure) => {
                // It certainly did not arrive. The history of earlier rounds remains.
                let keep = (row.round > 0).then_some(MirrorMessage { tried_at: None, ..row });
                self.note(says, keep).await?;
                self.or_forget(says.channel, Err(failure)).await
            }
        }
    }

    async fn arrived(
        &self,
        says: &MessageDraft<'_>,
        message: MessageId,
        row: MirrorMessage,
    ) -> Result<String, Failure> {
        let row = MirrorMessage {
            message: Some(message.to_platform()),
            tried_at: None,
            edited_at: Some(says.now),
            applied: says.applied(),
            ..row
        };
        self.note(says, Some(row.clone())).await?;
        self.pin_card(says, message, row).await?;
        Ok(message.to_string())
    }

    async fn edit(&self, says: &MessageDraft<'_>, message: MessageId, row: MirrorMessage) -> Result<String, Failure> {
        if let Some(wait) = says.too_soon(message, &row) {
            let why = "a message older than an hour is edited slowly".to_owned();
            return Err(Failure::NotNow { after: Some(wait), why });
        }
        let body = says.body(&row, self.guild()?);
        let edited = self.rest.call(routes::edit_message(says.channel, message, &body)).await;
        let next = |instead_of: Option<MessageId>| MirrorMessage {
            round: row.round + 1,
            instead_of: instead_of.map(MessageId::to_platform),
            ..MirrorMessage::new(row.channel.clone())
        };
        match edited.as_ref().err().and_then(Failure::code) {
            Some(UNKNOWN_MESSAGE) => self.send(says, next(None)).await,
            Some(_) | None
                if says.post.withdraws && matches!(edited, Err(Failure::Refused(_) | Failure::NotNow { .. })) =>
            {
                // Withdrawn text must not stay readable. The next try finds that the message is gone.
                let deleted = self.rest.call(routes::delete_message(says.channel, message)).await;
                match deleted {
                    Err(failure) if failure.code() != Some(UNKNOWN_MESSAGE) => Err(failure),
                    Ok(_) | Err(_) => self.send(says, next(None)).await,
                }
            }
            Some(TOO_MANY_EDITS) => self.send(says, next(Some(message))).await,
            Some(_) | None => {
                self.or_forget(says.channel, edited).await?;
                self.arrived(says, message, row).await
            }
        }
    }

    /// Pins the card of a hot room. A missing permission is not an error; it is logged once.
    async fn pin_card(&self, says: &MessageDraft<'_>, message: MessageId, row: MirrorMessage) -> Result<(), Failure> {
        if says.post.kind != PostKind::Card || row.pinned {
            return Ok(());
        }
        match self.rest.call(routes::pin(says.channel, message).because("the card of the incident")).await {
            Err(Failure::Refused(refusal)) => {
                tracing::warn!(channel = %says.channel, %refusal, "the card cannot be pinned; the bot needs PIN_MESSAGES");
            }
            done => drop(done?),
        }
        self.note(says, Some(MirrorMessage { pinned: true, ..row })).await
    }

    async fn note(&self, says: &MessageDraft<'_>, row: Option<MirrorMessage>) -> Result<(), Failure> {
        let (room, known_by) = (says.known.room.clone(), says.known.known_by.clone());
        let noted =
            self.store.transact_urgent(move |tx| tx.set_mirror_message(&platform(), &room, &known_by, row.as_ref()));
        noted.await.map_err(from_store_error)
    }

    /// Returns the bot's message with this reference, among those that are not older than the first try.
    async fn find(&self, says: &MessageDraft<'_>, tried: Timestamp, round: u64) -> Result<Option<MessageId>, Failure> {
        let (me, mark) = (self.me().await?, mark(&says.known.name(round)));
        let mut after = MessageId(Snowflake::at(tried - SKEW));
        for _ in 0..PAGES {
            let page: Vec<FoundMessage> = self.rest.ask(routes::messages_after(says.channel, after, PAGE)).await?;
            let ours =
                |found: &&FoundMessage| found.author.id == me && found.embeds.iter().any(|embed| carries(embed, &mark));
            if let Some(found) = page.iter().find(ours) {
                return Ok(Some(found.id));
            }
            let is_last = page.len() < usize::from(PAGE);
            match page.iter().map(|found| found.id).max() {
                Some(newest) if !is_last => after = newest,
                Some(_) | None => break,
            }
        }
        Ok(None)
    }
}

/// True if an embed has this reference: at the end of its address, or in its footer as earlier versions wrote it.
fn carries(embed: &Value, mark: &str) -> bool {
    let address = embed["url"].as_str().unwrap_or_default();
    address.ends_with(&fragment(mark)) || embed["footer"]["text"] == mark
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_is_recognized_by_its_address_and_an_old_one_by_its_footer() {
        let mark = mark("hot-1/card/0");
        let new = json!({ "url": format!("https://hotroom.example/rooms/hot-1{}", fragment(&mark)) });
        assert!(carries(&new, &mark) && carries(&json!({ "footer": { "text": mark } }), &mark));
        for other in
            [json!({}), json!({ "url": "https://hotroom.example/rooms/hot-1#ref-0" }), json!({ "description": mark })]
        {
            assert!(!carries(&other, &mark), "{other}");
        }
    }
}
