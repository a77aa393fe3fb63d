//! The issues of incidents in an outside tracker: what is written there when an incident changes, and what follows here when
//! an issue changes.
//!
//! `outbound` looks at the events of an incident and enqueues what its issue needs. [`results`] takes in what came of it,
//! and what was read. `inbound` compares an issue with what was last seen of it. Nothing here calls a tracker.

mod adoption;
pub mod boards;
mod follow_up_issues;
mod follow_ups;
pub(in crate::app) mod inbound;
mod issue_cards;
pub mod issue_search;
pub mod keys;
pub(in crate::app) mod outbound;
mod people;
pub mod polling;
pub(in crate::app) mod pull_requests;
pub mod reports;
pub mod results;
mod talk;

pub(in crate::app) use adoption::link as link_adopted;
pub use follow_ups::{Adoption, IssueFollowUp};
pub use people::account_of;
pub use pull_requests::DELIVERIES as PULL_REQUESTS;
