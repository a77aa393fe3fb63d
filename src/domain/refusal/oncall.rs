//! Refusals of commands about pages, schedules and overrides.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Timestamp,
    ids::{Key, PageId, PersonId, ScheduleId},
};

/// A refusal of a command about pages and schedules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are what the sentence of the variant needs")]
pub enum OnCallRefusal {
    /// Nobody can be paged that way.
    #[error("nobody to page: {whom}")]
    NobodyToPage { whom: String },
    /// There are several schedules, or none of that name.
    #[error("which schedule?")]
    WhichSchedule { known: Vec<ScheduleId> },
    /// Nobody is on call who could be tested.
    #[error("nobody is on call")]
    NobodyToTest,
    /// An on-call test was started a short while ago.
    #[error("the next on-call test may start at {next}")]
    TestedRecently { next: Timestamp },
    /// The test is unknown, or asks somebody else.
    #[error("there is no test {id}")]
    UnknownTest { id: String },
    /// The person is not on call, in this schedule or in any.
    #[error("not on call now")]
    NotOnCall { schedule: Option<ScheduleId> },
    /// The override is unknown or over.
    #[error("there is no override {id}")]
    UnknownOverride { id: String },
    /// The page is unknown.
    #[error("there is no page {id}")]
    UnknownPage { id: String },
    /// The page is over.
    #[error("the page is {state} already")]
    PageOver { state: String, by: Option<PersonId>, at: Option<Timestamp> },
    /// The page ends with its incident.
    #[error("the page ends with {key}")]
    EndsWithIncident { key: Key },
    /// No page can be meant, or several.
    #[error("which page?")]
    WhichPage { open: Vec<PageId> },
}

impl OnCallRefusal {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::NobodyToPage { .. } => "nobody_to_page",
            Self::WhichSchedule { .. } => "which_schedule",
            Self::NobodyToTest => "nobody_to_test",
            Self::TestedRecently { .. } => "tested_recently",
            Self::UnknownTest { .. } => "unknown_test",
            Self::NotOnCall { .. } => "not_on_call",
            Self::UnknownOverride { .. } => "unknown_override",
            Self::UnknownPage { .. } => "unknown_page",
            Self::PageOver { .. } => "page_over",
            Self::EndsWithIncident { .. } => "ends_with_incident",
            Self::WhichPage { .. } => "which_page",
        }
    }
}
