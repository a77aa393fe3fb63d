//! The pages that ask the reader, for the alarm of the console: its bar, its sound and its desktop notification.

use serde::Serialize;

use crate::{
    domain::{
        Timestamp,
        ids::PersonId,
        incident::{Incident, IncidentKind},
        oncall::Page,
    },
    store::{Reads, StoreError},
    web::pages::words::{self, ConfigNames},
};

/// The most pages that are looked at. Of more than this nobody reads the list.
const MOST: usize = 500;

/// A page that waits for the reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AskingPage {
    /// Its id, for `/page ack`.
    pub id: String,
    /// The key of the incident, or of the page if it belongs to none.
    pub key: String,
    /// The title of the incident, plain text, or what a page without one says; `None` if the reader may not see it.
    pub title: Option<String>,
    /// `sev1` … `sev4`; empty for a page without an incident.
    pub severity: String,
    /// The display name of the severity; empty for a page without an incident.
    pub severity_name: String,
    /// When the reader was paged last.
    pub at: String,
    /// How often the reader was paged: the alarm begins anew with each time.
    pub attempt: u32,
    /// The path of the room, or of the record while there is no room.
    pub open: String,
    /// The version of the page, for its buttons.
    pub version: u64,
    /// True if nobody else is paged any more.
    pub exhausted: bool,
    /// True for a drill.
    pub drill: bool,
}

/// Returns the pages that wait for a reader, oldest first.
///
/// # Errors
/// When the store fails.
pub fn read(reads: &Reads<'_>, words: ConfigNames<'_>, reader: &PersonId) -> Result<Vec<AskingPage>, StoreError> {
    let pages = reads.asking_pages(MOST)?;
    let mine = pages.iter().filter(|page| page.still_asks(reader) && page.asked(reader) > 0);
    let mut asking = Vec::new();
    for page in mine {
        let Some(incident) = page.incident() else {
            asking.push(AskingPage::of_request(reader, page));
            continue;
        };
        if let Some(incident) = reads.incident(incident)? {
            asking.push(AskingPage::of(words, reader, page, &incident));
        }
    }
    Ok(asking)
}

impl AskingPage {
    fn of_request(reader: &PersonId, page: &Page) -> Self {
        let message = page.spec.message.as_ref().filter(|text| !text.is_blank());
        Self {
            id: page.id().to_string(),
            key: page.spec.key().to_string(),
            title: message.map(words::title),
            severity: String::new(),
            severity_name: String::new(),
            at: words::at(paged_at(page, reader)),
            attempt: page.asked(reader),
            open: page.spec.room().map_or_else(|| "/oncall".to_owned(), |room| format!("/rooms/{room}")),
            version: page.version,
            exhausted: page.is_exhausted(),
            drill: false,
        }
    }

    fn of(words: ConfigNames<'_>, reader: &PersonId, page: &Page, incident: &Incident) -> Self {
        let visible = incident.visible_to(reader);
        let room = if visible { incident.room.as_ref() } else { None };
        Self {
            id: page.id().to_string(),
            key: incident.key.to_string(),
            title: visible.then(|| words::title(&incident.title)),
            severity: incident.severity.name().to_owned(),
            severity_name: words.severity(incident.severity),
            at: words::at(paged_at(page, reader)),
            attempt: page.asked(reader),
            open: room.map_or_else(|| format!("/incidents/{}", incident.key), |room| format!("/rooms/{room}")),
            version: page.version,
            exhausted: page.is_exhausted(),
            drill: incident.kind == IncidentKind::Drill,
        }
    }
}

/// When a reader was paged last.
fn paged_at(page: &Page, reader: &PersonId) -> Timestamp {
    let last = page.attempts.iter().rev().find(|attempt| attempt.person == *reader);
    last.map_or(page.created_at, |attempt| attempt.at)
}
