//! What `hotroom check` finds out about a tracker.

use crate::domain::tracker::TrackerPerson;

/// What a tracker says about our account and the configured projects. Nothing was changed to find it out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackerReport {
    /// The account that hotroom uses; `None` if the tracker did not accept it or cannot be reached.
    pub account: Option<TrackerPerson>,
    /// The findings, in the order in which they are shown.
    pub findings: Vec<TrackerFinding>,
}

/// A finding. A problem says what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrackerFinding {
    /// No problem.
    Good(String),
    /// A problem that does no harm yet, or something that could not be looked at.
    Warning(String),
    /// A problem that must be fixed.
    Wrong(String),
}
