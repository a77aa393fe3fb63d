//! The shapes of the console's JSON.

use serde::{Deserialize, Serialize};

use super::alarm::AskingPage;
use crate::chat::{Form, Post, ReplyOutcome};

/// Everything the script needs to start: `GET /console/state`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StateView {
    /// Who is signed in.
    pub me: Me,
    /// The token that every POST must carry.
    pub csrf: String,
    /// The change counter at which the rest was read; the event stream continues from here.
    pub rev: i64,
    /// The server's time.
    pub now: String,
    /// The build that serves the page.
    pub version: &'static str,
    /// The rooms in the navigation.
    pub rooms: Vec<RoomView>,
    /// Everyone who can be mentioned.
    pub people: Vec<NamedItem>,
    /// All services.
    pub services: Vec<NamedItem>,
    /// Incidents that are not closed.
    pub incidents: Vec<IncidentLine>,
    /// The on-call pages that wait for the reader.
    pub pages: Vec<AskingPage>,
    /// The slash commands.
    pub commands: Vec<CommandView>,
}

/// The signed-in person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Me {
    /// The person's id.
    pub id: String,
    /// The display name.
    pub name: String,
    /// `reporter`, `responder` or `admin`.
    pub access: String,
}

/// An id with its display name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedItem {
    /// The id used in commands.
    pub id: String,
    /// The display name.
    pub name: String,
}

/// An incident in the "go to anything" list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IncidentLine {
    /// `HOT-12`
    pub key: String,
    /// Plain text.
    pub title: String,
    /// `sev1` … `sev4`
    pub severity: String,
    /// The display name of the status.
    pub status: String,
    /// The category of the status.
    pub category: String,
    /// Its room, once it is open.
    pub room: Option<String>,
}

/// One slash command, for completion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommandView {
    /// `incident severity`
    pub command: String,
    /// Alternative names.
    pub aliases: Vec<String>,
    /// One-line summary.
    pub summary: String,
    /// Its options.
    pub options: Vec<OptionView>,
}

/// One option of a slash command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OptionView {
    /// Its name.
    pub name: String,
    /// The type of value it takes.
    pub kind: String,
    /// True if it is required.
    pub required: bool,
    /// True if it can be given without its name.
    pub positional: bool,
    /// One-line help.
    pub help: String,
    /// Value and label of each choice.
    pub choices: Vec<(String, String)>,
}

/// A room as one reader sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoomView {
    /// Its slug.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `feed`, `hot`, `team` or `direct`.
    pub kind: String,
    /// The incident's title, else the room's name or topic. Plain text.
    pub title: String,
    /// The topic. Plain text.
    pub topic: String,
    /// The key of its incident.
    pub incident: Option<String>,
    /// `sev1` … `sev4`
    pub severity: Option<String>,
    /// The display name of the status.
    pub status: Option<String>,
    /// The category of the status.
    pub category: Option<String>,
    /// When its incident was declared.
    pub opened_at: Option<String>,
    /// Number of messages the reader has not seen.
    pub unread: i64,
    /// Number of unread messages that mention the reader.
    pub mentioned: i64,
    /// Id of the newest message; 0 if there is none.
    pub last: i64,
    /// When the newest message was posted.
    pub last_at: Option<String>,
    /// Id of the newest message the reader has seen; 0 if there is none.
    pub read: i64,
    /// True if it no longer accepts messages.
    pub archived: bool,
    /// True if only members can see it.
    pub private: bool,
}

/// A room that the reader may no longer see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoomGone {
    /// Its slug.
    pub id: String,
    /// Always true.
    pub gone: bool,
}

/// A listing of messages.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessagesView {
    /// In ascending order of id.
    pub items: Vec<MessageView>,
    /// True if there are older messages.
    pub more_before: bool,
    /// True if there are newer messages.
    pub more_after: bool,
}

/// One message as shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessageView {
    /// Its id; ids ascend with time.
    pub id: i64,
    /// Its room.
    pub room: String,
    /// When it was posted.
    pub at: String,
    /// Who posted it.
    pub author: AuthorView,
    /// The content, as data.
    pub post: Post,
    /// The content, as safe HTML.
    #[serde(flatten)]
    pub html: PostHtml,
    /// When it was last edited.
    pub edited_at: Option<String>,
    /// The change counter at its last change.
    pub rev: i64,
}

/// The author of a message. Only `kind` may decide whether a message is styled as the bot's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuthorView {
    /// `person` or `bot`.
    pub kind: &'static str,
    /// The person's id, or the bot's.
    pub id: String,
    /// The display name.
    pub name: String,
}

/// A post's texts as safe HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PostHtml {
    /// The body.
    pub html: String,
    /// The heading.
    pub title_html: Option<String>,
    /// The named values.
    pub fields_html: Vec<FieldHtml>,
    /// The footer.
    pub footer_html: Option<String>,
}

/// A named value as safe HTML.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldHtml {
    /// Its name, plain text.
    pub name: String,
    /// Its value.
    pub html: String,
}

/// The reply to a command.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplyView {
    /// The outcome.
    pub outcome: ReplyOutcome,
    /// The content, as data.
    pub post: Post,
    /// The content, as safe HTML.
    #[serde(flatten)]
    pub html: PostHtml,
    /// A form to fill in.
    pub form: Option<Form>,
    /// The incident's key.
    pub incident: Option<String>,
    /// The room to open.
    pub room: Option<String>,
    /// Machine-readable result.
    pub data: Option<serde_json::Value>,
}

/// The response to `say` and `form`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PostReply {
    /// The reply to a command.
    pub reply: Option<ReplyView>,
    /// The message that a chat text was stored as.
    pub message: Option<MessageView>,
}

/// `POST /console/say`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SayForm {
    /// The client's id of this request, the same for a retry.
    pub delivery: String,
    /// The room, if any.
    pub room: Option<String>,
    /// The typed text, or a button's command.
    pub text: String,
    /// The version of the object when its button was rendered.
    #[serde(default)]
    pub version: Option<u64>,
}

/// `POST /console/form`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormForm {
    /// The client's id of this request, the same for a retry.
    pub delivery: String,
    /// The room, if any.
    pub room: Option<String>,
    /// The command that the form belongs to.
    pub command: String,
    /// Name and text of each option.
    pub options: Vec<(String, String)>,
    /// The version of the object when the form was rendered.
    #[serde(default)]
    pub version: Option<u64>,
}

/// `POST /console/read`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadForm {
    /// The room.
    pub room: String,
    /// The newest message the reader has seen.
    pub message: i64,
}

/// Unread counts after `POST /console/read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// Unread messages.
    pub unread: i64,
    /// Unread messages that mention the reader.
    pub mentioned: i64,
}
