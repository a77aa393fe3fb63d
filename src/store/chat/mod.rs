//! The built-in chat's rows: rooms, members, messages, and what each person has seen.
//!
//! The store knows nothing of posts: a message's body is a JSON text that `chat` writes and reads. Who may see a room is
//! decided here, in the queries, so that no caller can forget to ask: a private room shows itself to its members, and the
//! room of a private incident to the members of the incident as well.

mod messages;
mod rooms;
mod seen;

use crate::domain::{
    Timestamp,
    ids::{IncidentId, Key, PersonId, RoomId},
    incident::{Category, Severity},
    text::Untrusted,
};

/// What a room is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoomKind {
    /// Where alerts or incidents are announced.
    Feed,
    /// Where one incident is worked on.
    Hot,
    /// Where a team talks.
    Team,
    /// One person and the bot.
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
    /// What it is for.
    pub kind: RoomKind,
    /// What stands at its top.
    pub topic: String,
    /// The incident that is worked on in it.
    pub incident: Option<IncidentId>,
    /// Whether only members see it.
    pub private: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was closed to talk.
    pub archived_at: Option<Timestamp>,
    /// The id of its newest message; 0: none.
    pub last: i64,
    /// How many messages it has.
    pub messages: i64,
    /// When the newest message was posted.
    pub last_at: Option<Timestamp>,
}

/// What the rail shows of a room's incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    /// Its key.
    pub key: Key,
    /// One line: what is wrong.
    pub title: Untrusted,
    /// Where it stands.
    pub status: String,
    /// What kind of standing that is.
    pub category: Category,
    /// How grave.
    pub severity: Severity,
    /// When it was declared.
    pub opened_at: Timestamp,
    /// How many events it has: what changes with it.
    pub version: i64,
}

/// A room as one person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenRoom {
    /// The room.
    pub room: Room,
    /// Its incident.
    pub badge: Option<Badge>,
    /// The newest message this person has seen; 0: none.
    pub read: i64,
    /// How many messages this person has not seen.
    pub unread: i64,
    /// How many of these mention this person.
    pub mentioned: i64,
}

/// Who wrote a message. A column of its own: nothing in a message's text can change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// A person, by id.
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
    /// Who wrote it.
    pub author: Author,
    /// What it says, as `chat` wrote it.
    pub body: String,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// The change counter of its last change.
    pub rev: i64,
}

/// A message to be posted.
#[derive(Clone, Debug)]
pub struct NewMessage<'a> {
    /// Where.
    pub room: &'a RoomId,
    /// Who writes it.
    pub author: Author,
    /// When.
    pub at: Timestamp,
    /// What it says.
    pub body: &'a str,
    /// Whom it calls.
    pub mentions: &'a [PersonId],
}

/// What became of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It is a new message.
    New(i64),
    /// A message was edited.
    Edited(i64),
    /// Everything was so already.
    Same(i64),
}

impl Posted {
    /// The message.
    pub fn id(self) -> i64 {
        match self {
            Self::New(id) | Self::Edited(id) | Self::Same(id) => id,
        }
    }
}

/// Which messages of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The newest.
    Newest,
    /// Those before this one.
    Before(i64),
    /// Those after this one.
    After(i64),
    /// This one with those before and after it.
    Around(i64),
}

/// Some messages of a room in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessagePage {
    /// The messages.
    pub items: Vec<Message>,
    /// Whether there are older ones.
    pub more_before: bool,
    /// Whether there are newer ones.
    pub more_after: bool,
}

/// What changed since a reader last looked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// New and edited messages, each once, as they are now, in the order of their last change.
    pub messages: Vec<Message>,
    /// Where to go on.
    pub rev: i64,
    /// Whether there is more behind `rev`.
    pub more: bool,
}

#[cfg(test)]
mod plans;
