//! How bad something is.

use serde::Serialize;

/// A health level, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mood {
    /// No action needed.
    Good,
    /// Someone should check.
    Warning,
    /// Someone must act now.
    Critical,
}
