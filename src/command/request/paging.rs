//! Whom a page goes to, how people respond to it, and how it changes.

use std::time::Duration;

use crate::domain::ids::{PersonId, ScheduleId, ServiceId, TeamId};

/// The target of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// A person.
    Person(PersonId),
    /// Everyone in a team.
    Team(TeamId),
    /// Whoever is on call in a schedule.
    Schedule(ScheduleId),
    /// The escalation policy of a service.
    Service(ServiceId),
}

/// A response to a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageResponse {
    /// Acknowledge it.
    Acknowledge,
    /// Page the next step.
    Escalate,
    /// Decline it.
    Decline,
}

impl PageResponse {
    /// Returns the `/page` subcommand of the response.
    pub fn word(self) -> &'static str {
        match self {
            Self::Acknowledge => "ack",
            Self::Escalate => "escalate",
            Self::Decline => "decline",
        }
    }
}

/// A change of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageChange {
    /// Put it off for a time.
    Snooze(Duration),
    /// Page others instead.
    Reassign(Whom),
    /// Page one more person.
    Add(PersonId),
    /// Resolve it.
    Resolve,
}

impl PageChange {
    /// Returns the `/page` subcommand of the change.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Snooze(_) => "snooze",
            Self::Reassign(_) => "reassign",
            Self::Add(_) => "add",
            Self::Resolve => "resolve",
        }
    }
}
