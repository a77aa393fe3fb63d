//! The client of Discord's REST API: sends calls within the rate limits and classifies the results.
//!
//! A result uses the terms of the outbox: not now, refused, or unknown. The client waits up to a second itself and
//! returns longer waits to the caller, so that they block nothing else.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{StatusCode, header::HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{
    limits,
    limits::{Permit, RateLane, RateLimitInfo, RateLimits},
    routes::RestRequest,
};
use crate::net::{HttpCall, HttpClient, HttpFailure, NetSettings, UrlOrigin};

use super::answer::Answer;
pub use super::answer::{Failure, RestRefusal, TOO_MANY_EDITS};

/// The address of Discord when no other one is configured.
pub const DISCORD: &str = "https://discord.com";
const VERSION: &str = "/api/v10";
/// Discord's file hosts (docs.discord.com, Reference, "Image Formatting"; attachments have full addresses).
const FILE_HOSTS: [&str; 2] = ["https://cdn.discordapp.com", "https://media.discordapp.net"];
/// The longest wait for a rate limit within a call.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a call may take in total.
const DEADLINE: Duration = Duration::from_secs(10);
/// The largest response.
const LARGEST: usize = 1 << 20;

/// Returns the hosts for downloads: the configured base address, if there is one.
fn file_hosts(base_url: Option<&str>) -> Vec<reqwest::Url> {
    let hosts = base_url.map_or_else(|| FILE_HOSTS.to_vec(), |base| vec![base]);
    hosts.into_iter().filter_map(|host| reqwest::Url::parse(host).ok()).collect()
}

/// The settings of the client.
#[derive(Clone, Debug)]
pub struct RestOptions {
    /// The address for every call, instead of [`DISCORD`].
    pub base_url: Option<String>,
    /// The bot's token.
    pub token: SecretString,
    /// The address in the user agent, by which Discord's staff can identify the bot.
    pub about: String,
    /// The settings for outgoing calls.
    pub net: NetSettings,
}

/// Why the client cannot be created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAccess {
    /// The base address is invalid.
    #[error("base_url = {0:?} must be an http or https address without a path, such as \"http://127.0.0.1:4100\"")]
    BaseUrl(String),
    /// The token cannot be sent in a header.
    #[error(
        "the Discord token holds characters that no token has; copy it again from the developer portal, without quotes and spaces"
    )]
    Token,
    /// The HTTP client cannot be created.
    #[error("the client for Discord cannot be made: {0}")]
    Client(String),
}

/// The client.
pub struct Rest {
    pub(super) http: HttpClient,
    /// The base address of every call, with the version.
    api: String,
    /// The user agent in the form that Discord requires.
    pub(super) agent: String,
    /// The hosts for downloads.
    pub(super) files: Vec<reqwest::Url>,
    authorization: Mutex<HeaderValue>,
    book: Mutex<RateLimits>,
    /// How many calls wait for the limits.
    waiting: AtomicUsize,
    began: Instant,
    deadline: Duration,
}

impl std::fmt::Debug for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rest").field("api", &self.api).finish_non_exhaustive()
    }
}

impl Rest {
    /// Creates a client.
    pub fn new(access: &RestOptions) -> Result<Self, NoAccess> {
        let base = access.base_url.as_deref().unwrap_or(DISCORD);
        let authorization = Mutex::new(authorization(&access.token)?);
        let about = access.about.replace(|c: char| !c.is_ascii_graphic() || matches!(c, '(' | ')' | ','), "");
        let agent = format!("DiscordBot ({about}, {})", env!("CARGO_PKG_VERSION"));
        // A proxy would receive calls that are configured to go to this address only.
        let proxy = if access.base_url.is_none() { access.net.proxy.clone() } else { None };
        let settings = NetSettings { timeout: DEADLINE, proxy, ..access.net.clone() };
        Ok(Self {
            http: HttpClient::new(&settings).map_err(NoAccess::Client)?,
            agent,
            api: format!("{}{VERSION}", checked(base)?),
            files: file_hosts(access.base_url.as_deref()),
            authorization,
            book: Mutex::default(),
            waiting: AtomicUsize::new(0),
            began: Instant::now(),
            deadline: DEADLINE,
        })
    }

    /// Makes a call and parses the response as `T`.
    pub async fn ask<T: DeserializeOwned>(&self, request: RestRequest) -> Result<T, Failure> {
        let (route, repeatable) = (request.lane.route, request.repeatable());
        let answer = self.call(request).await?;
        serde_json::from_value(answer).map_err(|error| {
            let why = format!("{route}: the answer is not what Discord answers: {error}");
            if repeatable { Failure::not_now(why) } else { Failure::Unknown(why) }
        })
    }

    /// Makes a call. The result of a response without a body is null.
    pub async fn call(&self, request: RestRequest) -> Result<Value, Failure> {
        let deadline = Instant::now() + request.within.unwrap_or(self.deadline);
        self.admit(&request.lane).await?;
        let counted = CallInProgress { rest: self, lane: &request.lane };
        let answered = self.exchange(&request, deadline).await;
        let answer = match answered {
            Ok(answer) => answer,
            Err(failure) => return count(&request, "none", Err(failure)),
        };
        counted.note_limits(&answer.rate_limits());
        let status = answer.status.as_str().to_owned();
        count(&request, &status, answer.judged(&request))
    }

    /// Returns why nothing is sent, and how many calls were refused within ten minutes.
    pub fn health(&self) -> (Option<limits::Stop>, usize) {
        let now = self.now();
        let mut book = self.book();
        (book.stop(now), book.invalid(now))
    }

    /// Uses another token for all further calls, and resets what is known about the old one.
    pub fn use_token(&self, token: &SecretString) -> Result<(), NoAccess> {
        let wanted = authorization(token)?;
        let mut present = self.authorization.lock().unwrap_or_else(PoisonError::into_inner);
        if *present != wanted {
            *present = wanted;
            self.book().forget_token();
        }
        Ok(())
    }

    /// Returns how many unsent calls wait for rate limits.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn book(&self) -> MutexGuard<'_, RateLimits> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the rate limits, if the wait is short.
    async fn admit(&self, lane: &RateLane) -> Result<(), Failure> {
        let until = self.now() + PATIENCE;
        loop {
            let permit = self.book().ask(self.now(), lane);
            match permit {
                Permit::Go => return Ok(()),
                Permit::Wait(wait) if self.now() + wait <= until => {
                    let _place = WaitingCall::taken(&self.waiting);
                    sleep(wait).await;
                }
                Permit::Wait(wait) => {
                    let why = format!("Discord's rate limit for {}", lane.route);
                    return Err(Failure::NotNow { after: Some(wait), why });
                }
                Permit::Stopped(wait, why) => {
                    return Err(Failure::NotNow { after: Some(wait), why: why.to_string() });
                }
            }
        }
    }

    async fn exchange(&self, request: &RestRequest, deadline: Instant) -> Result<Answer, Failure> {
        let url = format!("{}{}", self.api, request.path.expose_secret());
        let mut call = HttpCall::new(request.method.clone(), url, UrlOrigin::Config)
            .header("user-agent", &self.agent)
            .within(deadline.saturating_duration_since(Instant::now()))
            .at_most(LARGEST);
        if request.lane.bot {
            let token = self.authorization.lock().unwrap_or_else(PoisonError::into_inner).clone();
            call = call.header_value("authorization", token);
        }
        if let Some(reason) = &request.reason {
            call = call.header("x-audit-log-reason", reason);
        }
        if let Some(body) = &request.body {
            call = call.json(body.to_string().into_bytes());
        }
        let response = self.http.exchange(call).await.map_err(|failure| unsent_or_unclear(request, &failure))?;
        let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::BAD_GATEWAY);
        Ok(Answer { status, headers: response.headers, body: response.body })
    }
}

/// Counts a waiting call until it is dropped, also when the caller was cancelled.
struct WaitingCall<'a>(&'a AtomicUsize);

impl<'a> WaitingCall<'a> {
    fn taken(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for WaitingCall<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Records the result of a call that was sent, also when the caller was cancelled.
struct CallInProgress<'a> {
    rest: &'a Rest,
    lane: &'a RateLane,
}

impl CallInProgress<'_> {
    fn note_limits(self, limits: &RateLimitInfo) {
        self.rest.book().hear(self.rest.now(), self.lane, limits);
        std::mem::forget(self);
    }
}

impl Drop for CallInProgress<'_> {
    fn drop(&mut self) {
        self.rest.book().lose(self.rest.now(), self.lane);
    }
}

/// Returns the authorization header for a token.
fn authorization(token: &SecretString) -> Result<HeaderValue, NoAccess> {
    let value = HeaderValue::from_str(&format!("Bot {}", token.expose_secret()));
    let mut value = value.map_err(|_| NoAccess::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Returns a base address without its trailing slash.
fn checked(base: &str) -> Result<String, NoAccess> {
    let wrong = || NoAccess::BaseUrl(base.chars().take(200).collect());
    let url = reqwest::Url::parse(base).map_err(|_| wrong())?;
    let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let open = url.username().is_empty() && url.password().is_none();
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    (plain && open && web).then(|| base.trim_end_matches('/').to_owned()).ok_or_else(wrong)
}

fn unsent_or_unclear(request: &RestRequest, failure: &HttpFailure) -> Failure {
    let why = format!("{}: {failure}", request.lane.route);
    if failure.may_have_happened() { Failure::unclear(request, why) } else { Failure::not_now(why) }
}

fn count<T>(request: &RestRequest, status: &str, result: Result<T, Failure>) -> Result<T, Failure> {
    let (route, status) = (request.lane.route, status.to_owned());
    metrics::counter!("hotroom_discord_calls_total", "route" => route, "status" => status.clone()).increment(1);
    if let Err(failure) = &result {
        tracing::debug!(route, status, %failure, "a call to Discord failed");
    }
    result
}

#[cfg(test)]
mod tests;
