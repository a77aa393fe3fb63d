//! Why a call to a mirror of the status page failed.

use std::{fmt, time::Duration};

use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome},
    },
    net::HttpFailure,
};

/// Why a call to a mirror failed.
#[derive(Debug)]
pub enum StatusMirrorFailure {
    /// Reading failed: the mirror is as it was.
    Read(HttpFailure),
    /// A change failed, and may have been made.
    Write(HttpFailure),
    /// A removal failed: repeating it changes nothing.
    Removal(HttpFailure),
    /// Our own count says that the mirror would refuse the next request.
    Limited(Duration),
    /// What answers is not the API of the product.
    NoApi(String),
}

impl StatusMirrorFailure {
    /// The outcome of the attempt.
    pub fn outcome<T>(self, now: Timestamp) -> Outcome<T> {
        match self {
            Self::Read(failure) | Self::Removal(failure) => failure.outcome(EffectClass::Keyed, now),
            Self::Write(failure) => failure.outcome(EffectClass::Readable, now),
            Self::Limited(wait) => {
                let after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                Outcome::Retry { after_ms: Some(after_ms), why: self.to_string() }
            }
            // A proxy may answer in its place while it is being restarted.
            Self::NoApi(_) => Outcome::Retry { after_ms: None, why: self.to_string() },
        }
    }

    /// The status of the answer, if one came.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Read(failure) | Self::Write(failure) | Self::Removal(failure) => failure.status(),
            Self::Limited(_) | Self::NoApi(_) => None,
        }
    }
}

impl fmt::Display for StatusMirrorFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(failure) | Self::Write(failure) | Self::Removal(failure) => failure.fmt(f),
            Self::Limited(wait) => write!(f, "the limit of requests is used up for {} s", wait.as_secs()),
            Self::NoApi(what) => f.write_str(what),
        }
    }
}
