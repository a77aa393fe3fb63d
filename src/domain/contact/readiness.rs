//! Whether a person who will be on call can be reached.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{ContactMethod, MethodKind};
use crate::domain::{
    Timestamp,
    ids::{PersonId, ScheduleId},
};

/// For how long a proof that messages arrive counts.
pub const PROOF_VALID: TimeDelta = TimeDelta::days(30);

/// When and how it was last proved that a person is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactProof {
    /// The person.
    pub person: PersonId,
    /// The kind of the method; `None` if the person has no usable one.
    pub kind: Option<MethodKind>,
    /// When; `None` if never.
    pub at: Option<Timestamp>,
}

impl ReadinessFault {
    /// The word it is shown as.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoMethod => "no_method",
            Self::OnlyOne { .. } => "only_one",
            Self::NotProven { .. } => "not_proven",
            Self::LastFailed { .. } => "last_failed",
            Self::TestFailed { .. } => "test_failed",
            Self::NothingPrivate => "nothing_private",
        }
    }
}

impl ContactProof {
    /// The newest proof of a person's usable methods.
    pub fn newest(person: &PersonId, methods: &[ContactMethod]) -> Self {
        let usable = methods.iter().filter(|method| method.is_usable());
        let best = usable.max_by_key(|method| method.proven_at);
        Self {
            person: person.clone(),
            kind: best.map(|method| method.kind),
            at: best.and_then(|method| method.proven_at),
        }
    }
}

/// Why a person may not be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum ReadinessFault {
    /// The person has no verified method: only the chat is left.
    NoMethod,
    /// The person has one verified method and nothing to fall back to.
    OnlyOne {
        /// Its kind.
        kind: MethodKind,
    },
    /// No method was verified, tested or used to answer within 30 days.
    NotProven {
        /// When one was last; `None` if never.
        since: Option<Timestamp>,
    },
    /// The last message to a method failed.
    LastFailed {
        /// Its kind.
        kind: MethodKind,
        /// Why.
        why: String,
    },
    /// A weekly test of a method was not answered.
    TestFailed {
        /// Its kind.
        kind: MethodKind,
        /// When.
        at: Timestamp,
    },
    /// No method may carry a page for a private incident.
    NothingPrivate,
}

/// A person who may not be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonReadiness {
    /// Who.
    pub person: PersonId,
    /// When they are paged first: the beginning of their shift, or now for those whom a policy names.
    pub first: Timestamp,
    /// Why they may not be reached.
    pub faults: Vec<ReadinessFault>,
}

/// A time when nobody is on call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleGap {
    /// The schedule.
    pub schedule: ScheduleId,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// True if the schedule ends: nobody is on call again, as far as was looked.
    #[serde(default)]
    pub ends: bool,
}

/// Returns why a person with these methods may not be reached; nothing if all is well. `private` says which of them carry
/// pages for private incidents.
pub fn readiness(
    methods: &[ContactMethod],
    private: impl Fn(&ContactMethod) -> bool,
    now: Timestamp,
) -> Vec<ReadinessFault> {
    let usable: Vec<&ContactMethod> = methods.iter().filter(|method| method.is_usable()).collect();
    let mut faults = Vec::new();
    match usable[..] {
        [] => return vec![ReadinessFault::NoMethod],
        [only] => faults.push(ReadinessFault::OnlyOne { kind: only.kind }),
        [..] => {}
    }
    let since = usable.iter().filter_map(|method| method.proven_at).max();
    if since.is_none_or(|since| now - since > PROOF_VALID) {
        faults.push(ReadinessFault::NotProven { since });
    }
    for method in &usable {
        if let Some(why) = &method.last_failure {
            faults.push(ReadinessFault::LastFailed { kind: method.kind, why: why.clone() });
        }
        if let Some(at) = method.test_failed_at {
            faults.push(ReadinessFault::TestFailed { kind: method.kind, at });
        }
    }
    if !usable.iter().any(|method| private(method)) {
        faults.push(ReadinessFault::NothingPrivate);
    }
    faults
}
