//! What becomes of the pages of an incident that is over, or merged into another.

use super::paging::{command, page_on_call};
use crate::{
    app::{
        Context,
        reactor::{IncidentMerge, WorkList},
    },
    domain::{
        ids::IncidentId,
        oncall::{Page, PageCommand},
    },
    store::{StoreError, Tx},
};

/// Resolves the pages of an incident.
pub(in crate::app) fn resolve_pages(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    incident: IncidentId,
) -> Result<(), StoreError> {
    for page in tx.pages_of_incident(incident)? {
        command(tx, cx, work, &page, &PageCommand::Resolve { by: None })?.ok();
    }
    Ok(())
}

/// Continues the pages of a merged incident for the one that it became part of, unless that has one of the same policy in
/// progress. If the merge raised the severity of that one and nobody is paged for either, its policy is started.
pub(in crate::app) fn move_pages(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    merge: IncidentMerge,
) -> Result<(), StoreError> {
    let IncidentMerge { from, into, raised } = merge;
    let Some(target) = tx.incident(into)? else { return Ok(()) };
    let known: Vec<Page> = tx.pages_of_incident(into)?.into_iter().filter(Page::is_in_progress).collect();
    let mut anyone_paged = false;
    for page in tx.pages_of_incident(from)? {
        let same = |other: &Page| other.spec.policy.id == page.spec.policy.id;
        let goes_on = page.is_in_progress() && !known.iter().any(same);
        anyone_paged |= page.is_in_progress();
        let wanted = if goes_on {
            PageCommand::Move { incident: into, key: target.key.clone() }
        } else {
            PageCommand::Resolve { by: None }
        };
        command(tx, cx, work, &page, &wanted)?.ok();
    }
    if raised && !anyone_paged && cx.config.policy.severity(target.severity).page {
        return page_on_call(tx, cx, work, &target, target.service.as_ref());
    }
    Ok(())
}
