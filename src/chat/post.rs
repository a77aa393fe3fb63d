//! Posts: messages with a category, fields and buttons, independent of the platform.

use serde::{Deserialize, Serialize};

use crate::domain::ids::PersonId;

/// A message, independent of the platform. All texts are already escaped for chat markdown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Its category.
    pub kind: PostKind,
    /// True if it replaces text that must no longer be read: of an incident that became private, or text that was
    /// removed. A platform that can no longer edit the old message then deletes it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdraws: bool,
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The body, in chat markdown.
    pub text: String,
    /// What its color means.
    #[serde(default)]
    pub tone: Tone,
    /// Named values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// Buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
    /// The people it notifies: only these, whatever the text contains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<PersonId>,
    /// A small last line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// The https address of a picture. Only platforms that fetch it themselves show it. The console shows the link in
    /// the text, because a browser must not be sent to other hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

impl Post {
    /// True for the message of a critical alert group, which is sent before all edits.
    pub fn is_critical_group(&self) -> bool {
        self.kind == PostKind::Group && self.tone == Tone::Critical
    }
}

/// The category of a post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostKind {
    /// The card of an incident, pinned in its hot room.
    Card,
    /// A group of alerts.
    Group,
    /// The summary of an alert storm.
    Storm,
    /// An on-call page.
    Page,
    /// What happened in an incident, in its hot room.
    #[default]
    Line,
    /// An update of an incident.
    Update,
    /// A reply to a command.
    Reply,
    /// A message in a feed that everyone reads.
    Announcement,
    /// What a person wrote.
    Talk,
}

/// What the color of a post means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// No meaning.
    #[default]
    Plain,
    /// Someone must act now.
    Critical,
    /// Someone should check.
    Warning,
    /// Resolved or successful.
    Good,
    /// For information.
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

/// A button. Pressing it sends its command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// The label, verb and object: "Acknowledge page".
    pub label: String,
    /// The command it sends, with its leading slash.
    pub command: String,
    /// Its style.
    pub style: ButtonStyle,
    /// The question to ask first, when it cannot be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// The version of the record when the button was rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// The style of a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ButtonStyle {
    /// The main action.
    Primary,
    /// Another action.
    Secondary,
    /// An action that cannot be undone or that customers see.
    Danger,
}
