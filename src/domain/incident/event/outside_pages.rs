//! Pages of the incident at outside pagers.

use serde::{Deserialize, Serialize};

use crate::domain::{
    ids::{PageId, PersonId},
    pager::{MissReason, OutsideAnswer, PagerKind},
};

/// An event of a page at an outside pager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum OutsidePageEvent {
    /// The page went to the pager, which has this many seconds to accept it.
    PageSentOutside { page: PageId, pager: PagerKind, whom: String, accept_seconds: u64 },
    /// The pager accepted it; `late` if the built-in engine pages already.
    PageAcceptedOutside { page: PageId, pager: PagerKind, link: Option<String>, late: bool },
    /// The pager did not accept it: the built-in engine pages these people.
    PageMissedOutside { page: PageId, pager: PagerKind, why: MissReason, people: Vec<PersonId> },
    /// Somebody answered it at the pager.
    PageAnsweredOutside {
        page: PageId,
        pager: PagerKind,
        answer: OutsideAnswer,
        /// `None` for somebody who is not one of the people.
        person: Option<PersonId>,
        name: String,
    },
}

impl OutsidePageEvent {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::PageSentOutside { .. } => "page_sent_outside",
            Self::PageAcceptedOutside { .. } => "page_accepted_outside",
            Self::PageMissedOutside { .. } => "page_missed_outside",
            Self::PageAnsweredOutside { .. } => "page_answered_outside",
        }
    }
}
