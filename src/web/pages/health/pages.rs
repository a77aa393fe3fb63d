//! Pages to which nobody may respond.

use serde::Serialize;

use crate::{
    domain::{ids::PersonId, oncall::Page},
    store::{Reads, StoreError},
    web::pages::words,
};

/// The most pages that are looked at.
const MOST: usize = 1_000;

/// A page to which nobody may respond.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TroubledPage {
    /// What people call it, if the reader may see it.
    pub key: Option<String>,
    /// True if it is about an incident.
    pub incident: bool,
    /// `unanswered`, `nobody_on_call` or `unreached`.
    pub trouble: &'static str,
    /// When it started.
    pub since: String,
}

/// Counts the pages to which nobody may respond.
pub fn count(reads: &Reads<'_>) -> Result<usize, StoreError> {
    Ok(reads.asking_pages(MOST)?.iter().filter(|page| is_troubled(page)).count())
}

/// A drill that nobody answers is no trouble.
fn is_troubled(page: &Page) -> bool {
    !page.spec.drill && page.trouble().is_some()
}

/// Reads the rows of the health page.
pub(super) fn read(reads: &Reads<'_>, reader: &PersonId, limit: usize) -> Result<Vec<TroubledPage>, StoreError> {
    let mut found = Vec::new();
    for page in reads.asking_pages(MOST)?.iter().filter(|page| is_troubled(page)).take(limit) {
        let incident = page.incident().map(|incident| reads.incident(incident)).transpose()?.flatten();
        let visible = page.incident().is_none() || incident.is_some_and(|incident| incident.visible_to(reader));
        found.push(TroubledPage {
            key: visible.then(|| page.spec.key().to_string()),
            incident: page.incident().is_some(),
            trouble: page.trouble().map_or("", |trouble| trouble.name()),
            since: words::at(page.created_at),
        });
    }
    Ok(found)
}
