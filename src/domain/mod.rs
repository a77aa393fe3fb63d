//! The pure core: incidents, alerts, pages and the status page, and how they change.
//!
//! Nothing here uses async, SQL, a clock or a chat platform. An event-sourced aggregate has two functions: `decide` may
//! refuse a command, `apply` never fails, so that any stored history can be replayed.

pub mod alert;
pub mod contact;
pub mod effect;
pub mod event;
pub mod ids;
pub mod incident;
pub mod oncall;
pub mod pager;
pub mod people;
pub mod preview;
pub mod refusal;
pub mod report;
pub mod review;
pub mod severity;
pub mod status;
pub mod text;
mod time;
pub mod tracker;
pub mod user_report;
pub mod webhook;

pub use time::{Timestamp, later};
