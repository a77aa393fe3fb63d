//! The offer to merge a new incident into one that is open on the same service already.

use minijinja::{context, value::Serde};

use super::{invocation::Invocation, replies};
use crate::{
    chat::{Reply, ReplyOutcome},
    domain::incident::{Incident, IncidentKind},
    store::{IncidentFilter, ListViewer, StoreError, Tx},
};

/// How many open incidents of a service are looked at.
const SEEN: usize = 50;

/// Adds the offer to the reply to a declaration. Declaring does not wait for an answer: the new incident is open and pages,
/// and whoever declared it merges it with one press.
pub(super) fn offer_merge(tx: &Tx<'_>, invocation: &Invocation<'_>, reply: Reply) -> Result<Reply, StoreError> {
    let (ReplyOutcome::Done, Some(key)) = (reply.outcome, &reply.incident) else { return Ok(reply) };
    let Some(declared) = tx.incident_by_key(key)? else { return Ok(reply) };
    let Some(service) = declared.service.clone() else { return Ok(reply) };
    let filter = IncidentFilter {
        viewer: ListViewer::Person(invocation.person.clone()),
        open: Some(true),
        service: Some(service),
        most_severe_first: true,
        limit: SEEN,
        ..IncidentFilter::default()
    };
    let same = |other: &Incident| {
        let alike = other.kind == declared.kind && other.private == declared.private;
        other.id != declared.id && alike && declared.kind == IncidentKind::Real
    };
    let Some(other) = tx.list_incidents(&filter)?.items.into_iter().find(same) else { return Ok(reply) };
    let context = context! {
        key => declared.key.to_string(), other => other.key.to_string(), title => Serde(&other.title),
        service => Serde(&declared.service), severity => Serde(other.severity), room => Serde(&other.room),
    };
    Ok(replies::with_offer(invocation, reply, "same_service", context))
}
