//! Whose shifts a calendar feed has.

use std::fmt;

use crate::domain::ids::{PersonId, ScheduleId, TeamId};

/// Whose shifts a calendar feed has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalendarSubject {
    /// Those of one person, in all schedules.
    Person(PersonId),
    /// Those of all members of a team, in all schedules.
    Team(TeamId),
    /// Those of one schedule.
    Schedule(ScheduleId),
}

impl CalendarSubject {
    /// Reads what [`fmt::Display`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once('/')?;
        match kind {
            "person" => Some(Self::Person(PersonId::new(id))),
            "team" => Some(Self::Team(TeamId::new(id))),
            "schedule" => Some(Self::Schedule(ScheduleId::new(id))),
            _ => None,
        }
    }
}

impl fmt::Display for CalendarSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => write!(f, "person/{id}"),
            Self::Team(id) => write!(f, "team/{id}"),
            Self::Schedule(id) => write!(f, "schedule/{id}"),
        }
    }
}
