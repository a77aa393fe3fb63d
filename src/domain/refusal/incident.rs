//! Why a command was refused. Each reason names what is wrong and what to do; the words are in `templates/chat/refusal/`.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Timestamp,
    alert::{Reach, SilenceFault},
    ids::{ComponentId, Key, PersonId, RoleId, ScheduleId, StatusId},
    people::Actor,
};

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are what the sentence of the variant needs")]
pub enum Refusal {
    /// A title, note or update has no visible text.
    #[error("the {what} is empty")]
    Empty { what: String },
    /// The text is longer than the record takes.
    #[error("the {what} is longer than {max} characters")]
    TooLong { what: String, max: usize },
    /// It is already so.
    #[error("{what} is already {value}")]
    Already { what: String, value: String, by: Option<Actor> },
    /// The workflow has no way from here to there.
    #[error("{key} cannot go from {from} to {to}")]
    NoTransition { key: Key, from: StatusId, to: StatusId, allowed: Vec<StatusId> },
    /// There is no such status.
    #[error("there is no status {status}")]
    UnknownStatus { status: StatusId, known: Vec<StatusId> },
    /// There is no such role.
    #[error("there is no role {role}")]
    UnknownRole { role: RoleId, known: Vec<RoleId> },
    /// There is no such component.
    #[error("there is no component {component}")]
    UnknownComponent { component: ComponentId, known: Vec<ComponentId> },
    /// There is no such cause class.
    #[error("there is no cause {cause}")]
    UnknownCause { cause: String, known: Vec<String> },
    /// There is no such cell in the matrix.
    #[error("the matrix has no {impact} x {urgency}")]
    UnknownJudgement { impact: String, urgency: String },
    /// The step needs a reason.
    #[error("a reason is needed to {act}")]
    ReasonNeeded { act: String, words: Vec<String> },
    /// The incident is over.
    #[error("{key} is {status}")]
    NotOpen { key: Key, status: StatusId },
    /// The incident is not over.
    #[error("{key} is still {status}")]
    NotOver { key: Key, status: StatusId },
    /// The time lies ahead.
    #[error("{at} lies in the future")]
    InFuture { at: Timestamp },
    /// The times would be out of order.
    #[error("{name} would be before {earlier}")]
    OutOfOrder { name: String, earlier: String },
    /// There is no such task.
    #[error("there is no task {number}")]
    UnknownTask { number: u32 },
    /// The task is done already.
    #[error("task {number} is done already")]
    TaskDone { number: u32 },
    /// The timeline has no such entry, or its words cannot be taken out.
    #[error("no words of entry {number} can be taken out")]
    NoEntry { number: u64 },
    /// There is no such draft any more: it was sent, or newer ones took its place.
    #[error("draft {number} was sent already")]
    NoDraft { number: u64 },
    /// The wait is too short or too long.
    #[error("the wait is out of bounds")]
    BadWait { min_minutes: u64, max_minutes: u64 },
    /// There is no clock to put off.
    #[error("no update is due")]
    NoUpdateDue,
    /// Merging with itself, or with something that is itself merged or over.
    #[error("{key} cannot be merged into {into}")]
    BadMerge { key: Key, into: Key },
    /// One is private and the other is not: merging would tell of the private one.
    #[error("{private} is private and {open} is not")]
    MixedMerge { private: Key, open: Key },
    /// A drill never reaches customers.
    #[error("{key} is a drill: nothing goes to the public page")]
    DrillStaysInside { key: Key },
    /// A private incident never reaches customers.
    #[error("{key} is private: nothing goes to the public page")]
    PrivateStaysInside { key: Key },
    /// The button was drawn when the thing stood otherwise.
    #[error("{what} has changed since")]
    Stale { what: String, now: String, by: Option<Actor>, at: Option<Timestamp> },
    /// The asker may not.
    #[error("not allowed: {act}")]
    NotAllowed { act: String, needs: String },
    /// The key means nothing here, or the asker may not see it: the same words for both.
    #[error("there is no incident {key}")]
    UnknownIncident { key: String },
    /// The command needs an incident and the room is none's.
    #[error("which incident?")]
    WhichIncident { open: Vec<Key> },
    /// There is no such person.
    #[error("there is no {name}")]
    UnknownPerson { name: String, near: Option<PersonId> },
    /// Nobody can be paged that way.
    #[error("nobody to page: {whom}")]
    NobodyToPage { whom: String },
    /// There are several schedules, or none of that name.
    #[error("which schedule?")]
    WhichSchedule { known: Vec<ScheduleId> },
    /// There is no such stand-in, or it is over.
    #[error("there is no override {id}")]
    UnknownOverride { id: String },
    /// There is no such group of alerts.
    #[error("there is no alert group {id}")]
    UnknownGroup { id: String },
    /// There is no such silence.
    #[error("there is no silence {id}")]
    UnknownSilence { id: String },
    /// The silence cannot be as asked.
    #[error("the silence cannot be as asked: {why:?}")]
    BadSilence { why: SilenceFault },
    /// The silence would hold most of what fires, and nobody said that this is meant. `command` says it.
    #[error("the silence would hold {held} of {of} alerts that fire", held = reach.held, of = reach.looked_at)]
    WideSilence { reach: Reach, command: String },
    /// The group belongs to an incident already.
    #[error("these alerts belong to {key}")]
    GroupTaken { key: Key },
    /// There is no such page.
    #[error("there is no page {id}")]
    UnknownPage { id: String },
    /// The page is over.
    #[error("the page is {state} already")]
    PageOver { state: String, by: Option<PersonId>, at: Option<Timestamp> },
}

impl Refusal {
    /// The name of its template and of its problem type.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "empty",
            Self::TooLong { .. } => "too_long",
            Self::Already { .. } => "already",
            Self::NoTransition { .. } => "no_transition",
            Self::UnknownStatus { .. } => "unknown_status",
            Self::UnknownRole { .. } => "unknown_role",
            Self::UnknownComponent { .. } => "unknown_component",
            Self::UnknownCause { .. } => "unknown_cause",
            Self::UnknownJudgement { .. } => "unknown_judgement",
            Self::ReasonNeeded { .. } => "reason_needed",
            Self::NotOpen { .. } => "not_open",
            Self::NotOver { .. } => "not_over",
            Self::InFuture { .. } => "in_future",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::UnknownTask { .. } => "unknown_task",
            Self::TaskDone { .. } => "task_done",
            Self::NoEntry { .. } => "no_entry",
            Self::NoDraft { .. } => "no_draft",
            Self::BadWait { .. } => "bad_wait",
            Self::NoUpdateDue => "no_update_due",
            Self::BadMerge { .. } => "bad_merge",
            Self::MixedMerge { .. } => "mixed_merge",
            Self::DrillStaysInside { .. } => "drill_stays_inside",
            Self::PrivateStaysInside { .. } => "private_stays_inside",
            Self::Stale { .. } => "stale",
            Self::NotAllowed { .. } => "not_allowed",
            Self::UnknownIncident { .. } => "unknown_incident",
            Self::WhichIncident { .. } => "which_incident",
            Self::UnknownPerson { .. } => "unknown_person",
            Self::NobodyToPage { .. } => "nobody_to_page",
            Self::WhichSchedule { .. } => "which_schedule",
            Self::UnknownOverride { .. } => "unknown_override",
            Self::UnknownGroup { .. } => "unknown_group",
            Self::UnknownSilence { .. } => "unknown_silence",
            Self::BadSilence { .. } => "bad_silence",
            Self::WideSilence { .. } => "wide_silence",
            Self::GroupTaken { .. } => "group_taken",
            Self::UnknownPage { .. } => "unknown_page",
            Self::PageOver { .. } => "page_over",
        }
    }
}
