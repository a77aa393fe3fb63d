//! How severe an incident or alert is.

use serde::{Deserialize, Serialize};

/// The severity of an incident or alert. `Sev1` is the most severe and sorts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Critical: very high impact.
    Sev1,
    /// Major: significant impact.
    Sev2,
    /// Minor: low impact.
    Sev3,
    /// Slight: an annoyance.
    Sev4,
}

impl Severity {
    /// All, most severe first.
    pub const ALL: [Self; 4] = [Self::Sev1, Self::Sev2, Self::Sev3, Self::Sev4];

    /// Returns `sev1` … `sev4`, as stored and shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sev1 => "sev1",
            Self::Sev2 => "sev2",
            Self::Sev3 => "sev3",
            Self::Sev4 => "sev4",
        }
    }

    /// Parses `sev1`, `SEV1`, `s1` or `1`.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_ascii_lowercase();
        let digit = lower.strip_prefix("sev").or_else(|| lower.strip_prefix('s')).unwrap_or(&lower);
        Self::ALL.into_iter().find(|s| &s.name()[3..] == digit.trim_start_matches('-'))
    }
}
