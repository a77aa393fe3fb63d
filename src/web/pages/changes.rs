//! Changes, as shown in an incident's record and in the side bar of its room.

use serde::Serialize;

use super::{groups, words};
use crate::{
    app::incidents::recent_changes,
    domain::{alert::Change, incident::Incident, text::Untrusted},
    store::{Reads, StoreError, StoredChange},
};

/// A change made shortly before an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeView {
    /// When it was made.
    pub at: String,
    /// What was changed.
    pub summary: String,
    /// Where it was made; empty if unknown.
    pub place: String,
    /// The source that reported it.
    pub source: String,
    /// The service it names.
    pub service: Option<String>,
    /// Links, http and https only.
    pub links: Vec<String>,
}

/// The changes made shortly before an incident, newest first, at most `limit`.
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
