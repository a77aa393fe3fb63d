//! The answer of an outside system.

use std::{fmt, time::Duration};

use reqwest::header::HeaderMap;

use super::retry_after::retry_after;
use crate::domain::Timestamp;

/// An answer.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body: whole after a success, as much as came after any other status.
    pub body: Vec<u8>,
    /// Scheme and host of the place that it sends to; the rest may be a secret.
    pub redirect: Option<String>,
}

impl fmt::Debug for HttpResponse {
    /// Headers and body may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl HttpResponse {
    /// How long the other side asks to wait (`Retry-After`). `now` counts only for a date in an answer without a date.
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        retry_after(&self.headers, now)
    }
}
