//! Classifies Discord's responses.

use std::time::Duration;

use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;

use super::{limits, limits::RateLimitInfo, routes::RestRequest};
use crate::chat::Outcome;

/// The 429 that waiting does not resolve: a message older than an hour was edited too often.
pub const TOO_MANY_EDITS: u64 = 30046;

/// How Discord refused a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Discord refused it: {message} (HTTP {status}, code {code}){details}")]
pub struct RestRefusal {
    /// The HTTP status.
    pub status: u16,
    /// Discord's own code; 0 if there is none.
    pub code: u64,
    /// Discord's explanation.
    pub message: String,
    /// The invalid part of the call, as JSON; empty if Discord gave none.
    pub details: String,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The call had no effect and may be tried again.
    #[error("{why}")]
    NotNow {
        /// How long to wait; `None` for the usual back-off.
        after: Option<Duration>,
        /// The reason.
        why: String,
    },
    /// Discord refused it.
    #[error(transparent)]
    Refused(RestRefusal),
    /// It cannot succeed.
    #[error("{0}")]
    Impossible(String),
    /// It may have had an effect.
    #[error("{0}")]
    Unknown(String),
}

impl Failure {
    /// Returns the code of a refusal.
    pub fn code(&self) -> Option<u64> {
        match self {
            Self::Refused(refusal) => Some(refusal.code),
            Self::NotNow { .. } | Self::Impossible(_) | Self::Unknown(_) => None,
        }
    }

    /// Returns the result for the outbox.
    pub fn outcome<T>(self) -> Outcome<T> {
        match self {
            Self::NotNow { after, why } => {
                Outcome::Retry { after_ms: after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)), why }
            }
            Self::Refused(refusal) => Outcome::Rejected { why: refusal.to_string() },
            Self::Impossible(why) => Outcome::Rejected { why },
            Self::Unknown(why) => Outcome::Unknown { why },
        }
    }

    /// Returns a failure that is retried with the usual back-off.
    pub(in crate::chat::discord) fn not_now(why: impl Into<String>) -> Self {
        Self::NotNow { after: None, why: why.into() }
    }

    /// Returns the failure of a call that may have had an effect: unknown, unless the call is idempotent.
    pub(in crate::chat::discord) fn unclear(request: &RestRequest, why: String) -> Self {
        if request.repeatable() { Self::not_now(why) } else { Self::Unknown(why) }
    }
}

/// A complete response.
pub(in crate::chat::discord) struct Answer {
    pub(in crate::chat::discord) status: StatusCode,
    pub(in crate::chat::discord) headers: HeaderMap,
    pub(in crate::chat::discord) body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.header(name)?.trim().parse().ok()
    }

    /// Returns the body as JSON, or null.
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Returns the rate limit information.
    pub(in crate::chat::discord) fn rate_limits(&self) -> RateLimitInfo {
        let said = self.json();
        let limited = self.status == StatusCode::TOO_MANY_REQUESTS && said["code"].as_u64() != Some(TOO_MANY_EDITS);
        let wait =
            || limits::retry_after(self.header("retry-after"), self.header("date"), said["retry_after"].as_f64());
        let scope = self.header("x-ratelimit-scope").unwrap_or_default();
        RateLimitInfo {
            status: self.status.as_u16(),
            bucket: self.header("x-ratelimit-bucket").filter(|id| id.len() <= 128).map(str::to_owned),
            limit: self.number("x-ratelimit-limit"),
            remaining: self.number("x-ratelimit-remaining"),
            reset_after: self.number("x-ratelimit-reset-after").filter(|s: &f64| *s >= 0.0).map(limits::bounded),
            retry_after: limited.then(wait),
            global: said["global"] == true || scope == "global" || self.header("x-ratelimit-global").is_some(),
            shared: scope == "shared",
        }
    }

    /// Returns the result of the call.
    pub(in crate::chat::discord) fn judged(&self, request: &RestRequest) -> Result<Value, Failure> {
        let route = request.lane.route;
        let told = |what: &str| format!("{route}: {what} (HTTP {})", self.status.as_u16());
        match self.status.as_u16() {
            200..=299 if self.body.is_empty() => Ok(Value::Null),
            200..=299 => {
                serde_json::from_slice(&self.body).map_err(|_| Failure::unclear(request, told("the answer is no JSON")))
            }
            300..=399 => Err(Failure::not_now(told("Discord sends elsewhere, where the bot does not go"))),
            429 if self.rate_limits().retry_after.is_some() => {
                Err(Failure::NotNow { after: self.rate_limits().retry_after, why: told("Discord's rate limit") })
            }
            401 if request.lane.bot => Err(Failure::not_now(limits::Stop::TokenRefused.to_string())),
            400..=499 => Err(self
                .refused()
                .map_or_else(|| Failure::not_now(told("something before Discord refused the call")), Failure::Refused)),
            _ => Err(Failure::unclear(request, told("Discord has trouble"))),
        }
    }

    /// Returns the refusal; `None` if it is not from Discord.
    fn refused(&self) -> Option<RestRefusal> {
        let said = self.json();
        let errors = said.get("errors").map(|errors| format!(": {errors}")).unwrap_or_default();
        Some(RestRefusal {
            status: self.status.as_u16(),
            code: said.get("code")?.as_u64()?,
            message: said["message"].as_str().unwrap_or_default().chars().take(300).collect(),
            details: errors.chars().take(600).collect(),
        })
    }
}
