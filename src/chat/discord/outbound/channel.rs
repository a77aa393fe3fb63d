//! What the channel of a room must be like, and what Discord says about a channel.

use serde::{Deserialize, Serialize};

use crate::{
    chat::{
        discord::{
            client::{
                rest::Failure,
                snowflake::{ChannelId, MessageId, Snowflake, UserId},
            },
            fingerprint::{fingerprint, mark},
        },
        markdown::length,
    },
    domain::ids::{PersonId, RoomId},
    store::{
        Reads, StoreError,
        chat::{Room, RoomKind},
    },
};

/// Types of channels.
pub(super) const TEXT: u8 = 0;
pub(super) const CATEGORY: u8 = 4;
const MAX_NAME: usize = 100;
const MAX_TOPIC: usize = 1024;

/// Discord's error code.
pub(super) const UNKNOWN_CHANNEL: u64 = 10003;

/// Permission bits. Overwrites are never parsed into a type that drops unknown bits.
pub(super) const VIEW: u64 = 1 << 10;
pub(super) const SEND: u64 = 1 << 11;
pub(super) const HISTORY: u64 = 1 << 16;
/// The kinds of subjects of an overwrite.
pub(super) const ROLE: u8 = 0;
pub(super) const MEMBER: u8 = 1;

/// The permissions of one role or member in a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Overwrite {
    pub(super) id: Snowflake,
    #[serde(rename = "type")]
    kind: u8,
    #[serde(default = "none")]
    pub(super) allow: String,
    #[serde(default = "none")]
    pub(super) deny: String,
}

fn none() -> String {
    "0".to_owned()
}

impl Overwrite {
    pub(super) fn new(id: Snowflake, kind: u8, allow: u64, deny: u64) -> Self {
        Self { id, kind, allow: allow.to_string(), deny: deny.to_string() }
    }
}

/// A channel in the list of a guild.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ChannelRecord {
    pub(super) id: ChannelId,
    #[serde(rename = "type")]
    pub(super) kind: u8,
    pub(super) name: Option<String>,
    pub(super) topic: Option<String>,
    pub(super) parent_id: Option<ChannelId>,
    pub(super) last_message_id: Option<MessageId>,
    #[serde(default)]
    pub(super) permission_overwrites: Vec<Overwrite>,
}

#[derive(Deserialize)]
pub(super) struct CreatedChannel {
    pub(super) id: ChannelId,
}

/// The required state of a room's channel.
#[derive(Clone, Debug)]
pub(in crate::chat::discord) struct ChannelSpec {
    pub(in crate::chat::discord) room: Room,
    pub(in crate::chat::discord) private: bool,
    pub(in crate::chat::discord) members: Vec<PersonId>,
    pub(in crate::chat::discord) archived: bool,
}

impl ChannelSpec {
    /// Returns the reference by which the channel of an incident is recognized.
    pub(super) fn mark(&self) -> Option<String> {
        self.room.incident.map(|incident| mark(&format!("room/{incident}")))
    }

    /// Finds an existing channel: a hot room's by its reference, another room's by its name.
    pub(super) fn found_in<'a>(&self, guild: &'a [ChannelRecord]) -> Option<&'a ChannelRecord> {
        let name = channel_name(&self.room.name);
        let ours = |listed: &&ChannelRecord| match self.mark() {
            Some(mark) => listed.topic.as_deref().is_some_and(|topic| topic.ends_with(&mark)),
            None => listed.name.as_deref() == Some(&name),
        };
        guild.iter().filter(|listed| listed.kind == TEXT).find(ours)
    }

    /// True if the guild's admins manage the channel: those of feeds and teams, unless hotroom restricted them.
    pub(super) fn is_theirs(&self) -> bool {
        self.room.kind != RoomKind::Hot && !self.private && !self.archived
    }

    /// Returns a hash of the applied state.
    pub(super) fn applied(&self, members: &[UserId]) -> String {
        let members = if self.private { members } else { &[] };
        fingerprint(&format!("{} {members:?} {}{}", self.private, self.archived, self.renamed()))
    }

    /// The name of a room that was renamed after it was opened.
    pub(super) fn new_name(&self) -> Option<String> {
        (self.room.name != self.room.id.as_str()).then(|| channel_name(&self.room.name))
    }

    fn renamed(&self) -> String {
        self.new_name().map(|name| format!(" {name}")).unwrap_or_default()
    }

    /// Returns the hash for a thread, whose members are added even when it is public.
    pub(super) fn applied_in_thread(&self, members: &[UserId]) -> String {
        fingerprint(&format!("thread {} {members:?} {}{}", self.private, self.archived, self.renamed()))
    }

    /// Returns the required state of a room's channel; `None` if the room does not exist.
    pub(super) fn read(reads: &Reads<'_>, id: &RoomId) -> Result<Option<Self>, StoreError> {
        let Some(room) = reads.room(id)? else { return Ok(None) };
        let incident = room.incident.map(|incident| reads.incident(incident)).transpose()?.flatten();
        let mut members = reads.room_members(id)?;
        let private = room.private || incident.as_ref().is_some_and(|incident| incident.private);
        members.extend(incident.into_iter().flat_map(|incident| incident.members));
        members.sort();
        members.dedup();
        Ok(Some(Self { archived: room.archived_at.is_some(), room, private, members }))
    }

    pub(super) fn topic(&self) -> String {
        let Some(mark) = self.mark() else { return cut(&self.room.topic, MAX_TOPIC) };
        let topic = cut(&self.room.topic, MAX_TOPIC - length(&mark) - 3);
        if topic.is_empty() { mark } else { format!("{topic} · {mark}") }
    }
}

fn cut(text: &str, max: usize) -> String {
    // A grapheme has at least one unit, so the loop ends.
    let mut graphemes = max;
    loop {
        let cut = crate::domain::text::cut(text, graphemes);
        if length(&cut) <= max {
            return cut;
        }
        graphemes -= (length(&cut) - max).div_ceil(8);
    }
}

/// Returns a name as Discord stores it for text channels.
pub(super) fn channel_name(name: &str) -> String {
    let plain = |c: char| if c.is_whitespace() { '-' } else { c };
    name.to_lowercase().chars().map(plain).take(MAX_NAME).collect()
}

/// Store errors are retryable.
pub(in crate::chat::discord) fn from_store_error(error: StoreError) -> Failure {
    Failure::not_now(error.to_string())
}
