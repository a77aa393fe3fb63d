//! The client of Discord's REST API: sends calls within the rate limits and classifies the results.
//!
//! The result of a call uses the terms of the outbox: not now, refused, or unknown. A wait of up to a second is waited
//! here; a longer one is returned, so that it holds up nothing else.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{
    Client, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
    redirect,
};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    limits,
    limits::{Lane, Permit, RateLimitInfo, RateLimits},
    routes::Request,
};
use crate::net::tls;

pub use super::answer::{Failure, Refusal, TOO_MANY_EDITS};
use super::{answer::Answer, files};

/// The address of Discord when no other one is configured.
pub const DISCORD: &str = "https://discord.com";
const VERSION: &str = "/api/v10";
/// How long a call waits for a limit itself.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a call may take in total.
const DEADLINE: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(4);
/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(30);
/// The largest response that is read.
const LARGEST: usize = 1 << 20;

/// The settings of the client.
#[derive(Clone, Debug)]
pub struct Access {
    /// Where to send every call, instead of [`DISCORD`].
    pub base_url: Option<String>,
    /// The bot's token.
    pub token: SecretString,
    /// The address that tells Discord's staff whose bot it is.
    pub about: String,
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
    pub(super) http: Client,
    /// Where every call is sent, with the version.
    api: String,
    /// Where files may be fetched.
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
    pub fn new(access: &Access) -> Result<Self, NoAccess> {
        let base = access.base_url.as_deref().unwrap_or(DISCORD);
        let authorization = Mutex::new(authorization(&access.token)?);
        let about = access.about.replace(|c: char| !c.is_ascii_graphic() || matches!(c, '(' | ')' | ','), "");
        let agent = format!("DiscordBot ({about}, {})", env!("CARGO_PKG_VERSION"));
        let builder = tls::client()
            .user_agent(agent)
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE);
        // A proxy of the environment would receive calls that are configured to stay elsewhere.
        let builder = if access.base_url.is_some() { builder.no_proxy() } else { builder };
        Ok(Self {
            http: builder.build().map_err(|error| NoAccess::Client(error.to_string()))?,
            api: format!("{}{VERSION}", checked(base)?),
            files: files::places(access.base_url.as_deref()),
            authorization,
            book: Mutex::default(),
            waiting: AtomicUsize::new(0),
            began: Instant::now(),
            deadline: DEADLINE,
        })
    }

    /// Makes a call and parses the response as `T`.
    pub async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, Failure> {
        let (route, repeatable) = (request.lane.route, request.repeatable());
        let answer = self.call(request).await?;
        serde_json::from_value(answer).map_err(|error| {
            let why = format!("{route}: the answer is not what Discord answers: {error}");
            if repeatable { Failure::not_now(why) } else { Failure::Unknown(why) }
        })
    }

    /// Makes a call. A response without a body is null.
    pub async fn call(&self, request: Request) -> Result<Value, Failure> {
        let deadline = Instant::now() + request.within.unwrap_or(self.deadline);
        self.admit(&request.lane).await?;
        let counted = CallInProgress { rest: self, lane: &request.lane };
        let answered = timeout_at(deadline, self.exchange(&request)).await.unwrap_or_else(|_| {
            let why = format!("{}: no whole answer in time", request.lane.route);
            Err(Failure::unclear(&request, why))
        });
        let answer = match answered {
            Ok(answer) => answer,
            Err(failure) => return count(&request, "none", Err(failure)),
        };
        counted.heard(&answer.heard());
        let status = answer.status.as_str().to_owned();
        count(&request, &status, answer.judged(&request))
    }

    /// Returns why nothing is sent, and how many calls were refused within ten minutes.
    pub fn health(&self) -> (Option<limits::Stop>, usize) {
        let now = self.now();
        let mut book = self.book();
        (book.stop(now), book.invalid(now))
    }

    /// Uses another token for all further calls. What Discord said about the last one is forgotten.
    pub fn use_token(&self, token: &SecretString) -> Result<(), NoAccess> {
        let wanted = authorization(token)?;
        let mut present = self.authorization.lock().unwrap_or_else(PoisonError::into_inner);
        if *present != wanted {
            *present = wanted;
            self.book().forget_token();
        }
        Ok(())
    }

    /// Returns how many calls wait for Discord's limits. They have not been sent.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn book(&self) -> MutexGuard<'_, RateLimits> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the limits, if that is short.
    async fn admit(&self, lane: &Lane) -> Result<(), Failure> {
        let until = self.now() + PATIENCE;
        loop {
            let permit = self.book().ask(self.now(), lane);
            match permit {
                Permit::Go => return Ok(()),
                Permit::Wait(wait) if self.now() + wait <= until => {
                    let _place = PlacementSettings::taken(&self.waiting);
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

    async fn exchange(&self, request: &Request) -> Result<Answer, Failure> {
        let url = format!("{}{}", self.api, request.path.expose_secret());
        let mut call = self.http.request(request.method.clone(), url);
        if request.lane.bot {
            let token = self.authorization.lock().unwrap_or_else(PoisonError::into_inner).clone();
            call = call.header(AUTHORIZATION, token);
        }
        if let Some(reason) = &request.reason {
            call = call.header("X-Audit-Log-Reason", reason);
        }
        if let Some(body) = &request.body {
            call = call.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let response = call.send().await.map_err(|error| unsent_or_unclear(request, error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read(response).await.map_err(|why| after_headers(request, status, why))?;
        Ok(Answer { status, headers, body })
    }
}

/// A place among the waiting calls, released also when nobody waits for the call any more.
struct PlacementSettings<'a>(&'a AtomicUsize);

impl<'a> PlacementSettings<'a> {
    fn taken(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for PlacementSettings<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Records the result of a call that was sent, also when nobody waits for it any more.
struct CallInProgress<'a> {
    rest: &'a Rest,
    lane: &'a Lane,
}

impl CallInProgress<'_> {
    fn heard(self, heard: &RateLimitInfo) {
        self.rest.book().hear(self.rest.now(), self.lane, heard);
        std::mem::forget(self);
    }
}

impl Drop for CallInProgress<'_> {
    fn drop(&mut self) {
        self.rest.book().lose(self.rest.now(), self.lane);
    }
}

/// The headers of calls with this token.
fn authorization(token: &SecretString) -> Result<HeaderValue, NoAccess> {
    let value = HeaderValue::from_str(&format!("Bot {}", token.expose_secret()));
    let mut value = value.map_err(|_| NoAccess::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Returns a base address without its last slash.
fn checked(base: &str) -> Result<String, NoAccess> {
    let wrong = || NoAccess::BaseUrl(base.chars().take(200).collect());
    let url = reqwest::Url::parse(base).map_err(|_| wrong())?;
    let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let open = url.username().is_empty() && url.password().is_none();
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    (plain && open && web).then(|| base.trim_end_matches('/').to_owned()).ok_or_else(wrong)
}

fn unsent_or_unclear(request: &Request, error: reqwest::Error) -> Failure {
    let sent = !(error.is_connect() || error.is_builder());
    let why = format!("{}: {}", request.lane.route, chain(&error.without_url()));
    if sent { Failure::unclear(request, why) } else { Failure::not_now(why) }
}

/// A response that broke off: its status still tells whether the call was refused.
fn after_headers(request: &Request, status: StatusCode, why: String) -> Failure {
    let why = format!("{}: HTTP {status}, then {why}", request.lane.route);
    if status.is_client_error() { Failure::not_now(why) } else { Failure::unclear(request, why) }
}

/// Returns an error with its causes: "error sending request" alone says nothing.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(because) = cause {
        words.push_str(": ");
        words.push_str(&because.to_string());
        cause = because.source();
    }
    words
}

async fn read(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(part)) if body.len() + part.len() <= LARGEST => body.extend_from_slice(&part),
            Ok(Some(_)) => return Err(format!("more than {LARGEST} bytes")),
            Ok(None) => return Ok(body),
            Err(error) => return Err(chain(&error.without_url())),
        }
    }
}

fn count<T>(request: &Request, status: &str, result: Result<T, Failure>) -> Result<T, Failure> {
    let (route, status) = (request.lane.route, status.to_owned());
    metrics::counter!("hotroom_discord_calls_total", "route" => route, "status" => status.clone()).increment(1);
    if let Err(failure) = &result {
        tracing::debug!(route, status, %failure, "a call to Discord failed");
    }
    result
}

#[cfg(test)]
mod tests;
