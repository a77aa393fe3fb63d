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
    ids::{ContactMethodId, IncidentId, Key, OverrideId, PersonId, PolicyId, RoomId, ScheduleId, TeamId, WebhookId},
};

pub use page::{
    Attempt, AttemptOutcome, ContactAttempt, DelayedRecipient, NO_SERVICE, NewPage, Page, PageCommand, PageDecision,
    PageFacts, PageState, PageStep, PageSubject, PageTarget, RECORD_VERSION, RoomLine, StepRecipients, apply, decide,
    lapsed, replay, trigger,
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
    /// Whoever reads a room and may respond.
    Room(RoomId),
    /// Another system, by a webhook of `[[webhooks]]`.
    Webhook(WebhookId),
}

/// A target of a step, and how long after the beginning of the step it is paged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTarget {
    /// Whom it pages.
    #[serde(flatten)]
    pub target: Target,
    /// How long after the beginning of the step.
    #[serde(default, skip_serializing_if = "Duration::is_zero")]
    pub after: Duration,
}

impl From<Target> for StepTarget {
    fn from(target: Target) -> Self {
        Self { target, after: Duration::ZERO }
    }
}

/// One step of an escalation policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationStep {
    /// Whom it pages.
    pub targets: Vec<StepTarget>,
    /// How long to wait for an acknowledgement before the next step.
    pub delay: Duration,
    /// True if it pages one of the people, each time the next one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub round_robin: bool,
}

impl EscalationStep {
    /// Returns a step that pages these targets at once.
    pub fn at_once(targets: Vec<Target>, delay: Duration) -> Self {
        Self { targets: targets.into_iter().map(StepTarget::from).collect(), delay, round_robin: false }
    }
}

/// One recipient of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// A person.
    Person(PersonId),
    /// A room.
    Room(RoomId),
    /// A webhook.
    Webhook(WebhookId),
}

/// A recipient that a step pages some time after it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaterRecipient {
    /// Who.
    pub recipient: Recipient,
    /// When.
    pub due: Timestamp,
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
    /// How many people have to acknowledge.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub acknowledgements: u32,
}

fn one() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(count: &u32) -> bool {
    *count == 1
}

impl EscalationPolicy {
    /// Returns a policy of one step, which is repeated.
    pub fn of_one_step(id: PolicyId, step: EscalationStep, repeat: u32) -> Self {
        Self { id, steps: vec![step], repeat, acknowledge_timeout: None, acknowledgements: 1 }
    }
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
        /// The rooms that it asks.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rooms: Vec<RoomId>,
        /// The webhooks that it posts to.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        webhooks: Vec<WebhookId>,
        /// Who is paged some time after it began.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        later: Vec<LaterRecipient>,
    },
    /// The time came for recipients that the present step pages some time after it began.
    #[serde(rename = "page_step_widened")]
    PageStepJoined {
        people: Vec<PersonId>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        contacts: BTreeMap<PersonId, Vec<PlannedContact>>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rooms: Vec<RoomId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        webhooks: Vec<WebhookId>,
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
    /// A person put it off: it pages again at `until`.
    #[serde(rename = "page_put_off")]
    PageSnoozed { person: PersonId, until: Timestamp },
    /// The time is over for which it was put off: it pages again from the first step.
    PageRetriggered,
    /// A person had somebody else paged instead.
    #[serde(rename = "page_handed_over")]
    PageReassigned { person: PersonId, whom: String, policy: EscalationPolicy },
    /// A person had one more person paged.
    #[serde(rename = "page_person_added")]
    PageResponderAdded {
        by: PersonId,
        person: PersonId,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        contacts: Vec<PlannedContact>,
    },
    /// Its incident is over, or a person resolved it.
    PageResolved {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
    },
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
