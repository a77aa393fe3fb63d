//! Refusals of commands to incidents, and those that any command can get.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Timestamp,
    ids::{ComponentId, FieldId, Key, PersonId, RoleId, StatusId},
    people::Actor,
};

/// A refusal of a command to an incident, or of any command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are what the sentence of the variant needs")]
pub enum IncidentRefusal {
    /// The text of a title, note or update is blank.
    #[error("the {what} is empty")]
    Empty { what: String },
    /// The text is longer than the record allows.
    #[error("the {what} is longer than {max} characters")]
    TooLong { what: String, max: usize },
    /// The value is set already.
    #[error("{what} is already {value}")]
    Already { what: String, value: String, by: Option<Actor> },
    /// The role is held by this person already, or by nobody.
    #[error("{role} is already held")]
    AlreadyHeld { role: RoleId, person: Option<PersonId> },
    /// Somebody took the role after the button was rendered.
    #[error("{role} was taken since")]
    RoleTaken { role: RoleId, person: PersonId, at: Timestamp },
    /// The workflow has no such transition.
    #[error("{key} cannot go from {from} to {to}")]
    NoTransition { key: Key, from: StatusId, to: StatusId, allowed: Vec<StatusId> },
    /// The status is unknown.
    #[error("there is no status {status}")]
    UnknownStatus { status: StatusId, known: Vec<StatusId> },
    /// The role is unknown.
    #[error("there is no role {role}")]
    UnknownRole { role: RoleId, known: Vec<RoleId> },
    /// The component is unknown.
    #[error("there is no component {component}")]
    UnknownComponent { component: ComponentId, known: Vec<ComponentId> },
    /// The class of the cause is unknown.
    #[error("there is no cause {cause}")]
    UnknownCause { cause: String, known: Vec<String> },
    /// The matrix of impact and urgency has no such cell.
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
    /// The time is in the future.
    #[error("{at} lies in the future")]
    InFuture { at: Timestamp },
    /// The named times would be out of order.
    #[error("{name} would be before {earlier}")]
    OutOfOrder {
        name: String,
        earlier: String,
        /// Which of the two was to be set.
        given: String,
    },
    /// The task is unknown.
    #[error("there is no task {number}")]
    UnknownTask { number: u32 },
    /// The task is done already.
    #[error("task {number} is done already")]
    TaskDone { number: u32 },
    /// The timeline has no such entry, or its text cannot be removed.
    #[error("no words of entry {number} can be taken out")]
    NoEntry { number: u64 },
    /// Nothing of the incident may be deleted or redacted.
    #[error("{key} is on legal hold")]
    OnLegalHold { key: Key },
    /// The draft was sent, or newer drafts replaced it.
    #[error("draft {number} was sent already")]
    NoDraft { number: u64 },
    /// The wait is too short or too long.
    #[error("the wait is out of bounds")]
    BadWait { min_minutes: u64, max_minutes: u64 },
    /// No update is due, so nothing can be postponed.
    #[error("no update is due")]
    NoUpdateDue,
    /// An incident cannot be merged into itself, or into one that is merged or over.
    #[error("{key} cannot be merged into {into}")]
    BadMerge { key: Key, into: Key },
    /// One incident is private and the other is not: a merge would reveal the private one.
    #[error("{private} is private and {open} is not")]
    MixedMerge { private: Key, open: Key },
    /// Drills are never shown to customers.
    #[error("{key} is a drill: nothing goes to the public page")]
    DrillStaysInside { key: Key },
    /// The incident has no such field.
    #[error("{key} has no field {field}")]
    NoField { key: Key, field: FieldId, known: Vec<FieldId> },
    /// The status requires fields that have no value.
    #[error("{key} needs {} before it is {status}", names.join(", "))]
    FieldsMissing { key: Key, status: String, fields: Vec<FieldId>, names: Vec<String> },
    /// Nobody is paged for what was over before it was entered.
    #[error("{key} is retrospective: nobody is paged for it")]
    PagesNobody { key: Key },
    /// Customers have read about the incident, so it cannot become private.
    #[error("{key} is on the public page")]
    PublicStays { key: Key },
    /// Customers have read about the incident, so ending it takes a last message to them.
    #[error("customers have to be told how {key} ends")]
    MessageNeeded { key: Key },
    /// A last message to customers about an incident of which they have read nothing.
    #[error("nothing of {key} is on the public page")]
    NotPosted { key: Key },
    /// A private incident would be visible to nobody who may act on it.
    #[error("nobody who may act would see it")]
    NobodyMayAct,
    /// The incident is part of another one.
    #[error("{key} is part of {into}")]
    IsMerged { key: Key, into: Key },
    /// Private incidents are never shown to customers.
    #[error("{key} is private: nothing goes to the public page")]
    PrivateStaysInside { key: Key },
    /// The value changed after the button was rendered.
    #[error("{what} has changed since")]
    Stale { what: String, now: String, by: Option<Actor>, at: Option<Timestamp> },
    /// The person lacks the access.
    #[error("not allowed: {act}")]
    NotAllowed { act: String, needs: String },
    /// The key is unknown, or the person may not see the incident: the same words for both.
    #[error("there is no incident {key}")]
    UnknownIncident { key: String },
    /// The command needs an incident, and the room belongs to none.
    #[error("which incident?")]
    WhichIncident { open: Vec<Key> },
    /// The person declared too many incidents within a short time.
    #[error("{count} incidents were declared by the same person within {minutes} minutes")]
    TooManyDeclared { count: usize, minutes: u64, until: Timestamp },
    /// No outside tracker is configured.
    #[error("no outside tracker is configured")]
    NoOutsideTracker,
    /// Drills have no issue, and private incidents only where that is configured.
    #[error("{key} gets no issue")]
    IssueWithheld { key: Key },
    /// The incident has an issue already, or one is being created.
    #[error("{key} has an issue already")]
    HasIssue { key: Key, issue: String },
    /// The person is unknown.
    #[error("there is no {name}")]
    UnknownPerson { name: String, near: Option<PersonId> },
}

impl IncidentRefusal {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "empty",
            Self::TooLong { .. } => "too_long",
            Self::Already { .. } | Self::AlreadyHeld { .. } => "already",
            Self::NoTransition { .. } => "no_transition",
            Self::UnknownStatus { .. } => "unknown_status",
            Self::NoField { .. } => "no_field",
            Self::FieldsMissing { .. } => "fields_missing",
            Self::PagesNobody { .. } => "pages_nobody",
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
            Self::OnLegalHold { .. } => "on_legal_hold",
            Self::NoDraft { .. } => "no_draft",
            Self::BadWait { .. } => "bad_wait",
            Self::NoUpdateDue => "no_update_due",
            Self::BadMerge { .. } => "bad_merge",
            Self::MixedMerge { .. } => "mixed_merge",
            Self::DrillStaysInside { .. } => "drill_stays_inside",
            Self::PublicStays { .. } => "public_stays",
            Self::MessageNeeded { .. } => "message_needed",
            Self::NotPosted { .. } => "not_posted",
            Self::NobodyMayAct => "nobody_may_act",
            Self::IsMerged { .. } => "is_merged",
            Self::PrivateStaysInside { .. } => "private_stays_inside",
            Self::Stale { .. } | Self::RoleTaken { .. } => "stale",
            Self::NotAllowed { .. } => "not_allowed",
            Self::UnknownIncident { .. } => "unknown_incident",
            Self::WhichIncident { .. } => "which_incident",
            Self::TooManyDeclared { .. } => "too_many_declared",
            Self::NoOutsideTracker => "no_outside_tracker",
            Self::IssueWithheld { .. } => "issue_withheld",
            Self::HasIssue { .. } => "has_issue",
            Self::UnknownPerson { .. } => "unknown_person",
        }
    }
}
