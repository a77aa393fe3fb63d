//! What decisions are made from, gathered before.

use super::Policy;
use crate::domain::{Timestamp, people::Actor, status::ComponentStatuses, text::Untrusted};

/// What `decide` needs to know.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Now.
    pub now: Timestamp,
    /// Who sent the command.
    pub actor: &'a Actor,
    /// The operator's policy.
    pub policy: &'a Policy,
    /// The version that a pressed button was rendered for.
    pub expect: Option<u64>,
    /// What the status page shows now; empty if the command does not need it.
    pub components: &'a ComponentStatuses,
    /// What it would show without this incident; empty if the command does not need it.
    pub others: &'a ComponentStatuses,
    /// Whom the pages ask that nobody has answered; empty if the command does not need it.
    pub asking: &'a [String],
    /// The hosts of its alerts; empty if the command does not need them.
    pub hosts: &'a [Untrusted],
    /// True if the actor may run incidents.
    pub responds: bool,
}
