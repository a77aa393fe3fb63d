//! Pages as the incident records them.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Timestamp,
    contact::MethodKind,
    ids::{PageId, PersonId},
};

/// An event of a page of the incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum PagingEvent {
    /// A page started.
    PageStarted { page: PageId, whom: String, by_rule: bool },
    /// A person acknowledged the page.
    PageAcknowledged {
        page: PageId,
        person: PersonId,
        /// The contact method whose link, button or digit was used.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        via: Option<MethodKind>,
    },
    /// The page went to the next step.
    PageEscalated {
        /// Which page.
        page: PageId,
        /// The number of the step, from 1.
        step: u32,
        /// Whom it pages.
        people: Vec<PersonId>,
        /// True if it is the fallback, because nobody has responded.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        fallback: bool,
    },
    /// The pages that nobody had answered ended, because the incident was cancelled; whom they asked.
    PagesStopped { whom: Vec<String> },
    /// A paged person cannot respond.
    PageDeclined { page: PageId, person: PersonId },
    /// A person put the page off.
    PageSnoozed { page: PageId, person: PersonId, until: Timestamp },
    /// The page goes to somebody else.
    PageReassigned { page: PageId, whom: String, people: Vec<PersonId> },
    /// One more person is paged.
    PageResponderAdded { page: PageId, person: PersonId },
    /// Nobody was on call, so the fallback was paged. `schedule` is empty if the incident names no service.
    NobodyOnCall { page: PageId, schedule: String, fallback: Option<PersonId> },
    /// All steps of the page ended without a response.
    PageExhausted { page: PageId },
}

impl PagingEvent {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::PageStarted { .. } => "page_started",
            Self::PageAcknowledged { .. } => "page_acknowledged",
            Self::PageEscalated { .. } => "page_escalated",
            Self::PagesStopped { .. } => "pages_stopped",
            Self::PageDeclined { .. } => "page_declined",
            Self::PageSnoozed { .. } => "page_snoozed",
            Self::PageReassigned { .. } => "page_reassigned",
            Self::PageResponderAdded { .. } => "page_responder_added",
            Self::NobodyOnCall { .. } => "nobody_on_call",
            Self::PageExhausted { .. } => "page_exhausted",
        }
    }
}
