//! Pages of an incident whose alerts somebody acknowledged, and whose acknowledgement expired.

use super::paging::{PageAnswer, PageStart, answer, start_in};
use crate::{
    app::{Context, reactor::WorkList},
    command::PageResponse,
    domain::{
        alert::ExpiredAcknowledgement,
        ids::{IncidentId, PersonId},
        incident::Incident,
        oncall::{self, NewPage},
    },
    store::{StoreError, Tx},
};

/// Acknowledges the pages of an incident that still ask, for a person who has acknowledged its alerts.
pub(in crate::app) fn take_asking(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    incident: IncidentId,
    person: &PersonId,
) -> Result<(), StoreError> {
    for page in tx.pages_of_incident(incident)?.iter().filter(|page| page.is_asking()) {
        // One that this person may not answer goes on asking.
        answer(tx, cx, work, PageAnswer { page: page.id(), person, answer: PageResponse::Acknowledge, via: None })?
            .ok();
    }
    Ok(())
}

/// Pages again what an acknowledgement stopped, from the first step of each policy, if the incident is open: the
/// acknowledgement has expired and the alerts still fire.
pub(in crate::app) fn page_again(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    incident: IncidentId,
    expired: &ExpiredAcknowledgement,
) -> Result<(), StoreError> {
    let Some(incident) = tx.incident(incident)?.filter(Incident::is_open) else { return Ok(()) };
    let pages = tx.pages_of_incident(incident.id)?;
    for page in oncall::lapsed(&pages, &expired.by, expired.at) {
        let NewPage { policy, whom, message, outside, .. } = page.spec.clone();
        let lapsed = Some(expired.by.clone());
        let start = PageStart { policy, name: whom, message, by_rule: true, lapsed, idle: false, outside };
        start_in(tx, cx, work, &incident, start)?;
    }
    Ok(())
}
