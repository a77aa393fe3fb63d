//! What the channel of a room must be like, and what Discord says about a channel.

use serde::{Deserialize, Serialize};

use crate::{
    chat::{
        discord::{
            client::{
                rest::Failure,
                snowflake::{ChannelId, MessageId, Snowflake, UserId},
            },
            fingerprint::{fingerprint, fragment, mark},
        },
        markdown::length,
    },
    config::RoomNaming,
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
/// The longest name that is made of key and title: the list of channels shows about as much.
const MAX_MADE_NAME: usize = 40;

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
    /// The title of its incident; blank without one and if it is private.
    pub(in crate::chat::discord) title: String,
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
            Some(mark) => listed.topic.as_deref().is_some_and(|t| t.ends_with(&mark) || t.ends_with(&fragment(&mark))),
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
    fn new_name(&self) -> Option<String> {
        (self.room.name != self.room.id.as_str()).then(|| channel_name(&self.room.name))
    }

    /// True if the room was renamed after it was opened, and its channel is not named after the new name.
    pub(super) fn is_renamed(&self, present: Option<&str>) -> bool {
        self.new_name().is_some() && !present.is_some_and(|present| self.is_named(present))
    }

    /// True if a channel is named after the room, with words of the title or without.
    pub(super) fn is_named(&self, name: &str) -> bool {
        let rest = name.strip_prefix(channel_name(&self.room.name).as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }

    /// Returns the name for a channel that is made. It is set once, because Discord takes few renames.
    pub(super) fn made_name(&self, naming: RoomNaming) -> String {
        let name = channel_name(&self.room.name);
        let words = match naming {
            RoomNaming::KeyAndTitle => slug(&self.title, MAX_MADE_NAME.saturating_sub(name.chars().count() + 1)),
            RoomNaming::Key => String::new(),
        };
        if words.is_empty() { name } else { format!("{name}-{words}") }
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
        let title = match &incident {
            Some(incident) if !private => incident.title.shown(MAX_NAME),
            Some(_) | None => String::new(),
        };
        members.extend(incident.into_iter().flat_map(|incident| incident.members));
        members.sort();
        members.dedup();
        Ok(Some(Self { archived: room.archived_at.is_some(), room, private, members, title }))
    }

    /// Returns the topic. It ends with the reference of the channel: within the address of the room in the console, if people
    /// can reach it.
    pub(super) fn topic(&self, console: Option<&str>) -> String {
        let Some(mark) = self.mark() else { return cut(&self.room.topic, MAX_TOPIC) };
        let address = |url: &str| format!("{}/rooms/{}{}", url.trim_end_matches('/'), self.room.id, fragment(&mark));
        let mark = console.map(address).unwrap_or(mark);
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

/// Returns the first words of a title as they can be in the name of a channel, at most `max` characters.
fn slug(title: &str, max: usize) -> String {
    let mut out = String::new();
    for word in title.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if out.chars().count() + word.chars().count() + usize::from(!out.is_empty()) > max {
            break;
        }
        if !out.is_empty() {
            out.push('-');
        }
        out.push_str(word);
    }
    out
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

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_title_becomes_words_that_fit_into_a_name() {
        for (title, words) in [
            ("Checkout answers 503 for card payments", "checkout-answers-503-for-card"),
            ("DB *down*: @everyone <#5> !!", "db-down-everyone-5"),
            ("Zahlungen überall gestört", "zahlungen-überall-gestört"),
            ("🔥🔥", ""),
            ("Donaudampfschifffahrtsgesellschaftskapitän", ""),
        ] {
            assert_eq!(slug(title, 33), words, "{title}");
        }
    }
}
