//! Refusals of commands about alert groups and silences.

use serde::{Deserialize, Serialize};

use crate::domain::{
    alert::{SilenceFault, SilencePreview},
    ids::Key,
};

/// A refusal of a command about alerts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are what the sentence of the variant needs")]
pub enum AlertRefusal {
    /// The alert group is unknown.
    #[error("there is no alert group {id}")]
    UnknownGroup { id: String },
    /// The silence is unknown.
    #[error("there is no silence {id}")]
    UnknownSilence { id: String },
    /// The silence is invalid.
    #[error("the silence cannot be as asked: {why:?}")]
    BadSilence { why: SilenceFault },
    /// The silence would match most firing alerts and was not confirmed. `command` confirms it.
    #[error("the silence would match {held} of {of} firing alerts", held = reach.held, of = reach.looked_at)]
    WideSilence { reach: SilencePreview, command: String },
    /// The alert group belongs to an incident already.
    #[error("these alerts belong to {key}")]
    GroupTaken { key: Key },
}

impl AlertRefusal {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::UnknownGroup { .. } => "unknown_group",
            Self::UnknownSilence { .. } => "unknown_silence",
            Self::BadSilence { .. } => "bad_silence",
            Self::WideSilence { .. } => "wide_silence",
            Self::GroupTaken { .. } => "group_taken",
        }
    }
}
