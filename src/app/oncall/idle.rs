//! Pages that were acknowledged and then forgotten.

use chrono::TimeDelta;

use super::paging::{PageStart, start_in};
use crate::{
    app::{Context, reactor::WorkList},
    domain::{
        Timestamp,
        effect::{EffectKey, Timer},
        event::Event,
        ids::{IncidentId, PageId},
        incident::Incident,
        oncall::{Page, PageState},
        people::Actor,
    },
    store::{StoreError, Tx},
};

/// How many of the last events of an incident are read: with more, somebody or something is busy.
const LAST_EVENTS: u64 = 200;

/// Pages again, from the first step, if nobody has worked on the incident since the page was acknowledged; waits on if
/// somebody has.
pub(in crate::app) fn on_wake(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: PageId,
) -> Result<(), StoreError> {
    let Some(page) = tx.page(id)? else { return Ok(()) };
    let (Some(timeout), Some(by), Some(taken)) =
        (page.spec.policy.acknowledge_timeout, page.taken_by.clone(), page.taken_at)
    else {
        return Ok(());
    };
    let Some(incident) = page.incident() else { return Ok(()) };
    let Some(incident) = tx.incident(incident)?.filter(Incident::is_open) else { return Ok(()) };
    if page.state != PageState::Acknowledged || is_replaced(tx, &page, incident.id)? {
        return Ok(());
    }
    let timeout = TimeDelta::from_std(timeout).unwrap_or(TimeDelta::MAX);
    let due = last_work(tx, &incident, taken)? + timeout;
    if due > cx.now {
        let key = EffectKey::new(&format!("{}/idle", Page::stream(id)), page.version, due.timestamp_millis() as usize);
        tx.enqueue(&key, &Timer::CheckAcknowledged { page: id }.into(), due)?;
        return Ok(());
    }
    let (policy, name, message) = (page.spec.policy.clone(), page.spec.whom.clone(), page.spec.message.clone());
    let outside = page.spec.outside.clone();
    let start = PageStart { policy, name, message, by_rule: true, lapsed: Some(by), idle: true, outside };
    start_in(tx, cx, work, &incident, start)
}

/// True if a newer page of the same policy exists: that one is answered, or asks.
fn is_replaced(tx: &Tx<'_>, page: &Page, incident: IncidentId) -> Result<bool, StoreError> {
    let newer = |other: &Page| other.spec.policy.id == page.spec.policy.id && other.id() > page.id();
    Ok(tx.pages_of_incident(incident)?.iter().any(newer))
}

/// When a person last worked on the incident; `since` if nobody did after that.
fn last_work(tx: &Tx<'_>, incident: &Incident, since: Timestamp) -> Result<Timestamp, StoreError> {
    let after = incident.version.saturating_sub(LAST_EVENTS);
    let events = tx.events_of(&Incident::stream(incident.id), after, LAST_EVENTS as usize)?;
    let work = events.iter().filter(|recorded| {
        let by_person = matches!(recorded.actor, Actor::Person(_));
        by_person && matches!(&recorded.event, Event::Incident(event) if event.shows_work())
    });
    Ok(work.map(|recorded| recorded.at).max().map_or(since, |at| at.max(since)))
}
