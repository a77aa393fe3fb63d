//! What was unusual in a delivery that was read nevertheless.

use crate::domain::text::cut;

/// Maximum length of a sender's word, in characters.
const DETAIL: usize = 80;

/// What was unusual. The sentences are in `templates/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WarningKind {
    /// A word for a severity is unknown: the alert has no severity.
    UnknownSeverity,
    /// A word for a state is unknown: the alert fires.
    UnknownState,
    /// A field is of an unexpected type and was left out.
    OddField,
    /// A time could not be parsed and was left out.
    OddTime,
    /// The sender left out alerts of its notification.
    Truncated,
}

impl WarningKind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::UnknownSeverity, Self::UnknownState, Self::OddField, Self::OddTime, Self::Truncated];

    /// Returns the word it is stored as.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownSeverity => "unknown_severity",
            Self::UnknownState => "unknown_state",
            Self::OddField => "odd_field",
            Self::OddTime => "odd_time",
            Self::Truncated => "truncated",
        }
    }
}

/// A warning, and how often it applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderWarning {
    /// What was unusual.
    pub kind: WarningKind,
    /// The sender's word, or the position in the body.
    pub detail: String,
    /// The number of alerts.
    pub count: u32,
}

impl SenderWarning {
    /// A warning about one alert.
    pub fn new(kind: WarningKind, detail: &str) -> Self {
        Self { kind, detail: cut(detail.trim(), DETAIL), count: 1 }
    }
}
