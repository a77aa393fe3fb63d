//! A page as it is in Confluence, and whose it is.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::wire::{PageBody, id_text};
use crate::{
    domain::review::WikiPage,
    wiki::{
        WikiDocument,
        storage::{escape_xml, to_storage},
    },
};

/// The longest title.
const LONGEST_TITLE: usize = 255;

/// A page as it is there.
#[derive(Debug)]
pub(super) struct WrittenPage {
    pub id: String,
    pub title: String,
    pub version: u64,
    /// What was said of its latest change.
    pub message: String,
    pub body: String,
    pub url: String,
}

impl WrittenPage {
    /// Reads a page; `None` if it is in the trash or archived. `base` is the address of Confluence.
    pub fn read(page: PageBody, base: &str) -> Option<Self> {
        if !matches!(page.status.as_str(), "" | "current") {
            return None;
        }
        let base = page
            .links
            .base
            .as_deref()
            .filter(|base| base.starts_with("https://") || base.starts_with("http://"))
            .unwrap_or(base);
        let path = page.links.webui.as_deref().filter(|path| path.starts_with('/'));
        let url = path.map(|path| format!("{base}{path}")).unwrap_or_default();
        Some(Self {
            id: id_text(&page.id),
            title: page.title,
            version: page.version.number,
            message: page.version.message.unwrap_or_default(),
            body: page.body.storage.unwrap_or_default().value,
            url,
        })
    }

    /// What is kept of it.
    pub fn reference(&self) -> WikiPage {
        WikiPage { id: self.id.clone(), version: self.version, url: self.url.clone() }
    }

    /// True if hotroom made the latest version.
    pub fn is_untouched(&self, document: &WikiDocument, mark: Option<&PageMark>) -> bool {
        let recorded = mark.is_some_and(|mark| mark.incident == document.mark && mark.version == self.version);
        // The mark is written after the page: an attempt that ended between the two left these.
        recorded || is_message(&self.message) || (self.version == 1 && self.body.contains(&anchor(document)))
    }

    /// True if the page belongs to the document, whoever edited it.
    pub fn is_of(&self, document: &WikiDocument, mark: Option<&PageMark>) -> bool {
        mark.is_some_and(|mark| mark.incident == document.mark) || self.body.contains(&anchor(document))
    }
}

/// The property of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PageMark {
    /// The mark of the document.
    pub incident: String,
    /// The hash of title and body as they were written.
    pub sha256: String,
    /// The version that this made.
    pub version: u64,
}

/// What is written.
pub(super) struct StorageText {
    pub title: String,
    pub body: String,
    pub sha256: String,
}

impl StorageText {
    /// The text of a document, with our anchor.
    pub fn of(document: &WikiDocument) -> Self {
        let title: String = document.title.chars().filter(|c| !c.is_control()).take(LONGEST_TITLE).collect();
        let title = title.trim().to_owned();
        let body = format!(
            "<p><ac:structured-macro ac:name=\"anchor\"><ac:parameter ac:name=\"\">{}</ac:parameter></ac:structured-macro></p>{}",
            escape_xml(&anchor(document)),
            to_storage(&document.markdown)
        );
        let sha256 = hex::encode(Sha256::digest(format!("{title}\n{body}")));
        Self { title, body, sha256 }
    }

    /// What is said of the change that writes it.
    pub fn message(&self) -> String {
        format!("{MESSAGE}{}", &self.sha256[..12])
    }
}

/// What begins the message of a version that hotroom made.
const MESSAGE: &str = "hotroom ";

fn is_message(text: &str) -> bool {
    let hash = text.strip_prefix(MESSAGE).unwrap_or_default();
    hash.len() == 12 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The name of an anchor that stands in the body and is not shown.
fn anchor(document: &WikiDocument) -> String {
    format!("hotroom-{}", document.mark)
}
