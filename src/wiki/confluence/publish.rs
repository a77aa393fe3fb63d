//! Brings a page up to date, unless a person has a say in it.

use super::{
    api::{ConfluenceApi, StoredMark, is_title_taken},
    page::{PageMark, StorageText, WrittenPage},
    settings::{ConfluenceEdition, ConfluenceSettings},
};
use crate::{
    domain::review::WikiPage,
    net::HttpClient,
    wiki::{Publication, WikiDocument, WikiFailure},
};

/// How a person lets hotroom go on.
const ANSWER: &str = "/postmortem replace";

/// A page that is there, with our mark.
struct FoundPage {
    page: WrittenPage,
    stored: Option<StoredMark>,
}

impl FoundPage {
    fn mark(&self) -> Option<&PageMark> {
        self.stored.as_ref().and_then(|stored| stored.mark.as_ref())
    }
}

impl ConfluenceSettings {
    /// Brings the page of a document up to date.
    pub(in crate::wiki) async fn publish(
        &self,
        http: &HttpClient,
        publication: Publication<'_>,
    ) -> Result<WikiPage, WikiFailure> {
        let api = ConfluenceApi { settings: self, http };
        let Publication { document, known, replace } = publication;
        let text = StorageText::of(document);
        let mut known_page = None;
        if let Some(known) = known.filter(|known| !known.id.is_empty()) {
            known_page = api.read(&known.id).await?;
            if known_page.is_none() && !replace {
                return Err(held(&format!(
                    "somebody deleted the page {} of Confluence, or our account may not see it any more. To write it again: {ANSWER}",
                    known.id
                )));
            }
        }
        let space = match self.edition {
            ConfluenceEdition::Cloud if known_page.is_none() => super::wire::id_text(&api.space().await?.id),
            ConfluenceEdition::Cloud | ConfluenceEdition::DataCenter => String::new(),
        };
        let there = match known_page {
            Some(page) => Some(page),
            None => api.find(&space, &text.title).await?,
        };
        match there {
            Some(page) => {
                let stored = api.mark(&page.id).await?;
                self.change(api, &publication, FoundPage { page, stored }, &text).await
            }
            None => self.create(api, document, &text, &space).await,
        }
    }

    /// Creates the page. A title that is taken may be ours, from an attempt whose end is unknown.
    async fn create(
        &self,
        api: ConfluenceApi<'_>,
        document: &WikiDocument,
        text: &StorageText,
        space: &str,
    ) -> Result<WikiPage, WikiFailure> {
        match api.create(space, text).await {
            Ok(page) => self.finish(api, document, FoundPage { page, stored: None }, text).await,
            Err(failure) if is_title_taken(&failure) => Err(WikiFailure::Conflict(format!(
                "Confluence has a page \"{}\" that its search does not show yet",
                text.title
            ))),
            Err(failure) => Err(failure),
        }
    }

    async fn change(
        &self,
        api: ConfluenceApi<'_>,
        publication: &Publication<'_>,
        there: FoundPage,
        text: &StorageText,
    ) -> Result<WikiPage, WikiFailure> {
        let document = publication.document;
        let is_marked = there.mark().is_some_and(|mark| {
            (mark.incident.as_str(), &mark.sha256, mark.version)
                == (document.mark.as_str(), &text.sha256, there.page.version)
        });
        if is_marked {
            return Ok(there.page.reference());
        }
        if !publication.replace {
            check(document, &there)?;
        }
        // An attempt that ended before it wrote the mark.
        if there.page.message == text.message() && there.page.title == text.title {
            return self.finish(api, document, there, text).await;
        }
        match api.update(&there.page, text).await {
            Ok(page) => self.finish(api, document, FoundPage { page, ..there }, text).await,
            Err(WikiFailure::Conflict(why)) => {
                let Some(page) = api.read(&there.page.id).await? else { return Err(WikiFailure::Conflict(why)) };
                let there = FoundPage { page, ..there };
                if !publication.replace {
                    check(document, &there)?;
                }
                Err(WikiFailure::Conflict(why))
            }
            Err(failure) if is_title_taken(&failure) => Err(title_taken(text)),
            Err(failure) => Err(failure),
        }
    }

    /// Labels and marks a page that was written. The mark comes last: with it, everything before it was done.
    async fn finish(
        &self,
        api: ConfluenceApi<'_>,
        document: &WikiDocument,
        written: FoundPage,
        text: &StorageText,
    ) -> Result<WikiPage, WikiFailure> {
        let FoundPage { page, stored } = written;
        api.add_labels(&page.id, &self.labels).await?;
        let mark = PageMark { incident: document.mark.clone(), sha256: text.sha256.clone(), version: page.version };
        api.save_mark(&page.id, stored.as_ref(), &mark).await?;
        Ok(page.reference())
    }
}

/// Fails if the page is another one, or if a person edited it.
fn check(document: &WikiDocument, there: &FoundPage) -> Result<(), WikiFailure> {
    let page = &there.page;
    if !page.is_of(document, there.mark()) {
        return Err(held(&format!(
            "Confluence has another page \"{}\" ({}). Rename that page, or replace its text: {ANSWER}",
            page.title,
            place(page)
        )));
    }
    if !page.is_untouched(document, there.mark()) {
        return Err(held(&format!(
            "somebody edited the Confluence page of the post-mortem ({}, version {}), so it was not overwritten. Bring the edit over \
             to the post-mortem here, then write the page again: {ANSWER}. The edit stays in the page's history",
            place(page),
            page.version
        )));
    }
    Ok(())
}

fn title_taken(text: &StorageText) -> WikiFailure {
    held(&format!("Confluence has another page \"{}\". Rename that page, then: {ANSWER}", text.title))
}

fn held(why: &str) -> WikiFailure {
    WikiFailure::Held(why.to_owned())
}

fn place(page: &WrittenPage) -> &str {
    if page.url.is_empty() { &page.id } else { &page.url }
}
