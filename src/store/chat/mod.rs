//! The built-in chat: rooms, members, messages, and what each person has read.
//!
//! The store does not interpret posts: the body of a message is JSON that `chat` writes and reads. The queries decide who
//! may see a room, so that no caller can forget to check: a private room is visible to its members, and the room of a
//! private incident only to those members who are also members of the incident.

pub(super) mod files;
mod messages;
mod previews;
pub(super) mod pruning;
mod rooms;
mod seen;

pub use files::{AttachedFile, MessageFile};
pub use previews::{NotedPreviews, PreviewRequest};

use crate::domain::{
    Timestamp,
    ids::{IncidentId, Key, PersonId, RoomId},
    incident::{Category, Severity},
    text::Untrusted,
};

/// The purpose of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoomKind {
    /// Alerts or incidents are announced in it.
    Feed,
    /// The hot room of one incident.
    Hot,
    /// The room of a team.
    Team,
    /// Between one person and the bot.
    Direct,
}

impl RoomKind {
    /// The word it is stored and shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Hot => "hot",
            Self::Team => "team",
            Self::Direct => "direct",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Feed, Self::Hot, Self::Team, Self::Direct].into_iter().find(|kind| kind.name() == word)
    }
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its slug.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// Its purpose.
    pub kind: RoomKind,
    /// Its topic.
    pub topic: String,
    /// The incident of a hot room.
    pub incident: Option<IncidentId>,
    /// True if only members see it.
    pub private: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was archived.
    pub archived_at: Option<Timestamp>,
    /// The id of its newest message; 0 if there is none.
    pub last: i64,
    /// The number of its messages.
    pub messages: i64,
    /// When the newest message was posted.
    pub last_at: Option<Timestamp>,
}

/// The incident of a room, as the list of rooms shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    /// Its key.
    pub key: Key,
    /// Its title.
    pub title: Untrusted,
    /// Its status.
    pub status: String,
    /// The category of its status.
    pub category: Category,
    /// Its severity.
    pub severity: Severity,
    /// When it was declared.
    pub opened_at: Timestamp,
    /// The number of its events, which grows with each change.
    pub version: i64,
}

/// A room as one person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisibleRoom {
    /// The room.
    pub room: Room,
    /// Its incident.
    pub badge: Option<Badge>,
    /// The newest message that this person has read; 0 if there is none.
    pub read: i64,
    /// The number of unread messages.
    pub unread: i64,
    /// The number of unread messages that mention this person.
    pub mentioned: i64,
}

/// The author of a message. It has a column of its own, so that no text can forge it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// A person.
    Person(PersonId),
    /// The bot.
    Bot,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id; ids ascend in time.
    pub id: i64,
    /// Its room.
    pub room: RoomId,
    /// When it was posted.
    pub at: Timestamp,
    /// Its author.
    pub author: Author,
    /// Its content, as JSON of `chat`.
    pub body: String,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// The change counter of its last change.
    pub rev: i64,
}

/// A message to be posted.
#[derive(Clone, Debug)]
pub struct NewMessage<'a> {
    /// Its room.
    pub room: &'a RoomId,
    /// Its author.
    pub author: Author,
    /// When it is posted.
    pub at: Timestamp,
    /// Its content, as JSON of `chat`.
    pub body: &'a str,
    /// The people it mentions.
    pub mentions: &'a [PersonId],
}

/// What posting did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostResult {
    /// It created a message.
    New(i64),
    /// It edited a message.
    Edited(i64),
    /// The message was there with this content.
    Same(i64),
}

impl PostResult {
    /// The id of the message.
    pub fn id(self) -> i64 {
        match self {
            Self::New(id) | Self::Edited(id) | Self::Same(id) => id,
        }
    }
}

/// Selects messages of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageRange {
    /// The newest ones.
    Newest,
    /// Those before this one.
    Before(i64),
    /// Those after this one.
    After(i64),
    /// This one and those before and after it.
    Around(i64),
}

/// A part of the messages of a room, in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageListing {
    /// The messages.
    pub items: Vec<Message>,
    /// True if there are older ones.
    pub more_before: bool,
    /// True if there are newer ones.
    pub more_after: bool,
}

/// Changes since a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChatChanges {
    /// New and edited messages, each once and in its current state, in the order of their last change.
    pub messages: Vec<Message>,
    /// Continue from this revision.
    pub rev: i64,
    /// True if there are more changes after `rev`.
    pub more: bool,
}

#[cfg(test)]
mod plans;
