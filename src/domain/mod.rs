//! The pure core: what an incident, an alert, a page and a status page are, and how they change.
//!
//! Nothing here knows of async, SQL, a clock or a chat platform. Each aggregate has two functions: `decide` may refuse,
//! `apply` never fails, so that any stored history replays.

pub mod alert;
pub mod effect;
pub mod event;
pub mod ids;
pub mod incident;
pub mod oncall;
pub mod people;
pub mod refusal;
pub mod severity;
pub mod status;
pub mod text;

/// An instant. All stored times are UTC with millisecond precision; zones appear only at the rim.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
