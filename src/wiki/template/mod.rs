//! Wikis that `bot.toml` describes: one HTTP request whose address names the page, so that a repeat replaces it.

mod body;
#[cfg(test)]
mod tests;
mod text;

use reqwest::{
    Method,
    header::{HeaderName, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};

use super::{WikiDocument, WikiFailure};
use crate::{
    domain::review::WikiPage,
    net::{self, HttpCall, HttpClient, UrlOrigin},
};

pub use body::{WikiBody, WikiBodyFormat};
pub use text::{WikiText, WikiValue};
use text::{WikiValues, percent_encoded};

/// The largest answer that is read.
const LARGEST: usize = 8 << 20;

/// `[documents.wiki]`
#[derive(Clone, Debug)]
pub struct WikiTemplate {
    /// The method: PUT, POST or PATCH.
    pub method: Method,
    /// The address of the page.
    pub url: WikiUrl,
    /// What is sent.
    pub body: WikiBody,
    /// Headers besides those of the body and of the sign-in.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The whole value of the header `Authorization`; `None` if there is none.
    pub authorization: Option<SecretString>,
}

/// The address of a page, with placeholders in its path and query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WikiUrl {
    /// Scheme and host.
    base: String,
    rest: WikiText,
}

impl WikiUrl {
    /// Parses an address.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some(host) = text.find("://").map(|at| at + 3) else {
            return Err("is no http(s) address".to_owned());
        };
        let end = text[host..].find(['/', '?', '#']).map_or(text.len(), |at| host + at);
        let (base, rest) = text.split_at(end);
        if base.contains("{{") {
            return Err("has a placeholder in its host; placeholders stand in the path or in the query".to_owned());
        }
        if rest.contains('#') {
            return Err("has a #: what follows it is never sent".to_owned());
        }
        let url = Self { base: base.to_owned(), rest: WikiText::parse(rest)? };
        if !url.rest.uses(WikiValue::Key) {
            return Err("has no {{key}}, so that every post-mortem would replace the one before it".to_owned());
        }
        net::check_url(&format!("{base}{}", url.rest.fill(&WikiValues::sample(), percent_encoded)))
            .map_err(|failure| failure.to_string())?;
        Ok(url)
    }

    /// True for `http` to a public host.
    pub fn is_readable_on_the_way(&self) -> bool {
        net::is_readable_on_the_way(&self.base)
    }

    fn fill(&self, values: &WikiValues<'_>) -> String {
        format!("{}{}", self.base, self.rest.fill(values, percent_encoded))
    }
}

impl WikiTemplate {
    /// Sends a document.
    pub(super) async fn publish(&self, http: &HttpClient, document: &WikiDocument) -> Result<WikiPage, WikiFailure> {
        let values = WikiValues::of(document);
        let url = self.url.fill(&values);
        let (content_type, body) = self.body.fill(&values);
        let mut call = HttpCall::new(self.method.clone(), url.clone(), UrlOrigin::Config)
            .body(content_type, body)
            .header("accept", "application/json")
            .at_most(LARGEST);
        for (name, value) in &self.headers {
            call = call.secret_header_named(name.clone(), value.clone());
        }
        if let Some(authorization) = &self.authorization {
            call = call.secret_header("authorization", authorization);
        }
        http.send(call).await.map_err(WikiFailure::Repeatable)?;
        Ok(WikiPage { id: document.key.clone(), version: 0, url: String::new() })
    }

    /// Asks whether the wiki can be reached and accepts the sign-in, by reading the address of a page that does not exist. Returns the
    /// status of the answer.
    ///
    /// # Errors
    /// [`WikiFailure`] when no answer comes.
    pub async fn probe(&self, http: &HttpClient) -> Result<u16, WikiFailure> {
        let url = self.url.fill(&WikiValues::sample());
        let mut call = HttpCall::new(Method::GET, url, UrlOrigin::Config).at_most(LARGEST);
        for (name, value) in &self.headers {
            call = call.secret_header_named(name.clone(), value.clone());
        }
        if let Some(authorization) = &self.authorization {
            call = call.secret_header("authorization", authorization);
        }
        http.exchange(call).await.map(|answer| answer.status).map_err(WikiFailure::Read)
    }
}

/// Checks the value of the header `Authorization`.
///
/// # Errors
/// Says what must be written, without the value.
pub fn check_authorization(value: &SecretString) -> Result<(), String> {
    let text = value.expose_secret();
    if HeaderValue::from_str(text).is_ok() && text.contains(' ') {
        Ok(())
    } else {
        Err("must be the whole header, such as \"Bearer …\" or \"Basic …\"".to_owned())
    }
}
