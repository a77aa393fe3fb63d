//! The message with what may explain a new incident.

use minijinja::{context, value::Serde};
use serde::Serialize;

use super::MessageRenderer;
use crate::{
    chat::{Post, PostKind, Tone},
    domain::{Timestamp, report::Likeness, text::Untrusted},
};

/// What may explain a new incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackgroundFacts {
    /// What changed in the hours before it, the newest first.
    pub recent: Vec<RecentLine>,
    /// Past incidents that are like it, the most alike first.
    pub similar: Vec<SimilarLine>,
}

impl BackgroundFacts {
    /// True if there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.recent.is_empty() && self.similar.is_empty()
    }
}

/// Something that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecentLine {
    /// When.
    pub at: Timestamp,
    /// What sort of change.
    pub kind: RecentKind,
    /// What it was; blank where the sort says everything.
    pub text: Untrusted,
    /// Where to read on.
    pub link: Option<String>,
}

/// The sort of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecentKind {
    /// A deployment, or another change that a sender reported.
    Change,
    /// `bot.toml` was reloaded.
    Reload,
    /// A silence began.
    SilenceBegan,
    /// A silence ended.
    SilenceEnded,
    /// A source stopped sending.
    SourceSilent,
    /// Alerts that change too often.
    Flapping,
}

/// A past incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SimilarLine {
    /// Its key.
    pub key: String,
    /// Its title.
    pub title: Untrusted,
    /// The address of its record.
    pub record: String,
    /// The class of its cause.
    pub cause: Option<String>,
    /// What was done.
    pub fix: Option<Untrusted>,
    /// The address of its post-mortem.
    pub postmortem: Option<String>,
    /// Why it is shown.
    pub likeness: Likeness,
}

impl MessageRenderer<'_> {
    /// Builds the message: `templates/chat/background.md`.
    pub fn background(&self, facts: &BackgroundFacts) -> Post {
        let context = context! { recent => Serde(&facts.recent), similar => Serde(&facts.similar) };
        let mut post = self.renderer.post(PostKind::Line, "chat/background.md", &self.scene(), context);
        post.tone = Tone::Info;
        post
    }
}
