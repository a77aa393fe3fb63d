//! Replies to refusals that need the records: who may not do this, and what continues a merged incident.

use super::{invocation::Invocation, replies};
use crate::{
    app::Context,
    chat::Reply,
    command::Action,
    domain::{
        event::{Event, SystemEvent},
        refusal::{IncidentRefusal, Refusal},
    },
    store::{Append, StoreError, Tx},
};

/// True if a refusal says that the person may not do this at all.
pub(super) fn is_denial(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Incident(IncidentRefusal::NotAllowed { .. }))
}

/// The reply to a refusal. What is refused because the incident is merged names the incident that continues it, if the
/// person may see that one.
pub(super) fn refused(tx: &Tx<'_>, invocation: &Invocation<'_>, refusal: Refusal) -> Result<Reply, StoreError> {
    let Refusal::Incident(IncidentRefusal::NotOpen { key, .. }) = &refusal else {
        return Ok(replies::refused(invocation.app, &refusal));
    };
    let mut found = tx.incident_by_key(key)?;
    let mut last = None;
    // Merges cannot form a circle: the target of a merge is open.
    while let Some(into) = found.and_then(|incident| incident.merged_into) {
        found = tx.incident(into)?.filter(|incident| incident.visible_to(invocation.person));
        last = found.as_ref().map(|incident| incident.key.clone()).or(last);
    }
    let refusal = match last {
        Some(into) => IncidentRefusal::IsMerged { key: key.clone(), into }.into(),
        None => refusal,
    };
    Ok(replies::refused(invocation.app, &refusal))
}

/// The reply to what only the record shows that this person may not do. Every denial is in the audit log.
pub(super) fn denied(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    action: &Action,
    refusal: &Refusal,
) -> Result<Reply, StoreError> {
    let Context { actor, now, request: asked_in, .. } = invocation.cx;
    let append = Append { stream: "system", expected_seq: None, actor, at: now, request: asked_in };
    tx.append(&append, &[Event::System(SystemEvent::AccessDenied { what: action.act().path().to_owned() })])?;
    Ok(replies::forbidden(invocation.app, refusal))
}
