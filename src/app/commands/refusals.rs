//! Replies to refusals that need the records: who may not do this, and what continues a merged incident.

use super::{invocation::Invocation, queries, replies, vocabulary};
use crate::{
    app::Context,
    chat::Reply,
    command::{Act, Action, Ask, FieldAct},
    domain::{
        event::{Event, SystemEvent},
        ids::{FieldId, Key},
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
    if let Refusal::Incident(IncidentRefusal::FieldsMissing { key, fields, .. }) = &refusal {
        return missing_fields(tx, invocation, &refusal, key, fields);
    }
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

/// The reply that asks for the fields that a status needs, with their form.
fn missing_fields(
    tx: &Tx<'_>,
    invocation: &Invocation<'_>,
    refusal: &Refusal,
    key: &Key,
    fields: &[FieldId],
) -> Result<Reply, StoreError> {
    let missing = fields.iter().map(|field| format!("fields.{field}")).collect();
    let command = Act::Field(FieldAct::Set).path().to_owned();
    let ask = Ask { command, key: Some(key.clone()), given: Vec::new(), missing };
    let names = vocabulary::of_config(invocation.cx.config);
    let form = queries::draw_form(tx, invocation, &ask, &names, Vec::new())?.form;
    Ok(replies::refused(invocation.app, refusal).with_form(form))
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
