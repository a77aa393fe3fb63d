//! On call: pages through escalations, and who is on call when.

pub(super) mod ending;
pub mod messages;
pub mod paging;
mod schedule;
pub mod step_moves;
