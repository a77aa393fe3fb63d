//! Decides what follows from news of the outside pager. News of a page that never went there change nothing.

use super::{Acceptance, OutsideAuthor, Page, PageFacts, PageState, draft::PageDraft};
use crate::domain::{
    oncall::OnCallEvent,
    pager::{MissReason, OutsideAnswer, RemotePageRef},
};

/// Records that the outside pager accepted the page, unless that is known.
pub(super) fn accept(draft: &mut PageDraft, page: &Page, remote: &RemotePageRef) {
    if let Some(outside) = &page.outside
        && outside.acceptance != Acceptance::Accepted
    {
        let late = outside.acceptance == Acceptance::Missed;
        draft.push(OnCallEvent::PageAcceptedOutside { remote: remote.clone(), late });
    }
}

/// Pages with the built-in engine, because the outside pager did not accept a page that still asks.
pub(super) fn miss(draft: &mut PageDraft, page: &Page, why: &MissReason, facts: &PageFacts<'_>) {
    if let Some(outside) = &page.outside
        && outside.acceptance == Acceptance::Awaited
        && page.is_asking()
    {
        draft.push(OnCallEvent::PageMissedOutside { why: why.clone() });
        if !outside.builtin {
            draft.begin_run(facts);
        }
    }
}

/// Takes over an answer that was given at the outside pager.
pub(super) fn answer(draft: &mut PageDraft, page: &Page, answer: OutsideAnswer, by: &OutsideAuthor) {
    let changes = match answer {
        OutsideAnswer::Acknowledged => page.is_answerable(),
        OutsideAnswer::Resolved => page.state != PageState::Resolved,
    };
    if page.outside.is_some() && changes {
        let OutsideAuthor { person, name } = by.clone();
        draft.push(OnCallEvent::PageAnsweredOutside { answer, person, name });
    }
}
