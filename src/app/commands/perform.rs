//! Requests that change something, each inside the transaction that also saves its reply.

use minijinja::{context, value::Serde};

use super::Asked;
use super::replies;
use super::silences;
use crate::app::Context;
use crate::app::alerts;
use crate::app::incidents;
use crate::app::incidents::Decided;
use crate::app::incidents::timeline;
use crate::app::oncall::paging;
use crate::chat::Reply;
use crate::command::Request;
use crate::domain::event::Event;
use crate::domain::event::SystemEvent;
use crate::domain::ids::Key;
use crate::domain::ids::PersonId;
use crate::domain::incident::Command;
use crate::domain::incident::Declare;
use crate::domain::incident::Incident;
use crate::domain::oncall::Override;
use crate::domain::refusal::{IncidentRefusal, Refusal};
use crate::store::Append;
use crate::store::StoreError;
use crate::store::Tx;

/// Does what was asked.
pub(in crate::app) fn perform(tx: &mut Tx<'_>, asked: &Asked<'_>, request: &Request) -> Result<Reply, StoreError> {
    match request {
        Request::Declare(wanted) => declare(tx, asked, wanted),
        Request::Incident { key, command, version } => command_to(tx, asked, key.as_ref(), (command, *version)),
        Request::TakeOut { key, entry, reason } => with_incident(tx, asked, key.as_ref(), |tx, incident| {
            done(asked, timeline::take_out(tx, asked, &incident, (*entry, reason.as_ref()))?)
        }),
        Request::Merge { key, into, version } => with_incident(tx, asked, key.as_ref(), |tx, incident| {
            let Some(other) = visible(tx, asked.person, into)? else {
                return Ok(replies::refused(
                    asked.app,
                    &IncidentRefusal::UnknownIncident { key: into.to_string() }.into(),
                ));
            };
            let cx = Context { expect: *version, ..asked.cx };
            done(asked, incidents::merge_in(tx, cx, &incident, &other)?)
        }),
        Request::Page { key, whom, message } => with_incident(tx, asked, key.as_ref(), |tx, incident| {
            let started = paging::start_page(tx, asked.cx, &incident, whom, message.as_ref())?;
            done(asked, started)
        }),
        Request::PageAnswer { page, answer, version } => {
            let cx = Context { expect: *version, ..asked.cx };
            match paging::answer(tx, cx, *page, asked.person, *answer)? {
                Err(refusal @ Refusal::Incident(IncidentRefusal::NotAllowed { .. })) => {
                    denied(tx, asked, (request, &refusal))
                }
                answered => done(asked, answered),
            }
        }
        Request::AlertAcknowledge { group, version } => {
            let cx = Context { expect: *version, ..asked.cx };
            let taken = alerts::acknowledge(tx, cx, *group, asked.person)?;
            Ok(plain(asked, request, taken.map(|group| context! { group => group.id.to_string() })))
        }
        Request::AlertSilence { hush, version } => silences::silence(tx, asked, request, (hush, *version)),
        Request::AlertShelve { group, wait, reason, .. } => {
            silences::shelve(tx, asked, request, (*group, *wait, reason))
        }
        Request::AlertExpire { silence } => silences::expire(tx, asked, request, *silence),
        Request::AlertDeclare { group, declare, version } => {
            let cx = Context { expect: *version, ..asked.cx };
            done(asked, alerts::declare(tx, cx, *group, declare)?)
        }
        Request::OnCallOverride { schedule, person, from, until } => {
            let times = (from.unwrap_or(asked.cx.now), *until);
            let put = paging::add_override(tx, asked.cx, schedule.as_ref(), person, times)?;
            Ok(plain(asked, request, put.map(|entry| override_context(&entry))))
        }
        Request::OnCallCancel { id } => {
            let taken = paging::cancel_override(tx, asked.cx, *id)?;
            Ok(plain(asked, request, taken.map(|entry| override_context(&entry))))
        }
        Request::AdminInvite { person } => invite(tx, asked, request, person),
        Request::List(_)
        | Request::Info { .. }
        | Request::Help { .. }
        | Request::OnCallNow { .. }
        | Request::AlertList { .. }
        | Request::AlertSilences { .. }
        | Request::AlertWhy { .. }
        | Request::AdminReload
        | Request::Ask(_) => Ok(replies::repeated(asked.app)),
    }
}

/// Gives a command to an incident; one that is about a message of a chat keeps that message.
fn command_to(
    tx: &mut Tx<'_>,
    asked: &Asked<'_>,
    key: Option<&Key>,
    (command, version): (&Command, Option<u64>),
) -> Result<Reply, StoreError> {
    with_incident(tx, asked, key, |tx, incident| {
        let cx = Context { expect: version, ..asked.cx };
        let decided = match asked.about {
            Some(message) => timeline::mark(tx, cx, incident.id, (command, message))?,
            None => incidents::command_in(tx, cx, incident.id, command)?,
        };
        done(asked, decided)
    })
}

fn declare(tx: &mut Tx<'_>, asked: &Asked<'_>, wanted: &Declare) -> Result<Reply, StoreError> {
    done(asked, incidents::declare_in(tx, asked.cx, wanted)?)
}

fn done(asked: &Asked<'_>, decided: Decided) -> Result<Reply, StoreError> {
    Ok(match decided {
        Ok(written) => replies::done(asked, &written),
        Err(refusal) => replies::refused(asked.app, &refusal),
    })
}

/// What only the record could tell that this person may not. Every denial is in the audit log.
fn denied(tx: &mut Tx<'_>, asked: &Asked<'_>, (request, why): (&Request, &Refusal)) -> Result<Reply, StoreError> {
    let Context { actor, now, request: asked_in, .. } = asked.cx;
    let append = Append { stream: "system", expected_seq: None, actor, at: now, request: asked_in };
    tx.append(&append, &[Event::System(SystemEvent::AccessDenied { what: request.act().path().to_owned() })])?;
    Ok(replies::forbidden(asked.app, why))
}

fn override_context(entry: &Override) -> minijinja::Value {
    context! {
        id => entry.id.to_string(), person => entry.person.as_str(), schedule => entry.schedule.as_str(),
        from => Serde(entry.from), until => Serde(entry.until),
    }
}

fn plain(asked: &Asked<'_>, request: &Request, outcome: Result<minijinja::Value, Refusal>) -> Reply {
    match outcome {
        Ok(context) => asked.plain(request, context),
        Err(refusal) => replies::refused(asked.app, &refusal),
    }
}

/// The incident that was named, or that of the room; the same refusal whether it is unknown or unseen.
fn with_incident(
    tx: &mut Tx<'_>,
    asked: &Asked<'_>,
    key: Option<&Key>,
    cx: impl FnOnce(&mut Tx<'_>, Incident) -> Result<Reply, StoreError>,
) -> Result<Reply, StoreError> {
    let found = match key {
        Some(key) => visible(tx, asked.person, key)?,
        None => asked.here.clone(),
    };
    match (found, key) {
        (Some(incident), _) => cx(tx, incident),
        (None, Some(key)) => {
            Ok(replies::refused(asked.app, &IncidentRefusal::UnknownIncident { key: key.to_string() }.into()))
        }
        (None, None) => {
            let open = crate::app::commands::queries::open_keys(tx, asked.person)?;
            Ok(replies::refused(asked.app, &IncidentRefusal::WhichIncident { open }.into()))
        }
    }
}

fn visible(tx: &Tx<'_>, person: &PersonId, key: &Key) -> Result<Option<Incident>, StoreError> {
    Ok(tx.incident_by_key(key)?.filter(|incident| incident.visible_to(person)))
}

fn invite(tx: &mut Tx<'_>, asked: &Asked<'_>, request: &Request, person: &PersonId) -> Result<Reply, StoreError> {
    let token = tx.create_sign_in_link(person, asked.cx.now)?;
    let Context { actor, now, request: asked_in, .. } = asked.cx;
    let append = Append { stream: "system", expected_seq: None, actor, at: now, request: asked_in };
    tx.append(&append, &[Event::System(SystemEvent::InviteMade { person: person.to_string() })])?;
    let link = format!("{}/sign-in/{token}", asked.cx.config.server.public_url.trim_end_matches('/'));
    let until = asked.cx.now + chrono::TimeDelta::days(1);
    Ok(asked.plain(request, context! { person => person.as_str(), link, until => Serde(until) }))
}
