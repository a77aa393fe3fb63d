//! On call: pages through escalations, and who is on call when.

pub mod paging;
mod schedule;
