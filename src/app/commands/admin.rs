//! `/admin`: sign-in links, sessions, and sending in a restored copy.

use minijinja::{context, value::Serde};

use super::{calendars, contacts, invocation::Invocation, replies};
use crate::{
    app::{Context, system::notices},
    chat::Reply,
    command::{Act, Action},
    domain::{
        event::{Event, SystemEvent},
        ids::{Key, PersonId},
        incident::Incident,
        refusal::IncidentRefusal,
        text::Untrusted,
    },
    store::{Append, LINK_VALID, LegalHold, StoreError, Tx},
};

/// Creates a sign-in link.
pub(super) fn invite(tx: &mut Tx<'_>, invocation: &Invocation<'_>, person: &PersonId) -> Result<Reply, StoreError> {
    let token = tx.create_sign_in_link(person, invocation.cx.now)?;
    record(tx, invocation.cx, SystemEvent::InviteMade { person: person.to_string() })?;
    let link = format!("{}/sign-in/{token}", invocation.cx.config.server.public_url.trim_end_matches('/'));
    let until = invocation.cx.now + LINK_VALID;
    let context = context! { person => person.as_str(), link, until => Serde(until) };
    Ok(invocation.plain(Act::AdminInvite, context))
}

/// Lets a restored copy send what is new.
pub(super) fn resume(tx: &mut Tx<'_>, invocation: &Invocation<'_>) -> Result<Reply, StoreError> {
    let held = tx.resume_new_rows(invocation.cx.now)?;
    if let Some(held) = held {
        notices::note(tx, invocation.cx, SystemEvent::NewSendingResumed { held })?;
    }
    Ok(invocation.plain(Act::AdminResume, context! { paused => held.is_some(), held }))
}

/// Ends all sessions and links of a person.
pub(super) fn sign_out(tx: &mut Tx<'_>, invocation: &Invocation<'_>, person: &PersonId) -> Result<Reply, StoreError> {
    let count = tx.end_sessions_of_person(person)?;
    record(tx, invocation.cx, SystemEvent::SignedOut { person: person.to_string() })?;
    Ok(invocation.plain(Act::AdminSignOut, context! { person => person.as_str(), count }))
}

/// Puts an incident on legal hold, or, without a reason, lifts the hold.
pub(super) fn hold(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    key: &Key,
    reason: Option<&Untrusted>,
) -> Result<Reply, StoreError> {
    let cx = invocation.cx;
    let visible = |incident: &Incident| cx.actor.person().is_none_or(|person| incident.visible_to(person));
    let Some(incident) = tx.incident_by_key(key)?.filter(visible) else {
        let unknown = IncidentRefusal::UnknownIncident { key: key.to_string() };
        return Ok(replies::refused(invocation.app, &unknown.into()));
    };
    let before = tx.legal_hold(incident.id)?;
    let person = cx.actor.person().map(ToString::to_string).unwrap_or_default();
    let hold = reason.map(|reason| LegalHold { at: cx.now, person, reason: reason.clone() });
    tx.save_legal_hold(incident.id, hold.as_ref())?;
    let key = incident.key.clone();
    match reason {
        Some(reason) => record(tx, cx, SystemEvent::LegalHoldSet { key, reason: reason.shown(300) })?,
        None if before.is_some() => record(tx, cx, SystemEvent::LegalHoldLifted { key })?,
        None => {}
    }
    let context = context! { key => incident.key.to_string(), held => reason.is_some(), before => before.is_some() };
    Ok(invocation.plain(Act::AdminHold, context))
}

fn record(tx: &mut Tx<'_>, cx: Context<'_>, event: SystemEvent) -> Result<(), StoreError> {
    let Context { actor, now, request, .. } = cx;
    let append = Append { stream: SystemEvent::STREAM, expected_seq: None, actor, at: now, request };
    tx.append(&append, &[Event::System(event)]).map(drop)
}

/// The reply that is stored for a repeat of the command. A sign-in link must not be in the database, so it is left out.
pub(super) fn stored_reply(invocation: &Invocation<'_>, action: &Action, reply: &Reply) -> Reply {
    if let Action::Contact(request) = action {
        return contacts::stored(invocation, request, reply);
    }
    if let Action::OnCallCalendar { revoke: false, .. } = action {
        return calendars::stored(invocation);
    }
    let Action::AdminInvite { person } = action else { return reply.clone() };
    invocation.plain(Act::AdminInvite, context! { person => person.as_str(), link => (), until => () })
}
