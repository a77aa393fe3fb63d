//! Requests to Jira: credentials, deadlines, bounds, and what a failure means.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::{
    failure::{failure, shared_limit},
    settings::{JiraCredentials, JiraEdition, JiraSettings},
    wire::JiraUser,
};
use crate::{
    domain::tracker::TrackerPerson,
    net::{HttpCall, HttpClient, HttpFailure, HttpResponse, UrlOrigin},
    tracker::{
        TrackerFailure,
        pace::{CallKind, CallPace},
    },
};

/// The largest answer that is read: an issue with its newest comments and its history.
const LARGEST: usize = 8 << 20;
/// How long a call may take that only prepares or confirms another one.
const SHORT: Duration = Duration::from_secs(6);

/// How often a call is repeated that a limit refused.
const REPEATS: usize = 2;
/// The longest wait for which a call stays here; its row is put off for a longer one.
const LONGEST_WAIT: Duration = Duration::from_secs(3);
/// How long calls wait after a refusal without a time.
const USUAL_WAIT: Duration = Duration::from_secs(1);
/// What is left as it is in a part of a URL.
const URL_SAFE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A client of one Jira.
#[derive(Debug)]
pub struct JiraClient {
    pub(super) settings: JiraSettings,
    /// The account that hotroom uses, once it has been asked for.
    account: OnceCell<TrackerPerson>,
    pace: CallPace,
}

impl JiraClient {
    /// A client with these settings.
    pub fn new(settings: JiraSettings) -> Self {
        let reads = settings.calls_per_second;
        Self { settings, account: OnceCell::new(), pace: CallPace::new(reads, reads.div_ceil(2)) }
    }

    /// True for Jira Cloud.
    pub(super) fn is_cloud(&self) -> bool {
        match self.settings.edition {
            JiraEdition::Cloud => true,
            JiraEdition::DataCenter => false,
        }
    }

    /// The account that hotroom uses. It is asked for once.
    pub(super) async fn account(&self, http: &HttpClient) -> Result<&TrackerPerson, TrackerFailure> {
        self.account.get_or_try_init(|| self.ask_account(http)).await
    }

    /// Asks Jira whose credentials ours are: proves that they are accepted.
    pub(super) async fn ask_account(&self, http: &HttpClient) -> Result<TrackerPerson, TrackerFailure> {
        let user: JiraUser = self.get_short(http, "myself").await?;
        Ok(user.person())
    }

    /// Reads a resource of the API; `path` has its query.
    pub(super) async fn get<T: DeserializeOwned>(&self, http: &HttpClient, path: &str) -> Result<T, TrackerFailure> {
        self.read_json(http, self.call(Method::GET, path)).await
    }

    /// The same for a resource that only prepares or confirms another call. When it fails, nothing was written.
    pub(super) async fn get_short<T: DeserializeOwned>(
        &self,
        http: &HttpClient,
        path: &str,
    ) -> Result<T, TrackerFailure> {
        self.read_json(http, self.call(Method::GET, path).within(SHORT)).await.map_err(unsent)
    }

    /// Reads a resource outside the platform API; `path` begins with `rest/`.
    pub(super) async fn get_at<T: DeserializeOwned>(&self, http: &HttpClient, path: &str) -> Result<T, TrackerFailure> {
        self.read_json(http, self.call_at(Method::GET, path).within(SHORT)).await
    }

    /// Writes, and returns the answer.
    pub(super) async fn write(
        &self,
        http: &HttpClient,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<HttpResponse, TrackerFailure> {
        let call = self.call(method, path).json(body.to_string().into_bytes());
        self.send(http, call, CallKind::Write).await
    }

    async fn read_json<T: DeserializeOwned>(&self, http: &HttpClient, call: HttpCall) -> Result<T, TrackerFailure> {
        Ok(self.send(http, call, CallKind::Read).await?.json()?)
    }

    async fn send(&self, http: &HttpClient, call: HttpCall, kind: CallKind) -> Result<HttpResponse, TrackerFailure> {
        self.send_in_turn(http, call, kind).await?.map_err(failure)
    }

    /// Makes a call when it is its turn. What a limit refused was not carried out, so that even a write is repeated; a longer
    /// wait is left to the outbox.
    ///
    /// # Errors
    /// [`TrackerFailure::Slow`] if a limit that all calls share asks for a wait.
    pub(super) async fn send_in_turn(
        &self,
        http: &HttpClient,
        call: HttpCall,
        kind: CallKind,
    ) -> Result<Result<HttpResponse, HttpFailure>, TrackerFailure> {
        let mut repeats = 0;
        loop {
            self.pace.turn(kind).await?;
            let answered = http.send(call.clone()).await;
            let Some(limited) = answered.as_ref().err().and_then(shared_limit) else { return Ok(answered) };
            self.pace.pause(limited.wait.unwrap_or(USUAL_WAIT), &limited.limit);
            repeats += 1;
            if repeats > REPEATS || limited.wait.is_none_or(|wait| wait > LONGEST_WAIT) {
                return Err(TrackerFailure::Slow { wait: limited.wait, limit: limited.limit });
            }
        }
    }

    /// A call with credentials.
    pub(super) fn call(&self, method: Method, path: &str) -> HttpCall {
        let version = if self.is_cloud() { "3" } else { "2" };
        self.call_at(method, &format!("rest/api/{version}/{path}"))
    }

    fn call_at(&self, method: Method, path: &str) -> HttpCall {
        let url = format!("{}/{path}", self.settings.base_url);
        HttpCall::new(method, url, UrlOrigin::Config)
            .header("accept", "application/json")
            // Data Center takes a write by a program only with this.
            .header("x-atlassian-token", "no-check")
            .secret_header("authorization", &self.authorization())
            .at_most(LARGEST)
    }

    fn authorization(&self) -> SecretString {
        match &self.settings.credentials {
            JiraCredentials::ApiToken { email, token } => {
                let pair = STANDARD.encode(format!("{email}:{}", token.expose_secret()));
                SecretString::from(format!("Basic {pair}"))
            }
            JiraCredentials::Bearer(token) => SecretString::from(format!("Bearer {}", token.expose_secret())),
        }
    }
}

/// A failed read says nothing about the write that it belongs to, so that this can simply be repeated.
fn unsent(failure: TrackerFailure) -> TrackerFailure {
    match failure {
        TrackerFailure::Http(failure) if failure.may_have_happened() => {
            TrackerFailure::Http(HttpFailure::Unsent(format!("a read before it failed: {failure}")))
        }
        TrackerFailure::Http(_)
        | TrackerFailure::Slow { .. }
        | TrackerFailure::NoTransition { .. }
        | TrackerFailure::Conflict(_)
        | TrackerFailure::Missing(_)
        | TrackerFailure::Refused(_)
        | TrackerFailure::NotApplied(_) => failure,
    }
}

/// Escapes a text for a part of a URL.
pub(super) fn url_part(text: &str) -> String {
    utf8_percent_encode(text, URL_SAFE).to_string()
}
