//! The shapes of the console's JSON.

use serde::{Deserialize, Serialize};

use crate::chat::{Form, Post, ReplyOutcome};

/// Everything the script needs at first: `GET /console/state`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StateView {
    /// Who is signed in.
    pub me: Me,
    /// The token every POST must carry.
    pub csrf: String,
    /// The change counter the rest was read at: where the stream of events goes on.
    pub rev: i64,
    /// The server's clock.
    pub now: String,
    /// The build that serves the page.
    pub version: &'static str,
    /// The rooms of the rail.
    pub rooms: Vec<RoomView>,
    /// Everyone who can be mentioned.
    pub people: Vec<Named>,
    /// Everything that can break.
    pub services: Vec<Named>,
    /// Incidents that are not closed.
    pub incidents: Vec<IncidentLine>,
    /// What can be typed.
    pub commands: Vec<CommandView>,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Me {
    /// The short name.
    pub id: String,
    /// The name shown.
    pub name: String,
    /// `reporter`, `responder` or `admin`.
    pub access: String,
}

/// An id with the name people read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The id used in commands.
    pub id: String,
    /// The name shown.
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
    /// The status as shown.
    pub status: String,
    /// The status' category.
    pub category: String,
    /// Its room, once open.
    pub room: Option<String>,
}

/// One slash command, for completion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommandView {
    /// `incident severity`
    pub command: String,
    /// Other ways to write it.
    pub aliases: Vec<String>,
    /// One line.
    pub summary: String,
    /// What can be given.
    pub options: Vec<OptionView>,
}

/// One option of a slash command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OptionView {
    /// Its name.
    pub name: String,
    /// What sort of value it takes.
    pub kind: String,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it can stand without its name.
    pub positional: bool,
    /// One line.
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
    /// What stands at its top. Plain text.
    pub topic: String,
    /// The key of its incident.
    pub incident: Option<String>,
    /// `sev1` … `sev4`
    pub severity: Option<String>,
    /// The status as shown.
    pub status: Option<String>,
    /// The status' category.
    pub category: Option<String>,
    /// When its incident was declared.
    pub opened_at: Option<String>,
    /// How many messages the reader has not seen.
    pub unread: i64,
    /// How many of these mention the reader.
    pub mentioned: i64,
    /// The newest message; 0: none.
    pub last: i64,
    /// When that was.
    pub last_at: Option<String>,
    /// The newest message the reader has seen; 0: none.
    pub read: i64,
    /// Whether it is closed to talk.
    pub archived: bool,
    /// Whether only members see it.
    pub private: bool,
}

/// A room that the reader may not see any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoomGone {
    /// Its slug.
    pub id: String,
    /// Always true.
    pub gone: bool,
}

/// A page of messages.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessagesView {
    /// In ascending order of id.
    pub items: Vec<MessageView>,
    /// Whether there are older ones.
    pub more_before: bool,
    /// Whether there are newer ones.
    pub more_after: bool,
}

/// One message as shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessageView {
    /// Its id; ids ascend in time.
    pub id: i64,
    /// Its room.
    pub room: String,
    /// When it was posted.
    pub at: String,
    /// Who posted it.
    pub author: AuthorView,
    /// What it says, as data.
    pub post: Post,
    /// What it says, as safe HTML.
    #[serde(flatten)]
    pub html: PostHtml,
    /// When it was last edited.
    pub edited_at: Option<String>,
    /// The change counter of its last change.
    pub rev: i64,
}

/// Who posted a message. Only `kind` may decide whether it looks like the bot's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuthorView {
    /// `person` or `bot`.
    pub kind: &'static str,
    /// The person's id, or the bot's.
    pub id: String,
    /// The name shown.
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
    /// The small last line.
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

/// What is answered to the one who spoke.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplyView {
    /// How it went.
    pub outcome: ReplyOutcome,
    /// What is shown, as data.
    pub post: Post,
    /// What is shown, as safe HTML.
    #[serde(flatten)]
    pub html: PostHtml,
    /// A form to fill in.
    pub form: Option<Form>,
    /// The incident's key.
    pub incident: Option<String>,
    /// The room to go to.
    pub room: Option<String>,
    /// Machine-readable result.
    pub data: Option<serde_json::Value>,
}

/// The answer to `say` and `form`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Said {
    /// The answer to a command.
    pub reply: Option<ReplyView>,
    /// The message that talk became.
    pub message: Option<MessageView>,
}

/// `POST /console/say`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SayForm {
    /// The sender's own id of this, the same when it is repeated.
    pub delivery: String,
    /// Where.
    pub room: Option<String>,
    /// What was typed, or what a button says.
    pub text: String,
    /// The version of the thing when its button was drawn.
    #[serde(default)]
    pub version: Option<u64>,
}

/// `POST /console/form`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormForm {
    /// The sender's own id of this, the same when it is repeated.
    pub delivery: String,
    /// Where.
    pub room: Option<String>,
    /// The command that was filled in.
    pub command: String,
    /// Option name and text.
    pub options: Vec<(String, String)>,
    /// The version of the thing when the form was drawn.
    #[serde(default)]
    pub version: Option<u64>,
}

/// `POST /console/read`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadForm {
    /// Which room.
    pub room: String,
    /// The newest message that was seen.
    pub message: i64,
}

/// What is left unread after `POST /console/read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// Messages.
    pub unread: i64,
    /// Of these, mentions.
    pub mentioned: i64,
}
