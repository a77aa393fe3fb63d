//! What a failed call means for the effect that made it: the one place where a failure becomes an [`Outcome`].

use std::time::Duration;

use serde::de::DeserializeOwned;

use super::{guard::BlockedAddress, response::HttpResponse};
use crate::domain::{
    Timestamp,
    effect::{EffectClass, Outcome},
};

/// How much of a body is quoted.
const QUOTED: usize = 200;

/// Why a call brought no success.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpFailure {
    /// The call cannot be made: its URL or a header is wrong.
    #[error("{0}")]
    Invalid(String),
    /// Its address may not be called.
    #[error(transparent)]
    Blocked(#[from] BlockedAddress),
    /// Nothing was sent: the name has no address, or no connection came about.
    #[error("not sent: {0}")]
    Unsent(String),
    /// The other side sends elsewhere, where hotroom does not go.
    #[error("HTTP {status}: redirected to {to}; redirects are not followed, so set the URL that it leads to")]
    Redirected {
        /// The status.
        status: u16,
        /// Scheme and host of the new place.
        to: String,
    },
    /// The other side answered with a status that is no success.
    #[error("HTTP {}{}", .0.status, quote(&.0.body))]
    Status(Box<HttpResponse>),
    /// The request was sent, and no whole answer came.
    #[error("{}{why}", after(*.status))]
    Unclear {
        /// The status, if that much of the answer came.
        status: Option<u16>,
        /// What was seen.
        why: String,
    },
}

impl HttpFailure {
    /// The status of the answer, if one came.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status(response) => Some(response.status),
            Self::Redirected { status, .. } => Some(*status),
            Self::Unclear { status, .. } => *status,
            Self::Invalid(_) | Self::Blocked(_) | Self::Unsent(_) => None,
        }
    }

    /// The same without the body of the answer, which may repeat what was sent.
    pub fn without_body(mut self) -> Self {
        if let Self::Status(response) = &mut self {
            response.body.clear();
        }
        self
    }

    /// True if a repeat would be refused again.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Invalid(_) | Self::Blocked(_) | Self::Redirected { .. } => true,
            Self::Unsent(_) | Self::Unclear { .. } => false,
            // Too slow, too early, too many (420 is how some say 429); and whatever is wrong on the other side.
            Self::Status(response) => !matches!(response.status, 408 | 420 | 425 | 429 | 500..=599),
        }
    }

    /// Turns it into the outcome of an effect of this class; `now` is the time of the answer.
    ///
    /// After a 5xx or a broken answer the effect may have happened: gateways answer so after they have passed a request
    /// on. Only a keyed effect is then simply repeated.
    pub fn outcome<T>(self, class: EffectClass, now: Timestamp) -> Outcome<T> {
        let why = self.to_string();
        if self.is_refusal() {
            return Outcome::Rejected { why };
        }
        let after_ms = match &self {
            Self::Status(response) => response.retry_after(now).map(millis),
            Self::Invalid(_) | Self::Blocked(_) | Self::Unsent(_) | Self::Redirected { .. } | Self::Unclear { .. } => {
                None
            }
        };
        match class {
            EffectClass::Readable | EffectClass::Neither if self.may_have_happened() => Outcome::Unknown { why },
            EffectClass::Keyed | EffectClass::Readable | EffectClass::Neither => Outcome::Retry { after_ms, why },
        }
    }

    /// True if the other side may have done what was asked.
    pub fn may_have_happened(&self) -> bool {
        match self {
            Self::Status(response) => response.status >= 500,
            Self::Unclear { .. } => true,
            Self::Invalid(_) | Self::Blocked(_) | Self::Unsent(_) | Self::Redirected { .. } => false,
        }
    }
}

fn millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}

fn after(status: Option<u16>) -> String {
    status.map_or_else(String::new, |status| format!("HTTP {status}, then "))
}

/// The beginning of a body on one line; nothing of one that is not text.
fn quote(body: &[u8]) -> String {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let words: String =
        text.split(|c: char| c.is_whitespace() || c.is_control()).fold(String::new(), |mut line, word| {
            if !line.is_empty() && !word.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            line
        });
    if words.is_empty() {
        return String::new();
    }
    let more = if words.chars().count() > QUOTED { "…" } else { "" };
    format!(": {}{more}", words.chars().take(QUOTED).collect::<String>())
}

impl HttpResponse {
    /// Parses the body of a success as JSON.
    ///
    /// # Errors
    /// [`HttpFailure::Unclear`] when it is something else: the call was made.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpFailure> {
        serde_json::from_slice(&self.body).map_err(|error| HttpFailure::Unclear {
            status: Some(self.status),
            why: format!("a body that cannot be read: {error}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_quoted_on_one_line_and_cut() {
        assert_eq!(quote(b""), "");
        assert_eq!(quote(b"\xff\xfe"), "");
        assert_eq!(quote(b"  no\r\n\tsuch\x1b[31m  key "), ": no such [31m key");
        assert_eq!(quote("ü".repeat(300).as_bytes()).chars().count(), 2 + QUOTED + 1);
    }
}
