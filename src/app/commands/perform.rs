//! Actions, each inside the transaction that also saves its reply.

use minijinja::context;

use super::admin;
use super::calendars;
use super::contacts;
use super::declare_limit;
use super::followups;
use super::invocation::Invocation;
use super::maintenance;
use super::on_call_test;
use super::overrides;
use super::paging;
use super::refusals::refused;
use super::replies;
use super::reviews;
use super::same_service;
use super::silences::{self, GroupSilenceRequest};
use super::user_reports;
use crate::app::Context;
use crate::app::alerts;
use crate::app::incidents;
use crate::app::incidents::timeline::EntryRedaction;
use crate::app::incidents::{CommandResult, IncidentUpdate};
use crate::app::incidents::{status_page, timeline};
use crate::app::oncall::paging::PageRequest;
use crate::app::oncall::requests;
use crate::app::reactor::{self, WorkList};
use crate::app::tracker;
use crate::app::{PreviewChange, change_room_previews};
use crate::chat::Reply;
use crate::command::{Act, Action, FollowUpRequest, PostmortemRequest};
use crate::domain::ids::{GroupId, Key, PersonId};
use crate::domain::incident::Command;
use crate::domain::incident::Declare;
use crate::domain::incident::Incident;
use crate::domain::refusal::{IncidentRefusal, Refusal};
use crate::domain::text::Untrusted;
use crate::store::StoreError;
use crate::store::Tx;

/// Carries out an action.
pub(in crate::app) fn perform(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    action: &Action,
) -> Result<Reply, StoreError> {
    match action {
        Action::Declare(wanted) => declare(tx, work, invocation, wanted),
        Action::Incident { key, command, version } => {
            command_to(tx, work, invocation, key.as_ref(), VersionedCommand { command, version: *version })
        }
        Action::TakeOut { key, entry, reason } => with_incident(tx, invocation, key.as_ref(), |tx, incident| {
            take_out(tx, work, invocation, &incident, EntryRedaction { entry: *entry, reason: reason.as_ref() })
        }),
        Action::Merge { key, into, version } => with_incident(tx, invocation, key.as_ref(), |tx, incident| {
            merge(tx, work, invocation, &incident, MergeTarget { key: into, version: *version })
        }),
        Action::Page { key, whom, message } => {
            page(tx, work, invocation, key.as_ref(), PageRequest { whom, message: message.as_ref() })
        }
        Action::PageAnswer { page, answer, version } => {
            let answer = paging::GivenAnswer { page: *page, answer: *answer, version: *version };
            let answered = paging::answer(tx, work, invocation, &answer)?;
            paging::changed(tx, work, invocation, action, answered)
        }
        Action::PageChange { page, change } => {
            let changed = paging::change(tx, work, invocation, *page, change)?;
            paging::changed(tx, work, invocation, action, changed)
        }
        Action::AlertAcknowledge { group, version } => acknowledge(tx, work, invocation, *group, *version),
        Action::AlertSilence { silence, .. } => silences::silence(tx, work, invocation, silence),
        Action::AlertShelve { group, wait, reason, .. } => {
            let wanted = GroupSilenceRequest::shelving(*group, *wait, reason);
            silences::silence_group(tx, work, invocation, action.act(), &wanted)
        }
        Action::AlertExpire { silence } => silences::expire(tx, work, invocation, *silence),
        Action::AlertDeclare { group, declare: said, version } => {
            declare_alerts(tx, work, invocation, GroupDeclaration { group: *group, said, version: *version })
        }
        Action::OnCallTest { schedule, sure } => on_call_test::perform(tx, invocation, schedule.as_ref(), *sure),
        Action::OnCallOverride(request) => overrides::add(tx, invocation, request),
        Action::OnCallTake { schedule, wait } => overrides::take(tx, invocation, schedule.as_ref(), *wait),
        Action::OnCallHandover { schedule, person } => overrides::hand_over(tx, invocation, schedule.as_ref(), person),
        Action::OnCallCalendar { of, revoke } => calendars::perform(tx, invocation, of.as_ref(), *revoke),
        Action::OnCallCancel { id } => overrides::cancel(tx, invocation, *id),
        Action::Contact(request) => contacts::perform(tx, invocation, request),
        Action::RoomPreviews { cards, projects } => room_previews(tx, invocation, cards.as_deref(), projects.as_ref()),
        Action::CreateIssue { key } => create_issue(tx, invocation, action, key.as_ref()),
        Action::Postmortem { key, request } => postmortem(tx, invocation, key.as_ref(), request),
        Action::FollowUp { key, request } => followup(tx, invocation, key.as_ref(), request),
        Action::Maintenance(request) => maintenance::perform(tx, work, invocation, request),
        Action::Report(request) => user_reports::perform(tx, invocation, request),
        Action::DeclareReport { number, declare: said } => declare_report(tx, work, invocation, *number, said),
        Action::AdminJoin { key, reason } => join_as_admin(tx, work, invocation, key, reason),
        Action::AdminHold { key, reason } => admin::hold(tx, invocation, key, reason.as_ref()),
        Action::AdminInvite { person } => admin::invite(tx, invocation, person),
        Action::AdminSignOut { person } => admin::sign_out(tx, invocation, person),
        Action::AdminResume => admin::resume(tx, invocation),
    }
}

fn acknowledge(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    group: GroupId,
    version: Option<u64>,
) -> Result<Reply, StoreError> {
    let taken = alerts::acknowledge(tx, invocation.at_version(version), work, group, invocation.person)?;
    Ok(match taken {
        Ok(group) => invocation.plain(Act::AlertAck, context! { group => group.id.to_string() }),
        Err(refusal) => replies::refused(invocation.app, &refusal),
    })
}

/// Creates the issue of an incident at the tracker.
fn create_issue(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    action: &Action,
    key: Option<&Key>,
) -> Result<Reply, StoreError> {
    with_incident(tx, invocation, key, |tx, incident| {
        let created = tracker::outbound::create_issue(tx, invocation.cx, &incident)?;
        Ok(plain(invocation, action, created.map(|()| context! { key => incident.key.to_string() })))
    })
}

/// Pages somebody: for the incident that is named or that of the room, else without one.
fn page(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    key: Option<&Key>,
    request: PageRequest<'_>,
) -> Result<Reply, StoreError> {
    if key.is_none() && invocation.here.is_none() && !requests::is_hot_room(tx, invocation.room)? {
        return paging::request(tx, work, invocation, request);
    }
    with_incident(tx, invocation, key, |tx, incident| paging::start(tx, work, invocation, &incident, request))
}

fn postmortem(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    key: Option<&Key>,
    request: &PostmortemRequest,
) -> Result<Reply, StoreError> {
    with_incident(tx, invocation, key, |tx, incident| reviews::perform(tx, invocation, &incident, request))
}

fn followup(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    key: Option<&Key>,
    request: &FollowUpRequest,
) -> Result<Reply, StoreError> {
    with_incident(tx, invocation, key, |tx, incident| followups::perform(tx, invocation, &incident, request))
}

fn take_out(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    incident: &Incident,
    redaction: EntryRedaction<'_>,
) -> Result<Reply, StoreError> {
    let texts = timeline::Texts { renderer: &invocation.app.renderer, cx: invocation.cx };
    let decided = timeline::take_out(tx, work, texts, incident, redaction)?;
    let reply = done(tx, work, invocation, decided)?;
    Ok(replies::with_sent_before(invocation, reply, &timeline::sent_before(tx, invocation.cx, incident)?))
}

/// Lets an admin into an incident that the admin may not see.
fn join_as_admin(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    key: &Key,
    reason: &Untrusted,
) -> Result<Reply, StoreError> {
    let Some(incident) = tx.incident_by_key(key)? else {
        let unknown = IncidentRefusal::UnknownIncident { key: key.to_string() };
        return Ok(replies::refused(invocation.app, &unknown.into()));
    };
    let join = Command::JoinAsAdmin { reason: reason.clone() };
    let decided = incidents::command_in(tx, invocation.cx, work, incident.id, &join)?;
    done(tx, work, invocation, decided)
}

/// The incident that another one is merged into, and the version of the other one that the person saw.
#[derive(Clone, Copy)]
struct MergeTarget<'a> {
    key: &'a Key,
    version: Option<u64>,
}

fn merge(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    from: &Incident,
    into: MergeTarget<'_>,
) -> Result<Reply, StoreError> {
    let MergeTarget { key, version } = into;
    let Some(into) = visible(tx, invocation.person, key)? else {
        let refusal = IncidentRefusal::UnknownIncident { key: key.to_string() };
        return Ok(replies::refused(invocation.app, &refusal.into()));
    };
    let decided = incidents::merge_in(tx, invocation.at_version(version), work, from, &into)?;
    done(tx, work, invocation, decided)
}

/// Gives a command to an incident; one that is about a message of a chat keeps that message.
fn command_to(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    key: Option<&Key>,
    given: VersionedCommand<'_>,
) -> Result<Reply, StoreError> {
    with_incident(tx, invocation, key, |tx, incident| {
        let cx = invocation.at_version(given.version);
        let command = with_public_title(invocation, &incident, given.command);
        let decided = match invocation.about {
            Some(message) => {
                let command = timeline::MessageCommand { command: &command, message };
                timeline::mark(tx, cx, work, incident.id, command)?
            }
            None => incidents::command_in(tx, cx, work, incident.id, &command)?,
        };
        if let (Ok(IncidentUpdate { events, incident }), Some(act)) = (&decided, joining(given.command))
            && events.is_empty()
        {
            return Ok(replies::nobody_new(invocation, incident, act));
        }
        done(tx, work, invocation, decided)
    })
}

/// The command that brings people into the room, if it is one.
fn joining(command: &Command) -> Option<Act> {
    if matches!(command, Command::Join) {
        return Some(Act::Join);
    }
    matches!(command, Command::Invite { .. }).then_some(Act::Invite)
}

/// A post on the status page without a title gets one that says nothing from inside.
fn with_public_title(invocation: &Invocation<'_>, incident: &Incident, command: &Command) -> Command {
    let mut command = command.clone();
    if let Command::PostStatus { components, title: title @ None, .. } = &mut command {
        let named = components.iter().map(|(component, _)| component);
        let renderer = &invocation.app.renderer;
        *title = Some(status_page::next_title(renderer, invocation.cx.config, incident, named));
    }
    command
}

/// A command with the version of the incident that the person saw.
#[derive(Clone, Copy)]
struct VersionedCommand<'a> {
    command: &'a Command,
    version: Option<u64>,
}

fn declare(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    wanted: &Declare,
) -> Result<Reply, StoreError> {
    let decided = match declare_limit::count(tx, invocation)? {
        Ok(()) => incidents::declare_in(tx, invocation.cx, work, wanted)?,
        Err(refusal) => Err(refusal),
    };
    let reply = done(tx, work, invocation, decided)?;
    same_service::offer_merge(tx, invocation, reply)
}

/// Declares an incident for a report from a user.
fn declare_report(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    number: u32,
    said: &Declare,
) -> Result<Reply, StoreError> {
    let decided = match user_reports::declaration(tx, invocation, number, said)? {
        Ok((report, declare)) => match incidents::declare_in(tx, invocation.cx, work, &declare)? {
            Ok(update) => user_reports::link(tx, invocation, &report, update.incident.id)?.map(|()| update),
            Err(refusal) => Err(refusal),
        },
        Err(refusal) => Err(refusal),
    };
    let reply = done(tx, work, invocation, decided)?;
    same_service::offer_merge(tx, invocation, reply)
}

/// What a person says of an incident to be declared from a group, and the version of the group that they saw.
struct GroupDeclaration<'a> {
    group: GroupId,
    said: &'a Declare,
    version: Option<u64>,
}

fn declare_alerts(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    wanted: GroupDeclaration<'_>,
) -> Result<Reply, StoreError> {
    let cx = invocation.at_version(wanted.version);
    let decided = match declare_limit::count(tx, invocation)? {
        Ok(()) => declare_from_group(tx, cx, work, wanted.group, wanted.said)?,
        Err(refusal) => Err(refusal),
    };
    done(tx, work, invocation, decided)
}

/// Declares an incident from a group; what a person did not say comes from its alerts.
pub(in crate::app) fn declare_from_group(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    group: GroupId,
    said: &Declare,
) -> Result<CommandResult, StoreError> {
    match alerts::declaration(tx, cx, group, said)? {
        Ok(declare) => incidents::declare_in(tx, Context { expect: None, ..cx }, work, &declare),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// The reply to a command of an incident, which shows the incident after everything that followed.
fn done(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    decided: CommandResult,
) -> Result<Reply, StoreError> {
    let IncidentUpdate { incident, events } = match decided {
        Ok(written) => written,
        Err(refusal) => return refused(tx, invocation, refusal),
    };
    reactor::settle(tx, invocation.cx, work)?;
    let incident = tx.incident(incident.id)?.unwrap_or(incident);
    Ok(replies::done(invocation, &IncidentUpdate { incident, events }))
}

fn plain(invocation: &Invocation<'_>, action: &Action, outcome: Result<minijinja::Value, Refusal>) -> Reply {
    match outcome {
        Ok(context) => invocation.plain(action.act(), context),
        Err(refusal) => replies::refused(invocation.app, &refusal),
    }
}

/// The incident that was named, or that of the room; the same refusal whether it is unknown or unseen.
fn with_incident(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    key: Option<&Key>,
    cx: impl FnOnce(&mut Tx<'_>, Incident) -> Result<Reply, StoreError>,
) -> Result<Reply, StoreError> {
    let found = match key {
        Some(key) => visible(tx, invocation.person, key)?,
        None => invocation.here.clone(),
    };
    match (found, key) {
        (Some(incident), _) => cx(tx, incident),
        (None, Some(key)) => {
            Ok(replies::refused(invocation.app, &IncidentRefusal::UnknownIncident { key: key.to_string() }.into()))
        }
        (None, None) => {
            let open = crate::app::commands::queries::open_keys(tx, invocation.person)?;
            Ok(replies::refused(invocation.app, &IncidentRefusal::WhichIncident { open }.into()))
        }
    }
}

fn visible(tx: &Tx<'_>, person: &PersonId, key: &Key) -> Result<Option<Incident>, StoreError> {
    Ok(tx.incident_by_key(key)?.filter(|incident| incident.visible_to(person)))
}

fn room_previews(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    cards: Option<&str>,
    projects: Option<&Untrusted>,
) -> Result<Reply, StoreError> {
    let change = PreviewChange { cards, projects };
    let previews = change_room_previews(tx, invocation.cx.config, invocation.room, &change)?;
    Ok(invocation.plain(Act::RoomPreviews, previews))
}
