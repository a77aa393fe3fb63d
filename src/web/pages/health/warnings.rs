//! What was unusual in deliveries that were read nevertheless.

use serde::Serialize;

use crate::{
    domain::{Timestamp, text::Untrusted},
    store::{Reads, SenderWarningCount, StoreError},
    web::pages::words,
};

/// How recently a warning must have come to count for the overall state, in hours.
const RECENT: i64 = 24;

/// A warning and how often it applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SenderWarningView {
    /// The source.
    pub source: String,
    /// The word of the kind; the template has a sentence for each.
    pub kind: &'static str,
    /// The sender's word, or the field; empty if there is none.
    pub detail: String,
    /// The number of alerts.
    pub count: u64,
    /// When it came last.
    pub last: String,
    /// True if it came within a day.
    pub recent: bool,
}

/// Reads the latest warnings.
pub(super) fn read(reads: &Reads<'_>, limit: usize, now: Timestamp) -> Result<Vec<SenderWarningView>, StoreError> {
    let view = |warning: SenderWarningCount| SenderWarningView {
        source: warning.source,
        kind: warning.kind.name(),
        detail: Untrusted::new(warning.detail).shown(words::TITLE),
        count: warning.count,
        last: words::at(warning.last),
        recent: now - warning.last < chrono::TimeDelta::hours(RECENT),
    };
    Ok(reads.sender_warnings(limit)?.into_iter().map(view).collect())
}
