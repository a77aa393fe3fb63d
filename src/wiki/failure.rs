//! Why a page of a wiki was not written.

use std::fmt;

use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome},
    },
    net::HttpFailure,
};

/// Why a page of a wiki was not written.
#[derive(Debug)]
pub enum WikiFailure {
    /// Reading failed: the wiki is as it was.
    Read(HttpFailure),
    /// A change that may have been made.
    Write(HttpFailure),
    /// A request that may be repeated freely.
    Repeatable(HttpFailure),
    /// Somebody else changed the page at the same moment, or the wiki's search is behind; nothing was done.
    Conflict(String),
    /// The wiki refuses it, and says why.
    Refused(String),
    /// A person edited or deleted the page, or another page has its title: a person has to decide.
    Held(String),
}

impl WikiFailure {
    /// The outcome of the attempt.
    pub fn outcome<T>(self, now: Timestamp) -> Outcome<T> {
        match self {
            Self::Read(failure) | Self::Repeatable(failure) => failure.outcome(EffectClass::Keyed, now),
            Self::Write(failure) => failure.outcome(EffectClass::Readable, now),
            Self::Conflict(why) => Outcome::Retry { after_ms: None, why },
            Self::Refused(why) | Self::Held(why) => Outcome::Rejected { why },
        }
    }

    /// The status of the answer, if one came and nothing else is known.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Read(failure) | Self::Write(failure) | Self::Repeatable(failure) => failure.status(),
            Self::Conflict(_) | Self::Refused(_) | Self::Held(_) => None,
        }
    }
}

impl fmt::Display for WikiFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(failure) | Self::Write(failure) | Self::Repeatable(failure) => failure.fmt(f),
            Self::Conflict(why) | Self::Refused(why) | Self::Held(why) => f.write_str(why),
        }
    }
}
