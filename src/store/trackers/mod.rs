//! Outside issue trackers: links between incidents and issues, former keys, and what trackers delivered.

mod boards;
mod deliveries;
mod links;
mod pull_requests;

pub use deliveries::TrackerState;
