//! Everything that was said in the room of an incident, as Markdown, JSON and one HTML file.

#[cfg(test)]
mod tests;

use base64::{Engine, engine::general_purpose::STANDARD};
use minijinja::{
    context,
    value::{Serde, Value},
};
use serde::Serialize;

use super::{MessageRenderer, safe_html};
use crate::domain::Timestamp;

/// The version of the JSON form, `docs/schemas/transcript.json`.
const VERSION: u32 = 1;

/// A transcript. It serializes as the JSON form, without pictures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transcript {
    /// The key of the incident.
    pub key: String,
    /// Its title.
    pub title: String,
    /// Its room; `None` if it had none.
    pub room: Option<String>,
    /// True if only members see it.
    pub private: bool,
    /// When it was made.
    pub exported_at: Timestamp,
    /// False if the room has more messages than a transcript takes.
    pub complete: bool,
    /// The messages, oldest first.
    pub messages: Vec<TranscriptMessage>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TranscriptMessage {
    /// Its number.
    pub id: i64,
    /// When it was written.
    pub at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// Who wrote it.
    pub author: TranscriptAuthor,
    /// True if its text was deleted or redacted.
    pub removed: bool,
    /// Its text in chat Markdown.
    pub text: String,
    /// Its attachments.
    pub files: Vec<TranscriptFile>,
}

/// The author of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TranscriptAuthor {
    /// The id of the person, or `hotroom`.
    pub id: String,
    /// The name.
    pub name: String,
    /// True if the bot wrote it.
    pub bot: bool,
}

/// An attachment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TranscriptFile {
    /// Its name.
    pub name: String,
    /// Its media type, as the platform said.
    pub kind: String,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its copy; `None` if it was not copied.
    pub sha256: Option<String>,
    /// The picture as an address that holds its bytes; `None` if it is no picture, or not embedded.
    #[serde(skip)]
    pub picture: Option<String>,
}

impl TranscriptFile {
    /// The bytes of a picture as an address; `None` if they are no picture. What it is, its first bytes say: the name and the
    /// type of an attachment are chosen by whoever sent it.
    pub fn picture(body: &[u8]) -> Option<String> {
        let kind = match body {
            [0x89, b'P', b'N', b'G', ..] => "png",
            [0xff, 0xd8, 0xff, ..] => "jpeg",
            [b'G', b'I', b'F', b'8', ..] => "gif",
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "webp",
            _ => return None,
        };
        Some(format!("data:image/{kind};base64,{}", STANDARD.encode(body)))
    }
}

impl Transcript {
    /// The JSON form.
    pub fn to_json(&self) -> serde_json::Value {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Some(fields) = value.as_object_mut() {
            fields.insert("format".to_owned(), "hotroom-transcript".into());
            fields.insert("version".to_owned(), VERSION.into());
        }
        value
    }
}

impl MessageRenderer<'_> {
    /// The transcript as a Markdown file.
    pub fn transcript_markdown(&self, transcript: &Transcript) -> String {
        self.transcript_file("transcript/transcript.md", transcript)
    }

    /// The transcript as one HTML file, which asks no other host for anything.
    pub fn transcript_html(&self, transcript: &Transcript) -> String {
        self.transcript_file("transcript/transcript.html", transcript)
    }

    fn transcript_file(&self, template: &str, transcript: &Transcript) -> String {
        self.renderer.render(template, self.transcript_context(transcript)).unwrap_or_else(|error| {
            tracing::error!(%error, "a template failed");
            String::new()
        })
    }

    /// What the templates of a transcript show.
    pub(super) fn transcript_context(&self, transcript: &Transcript) -> Value {
        let name = |id: &str| self.names.find("person", id).map(str::to_owned);
        let message = |message: &TranscriptMessage| {
            let pictures: Vec<Value> = message.files.iter().map(picture).collect();
            context! {
                at => minute(message.at),
                edited_at => message.edited_at.map(minute),
                author => &message.author.name,
                bot => message.author.bot,
                removed => message.removed,
                text => Value::from_safe_string(message.text.clone()),
                html => Value::from_safe_string(safe_html(&message.text, &name)),
                files => Serde(&message.files),
                pictures,
            }
        };
        let messages: Vec<Value> = transcript.messages.iter().map(message).collect();
        context! {
            key => &transcript.key,
            title => &transcript.title,
            room => &transcript.room,
            private => transcript.private,
            exported_at => minute(transcript.exported_at),
            complete => transcript.complete,
            messages,
        }
    }
}

/// The address of a picture, which needs no escapes; none for a file that is no picture.
fn picture(file: &TranscriptFile) -> Value {
    file.picture.clone().map_or_else(|| Value::from(()), Value::from_safe_string)
}

fn minute(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}
