//! Past incidents that are like the one on the record.

use serde::Serialize;

use crate::{
    app::incidents::similar,
    domain::{incident::Incident, report::Likeness},
    store::{Reads, StoreError},
    web::pages::{page_context::PageContext, words},
};

/// A past incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SimilarRow {
    /// Its key.
    pub key: String,
    /// Its title.
    pub title: String,
    /// The class of its cause.
    pub cause: Option<String>,
    /// What was done.
    pub fix: Option<String>,
    /// True if it has a post-mortem.
    pub postmortem: bool,
    /// Why it is shown.
    pub likeness: Likeness,
}

/// Reads those that the reader may see.
pub(super) fn read(
    reads: &Reads<'_>,
    context: PageContext<'_>,
    incident: &Incident,
) -> Result<Vec<SimilarRow>, StoreError> {
    let found = similar::for_person(reads, incident.id, context.reader)?;
    let row = |other: similar::SimilarIncident| {
        let resolution = other.incident.resolution.as_ref();
        SimilarRow {
            key: other.incident.key.to_string(),
            title: words::title(&other.incident.title),
            cause: other.incident.cause().map(str::to_owned),
            fix: resolution.map(|resolution| words::title(&resolution.summary)).filter(|fix| !fix.is_empty()),
            postmortem: other.has_postmortem,
            likeness: other.likeness,
        }
    };
    Ok(found.into_iter().map(row).collect())
}
