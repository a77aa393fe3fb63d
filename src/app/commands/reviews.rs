//! `/postmortem`: opening, reviewing and publishing.

use super::invocation::Invocation;
use super::replies;
use crate::{
    app::reviews::{self, PostmortemUpdate},
    chat::Reply,
    command::{Act, PostmortemAct, PostmortemRequest},
    domain::{
        event::{Event, RecordedEvent},
        incident::Incident,
        review::{Postmortem, PostmortemCommand, PostmortemEvent},
    },
    render::{MessageRenderer, PostmortemMessage},
    store::{Reads, StoreError, Tx},
};

/// Opens or changes the post-mortem of an incident.
pub(super) fn perform(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    incident: &Incident,
    request: &PostmortemRequest,
) -> Result<Reply, StoreError> {
    let (cx, renderer) = (invocation.cx, &invocation.app.renderer);
    let done = match step(invocation, incident, request) {
        Step::Open => reviews::open(tx, cx, renderer, incident)?,
        Step::Command(command) => reviews::command(tx, cx, renderer, incident, &command)?,
        Step::Replace => return replace(tx, invocation, incident),
    };
    match done {
        Ok(update) => changed(tx, invocation, incident, &update),
        Err(refusal) => Ok(replies::refused(invocation.app, &refusal)),
    }
}

/// What a request comes to.
enum Step {
    /// The post-mortem is opened.
    Open,
    /// Its files and pages outside are written again.
    Replace,
    /// It gets a command.
    Command(PostmortemCommand),
}

/// Writes files and pages outside again.
fn replace(tx: &mut Tx<'_>, invocation: &Invocation<'_>, incident: &Incident) -> Result<Reply, StoreError> {
    match reviews::replace_documents(tx, invocation.cx, incident)? {
        Ok(_) => Ok(invocation
            .plain(Act::Postmortem(PostmortemAct::Replace), minijinja::context! { key => incident.key.to_string() })),
        Err(refusal) => Ok(replies::refused(invocation.app, &refusal)),
    }
}

fn step(invocation: &Invocation<'_>, incident: &Incident, request: &PostmortemRequest) -> Step {
    Step::Command(match request {
        PostmortemRequest::Open => return Step::Open,
        PostmortemRequest::Replace => return Step::Replace,
        PostmortemRequest::Assign { owner, approvers } => {
            PostmortemCommand::Assign { owner: owner.clone(), approvers: approvers.clone() }
        }
        PostmortemRequest::Submit => PostmortemCommand::Submit,
        PostmortemRequest::Approve => PostmortemCommand::Approve,
        PostmortemRequest::Return { reason } => PostmortemCommand::Return { reason: reason.clone() },
        PostmortemRequest::Publish => PostmortemCommand::Publish { rooms: reviews::rooms(invocation.cx, incident) },
        PostmortemRequest::Skip { reason } => PostmortemCommand::Skip { reason: reason.clone() },
    })
}

/// The reply to a change: its line, and the state after it.
fn changed(
    reads: &Reads<'_>,
    invocation: &Invocation<'_>,
    incident: &Incident,
    update: &PostmortemUpdate,
) -> Result<Reply, StoreError> {
    let announced = |(_, event): &&(u64, PostmortemEvent)| event.is_announced();
    let told = update.events.iter().rev().find(announced).map(|(seq, event)| RecordedEvent {
        log_seq: 0,
        stream: Postmortem::stream(incident.id),
        seq: *seq,
        at: invocation.cx.now,
        actor: invocation.cx.actor.clone(),
        event: Event::Review(event.clone()),
    });
    reply(reads, invocation, incident, &update.postmortem, told.as_ref())
}

/// Shows the state of the post-mortem of an incident.
pub(super) fn show(reads: &Reads<'_>, invocation: &Invocation<'_>, incident: &Incident) -> Result<Reply, StoreError> {
    match reviews::of_incident(reads, incident)? {
        Ok(postmortem) => reply(reads, invocation, incident, &postmortem, None),
        Err(refusal) => Ok(replies::refused(invocation.app, &refusal)),
    }
}

fn reply(
    reads: &Reads<'_>,
    invocation: &Invocation<'_>,
    incident: &Incident,
    postmortem: &Postmortem,
    told: Option<&RecordedEvent>,
) -> Result<Reply, StoreError> {
    let sections = reviews::shown(reads, invocation.cx, &invocation.app.renderer, incident, postmortem)?;
    let summary = sections.first().map(|section| section.text.shown(usize::MAX)).unwrap_or_default();
    let message = PostmortemMessage { incident, postmortem, summary: &summary, elsewhere: true };
    let voice = MessageRenderer::new(&invocation.app.renderer, invocation.cx.config, invocation.cx.now);
    Ok(replies::postmortem(incident, voice.postmortem_reply(message, told)))
}
