//! On call: who is on call when, and how a page escalates.
//!
//! `calendar` names whose shifts a calendar feed has, `clock` converts wall-clock times to instants, `rotation` counts turns, `coverage` says when a layer is in effect,
//! `roster` combines layers and overrides; `event` has what happens, and `page` is the aggregate that follows an
//! escalation policy.

mod calendar;
mod clock;
mod coverage;
mod event;
mod hours;
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
    ids::{OverrideId, PersonId, PolicyId, RoomId, ScheduleId, TeamId, WebhookId},
};

pub use calendar::CalendarSubject;
pub use event::OnCallEvent;
pub use hours::{DutyHours, NIGHT, hours};
pub use page::{
    Acceptance, Attempt, AttemptOutcome, ContactAttempt, DelayedRecipient, NO_SERVICE, NewPage, NextStep,
    OutsideAuthor, OutsidePage, Page, PageCommand, PageDecision, PageFacts, PageState, PageStep, PageSubject,
    PageTarget, PageTrouble, RECORD_VERSION, RoomLine, StepRecipients, apply, decide, lapsed, replay, trigger,
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
    /// Who takes turns, in order. The people of a slot are on call together; an empty slot is nobody's turn.
    pub slots: Vec<Vec<PersonId>>,
    /// The first hand-off, on the wall clock of the schedule's zone.
    pub start: NaiveDateTime,
    /// The length of a turn.
    pub turn: Turn,
}

/// A moment of the week on the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekTime {
    /// The day.
    pub day: Weekday,
    /// The minute of the day.
    pub minute: u16,
}

/// A part of the week that a layer covers, such as Friday 17:00 to Monday 09:00. If both are equal, it is the whole week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekRange {
    /// When it starts.
    pub from: WeekTime,
    /// When it ends, exclusive; it may be in the next week.
    pub until: WeekTime,
}

/// A rotation with the times that it covers. Where several layers cover an instant, the [`Precedence`] of the schedule
/// decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Who takes turns.
    pub rotation: Rotation,
    /// The days it covers; if empty, all.
    pub days: Vec<Weekday>,
    /// Start and end on the wall clock, as minutes of the day. Equal or absent is the whole day; an end before the start is
    /// on the next day.
    pub hours: Option<(u16, u16)>,
    /// Further parts of the week that it covers; without days and hours the only ones.
    pub weekly: Vec<WeekRange>,
    /// From when on it counts, on the wall clock; `None` if it always has.
    pub since: Option<NaiveDateTime>,
    /// When it ends, on the wall clock.
    pub until: Option<NaiveDateTime>,
    /// The higher one counts, with [`Precedence::Priority`].
    pub priority: i64,
}

impl Layer {
    /// A layer that covers every instant.
    pub fn always(rotation: Rotation) -> Self {
        let (days, weekly) = (Vec::new(), Vec::new());
        Self { rotation, days, hours: None, weekly, since: None, until: None, priority: 0 }
    }
}

/// Which layers count where several cover an instant. A layer whose slot is empty then does not cover it. Pagers differ
/// here: an imported schedule keeps the rule of the pager that it comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precedence {
    /// The last one, as in PagerDuty.
    #[default]
    Last,
    /// The first one.
    First,
    /// All of them together, as in Opsgenie and GoAlert.
    Union,
    /// Those of the highest priority together, as in Grafana OnCall.
    Priority,
}

/// People on call for a fixed time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedShift {
    /// Who is on call.
    pub people: Vec<PersonId>,
    /// When it starts, on the wall clock.
    pub from: NaiveDateTime,
    /// When it ends, exclusive.
    pub until: NaiveDateTime,
}

/// A time during which only fixed shifts count: neither layers nor overrides apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemporarySchedule {
    /// When it starts, on the wall clock.
    pub from: NaiveDateTime,
    /// When it ends, exclusive.
    pub until: NaiveDateTime,
    /// Who is on call.
    pub shifts: Vec<FixedShift>,
}

/// A schedule of `[[schedules]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its name.
    pub id: ScheduleId,
    /// The zone of its wall clock.
    pub timezone: chrono_tz::Tz,
    /// Which layers count where several cover an instant.
    pub precedence: Precedence,
    /// Its layers, in order.
    pub layers: Vec<Layer>,
    /// The times during which its layers and overrides do not apply.
    pub temporary: Vec<TemporarySchedule>,
}

/// What an override does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverrideKind {
    /// The person is on call in place of `instead_of`, while that person is on call; without `instead_of` in place of
    /// everybody.
    #[default]
    Replace,
    /// The person is on call, too.
    Add,
    /// The person is not on call.
    Remove,
}

impl OverrideKind {
    /// The word that is stored and shown to programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Add => "add",
            Self::Remove => "remove",
        }
    }

    /// The kind that a stored word means.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Replace, Self::Add, Self::Remove].into_iter().find(|kind| kind.name() == name)
    }
}

/// A change of who is on call, for some time.
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
    /// What it does.
    #[serde(default, skip_serializing_if = "is_replace")]
    pub kind: OverrideKind,
    /// Who is on call by it, or is not.
    pub person: PersonId,
    /// In whose place; `None` for whoever is scheduled.
    pub instead_of: Option<PersonId>,
}

/// Overrides of before kinds existed are stored without one.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_replace(kind: &OverrideKind) -> bool {
    *kind == OverrideKind::Replace
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
