//! On call: who is on call when, and how a page escalates.
//!
//! `clock` converts wall-clock times to instants, `rotation` counts turns, `coverage` says when a layer is in effect,
//! `roster` combines layers and overrides; `page` is the aggregate that follows an escalation policy.

mod clock;
mod coverage;
mod page;
mod roster;
mod rotation;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, time::Duration};

use chrono::{NaiveDateTime, Weekday};
use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    contact::{ContactOutcome, MethodKind, PlannedContact},
    effect::MethodChange,
    ids::{ContactMethodId, IncidentId, Key, OverrideId, PersonId, PolicyId, ScheduleId, TeamId},
};

pub use page::{
    Attempt, AttemptOutcome, ContactAttempt, NO_SERVICE, NewPage, Page, PageCommand, PageDecision, PageFacts,
    PageState, PageStep, RECORD_VERSION, StepRecipients, apply, decide, lapsed, replay, trigger,
};
pub use roster::{Gap, Shift, gaps, next_change, shifts, who_is_on_call};
pub use rotation::TurnSpan;

/// The length of a turn of a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// A number of hours.
    Hours(u32),
    /// A number of days.
    Days(u32),
    /// A number of weeks.
    Weeks(u32),
    /// A number of months, counted from the start; a day that a month lacks is in the next month.
    Months(u32),
}

/// People who take turns. Hand-offs are wall-clock steps from `start` in the schedule's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// Who takes turns, in order; `None` is an empty slot: the layers below apply.
    pub people: Vec<Option<PersonId>>,
    /// The first hand-off, on the wall clock of the schedule's zone.
    pub start: NaiveDateTime,
    /// The length of a turn.
    pub turn: Turn,
}

/// A rotation with the days and hours it covers. A later layer takes precedence over the ones before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Who takes turns.
    pub rotation: Rotation,
    /// The days it covers; if empty, all.
    pub days: Vec<Weekday>,
    /// Start and end on the wall clock, as minutes of the day. Equal or absent is the whole day; an end before the start is
    /// on the next day.
    pub hours: Option<(u16, u16)>,
}

/// A schedule of `[[schedules]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its name.
    pub id: ScheduleId,
    /// The zone of its wall clock.
    pub timezone: chrono_tz::Tz,
    /// Its layers; a later one takes precedence over the ones before it.
    pub layers: Vec<Layer>,
}

/// A person on call in place of another, for some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Its id.
    pub id: OverrideId,
    /// The schedule.
    pub schedule: ScheduleId,
    /// When it starts.
    pub from: Timestamp,
    /// When it ends, exclusive.
    pub until: Timestamp,
    /// Who is on call.
    pub person: PersonId,
    /// In whose place; `None` for whoever is scheduled.
    pub instead_of: Option<PersonId>,
}

/// Whom a step pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// One person.
    Person(PersonId),
    /// All members of a team.
    Team(TeamId),
    /// Who is on call in a schedule.
    Schedule(ScheduleId),
}

/// One step of an escalation policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationStep {
    /// Whom it pages.
    pub targets: Vec<Target>,
    /// How long to wait for an acknowledgement before the next step.
    pub delay: Duration,
}

/// An escalation policy of `[[escalations]]`. A page has a copy of it that never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationPolicy {
    /// Its name.
    pub id: PolicyId,
    /// Its steps, in order.
    pub steps: Vec<EscalationStep>,
    /// How often all steps are repeated if nobody responds.
    pub repeat: u32,
    /// After how long without any work on the incident an acknowledged page starts again; `None` if never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledge_timeout: Option<Duration>,
}

/// Events of pages and schedules: streams `page/<id>` and `schedule/<name>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant says what its fields mean")]
pub enum OnCallEvent {
    /// A page was triggered with a copy of its policy.
    PageTriggered { spec: NewPage },
    /// A step paged these people. `next` is when the step after it is due.
    PageStepped {
        step: u32,
        round: u32,
        people: Vec<PersonId>,
        next: Timestamp,
        /// The messages to their contact methods, by the rules that each person had then.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        contacts: BTreeMap<PersonId, Vec<PlannedContact>>,
    },
    /// The clock of the machine was set: the next step is due at another time.
    PageStepMoved { next: Timestamp },
    /// A step had nobody to page: `whom` names its targets, `fallback` is who is paged instead.
    PageFoundNobody { step: u32, round: u32, whom: String, fallback: Option<PersonId> },
    /// The outcome of an attempt to page a person is known.
    PageAttempted { person: PersonId, attempt: u32, outcome: AttemptOutcome },
    /// What is known of a message to a contact method.
    ContactAttempted { person: PersonId, attempt: u32, method: ContactMethodId, outcome: ContactOutcome },
    /// A person acknowledged it; `via` is the method whose link, button or digit was used.
    #[serde(rename = "page_taken")]
    PageAcknowledged {
        person: PersonId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        via: Option<MethodKind>,
    },
    /// A person escalated it to the next step.
    #[serde(rename = "page_pushed")]
    PageEscalated { person: PersonId },
    /// A paged person cannot respond.
    #[serde(rename = "page_refused")]
    PageDeclined { person: PersonId },
    /// All steps ended without a response.
    #[serde(rename = "page_ran_out")]
    PageExhausted,
    /// Its incident is over.
    PageResolved,
    /// Its incident became part of this one, for which it goes on.
    PageMoved { incident: IncidentId, key: Key },
    /// A contact method of a person changed. Its address is not in the log, so that it can be erased.
    ContactMethodChanged { person: PersonId, method: ContactMethodId, kind: MethodKind, change: MethodChange },
    /// A code was sent to a contact method.
    ContactCodeSent { person: PersonId, method: ContactMethodId },
    /// A test was sent to a contact method.
    ContactTested { person: PersonId, method: ContactMethodId },
    /// An override was added.
    OverrideAdded { entry: Override },
    /// An override was cancelled.
    OverrideRemoved { id: OverrideId },
}
