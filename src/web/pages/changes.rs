//! Changes, as an incident's record and the side bar of its room show them.

use serde::Serialize;

use super::{groups, words};
use crate::{
    app::incidents::recent_changes,
    domain::{alert::Change, incident::Incident, text::Untrusted},
    store::{Reads, StoreError, StoredChange},
};

/// A change that was made shortly before an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeView {
    /// When.
    pub at: String,
    /// What.
    pub summary: String,
    /// Where, if it is said.
    pub place: String,
    /// Who told it.
    pub source: String,
    /// The service it names.
    pub service: Option<String>,
    /// http(s) addresses.
    pub links: Vec<String>,
}

/// The changes that were made shortly before an incident, the newest first, at most `limit`.
///
/// # Errors
/// When the store fails.
pub(super) fn before(reads: &Reads<'_>, incident: &Incident, limit: usize) -> Result<Vec<ChangeView>, StoreError> {
    Ok(recent_changes::before(reads, incident, limit)?.into_iter().map(view).collect())
}

fn view(stored: StoredChange) -> ChangeView {
    let Change { at, summary, place, links, .. } = stored.change;
    ChangeView {
        at: words::at(at),
        summary: summary.shown(words::TITLE),
        place: place.shown(words::TITLE),
        source: stored.source.to_string(),
        service: stored.service.map(|service| Untrusted::new(service.as_str()).shown(words::TITLE)),
        links: links.iter().filter_map(groups::link).collect(),
    }
}
