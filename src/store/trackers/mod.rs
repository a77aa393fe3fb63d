//! Outside issue trackers: links between incidents and issues, former keys, and what trackers delivered.

mod boards;
mod deliveries;
mod follow_ups;
pub(super) mod issues;
mod links;
mod pull_requests;
mod similar;

pub use deliveries::TrackerState;
pub use issues::{IssueFilter, IssueListing, OwnIssue};
