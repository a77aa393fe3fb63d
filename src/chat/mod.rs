//! The chat port: what comes in, what goes out, and the two platforms behind it.

pub mod builtin;
pub mod discord;
pub mod markdown;

use serde::{Deserialize, Serialize};

pub use crate::command::{Form, Input};
pub use crate::domain::effect::Outcome;
use crate::domain::{
    Timestamp,
    ids::{Key, PersonId, RoomId},
    incident::ChatMessage,
    people::Person,
};

/// What someone said to the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbound {
    /// The door it came in by: `console`, `api`.
    pub source: &'static str,
    /// The id under which the platform repeats it; a repeat gets the saved reply.
    pub delivery: String,
    /// Who said it.
    pub actor: PersonId,
    /// Who that is, when the platform knows it better than `[[people]]`: someone who is not listed there, or whose role on
    /// the platform allows more.
    pub guest: Option<Person>,
    /// The room it was said in, if any.
    pub room: Option<RoomId>,
    /// What was said.
    pub said: Said,
    /// The message of the platform that it is about, when it was marked or picked from a menu.
    pub about: Option<Box<ChatMessage>>,
    /// The request or interaction it belongs to, for logs.
    pub request: String,
}

/// The forms in which something can be said. All of them become one `Invocation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// A slash command as typed: `/incident severity sev1`.
    Text(String),
    /// A button: its command, with the version of the thing when it was drawn.
    Press {
        /// The command as the button says it.
        command: String,
        /// The version the presser saw.
        version: Option<u64>,
    },
    /// A command whose options are already apart: a form sent in, an interaction, an API call.
    Options {
        /// The command: `incident severity`.
        command: String,
        /// Option name to text.
        options: Vec<(String, String)>,
        /// The version the sender saw.
        version: Option<u64>,
    },
}

/// What is answered to the one who spoke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// How it went.
    pub outcome: ReplyOutcome,
    /// What is shown.
    pub post: Post,
    /// A form to fill in, when the command was bare.
    pub form: Option<Form>,
    /// The incident it is about.
    pub incident: Option<Key>,
    /// The room to go to.
    pub room: Option<RoomId>,
    /// Machine-readable result for API callers.
    pub data: Option<serde_json::Value>,
}

impl Reply {
    /// The same, with a form to fill in.
    pub fn with_form(self, form: Option<Form>) -> Self {
        Self { form, ..self }
    }
}

/// How a command went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyOutcome {
    /// Done.
    Done,
    /// More is needed: a form.
    Asked,
    /// The words could not be understood.
    Misunderstood,
    /// Understood, and refused with a reason.
    Refused,
    /// The asker may not.
    Forbidden,
}

/// A message, independent of the platform. All texts are already escaped for chat markdown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Which kind of message: `card`, `group`, `page`, `line`, `update`, `reply`, `announcement`, `talk`.
    pub kind: String,
    /// The heading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The body, in chat markdown.
    pub text: String,
    /// What the colour and the mark mean.
    #[serde(default)]
    pub tone: Tone,
    /// Short named values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// What can be done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
    /// Who is called by it: only these people, whatever the text says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<PersonId>,
    /// A small last line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// The https address of a picture. It is shown where the platform fetches it on its own; a browser of the console is not
    /// sent to other hosts, so there the text has the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

/// The four meanings of colour, and none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// No meaning.
    #[default]
    Plain,
    /// Someone must act now.
    Critical,
    /// Someone should look.
    Warning,
    /// All is well.
    Good,
    /// Worth knowing.
    Info,
}

/// A named value on a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its value, in chat markdown.
    pub value: String,
}

/// A button. Pressing it says its command, so that a button does exactly what the command does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// Verb and object: "Acknowledge page".
    pub label: String,
    /// The command it says, with its leading slash.
    pub command: String,
    /// How it looks.
    pub style: ButtonStyle,
    /// What to ask first, when it cannot be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// The version of the thing when the button was drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ButtonStyle {
    /// The one thing to do next.
    Primary,
    /// Something else to do.
    Secondary,
    /// Cannot be undone, or is seen by customers.
    Danger,
}

/// What a chat platform can do. Each call may be repeated with the same key; the platform remembers.
///
/// All methods answer with what the outside made of it; they never panic and never wait without a bound.
pub trait Chat: Send + Sync + 'static {
    /// Makes a room, or finds the one that has the same mark.
    fn open_room(&self, spec: RoomSpec) -> impl Future<Output = Outcome<RoomId>> + Send;
    /// Lets people in.
    fn invite(&self, room: RoomId, people: Vec<PersonId>, now: Timestamp) -> impl Future<Output = Outcome<()>> + Send;
    /// Shows a room to these people only (`true`), or to everyone, with these as its members.
    fn restrict(
        &self,
        room: RoomId,
        who: (bool, Vec<PersonId>),
        now: Timestamp,
    ) -> impl Future<Output = Outcome<()>> + Send;
    /// Posts a message, once for each key. `now` is the time it is dated.
    fn post(
        &self,
        room: RoomId,
        key: String,
        post: Post,
        now: Timestamp,
    ) -> impl Future<Output = Outcome<String>> + Send;
    /// Makes the one message that is known by `mark` true: posts it, or edits it.
    fn upsert(
        &self,
        room: RoomId,
        mark: String,
        post: Post,
        now: Timestamp,
    ) -> impl Future<Output = Outcome<String>> + Send;
    /// Makes the one message that is known by `mark` true, if it was ever posted.
    fn amend(&self, room: RoomId, mark: String, post: Post, now: Timestamp)
    -> impl Future<Output = Outcome<()>> + Send;
    /// Posts to a person alone, once for each key.
    fn direct(
        &self,
        person: PersonId,
        key: String,
        post: Post,
        now: Timestamp,
    ) -> impl Future<Output = Outcome<String>> + Send;
    /// Makes the one message to a person alone that is known by `mark` true: posts it, or edits it.
    fn upsert_direct(
        &self,
        person: PersonId,
        mark: String,
        post: Post,
        now: Timestamp,
    ) -> impl Future<Output = Outcome<String>> + Send;
    /// Closes a room to talk, or opens it again.
    fn set_archived(&self, room: RoomId, archived: bool, now: Timestamp) -> impl Future<Output = Outcome<()>> + Send;
}

/// The room to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSpec {
    /// Its name: `hot-12`.
    pub name: String,
    /// What stands at its top.
    pub topic: String,
    /// The incident it is for: the mark it is found by. None: a room that the configuration names.
    pub incident: Option<crate::domain::ids::IncidentId>,
    /// Whether only members may see it.
    pub private: bool,
    /// The first members.
    pub members: Vec<PersonId>,
    /// When.
    pub now: Timestamp,
}
