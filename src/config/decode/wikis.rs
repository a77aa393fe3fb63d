//! Decodes `[documents.confluence]` and `[documents.wiki]`.

use reqwest::{
    Method,
    header::{HeaderName, HeaderValue},
};

use crate::{
    config::{kinds, mistake::shown, read::Section, tree::Value},
    net,
    wiki::{
        Wiki, WikiClient,
        confluence::{ConfluenceCredentials, ConfluenceEdition, ConfluenceSettings, check_confluence_url},
        template::{WikiBody, WikiBodyFormat, WikiTemplate, WikiUrl, check_authorization},
    },
};

/// The methods that replace a page.
const METHODS: [(&str, usize); 3] = [("PUT", 0), ("POST", 1), ("PATCH", 2)];
/// The longest label of Confluence.
const LONGEST_LABEL: usize = 255;

pub(super) fn wikis(s: &Section<'_>) -> Vec<Wiki> {
    let confluence = s.table("confluence", confluence).flatten();
    let wiki = s.table("wiki", template).flatten();
    confluence.into_iter().chain(wiki).collect()
}

fn confluence(s: &Section<'_>) -> Option<Wiki> {
    let edition = s.read("edition", "cloud or data_center", |value| kinds::word(value, &ConfluenceEdition::WORDS));
    let edition = edition.unwrap_or(ConfluenceEdition::Cloud);
    let url = s.need("url", "http(s) address", |value| {
        let url = kinds::line(value)?;
        check_confluence_url(&url, edition)?;
        Ok(url)
    });
    let credentials = credentials(s, edition);
    let space = s.need("space", "key of a space", space);
    let parent = s.read("parent", "id of a page", page_id);
    let labels = labels(s);
    let private = s.flag("private", false);
    if url.as_deref().is_some_and(net::is_readable_on_the_way) {
        s.warn("url", "http: everyone between hotroom and Confluence can read the token; use https");
    }
    let settings = ConfluenceSettings { url: url?, edition, credentials: credentials?, space: space?, parent, labels };
    Some(Wiki { private, client: WikiClient::Confluence(settings) })
}

fn credentials(s: &Section<'_>, edition: ConfluenceEdition) -> Option<ConfluenceCredentials> {
    let email = s.read("email", "mail address", kinds::line);
    let token = s.needed_secret("token")?;
    match (email, edition) {
        (Some(email), ConfluenceEdition::Cloud) => Some(ConfluenceCredentials::ApiToken { email, token }),
        (Some(_), ConfluenceEdition::DataCenter) => {
            s.wrong("email", "belongs to Confluence Cloud; a Data Center takes a personal access token alone");
            None
        }
        (None, ConfluenceEdition::Cloud | ConfluenceEdition::DataCenter) => Some(ConfluenceCredentials::Bearer(token)),
    }
}

fn space(value: &Value) -> Result<String, String> {
    let key = kinds::line(value)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '~' | '-' | '_' | '.' | ':');
    if !key.is_empty() && key.len() <= 255 && key.chars().all(plain) {
        Ok(key)
    } else {
        Err(format!(
            "{} is no key of a space; write one such as \"OPS\", which the address of the space shows",
            shown(&key)
        ))
    }
}

fn page_id(value: &Value) -> Result<String, String> {
    let id = if let Value::Int(number) = value { number.to_string() } else { kinds::text(value)? };
    if !id.is_empty() && id.len() <= 20 && id.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(id)
    } else {
        Err(format!("{} is no id of a page; write the number that the address of the page shows", shown(&id)))
    }
}

fn labels(s: &Section<'_>) -> Vec<String> {
    let labels = s.texts("labels").unwrap_or_default();
    for label in &labels {
        let plain = |c: char| c.is_lowercase() || c.is_numeric() || matches!(c, '-' | '_');
        if label.is_empty() || label.chars().count() > LONGEST_LABEL || !label.chars().all(plain) {
            s.wrong(
                "labels",
                format!("{} is no label: Confluence takes lower-case letters, digits, - and _", shown(label)),
            );
        }
    }
    labels
}

fn template(s: &Section<'_>) -> Option<Wiki> {
    let method = s.read("method", "PUT, POST or PATCH", |value| kinds::word(value, &METHODS));
    let method = match method {
        Some(1) => Method::POST,
        Some(2) => Method::PATCH,
        Some(_) | None => Method::PUT,
    };
    let url = s.need("url", "http(s) address", |value| WikiUrl::parse(&kinds::line(value)?));
    let format = s.read("content_type", "media type", |value| kinds::word(value, &WikiBodyFormat::WORDS));
    let format = format.unwrap_or(WikiBodyFormat::Json);
    let body = s.need("body", "text", |value| WikiBody::parse(format, &kinds::text(value)?));
    let headers = headers(s);
    let authorization = s.secret("authorization");
    if let Some(Err(what)) = authorization.as_ref().map(check_authorization) {
        s.wrong("authorization", what);
    }
    let private = s.flag("private", false);
    let (url, body) = (url?, body?);
    if url.is_readable_on_the_way() {
        s.warn("url", "http: everyone between hotroom and the wiki can read the documents; use https");
    }
    Some(Wiki { private, client: WikiClient::Template(WikiTemplate { method, url, body, headers, authorization }) })
}

/// Headers such as `X-Wiki: 1`.
fn headers(s: &Section<'_>) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = Vec::new();
    for (at, line) in s.texts("headers").unwrap_or_default().iter().enumerate() {
        match header(line) {
            Ok(header) => headers.push(header),
            Err(what) => s.wrong("headers", format!("entry {}: {what}", at + 1)),
        }
    }
    headers
}

fn header(line: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = line.split_once(':').ok_or("is no header; write it as \"Name: value\"")?;
    let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| "has no name that a header may have")?;
    let value = HeaderValue::from_str(value.trim()).map_err(|_| "has characters that no header may have")?;
    match name.as_str() {
        "authorization" => Err("is made from authorization, which takes a secret".to_owned()),
        "host" | "connection" | "content-length" | "content-type" | "transfer-encoding" => {
            Err(format!("{name} is set by hotroom itself"))
        }
        _ => Ok((name, value)),
    }
}
