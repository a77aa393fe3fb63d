//! On call: pages through escalations, and who is on call when.

pub(super) mod acknowledging;
pub mod bundles;
pub mod calendar;
pub mod changing;
pub mod contacted;
pub mod contacting;
pub(super) mod ending;
pub mod hours;
pub(super) mod idle;
pub mod messages;
pub(in crate::app) mod outside;
pub mod paging;
pub mod readiness;
mod recording;
pub mod requests;
mod schedule;
pub mod sheet;
pub mod step_moves;
pub mod targets;
