//! On call: who is on call when, and how a page climbs.
//!
//! `clock` turns wall-clock times into instants, `rotation` counts turns, `coverage` says when a layer counts, `roster`
//! puts layers and overrides together; `page` is the aggregate that climbs an escalation policy.

mod clock;
mod coverage;
mod page;
mod roster;
mod rotation;
#[cfg(test)]
mod tests;

use std::time::Duration;

use chrono::{NaiveDateTime, Weekday};
use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    ids::{OverrideId, PersonId, PolicyId, ScheduleId, TeamId},
};

pub use page::{
    Attempt, AttemptOutcome, NO_SERVICE, NewPage, Page, PageCommand, PageDecision, PageFacts, PageState, PageStep,
    RECORD_VERSION, Reach, apply, decide, lapsed, replay, trigger,
};
pub use roster::{Gap, Shift, gaps, shifts, until_when, who_is_on_call};
pub use rotation::TurnSpan;

/// How long one turn of a rotation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// So many hours.
    Hours(u32),
    /// So many days.
    Days(u32),
    /// So many weeks.
    Weeks(u32),
    /// So many months, counted from the start; a day that the month lacks runs over into the next month.
    Months(u32),
}

/// People who take turns. Hand-offs are wall-clock steps from `start` in the schedule's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// Who takes turns, in order; `None` is an empty slot: nobody of this layer, so that the layers below show.
    pub people: Vec<Option<PersonId>>,
    /// The first hand-off, on the wall clock of the schedule's zone.
    pub start: NaiveDateTime,
    /// How long a turn is.
    pub turn: Turn,
}

/// A rotation with the hours it covers. A later layer hides the ones before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Who takes turns.
    pub rotation: Rotation,
    /// On which days it covers; empty: all.
    pub days: Vec<Weekday>,
    /// From and to on the wall clock, as minutes of the day; equal or absent: the whole day; from > to: overnight.
    pub hours: Option<(u16, u16)>,
}

/// A schedule of `[[schedules]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its name.
    pub id: ScheduleId,
    /// The zone its wall clock is in.
    pub timezone: chrono_tz::Tz,
    /// Its layers; a later one hides the ones before it.
    pub layers: Vec<Layer>,
}

/// Someone stands in for someone for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Its id.
    pub id: OverrideId,
    /// In which schedule.
    pub schedule: ScheduleId,
    /// From then.
    pub from: Timestamp,
    /// Until then, exclusive.
    pub until: Timestamp,
    /// Who is on call instead.
    pub person: PersonId,
    /// In whose place; none: in place of whoever it is.
    pub instead_of: Option<PersonId>,
}

/// Whom a step reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// One person.
    Person(PersonId),
    /// Everyone of a team.
    Team(TeamId),
    /// Whoever is on call.
    Schedule(ScheduleId),
}

/// One step of an escalation policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationStep {
    /// Whom it reaches.
    pub targets: Vec<Target>,
    /// How long to wait for an acknowledgement before the next step.
    pub delay: Duration,
}

/// An escalation policy of `[[escalations]]`. A page carries a frozen copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationPolicy {
    /// Its name.
    pub id: PolicyId,
    /// Its steps, in order.
    pub steps: Vec<EscalationStep>,
    /// How often all steps are gone through again when nobody answers.
    pub repeat: u32,
}

/// Events of pages and schedules: streams `page/<id>` and `schedule/<name>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant says what its fields mean")]
pub enum OnCallEvent {
    /// A page was triggered with a frozen policy.
    PageTriggered { spec: NewPage },
    /// A step was reached and these people are paged. `next` is when the step after it is due.
    PageStepped { step: u32, round: u32, people: Vec<PersonId>, next: Timestamp },
    /// A step had nobody: `whom` names its targets, `fallback` is who is asked instead.
    PageFoundNobody { step: u32, round: u32, whom: String, fallback: Option<PersonId> },
    /// One attempt to reach one person left, or did not.
    PageAttempted { person: PersonId, attempt: u32, outcome: AttemptOutcome },
    /// Someone has it.
    PageTaken { person: PersonId },
    /// Someone asked for the next step at once.
    PagePushed { person: PersonId },
    /// Someone cannot take it.
    PageRefused { person: PersonId },
    /// Nobody answered any step.
    PageRanOut,
    /// It is over because its incident is.
    PageResolved,
    /// A stand-in was entered.
    OverrideAdded { entry: Override },
    /// A stand-in was taken back.
    OverrideRemoved { id: OverrideId },
}
