//! Instants.

use std::time::Duration;

/// An instant. All stored times are UTC with millisecond precision; zones appear only in input and output.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// Returns `at` plus `wait`, limited to what can be represented.
pub fn later(at: Timestamp, wait: Duration) -> Timestamp {
    let wait = chrono::TimeDelta::from_std(wait).unwrap_or(chrono::TimeDelta::MAX);
    at.checked_add_signed(wait).unwrap_or(Timestamp::MAX_UTC)
}
