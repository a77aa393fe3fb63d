//! On call: pages through escalations, and who is on call when.

pub mod contacted;
pub mod contacting;
pub(super) mod ending;
pub(super) mod idle;
pub mod messages;
pub mod paging;
pub mod readiness;
mod recording;
mod schedule;
pub mod sheet;
pub mod step_moves;
