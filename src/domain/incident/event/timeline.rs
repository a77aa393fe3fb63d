//! Updates, notes, chat messages and times: what the timeline shows besides the other families.

use serde::{Deserialize, Serialize};

use super::texts::replace_optional;
use crate::domain::{Timestamp, incident::TimeName, text::Untrusted};

/// A chat message on a timeline: who wrote it, where, and its attachments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Its id on its platform: a message is on one timeline at most once.
    pub id: String,
    /// The name of its author.
    pub author: String,
    /// A link to it.
    pub link: Option<String>,
    /// Its attachments.
    #[serde(default)]
    pub files: Vec<TimelineFile>,
}

/// An attachment of a chat message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineFile {
    /// The file name.
    pub name: Untrusted,
    /// The size in bytes.
    pub size: u64,
    /// The SHA-256 of the copy, as hex; `None` if it was not copied.
    pub sha256: Option<String>,
}

/// An event whose text was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redaction {
    /// The number of the event.
    pub entry: u64,
    /// The SHA-256, as hex, of the event as it is stored now.
    pub sha256: String,
}

/// An event that records what people wrote, and when the next update is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum TimelineEvent {
    /// An update for people inside was posted.
    UpdatePosted {
        text: Untrusted,
        impact: Option<Untrusted>,
        affected: Option<Untrusted>,
        cause: Option<Untrusted>,
        estimate: Option<Untrusted>,
        next: Option<Timestamp>,
        /// The draft that was sent.
        #[serde(default)]
        draft: Option<u64>,
    },
    /// A message of the room was proposed as an update.
    UpdateDrafted { author: String, text: Untrusted },
    /// The time of the next update was set or removed.
    UpdateClockSet { due: Option<Timestamp> },
    /// That time passed, and the manager was asked for an update.
    UpdateNudged { due: Timestamp },
    /// The reminder was postponed.
    Snoozed { until: Timestamp },
    /// A note was added.
    NoteAdded { text: Untrusted },
    /// An entry for another time than the present was added; with `message`, a chat message.
    TimelineAdded {
        at: Timestamp,
        text: Untrusted,
        #[serde(default)]
        message: Option<ChatMessage>,
    },
    /// The chat message of event `entry` was edited on its platform; without a text, it was deleted there.
    MessageChanged { entry: u64, author: String, at: Timestamp, text: Option<Untrusted> },
    /// The text of these events was removed; the author and the time stay.
    WordsTakenOut { entries: Vec<Redaction>, reason: Option<Untrusted> },
    /// A person set a named time, perhaps in the past.
    TimeSet { name: TimeName, at: Timestamp },
}

impl TimelineEvent {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::UpdatePosted { .. } => "update_posted",
            Self::UpdateDrafted { .. } => "update_drafted",
            Self::UpdateClockSet { .. } => "update_clock_set",
            Self::UpdateNudged { .. } => "update_nudged",
            Self::Snoozed { .. } => "snoozed",
            Self::NoteAdded { .. } => "note_added",
            Self::TimelineAdded { .. } => "timeline_added",
            Self::MessageChanged { .. } => "message_changed",
            Self::WordsTakenOut { .. } => "words_taken_out",
            Self::TimeSet { .. } => "time_set",
        }
    }

    /// The texts that people wrote.
    pub(super) fn texts(&self) -> Vec<&Untrusted> {
        match self {
            Self::NoteAdded { text } | Self::TimelineAdded { text, .. } | Self::UpdateDrafted { text, .. } => {
                vec![text]
            }
            Self::MessageChanged { text, .. } => text.iter().collect(),
            Self::UpdatePosted { text, impact, affected, cause, estimate, .. } => {
                [impact, affected, cause, estimate].into_iter().flatten().chain([text]).collect()
            }
            // The hash of a redaction confirms what it removed, so the redaction itself stays as it is.
            Self::UpdateClockSet { .. }
            | Self::UpdateNudged { .. }
            | Self::Snoozed { .. }
            | Self::WordsTakenOut { .. }
            | Self::TimeSet { .. } => Vec::new(),
        }
    }

    /// The event with each text that people wrote replaced. A message that loses its text loses its attachments.
    pub(super) fn map_texts(mut self, change: &mut impl FnMut(Untrusted) -> Untrusted) -> Self {
        match &mut self {
            Self::TimelineAdded { text, message, .. } => {
                *text = change(std::mem::take(text));
                if let Some(message) = message
                    && text.is_blank()
                {
                    message.files = Vec::new();
                }
            }
            Self::NoteAdded { text }
            | Self::UpdateDrafted { text, .. }
            | Self::MessageChanged { text: Some(text), .. } => *text = change(std::mem::take(text)),
            Self::UpdatePosted { text, impact, affected, cause, estimate, .. } => {
                *text = change(std::mem::take(text));
                for optional in [impact, affected, cause, estimate] {
                    replace_optional(optional, change);
                }
            }
            Self::MessageChanged { text: None, .. }
            | Self::UpdateClockSet { .. }
            | Self::UpdateNudged { .. }
            | Self::Snoozed { .. }
            | Self::WordsTakenOut { .. }
            | Self::TimeSet { .. } => {}
        }
        self
    }
}
