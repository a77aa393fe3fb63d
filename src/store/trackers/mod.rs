//! Outside issue trackers: links between incidents and issues, former keys, and what trackers delivered.

mod deliveries;
mod links;

pub use deliveries::TrackerState;
