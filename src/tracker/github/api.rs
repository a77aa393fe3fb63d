//! Calls to GitHub: signing in, one write at a time, and lists that cost nothing while they do not change.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::{
    sync::{Mutex, MutexGuard},
    time::{Instant, sleep_until, timeout},
};

use super::{
    app_token::{date_of, signed_token},
    limits::tracker_failure,
    settings::{GitHubApp, GitHubCredentials, GitHubSettings},
    wire::GitHubUser,
};
use crate::{
    net::{HttpCall, HttpClient, HttpFailure, HttpResponse, UrlOrigin},
    tracker::TrackerFailure,
};

/// The version of the interface that is spoken.
const VERSION: &str = "2022-11-28";
/// The largest answer: a list of issues with long descriptions.
const LARGEST: usize = 8 << 20;
/// How long the token of an installation is used; GitHub lets it live for an hour.
const TOKEN_LIFE: Duration = Duration::from_secs(50 * 60);
/// How long a write waits for others before it is put off.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is remembered between calls.
#[derive(Default)]
pub(super) struct ApiState {
    /// Held while a write is made; when the last one ended.
    last_write: Mutex<Option<Instant>>,
    installation: Mutex<Option<InstallationToken>>,
    account: Mutex<Option<String>>,
    /// Labels that are known to exist, by repository and name.
    pub labels: Mutex<BTreeSet<(String, String)>>,
    lists: Mutex<BTreeMap<String, TaggedList>>,
}

struct InstallationToken {
    token: SecretString,
    until: Instant,
}

/// A list as it was when GitHub gave it this tag.
struct TaggedList {
    etag: String,
    body: Vec<u8>,
}

#[derive(Deserialize)]
struct TokenBody {
    token: String,
}

#[derive(Deserialize)]
struct AppBody {
    slug: String,
}

/// The interface, with who calls it.
#[derive(Clone, Copy)]
pub(super) struct GitHubApi<'a> {
    pub http: &'a HttpClient,
    pub settings: &'a GitHubSettings,
    pub state: &'a ApiState,
}

impl GitHubApi<'_> {
    /// Reads. The path has no slash at its beginning.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, TrackerFailure> {
        Ok(self.fetch(path).await?.json()?)
    }

    /// Reads what may not exist: `None` for 404 and 410.
    pub async fn get_if_there(&self, path: &str) -> Result<Option<HttpResponse>, TrackerFailure> {
        let call = self.signed(Method::GET, path).await?;
        match self.http.send(call).await {
            Ok(response) => Ok(Some(response)),
            Err(HttpFailure::Status(response)) if matches!(response.status, 404 | 410) => Ok(None),
            Err(failure) => Err(tracker_failure(failure, path)),
        }
    }

    /// Reads, and returns the whole answer.
    pub async fn fetch(&self, path: &str) -> Result<HttpResponse, TrackerFailure> {
        let call = self.signed(Method::GET, path).await?;
        self.http.send(call).await.map_err(|failure| tracker_failure(failure, path))
    }

    /// Reads a list that costs nothing while it does not change: GitHub does not count an answer of 304.
    pub async fn get_tagged<T: DeserializeOwned>(&self, path: &str) -> Result<T, TrackerFailure> {
        let mut lists = self.state.lists.lock().await;
        let mut call = self.signed(Method::GET, path).await?;
        if let Some(list) = lists.get(path) {
            call = call.header("if-none-match", &list.etag);
        }
        let response = match self.http.exchange(call).await? {
            response if response.status == 304 => None,
            response if (200..300).contains(&response.status) => Some(response),
            response => return Err(tracker_failure(HttpFailure::Status(Box::new(response)), path)),
        };
        if let Some(response) = response {
            let parsed = response.json()?;
            match response.headers.get("etag").and_then(|etag| etag.to_str().ok()) {
                Some(etag) => {
                    _ = lists.insert(path.to_owned(), TaggedList { etag: etag.to_owned(), body: response.body });
                }
                None => _ = lists.remove(path),
            }
            return Ok(parsed);
        }
        let list = lists.get(path).ok_or_else(|| TrackerFailure::Refused(format!("GitHub sent no {path}")))?;
        serde_json::from_slice(&list.body).map_err(|error| TrackerFailure::Refused(error.to_string()))
    }

    /// Writes, and returns what GitHub shows then. One write at a time, with a pause between two of them: otherwise GitHub
    /// blocks the account for a while.
    pub async fn write<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Value,
    ) -> Result<T, TrackerFailure> {
        let call = self.signed(method, path).await?.json(body.to_string().into_bytes());
        let mut last_write = self.turn().await?;
        let answer = self.http.send(call).await;
        *last_write = Some(Instant::now());
        drop(last_write);
        Ok(answer.map_err(|failure| tracker_failure(failure, path))?.json()?)
    }

    /// Asks by GraphQL, where the other interface has nothing. A mutation waits for its turn like any write.
    pub async fn graphql(&self, query: &str, variables: Value) -> Result<Value, TrackerFailure> {
        let url = graphql_url(&self.settings.base_url);
        let body = json!({"query": query, "variables": variables}).to_string().into_bytes();
        let call = self.signed_url(Method::POST, url).await?.json(body);
        let mut last_write = if query.trim_start().starts_with("mutation") { Some(self.turn().await?) } else { None };
        let answer = self.http.send(call).await;
        if let Some(last_write) = &mut last_write {
            **last_write = Some(Instant::now());
        }
        let answer: Value = answer.map_err(|failure| tracker_failure(failure, "graphql"))?.json()?;
        // It answers errors with 200.
        if let Some(error) = answer["errors"].as_array().and_then(|errors| errors.first()) {
            let message: String = error["message"].as_str().unwrap_or("no reason is given").chars().take(300).collect();
            if error["type"] == "RATE_LIMITED" {
                return Err(TrackerFailure::Slow { wait: Some(Duration::from_secs(60)), limit: "graphql".to_owned() });
            }
            return Err(TrackerFailure::Refused(format!("GitHub refuses a query of GraphQL: {message}")));
        }
        Ok(answer["data"].clone())
    }

    /// The login of hotroom's account. It does not change while hotroom runs.
    pub async fn account(&self) -> Result<String, TrackerFailure> {
        let mut account = self.state.account.lock().await;
        if let Some(login) = &*account {
            return Ok(login.clone());
        }
        let login = match &self.settings.credentials {
            GitHubCredentials::Token(_) => self.get::<GitHubUser>("user").await?.login,
            GitHubCredentials::App(app) => format!("{}[bot]", self.app_slug(app).await?),
        };
        Ok(account.insert(login).clone())
    }

    /// The turn to write. A write that would wait for long is put off, so that its deadline does not pass meanwhile.
    async fn turn(&self) -> Result<MutexGuard<'_, Option<Instant>>, TrackerFailure> {
        let turn = async {
            let last_write = self.state.last_write.lock().await;
            if let Some(last) = *last_write {
                sleep_until(last + self.settings.write_interval).await;
            }
            last_write
        };
        timeout(PATIENCE, turn)
            .await
            .map_err(|_| TrackerFailure::Slow { wait: Some(PATIENCE), limit: "one write at a time".to_owned() })
    }

    async fn signed(&self, method: Method, path: &str) -> Result<HttpCall, TrackerFailure> {
        self.signed_url(method, format!("{}/{path}", self.settings.base_url)).await
    }

    async fn signed_url(&self, method: Method, url: String) -> Result<HttpCall, TrackerFailure> {
        let token = match &self.settings.credentials {
            GitHubCredentials::Token(token) => token.clone(),
            GitHubCredentials::App(app) => self.installation_token(app).await?,
        };
        Ok(call(method, url, &token))
    }

    async fn installation_token(&self, app: &GitHubApp) -> Result<SecretString, TrackerFailure> {
        let mut known = self.state.installation.lock().await;
        if let Some(known) = &*known
            && Instant::now() < known.until
        {
            return Ok(known.token.clone());
        }
        let path = format!("app/installations/{}/access_tokens", app.installation);
        let made: TokenBody = self.as_app(Method::POST, app, &path).await?;
        let token = SecretString::from(made.token);
        *known = Some(InstallationToken { token: token.clone(), until: Instant::now() + TOKEN_LIFE });
        Ok(token)
    }

    pub async fn app_slug(&self, app: &GitHubApp) -> Result<String, TrackerFailure> {
        Ok(self.as_app::<AppBody>(Method::GET, app, "app").await?.slug)
    }

    /// Makes a call as the App itself.
    async fn as_app<T: DeserializeOwned>(
        &self,
        method: Method,
        app: &GitHubApp,
        path: &str,
    ) -> Result<T, TrackerFailure> {
        let base = &self.settings.base_url;
        // Any answer tells GitHub's time, by which the token is signed.
        let call_for_time = HttpCall::new(Method::GET, format!("{base}/meta"), UrlOrigin::Config).at_most(LARGEST);
        let answer = self.http.exchange(call_for_time).await?;
        let now = date_of(&answer.headers).ok_or_else(|| {
            TrackerFailure::Refused("GitHub's answer has no date, by which the App signs in".to_owned())
        })?;
        let token = signed_token(app, now).map_err(TrackerFailure::Refused)?;
        let answer = self.http.send(call(method, format!("{base}/{path}"), &token)).await;
        Ok(answer.map_err(|failure| tracker_failure(failure, path))?.json()?)
    }
}

fn call(method: Method, url: String, token: &SecretString) -> HttpCall {
    let authorization = SecretString::from(format!("Bearer {}", token.expose_secret()));
    HttpCall::new(method, url, UrlOrigin::Config)
        .header("accept", "application/vnd.github+json")
        .header("x-github-api-version", VERSION)
        .secret_header("authorization", &authorization)
        .at_most(LARGEST)
}

/// The address of GraphQL: beside the REST interface on github.com, and beside its version on an Enterprise Server.
fn graphql_url(base_url: &str) -> String {
    let root = base_url.strip_suffix("/v3").unwrap_or(base_url);
    format!("{root}/graphql")
}
