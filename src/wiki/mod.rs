//! Clients of wikis that show published post-mortems. A client is given what the page is to say, looks at what is there, and
//! changes only what differs; when this happens is decided elsewhere.

pub mod confluence;
mod failure;
mod storage;
pub mod template;

use crate::{
    domain::review::{WikiKind, WikiPage},
    net::HttpClient,
};

use confluence::ConfluenceSettings;
pub use failure::WikiFailure;
pub use storage::to_storage;
use template::WikiTemplate;

/// A wiki of `[documents]`.
#[derive(Clone, Debug)]
pub struct Wiki {
    /// True if it also gets private incidents.
    pub private: bool,
    /// How it is reached.
    pub client: WikiClient,
}

/// The client of a wiki.
#[derive(Clone, Debug)]
pub enum WikiClient {
    /// Confluence Cloud or Data Center.
    Confluence(ConfluenceSettings),
    /// A wiki that `bot.toml` describes by an HTTP request.
    Template(WikiTemplate),
}

/// What a page is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WikiDocument {
    /// The mark by which the page is recognised: the same for an incident for ever.
    pub mark: String,
    /// The key of the incident.
    pub key: String,
    /// The title of the page.
    pub title: String,
    /// Where the document is written in hotroom.
    pub link: String,
    /// The text in Markdown, without a title.
    pub markdown: String,
}

/// A publication of a document.
#[derive(Clone, Copy, Debug)]
pub struct Publication<'a> {
    /// What the page is to say.
    pub document: &'a WikiDocument,
    /// The page that was written before; `None` if none is known.
    pub known: Option<&'a WikiPage>,
    /// True if a person asked to replace what somebody edited, deleted or put there.
    pub replace: bool,
}

impl WikiClient {
    /// Which wiki it is.
    pub fn kind(&self) -> WikiKind {
        match self {
            Self::Confluence(_) => WikiKind::Confluence,
            Self::Template(_) => WikiKind::Template,
        }
    }

    /// Brings the page of a document up to date.
    ///
    /// # Errors
    /// [`WikiFailure`]; a repeat continues where this attempt ended.
    pub async fn publish(&self, http: &HttpClient, publication: Publication<'_>) -> Result<WikiPage, WikiFailure> {
        match self {
            Self::Confluence(settings) => settings.publish(http, publication).await,
            Self::Template(template) => template.publish(http, publication.document).await,
        }
    }
}
