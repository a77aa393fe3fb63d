//! How a page stands at the outside pager that it went to first.

use serde::{Deserialize, Serialize};

use super::{Page, PageState};
use crate::domain::{
    Timestamp,
    ids::PersonId,
    pager::{OutsideAnswer, PagerKind, RemotePageRef},
};

/// How a page stands at the outside pager that it went to first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsidePage {
    /// The pager.
    pub pager: PagerKind,
    /// Whether it accepted the page.
    pub acceptance: Acceptance,
    /// What it calls the page.
    pub remote: Option<RemotePageRef>,
    /// The last answer that came from there.
    pub answer: Option<OutsideAnswer>,
    /// True if the built-in engine pages too.
    pub builtin: bool,
}

/// Whether an outside pager accepted a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acceptance {
    /// Not yet.
    Awaited,
    /// It did.
    Accepted,
    /// It did not in time, or will not.
    Missed,
}

impl OutsidePage {
    /// A page that is sent to a pager.
    pub(super) fn new(pager: PagerKind) -> Self {
        Self { pager, acceptance: Acceptance::Awaited, remote: None, answer: None, builtin: false }
    }
}

impl Page {
    /// True if the outside pager alone pages people.
    pub fn is_only_outside(&self) -> bool {
        self.outside.as_ref().is_some_and(|outside| !outside.builtin)
    }
}

/// Applies whether it was accepted.
pub(super) fn learn(page: &mut Page, acceptance: Acceptance, remote: Option<&RemotePageRef>) {
    if let Some(outside) = &mut page.outside {
        outside.acceptance = acceptance;
        outside.remote = remote.cloned().or_else(|| outside.remote.take());
    }
}

/// Applies an answer. One acknowledgement there is enough, whatever the policy here asks for.
pub(super) fn answered(page: &mut Page, answer: OutsideAnswer, person: Option<&PersonId>, at: Timestamp) {
    if let Some(outside) = &mut page.outside {
        outside.answer = Some(answer);
    }
    (page.next_at, page.snoozed_until) = (None, None);
    match answer {
        OutsideAnswer::Acknowledged => {
            page.state = PageState::Acknowledged;
            page.acknowledged_by.extend(person.cloned());
            (page.taken_by, page.taken_at, page.taken_via) = (person.cloned(), Some(at), None);
        }
        OutsideAnswer::Resolved => {
            (page.state, page.resolved_by) = (PageState::Resolved, person.cloned());
        }
    }
}
