//! Requests to Confluence: paths and bodies of both editions, credentials, bounds, and what a failure means.

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    page::{PageMark, StorageText, WrittenPage},
    settings::{ConfluenceCredentials, ConfluenceEdition, ConfluenceSettings},
    wire::{ErrorBody, PageBody, PropertyBody, ResultList, SpaceBody, id_text},
};
use crate::{
    domain::text::{cut, visible},
    net::{HttpCall, HttpClient, HttpFailure, HttpResponse, UrlOrigin},
    wiki::WikiFailure,
};

/// The largest answer: a page with its body.
const LARGEST: usize = 16 << 20;
/// How much of Confluence's reason is shown, in graphemes.
const LONGEST_REASON: usize = 300;
/// The property with our mark.
const PROPERTY: &str = "hotroom";

/// What is left as it is in a part of a URL.
const URL_SAFE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A Confluence, with the connection to it.
#[derive(Clone, Copy)]
pub(super) struct ConfluenceApi<'a> {
    pub settings: &'a ConfluenceSettings,
    pub http: &'a HttpClient,
}

/// Our mark on a page, as it is stored there.
pub(super) struct StoredMark {
    id: String,
    version: u64,
    /// `None` if somebody else wrote the property.
    pub mark: Option<PageMark>,
}

impl ConfluenceApi<'_> {
    /// The space.
    pub async fn space(&self) -> Result<SpaceBody, WikiFailure> {
        let key = &self.settings.space;
        let missing = || {
            WikiFailure::Refused(format!(
                "Confluence: there is no space {key}, or our account may not see it; check space and its permissions"
            ))
        };
        match self.settings.edition {
            ConfluenceEdition::Cloud => {
                let found: ResultList<SpaceBody> = self.get(&format!("/api/v2/spaces?keys={}", url_part(key))).await?;
                found.results.into_iter().find(|space| space.key == *key).ok_or_else(missing)
            }
            ConfluenceEdition::DataCenter => {
                self.get_if_there(&format!("/rest/api/space/{}", url_part(key))).await?.ok_or_else(missing)
            }
        }
    }

    /// The page with a title in the space. `space` is its numeric id in Cloud.
    pub async fn find(&self, space: &str, title: &str) -> Result<Option<WrittenPage>, WikiFailure> {
        let title = url_part(title);
        let path = match self.settings.edition {
            ConfluenceEdition::Cloud => format!("/api/v2/pages?space-id={space}&title={title}&status=current"),
            ConfluenceEdition::DataCenter => {
                format!("/rest/api/content?spaceKey={}&title={title}&type=page", url_part(&self.settings.space))
            }
        };
        let found: ResultList<PageBody> = self.get(&path).await?;
        // What a search says of a page may be old.
        match found.results.first() {
            Some(page) => self.read(&id_text(&page.id)).await,
            None => Ok(None),
        }
    }

    /// A page; `None` if it was deleted, or our account may not see it.
    pub async fn read(&self, id: &str) -> Result<Option<WrittenPage>, WikiFailure> {
        let id = url_part(id);
        let path = match self.settings.edition {
            ConfluenceEdition::Cloud => format!("/api/v2/pages/{id}?body-format=storage"),
            ConfluenceEdition::DataCenter => format!("/rest/api/content/{id}?expand=body.storage,version"),
        };
        let page: Option<PageBody> = self.get_if_there(&path).await?;
        Ok(page.and_then(|page| WrittenPage::read(page, &self.settings.url)))
    }

    /// Creates a page.
    pub async fn create(&self, space: &str, text: &StorageText) -> Result<WrittenPage, WikiFailure> {
        let parent = self.settings.parent.as_deref();
        let (path, body) = match self.settings.edition {
            ConfluenceEdition::Cloud => {
                let mut body = json!({
                    "spaceId": space, "status": "current", "title": text.title,
                    "body": {"representation": "storage", "value": text.body},
                });
                if let Some(parent) = parent {
                    body["parentId"] = parent.into();
                }
                ("/api/v2/pages", body)
            }
            ConfluenceEdition::DataCenter => {
                let mut body = json!({
                    "type": "page", "title": text.title, "space": {"key": self.settings.space},
                    "body": {"storage": {"representation": "storage", "value": text.body}},
                });
                if let Some(parent) = parent {
                    body["ancestors"] = json!([{"id": parent}]);
                }
                ("/rest/api/content", body)
            }
        };
        self.written(self.write(Method::POST, path, &body).await?)
    }

    /// Replaces title and body of a page.
    pub async fn update(&self, page: &WrittenPage, text: &StorageText) -> Result<WrittenPage, WikiFailure> {
        let id = url_part(&page.id);
        let version = json!({"number": page.version + 1, "message": text.message()});
        let (path, body) = match self.settings.edition {
            ConfluenceEdition::Cloud => (
                format!("/api/v2/pages/{id}"),
                json!({
                    "id": page.id, "status": "current", "title": text.title, "version": version,
                    "body": {"representation": "storage", "value": text.body},
                }),
            ),
            ConfluenceEdition::DataCenter => (
                format!("/rest/api/content/{id}"),
                json!({
                    "id": page.id, "type": "page", "title": text.title, "version": version,
                    "body": {"storage": {"representation": "storage", "value": text.body}},
                }),
            ),
        };
        self.written(self.write(Method::PUT, &path, &body).await?)
    }

    fn written(&self, answer: HttpResponse) -> Result<WrittenPage, WikiFailure> {
        let page: PageBody = answer.json().map_err(WikiFailure::Write)?;
        WrittenPage::read(page, &self.settings.url)
            .ok_or_else(|| WikiFailure::Conflict("Confluence: the page is not published yet".to_owned()))
    }

    /// Adds labels; those that are there stay. Only v1 can.
    pub async fn add_labels(&self, page: &str, labels: &[String]) -> Result<(), WikiFailure> {
        if labels.is_empty() {
            return Ok(());
        }
        let labels: Vec<Value> = labels.iter().map(|name| json!({"prefix": "global", "name": name})).collect();
        self.write(Method::POST, &format!("/rest/api/content/{}/label", url_part(page)), &Value::from(labels)).await?;
        Ok(())
    }

    /// Our mark on a page; `None` if it has none.
    pub async fn mark(&self, page: &str) -> Result<Option<StoredMark>, WikiFailure> {
        let page = url_part(page);
        let stored: Option<PropertyBody> = match self.settings.edition {
            ConfluenceEdition::Cloud => {
                let path = format!("/api/v2/pages/{page}/properties?key={PROPERTY}");
                let found: Option<ResultList<PropertyBody>> = self.get_if_there(&path).await?;
                found.and_then(|list| list.results.into_iter().next())
            }
            ConfluenceEdition::DataCenter => {
                self.get_if_there(&format!("/rest/api/content/{page}/property/{PROPERTY}?expand=version")).await?
            }
        };
        Ok(stored.map(|property| StoredMark {
            id: id_text(&property.id),
            version: property.version.number,
            mark: serde_json::from_value(property.value).ok(),
        }))
    }

    /// Writes our mark on a page.
    pub async fn save_mark(&self, page: &str, before: Option<&StoredMark>, mark: &PageMark) -> Result<(), WikiFailure> {
        let page = url_part(page);
        let mut body = json!({"key": PROPERTY, "value": mark});
        let list = match self.settings.edition {
            ConfluenceEdition::Cloud => format!("/api/v2/pages/{page}/properties"),
            ConfluenceEdition::DataCenter => format!("/rest/api/content/{page}/property"),
        };
        let (method, path) = match before {
            None => (Method::POST, list),
            Some(stored) => {
                body["version"] = json!({"number": stored.version + 1});
                let name = match self.settings.edition {
                    ConfluenceEdition::Cloud => url_part(&stored.id),
                    ConfluenceEdition::DataCenter => PROPERTY.to_owned(),
                };
                (Method::PUT, format!("{list}/{name}"))
            }
        };
        self.write(method, &path, &body).await.map(drop)
    }

    /// Reads what must be there.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, WikiFailure> {
        let answer =
            self.http.send(self.call(Method::GET, path)).await.map_err(|why| failure(why, WikiFailure::Read))?;
        answer.json().map_err(WikiFailure::Read)
    }

    /// Reads what may be missing.
    async fn get_if_there<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, WikiFailure> {
        match self.http.send(self.call(Method::GET, path)).await {
            Ok(answer) => answer.json().map(Some).map_err(WikiFailure::Read),
            Err(failure) if failure.status() == Some(404) => Ok(None),
            Err(why) => Err(failure(why, WikiFailure::Read)),
        }
    }

    async fn write(&self, method: Method, path: &str, body: &Value) -> Result<HttpResponse, WikiFailure> {
        let call = self.call(method, path).json(body.to_string().into_bytes());
        self.http.send(call).await.map_err(|why| failure(why, WikiFailure::Write))
    }

    fn call(&self, method: Method, path: &str) -> HttpCall {
        HttpCall::new(method, format!("{}{path}", self.settings.url), UrlOrigin::Config)
            .header("accept", "application/json")
            // Data Center takes a write by a program only with this.
            .header("x-atlassian-token", "no-check")
            .secret_header("authorization", &self.authorization())
            .at_most(LARGEST)
    }

    fn authorization(&self) -> SecretString {
        match &self.settings.credentials {
            ConfluenceCredentials::ApiToken { email, token } => {
                let pair = STANDARD.encode(format!("{email}:{}", token.expose_secret()));
                SecretString::from(format!("Basic {pair}"))
            }
            ConfluenceCredentials::Bearer(token) => SecretString::from(format!("Bearer {}", token.expose_secret())),
        }
    }
}

/// True if a refusal says that another page has the title.
pub(super) fn is_title_taken(failure: &WikiFailure) -> bool {
    matches!(failure, WikiFailure::Refused(why) if why.contains(TITLE_TAKEN))
}

/// What Confluence says of a title that another page of the space has.
const TITLE_TAKEN: &str = "page with this title already exists";

/// What a failed call means.
fn failure(failure: HttpFailure, other: fn(HttpFailure) -> WikiFailure) -> WikiFailure {
    let HttpFailure::Status(response) = &failure else { return other(failure) };
    let reason = reason(response);
    let said = reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
    match response.status {
        401 => WikiFailure::Refused(format!(
            "Confluence does not accept the credentials of [documents.confluence]{said}; the token may have expired: create a new one"
        )),
        403 => WikiFailure::Refused(format!(
            "Confluence: our account may not do this{said}; let it view the space and add pages: Space settings, Permissions"
        )),
        404 => WikiFailure::Refused(format!(
            "Confluence: not found, or our account may not see it{said}; check space and parent"
        )),
        409 => WikiFailure::Conflict(format!("Confluence: somebody else changed it at the same moment{said}")),
        410 => WikiFailure::Refused(format!(
            "Confluence: this API is gone{said}; set edition = \"cloud\" for Confluence Cloud"
        )),
        400 | 405..=407 | 411..=419 | 421..=424 | 426..=428 | 430..=499 => {
            WikiFailure::Refused(format!("Confluence: HTTP {}{said}", response.status))
        }
        _ => other(failure),
    }
}

/// What Confluence says is wrong, on one line; `None` if it says nothing.
fn reason(response: &HttpResponse) -> Option<String> {
    let body: ErrorBody = serde_json::from_slice(&response.body).unwrap_or_default();
    let entry = |entry: super::wire::ErrorEntry| [entry.title, entry.detail];
    let parts = body.errors.into_iter().flat_map(entry).chain([body.message]).flatten();
    let all: Vec<String> = parts.collect();
    let line = visible(&all.join("; ")).split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then(|| cut(&line, LONGEST_REASON))
}

/// Escapes a text for a part of a URL.
fn url_part(text: &str) -> String {
    utf8_percent_encode(text, URL_SAFE).to_string()
}
