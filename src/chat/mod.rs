//! The ports of chat platforms: inbound ([`Inbound`], [`bot`]), outbound ([`Chat`]), and the platforms.

pub mod bot;
pub mod builtin;
pub mod discord;
pub mod inbound;
pub mod markdown;
pub mod platforms;
pub mod post;

#[cfg(test)]
mod tests;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

pub use self::post::{Button, ButtonStyle, Field, Post, PostKind, Tone};
pub use crate::command::{Form, Input};
pub use crate::domain::effect::Outcome;
use crate::domain::{
    Timestamp,
    ids::{Key, PersonId, RoomId},
    incident::ChatMessage,
    people::Person,
};

/// A command that the bot received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbound {
    /// Its origin: `console`, `api`, or a platform.
    pub source: &'static str,
    /// The delivery id. A repeat gets the stored reply.
    pub delivery: String,
    /// Who sent it.
    pub actor: PersonId,
    /// The person, if the platform knows more than `[[people]]`: someone who is not listed there, or whose role on the
    /// platform allows more.
    pub guest: Option<Person>,
    /// The room it was sent in, if any.
    pub room: Option<RoomId>,
    /// The command.
    pub said: CommandInput,
    /// The message of the platform that it is about, after a reaction or a menu entry.
    pub about: Option<Box<ChatMessage>>,
    /// The request id for logs.
    pub request: String,
}

/// The forms of a command. Each becomes an `Invocation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandInput {
    /// A slash command as typed: `/incident severity sev1`.
    Text(String),
    /// A button: its command, with the version of the record when it was rendered.
    Press {
        /// The command of the button.
        command: String,
        /// The version that the person saw.
        version: Option<u64>,
    },
    /// A command with parsed options: a submitted form, an interaction, an API call.
    Options {
        /// The command: `incident severity`.
        command: String,
        /// Option names with their texts.
        options: Vec<(String, String)>,
        /// The version that the sender saw.
        version: Option<u64>,
    },
}

/// The reply to a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The result.
    pub outcome: ReplyOutcome,
    /// The message.
    pub post: Post,
    /// The form to fill in, when options are missing.
    pub form: Option<Form>,
    /// The incident that it is about.
    pub incident: Option<Key>,
    /// The room to open.
    pub room: Option<RoomId>,
    /// Machine-readable result for API callers.
    pub data: Option<serde_json::Value>,
}

impl Reply {
    /// Returns the reply with a form to fill in.
    pub fn with_form(self, form: Option<Form>) -> Self {
        Self { form, ..self }
    }
}

/// The result of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyOutcome {
    /// Done.
    Done,
    /// Options are missing: a form asks for them.
    Asked,
    /// The command could not be parsed.
    Misunderstood,
    /// Refused with a reason.
    Refused,
    /// The person may not do this.
    Forbidden,
}

/// The future of a call to a platform, boxed so that [`Chat`] is object-safe.
pub type ChatFuture<'a, T> = BoxFuture<'a, Outcome<T>>;

/// The outbound port of a chat platform. Each call may be repeated with the same key, which the platform recognizes.
///
/// A call never panics and never waits indefinitely: failures are part of the outcome.
pub trait Chat: Send + Sync + 'static {
    /// Creates a room, or finds the one for the same incident and names it after the present key.
    fn open_room(&self, spec: RoomSpec) -> ChatFuture<'_, RoomId>;
    /// Adds people to a room.
    fn invite(&self, room: RoomId, people: Vec<PersonId>, now: Timestamp) -> ChatFuture<'_, ()>;
    /// Changes who can see a room.
    fn restrict(&self, room: RoomId, access: RoomAccess, now: Timestamp) -> ChatFuture<'_, ()>;
    /// Posts a message once for each key, dated `now`.
    fn post(&self, room: RoomId, key: String, post: Post, now: Timestamp) -> ChatFuture<'_, String>;
    /// Posts or edits the message that `mark` identifies.
    fn upsert(&self, room: RoomId, mark: String, post: Post, now: Timestamp) -> ChatFuture<'_, String>;
    /// Edits the message that `mark` identifies, if it was posted.
    fn amend(&self, room: RoomId, mark: String, post: Post, now: Timestamp) -> ChatFuture<'_, ()>;
    /// Posts a direct message to a person once for each key.
    fn direct(&self, person: PersonId, key: String, post: Post, now: Timestamp) -> ChatFuture<'_, String>;
    /// Posts or edits the direct message to a person that `mark` identifies.
    fn upsert_direct(&self, person: PersonId, mark: String, post: Post, now: Timestamp) -> ChatFuture<'_, String>;
    /// Archives a room, or reopens it.
    fn set_archived(&self, room: RoomId, archived: bool, now: Timestamp) -> ChatFuture<'_, ()>;
}

/// Who can see a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomAccess {
    /// True if only its members can see it.
    pub private: bool,
    /// Its members.
    pub members: Vec<PersonId>,
}

/// The room to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSpec {
    /// Its name: `hot-12`.
    pub name: String,
    /// Its topic.
    pub topic: String,
    /// The incident by which it is found; `None` for a room of the configuration.
    pub incident: Option<crate::domain::ids::IncidentId>,
    /// True if only members can see it.
    pub private: bool,
    /// The first members.
    pub members: Vec<PersonId>,
    /// The time.
    pub now: Timestamp,
}
