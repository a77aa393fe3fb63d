//! `/oncall calendar`: links to calendar feeds.

use minijinja::context;

use super::{invocation::Invocation, replies};
use crate::{
    app::oncall::calendar,
    chat::Reply,
    command::{Act, OnCallAct, Whom},
    domain::{
        ids::ScheduleId,
        oncall::CalendarSubject,
        refusal::{OnCallRefusal, Refusal},
    },
    store::{CalendarLink, StoreError, Tx},
};

/// Creates a link, or ends all links of the person.
pub(super) fn perform(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    of: Option<&Whom>,
    revoke_all: bool,
) -> Result<Reply, StoreError> {
    if revoke_all { revoke(tx, invocation) } else { link(tx, invocation, of) }
}

/// Creates a link to a feed. Whoever has it reads the feed without signing in.
fn link(tx: &mut Tx<'_>, invocation: &Invocation<'_>, of: Option<&Whom>) -> Result<Reply, StoreError> {
    let config = invocation.cx.config;
    let subject = match of {
        None => CalendarSubject::Person(invocation.person.clone()),
        Some(Whom::Person(person)) => CalendarSubject::Person(person.clone()),
        Some(Whom::Team(team)) => CalendarSubject::Team(team.clone()),
        Some(Whom::Schedule(schedule)) => CalendarSubject::Schedule(schedule.clone()),
        // A service has a policy, and that may name several schedules.
        Some(Whom::Service(_)) => return Ok(which(invocation)),
    };
    if !calendar::exists(config, &subject) {
        return Ok(which(invocation));
    }
    let link = CalendarLink { person: invocation.person.clone(), subject };
    let token = tx.create_calendar_link(&link, invocation.cx.now)?;
    let address = format!("{}/calendar/{token}.ics", config.server.public_url.trim_end_matches('/'));
    let data = serde_json::json!({ "url": address });
    let shown = shown(&link.subject);
    Ok(Reply {
        data: Some(data),
        ..invocation.plain(Act::OnCall(OnCallAct::Calendar), context! { link => address, shown, ended => () })
    })
}

/// Ends all links of the person.
fn revoke(tx: &mut Tx<'_>, invocation: &Invocation<'_>) -> Result<Reply, StoreError> {
    let ended = tx.delete_calendar_links(invocation.person)?;
    Ok(invocation.plain(Act::OnCall(OnCallAct::Calendar), context! { link => (), shown => (), ended }))
}

/// The reply that is stored for a repeat of the command: the address must not be in the database.
pub(super) fn stored(invocation: &Invocation<'_>) -> Reply {
    invocation.plain(Act::OnCall(OnCallAct::Calendar), context! { link => (), shown => (), ended => () })
}

fn which(invocation: &Invocation<'_>) -> Reply {
    let known: Vec<ScheduleId> = invocation.cx.config.schedules.iter().map(|schedule| schedule.id.clone()).collect();
    replies::refused(invocation.app, &Refusal::from(OnCallRefusal::WhichSchedule { known }))
}

/// What the reply calls it.
fn shown(subject: &CalendarSubject) -> minijinja::Value {
    match subject {
        CalendarSubject::Person(id) => context! { kind => "person", id => id.as_str() },
        CalendarSubject::Team(id) => context! { kind => "team", id => id.as_str() },
        CalendarSubject::Schedule(id) => context! { kind => "schedule", id => id.as_str() },
    }
}
