//! Contact methods of a person, as replies and pages show them.

use serde::Serialize;

use crate::domain::{
    Timestamp,
    contact::{ContactMethod, ContactProof, MethodKind, PROOF_VALID},
    ids::{ContactMethodId, PersonId},
};

/// A contact method of the person who reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MethodLine {
    /// Its number in commands, from 1.
    pub number: usize,
    /// Its id.
    pub id: ContactMethodId,
    /// Its kind.
    pub kind: &'static str,
    /// How the person calls it; may be empty.
    pub label: String,
    /// The address; masked where others could read it later.
    pub address: String,
    /// The gateway, if it has one.
    pub gateway: Option<String>,
    /// True if the person proved that messages arrive.
    pub verified: bool,
    /// True if a code can be entered.
    pub waits_for_code: bool,
    /// Why it is switched off.
    pub disabled: Option<&'static str>,
    /// True if `bot.toml` declares it.
    pub managed: bool,
    /// True if hotroom is set up for its kind.
    pub offered: bool,
    /// True if it may carry pages for private incidents.
    pub private: bool,
    /// When it was last proven that the person reads what is sent.
    pub proven_at: Option<Timestamp>,
    /// Why the last message failed.
    pub failure: Option<String>,
    /// When a weekly test was not answered.
    pub test_failed_at: Option<Timestamp>,
}

/// What the configuration and the clock say of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodState {
    /// True if a code can be entered.
    pub waits_for_code: bool,
    /// True if hotroom is set up for its kind.
    pub offered: bool,
    /// True if it may carry pages for private incidents.
    pub private: bool,
}

impl MethodLine {
    /// A method as its person sees it.
    pub fn of(method: &ContactMethod, number: usize, state: MethodState) -> Self {
        Self {
            number,
            id: method.id,
            kind: method.kind.name(),
            label: method.label.clone(),
            address: method.shown(),
            gateway: method.gateway.clone(),
            verified: method.verified_at.is_some(),
            waits_for_code: state.waits_for_code,
            disabled: method.disabled.map(|why| why.name()),
            managed: method.managed,
            offered: state.offered,
            private: state.private,
            proven_at: method.proven_at,
            failure: method.last_failure.clone(),
            test_failed_at: method.test_failed_at,
        }
    }

    /// The same with an address that only the person recognizes.
    pub fn masked(self, method: &ContactMethod) -> Self {
        Self { address: method.masked(), ..self }
    }
}

/// How a person was last proven to be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProofLine {
    /// The person.
    pub person: PersonId,
    /// The kind of the contact method; `None` if the person has none.
    pub kind: Option<&'static str>,
    /// When that was; `None` if never.
    pub at: Option<Timestamp>,
    /// True if it was too long ago to count.
    pub stale: bool,
}

impl ProofLine {
    /// Builds the line of a proof.
    pub fn of(proof: &ContactProof, now: Timestamp) -> Self {
        Self {
            person: proof.person.clone(),
            kind: proof.kind.map(MethodKind::name),
            at: proof.at,
            stale: proof.at.is_none_or(|at| now - at > PROOF_VALID),
        }
    }
}
