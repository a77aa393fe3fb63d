//! Use cases: gather facts inside the transaction, decide, write. Nothing here talks to the outside.

pub mod clock;
pub mod incidents;

use crate::{
    config::Config,
    domain::{Timestamp, people::Actor},
};

pub use clock::Clock;

/// Who does what, when: handed through every use case.
#[derive(Clone, Copy)]
pub struct Act<'a> {
    /// The configuration as it is for this act.
    pub config: &'a Config,
    /// Now.
    pub now: Timestamp,
    /// Who acts.
    pub actor: &'a Actor,
    /// The request or delivery it belongs to, for logs and the audit log.
    pub request: &'a str,
    /// The version the actor saw, when a button was pressed.
    pub expect: Option<u64>,
}

impl<'a> Act<'a> {
    /// The same act done by someone else, such as a rule that follows from it.
    pub fn by(self, actor: &'a Actor) -> Self {
        Self { actor, expect: None, ..self }
    }
}
