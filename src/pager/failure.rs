//! Why a call to an outside pager failed.

use std::fmt;

use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome},
    },
    net::HttpFailure,
};

/// Why a call to an outside pager failed.
#[derive(Debug)]
pub enum PagerFailure {
    /// The request failed.
    Http(HttpFailure),
    /// The pager said why it does not do it.
    Refused(String),
}

impl PagerFailure {
    /// The outcome of the attempt. Every request names the page by its key, so that it can be repeated.
    pub fn outcome<T>(self, now: Timestamp) -> Outcome<T> {
        match self {
            Self::Http(failure) => failure.outcome(EffectClass::Keyed, now),
            Self::Refused(why) => Outcome::Rejected { why },
        }
    }
}

impl From<HttpFailure> for PagerFailure {
    fn from(failure: HttpFailure) -> Self {
        Self::Http(failure)
    }
}

impl fmt::Display for PagerFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(failure) => failure.fmt(f),
            Self::Refused(why) => f.write_str(why),
        }
    }
}
