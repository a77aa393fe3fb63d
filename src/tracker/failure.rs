//! Why a call to a tracker failed.

use std::{fmt, time::Duration};

use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome},
    },
    net::HttpFailure,
};

/// Why a call to a tracker failed.
#[derive(Debug)]
pub enum TrackerFailure {
    /// The request failed.
    Http(HttpFailure),
    /// The tracker asks us to wait.
    Slow {
        /// How long; `None` for the usual back-off.
        wait: Option<Duration>,
        /// The limit, as the tracker names it.
        limit: String,
    },
    /// No transition of the issue leads to the status.
    NoTransition {
        /// The status.
        to: String,
        /// The statuses that transitions lead to.
        possible: Vec<String>,
    },
    /// Somebody else changed the issue at the same moment; nothing was done.
    Conflict(String),
    /// The issue, or what was asked for, does not exist, or is hidden from our account.
    Missing(String),
    /// The tracker said why it does not do it: a field that is missing or unknown, a right that our account lacks.
    Refused(String),
    /// The answer says that it was done, but it was not.
    NotApplied(String),
}

impl TrackerFailure {
    /// The outcome of the attempt for an effect of a class.
    pub fn outcome<T>(self, class: EffectClass, now: Timestamp) -> Outcome<T> {
        let why = self.to_string();
        match self {
            Self::Http(failure) => failure.outcome(class, now),
            Self::Slow { wait, .. } => {
                let after_ms = wait.and_then(|wait| u64::try_from(wait.as_millis()).ok());
                Outcome::Retry { after_ms, why }
            }
            Self::Conflict(_) => Outcome::Retry { after_ms: None, why },
            Self::NoTransition { .. } | Self::Missing(_) | Self::Refused(_) | Self::NotApplied(_) => {
                Outcome::Rejected { why }
            }
        }
    }
}

impl From<HttpFailure> for TrackerFailure {
    fn from(failure: HttpFailure) -> Self {
        Self::Http(failure)
    }
}

impl fmt::Display for TrackerFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(failure) => failure.fmt(f),
            Self::Slow { limit, .. } => write!(f, "the tracker limits requests ({limit})"),
            Self::NoTransition { to, possible } if possible.is_empty() => {
                write!(f, "no transition leads to \"{to}\", and none is possible now")
            }
            Self::NoTransition { to, possible } => {
                write!(f, "no transition leads to \"{to}\"; possible now: {}", possible.join(", "))
            }
            Self::Conflict(why) | Self::Missing(why) | Self::Refused(why) | Self::NotApplied(why) => f.write_str(why),
        }
    }
}
