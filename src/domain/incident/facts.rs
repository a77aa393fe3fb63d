//! The facts that a decision needs.

use std::collections::BTreeMap;

use super::Policy;
use crate::domain::{Timestamp, ids::ComponentId, people::Actor, status::ComponentStatus};

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
    pub components: &'a BTreeMap<ComponentId, ComponentStatus>,
}
