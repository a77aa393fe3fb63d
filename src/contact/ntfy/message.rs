//! A message as ntfy takes it: JSON, within the size that every server takes.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use unicode_segmentation::UnicodeSegmentation;

/// The largest message in bytes. Servers take 4,096 bytes by default; what is longer becomes a file that nobody reads.
const LARGEST: usize = 4_000;
/// The longest title in graphemes.
const TITLE: usize = 150;
/// The most buttons of a notification.
const ACTIONS: usize = 3;

/// What the phone knows a message by: a later message with the same id replaces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceId(String);

impl SequenceId {
    /// The id of a page, or of anything else that has a stable name.
    pub fn of(name: &str) -> Self {
        Self(hex::encode(&Sha256::digest(name.as_bytes())[..16]))
    }

    /// The id as ntfy takes it: letters and digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How loudly the phone presents a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NtfyPriority {
    /// A long vibration and a pop-over: somebody must wake up.
    Urgent,
    /// As any other notification.
    Default,
    /// Without sound.
    Low,
}

impl NtfyPriority {
    fn number(self) -> u8 {
        match self {
            Self::Urgent => 5,
            Self::Default => 3,
            Self::Low => 2,
        }
    }
}

/// A button that sends a POST request.
#[derive(Clone)]
pub struct NtfyAction {
    /// What is written on it.
    pub label: String,
    /// Where the request goes. Whoever knows it may act.
    pub url: String,
}

/// A message.
#[derive(Clone)]
pub struct NtfyMessage {
    /// What it is known by.
    pub sequence_id: SequenceId,
    /// The title.
    pub title: String,
    /// The text.
    pub text: String,
    /// How loud it is.
    pub priority: NtfyPriority,
    /// What a tap opens.
    pub click: Option<String>,
    /// The picture of the graph.
    pub attach: Option<String>,
    /// The buttons; three at most are shown.
    pub actions: Vec<NtfyAction>,
}

impl std::fmt::Debug for NtfyMessage {
    /// Texts may be of a private incident, and whoever has a link may act.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NtfyMessage").field("sequence_id", &self.sequence_id).finish_non_exhaustive()
    }
}

impl NtfyMessage {
    /// The body of the request. The text is cut to what fits.
    pub(super) fn body(&self, topic: &str) -> Vec<u8> {
        self.json(topic, &self.text_to_send(topic)).to_string().into_bytes()
    }

    /// The text that is sent: as much of it as fits beside everything else.
    pub(super) fn text_to_send(&self, topic: &str) -> String {
        let others = self.json(topic, "").to_string().len();
        fit(self.text.trim(), LARGEST.saturating_sub(others))
    }

    fn json(&self, topic: &str, text: &str) -> Value {
        let mut body = Map::new();
        let title: String = self.title.graphemes(true).take(TITLE).collect();
        body.insert("topic".to_owned(), topic.into());
        body.insert("sequence_id".to_owned(), self.sequence_id.as_str().into());
        body.insert("title".to_owned(), title.into());
        body.insert("message".to_owned(), text.into());
        body.insert("priority".to_owned(), self.priority.number().into());
        if let Some(click) = &self.click {
            body.insert("click".to_owned(), click.as_str().into());
        }
        if let Some(attach) = &self.attach {
            body.insert("attach".to_owned(), attach.as_str().into());
            body.insert("filename".to_owned(), "graph.png".into());
        }
        if !self.actions.is_empty() {
            body.insert("actions".to_owned(), self.actions.iter().take(ACTIONS).map(button).collect());
        }
        body.into()
    }
}

fn button(action: &NtfyAction) -> Value {
    // The app keeps the notification when the request fails, so that the person sees it.
    json!({
        "action": "http",
        "label": action.label,
        "url": action.url,
        "method": "POST",
        "headers": {"Accept": "application/json"},
        "clear": true,
    })
}

/// The beginning of a text that takes at most `room` bytes as a string of JSON, whole graphemes only.
fn fit(text: &str, room: usize) -> String {
    const MORE: &str = "…";
    let size = |part: &str| serde_json::to_string(part).map_or(part.len(), |quoted| quoted.len().saturating_sub(2));
    if size(text) <= room {
        return text.to_owned();
    }
    let mut left = room.saturating_sub(MORE.len());
    let mut out = String::new();
    for grapheme in text.graphemes(true) {
        let taken = size(grapheme);
        if taken > left {
            break;
        }
        left -= taken;
        out.push_str(grapheme);
    }
    out.push_str(MORE);
    out
}
