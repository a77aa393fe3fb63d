//! Where a message goes and with which headers.

use reqwest::header::{HeaderName, HeaderValue};

use super::template::{GatewayTemplate, Placeholder, Values, percent_encoded};
use crate::net;

/// Headers that belong to the connection or have a key of their own.
const NOT_CHOSEN: [&str; 10] = [
    "host",
    "connection",
    "content-length",
    "content-type",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "keep-alive",
];

/// An address with placeholders in its path and query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayUrl {
    /// Scheme and host.
    base: String,
    path: GatewayTemplate,
    query: Option<GatewayTemplate>,
}

impl GatewayUrl {
    /// Parses an address.
    ///
    /// # Errors
    /// Says what is wrong with it. It is not repeated, because it may hold a key.
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
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        let url = Self {
            base: base.to_owned(),
            path: GatewayTemplate::parse(path)?,
            query: query.map(GatewayTemplate::parse).transpose()?,
        };
        let sample = Values { number: "+1", text: "a", id: "a", secret: None };
        net::check_url(&url.fill(&sample)?).map_err(|failure| failure.to_string())?;
        Ok(url)
    }

    /// The address with these values.
    ///
    /// # Errors
    /// Says that a value would change the path.
    pub(super) fn fill(&self, values: &Values<'_>) -> Result<String, String> {
        let path = self.path.fill(values, percent_encoded);
        // Clients resolve `.` and `..`, however they are encoded.
        if !self.path.is_fixed() && path.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err("a value in the path of the URL is . or ..".to_owned());
        }
        let query =
            self.query.as_ref().map(|query| format!("?{}", query.fill(values, percent_encoded))).unwrap_or_default();
        Ok(format!("{}{path}{query}", self.base))
    }

    /// True for `http` to a public host.
    pub fn is_readable_on_the_way(&self) -> bool {
        net::is_readable_on_the_way(&self.base)
    }

    pub(super) fn placeholders(&self) -> impl Iterator<Item = Placeholder> {
        self.path.placeholders().chain(self.query.iter().flat_map(GatewayTemplate::placeholders))
    }
}

/// A header with placeholders in its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayHeader {
    name: HeaderName,
    value: GatewayTemplate,
}

impl GatewayHeader {
    /// Parses `Name: value`.
    ///
    /// # Errors
    /// Says what is wrong with it, without its value.
    pub fn parse(line: &str) -> Result<Self, String> {
        let Some((name, value)) = line.split_once(':') else {
            return Err("is no header; write it as \"Name: value\"".to_owned());
        };
        let Ok(parsed) = HeaderName::from_bytes(name.trim().as_bytes()) else {
            return Err(format!("{:?} is no name of a header", name.trim()));
        };
        if NOT_CHOSEN.contains(&parsed.as_str()) {
            let instead = if parsed == "content-type" { "write content_type" } else { "hotroom sets it itself" };
            return Err(format!("the header {parsed} cannot be set here; {instead}"));
        }
        let header = Self { name: parsed, value: GatewayTemplate::parse(value.trim())? };
        let sample = Values { number: "+1", text: "a", id: "a", secret: None };
        header.fill(&sample).map_err(|why| format!("the header {}: {why}", header.name))?;
        Ok(header)
    }

    /// The header with these values.
    ///
    /// # Errors
    /// Says that a literal part holds what no header may have.
    pub(super) fn fill(&self, values: &Values<'_>) -> Result<(HeaderName, HeaderValue), String> {
        // A line break would begin another header.
        let encode = |value: &str| value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let text = self.value.fill(values, encode);
        let value = HeaderValue::from_bytes(text.trim().as_bytes());
        let value = value.map_err(|_| "has characters that no header may have".to_owned())?;
        Ok((self.name.clone(), value))
    }

    pub(super) fn placeholders(&self) -> impl Iterator<Item = Placeholder> {
        self.value.placeholders()
    }

    pub(super) fn is_authorization(&self) -> bool {
        self.name == "authorization"
    }
}
