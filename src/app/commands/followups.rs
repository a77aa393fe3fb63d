//! `/followup`: what changes after an incident; `/issue search`: incidents and follow-ups.

use super::invocation::Invocation;
use super::replies;
use crate::{
    app::{
        reviews::{self, FollowUpDraft, FollowUpResult},
        tracker::issue_search,
    },
    chat::Reply,
    command::{FollowUpRequest, FollowUpScope},
    domain::{
        event::{Event, RecordedEvent},
        ids::Key,
        incident::Incident,
        refusal::IncidentRefusal,
        review::{FollowUpCommand, FollowUpItem, FollowUpState},
        text::Untrusted,
    },
    render::MessageRenderer,
    store::{FollowUpFilter, ListViewer, Reads, StoreError, Tx},
};

/// How many follow-ups a list in chat shows.
const LISTED: usize = 20;

/// Adds or changes a follow-up of an incident.
pub(super) fn perform(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    incident: &Incident,
    request: &FollowUpRequest,
) -> Result<Reply, StoreError> {
    let cx = invocation.cx;
    let done = match request.clone() {
        FollowUpRequest::Add { title, task, kind, class, owner, due, link } => {
            let draft = FollowUpDraft { title, task, kind, class, owner, due, link };
            reviews::add_followup(tx, cx, incident, &draft)?
        }
        FollowUpRequest::Change { number, owner, due, link } => {
            reviews::change_followup(tx, cx, incident, number, &FollowUpCommand::Change { owner, due, link })?
        }
        FollowUpRequest::Done { number } => {
            reviews::change_followup(tx, cx, incident, number, &FollowUpCommand::Finish)?
        }
        FollowUpRequest::Drop { number, reason } => {
            reviews::change_followup(tx, cx, incident, number, &FollowUpCommand::Drop { reason })?
        }
        FollowUpRequest::Reopen { number } => {
            reviews::change_followup(tx, cx, incident, number, &FollowUpCommand::Reopen)?
        }
    };
    Ok(changed(invocation, incident, done))
}

fn changed(invocation: &Invocation<'_>, incident: &Incident, done: FollowUpResult) -> Reply {
    let update = match done {
        Ok(update) => update,
        Err(refusal) => return replies::refused(invocation.app, &refusal),
    };
    let told = update.events.last().map(|(seq, event)| RecordedEvent {
        log_seq: 0,
        stream: FollowUpItem::stream(update.item.id),
        seq: *seq,
        at: invocation.cx.now,
        actor: invocation.cx.actor.clone(),
        event: Event::FollowUp(event.clone()),
    });
    let post = voice(invocation).followup_reply(incident, &update.item, told.as_ref());
    let data = serde_json::json!({ "number": update.item.number });
    Reply { data: Some(data), ..replies::postmortem(incident, post) }
}

fn voice<'a>(invocation: &Invocation<'a>) -> MessageRenderer<'a> {
    MessageRenderer::new(&invocation.app.renderer, invocation.cx.config, invocation.cx.now)
}

/// Lists the open follow-ups that the person owns.
pub(super) fn mine(reads: &Reads<'_>, invocation: &Invocation<'_>) -> Result<Reply, StoreError> {
    let owner = Some(invocation.person.clone());
    let filter = FollowUpFilter { owner, state: Some(FollowUpState::Open), ..filter(invocation) };
    listed(reads, invocation, &filter, true)
}

/// Lists the follow-ups of an incident; without one, those of all incidents that the person may see.
pub(super) fn list(
    reads: &Reads<'_>,
    invocation: &Invocation<'_>,
    key: Option<&Key>,
    scope: FollowUpScope,
) -> Result<Reply, StoreError> {
    let found = match key {
        Some(key) => reads.incident_by_key(key)?.filter(|incident| incident.visible_to(invocation.person)),
        None => invocation.here.clone(),
    };
    if let (None, Some(key)) = (&found, key) {
        let unknown = IncidentRefusal::UnknownIncident { key: key.to_string() };
        return Ok(replies::refused(invocation.app, &unknown.into()));
    }
    let base = FollowUpFilter { incident: found.map(|incident| incident.id), ..filter(invocation) };
    let filter = match scope {
        FollowUpScope::Open => FollowUpFilter { state: Some(FollowUpState::Open), ..base },
        FollowUpScope::Overdue => FollowUpFilter { due_by: Some(invocation.cx.now), ..base },
        FollowUpScope::Done => FollowUpFilter { state: Some(FollowUpState::Done), ..base },
        FollowUpScope::All => base,
    };
    listed(reads, invocation, &filter, false)
}

/// Lists the incidents and follow-ups with this key or these words that the person may see.
pub(super) fn issues(reads: &Reads<'_>, invocation: &Invocation<'_>, text: &Untrusted) -> Result<Reply, StoreError> {
    let found = issue_search::find(reads, invocation.person, text.verbatim(), None, LISTED)?;
    Ok(replies::listed(voice(invocation).issues(&found.items, text, found.next.is_some())))
}

fn filter(invocation: &Invocation<'_>) -> FollowUpFilter {
    let viewer = ListViewer::Person(invocation.person.clone());
    FollowUpFilter { viewer, limit: LISTED, ..FollowUpFilter::default() }
}

fn listed(
    reads: &Reads<'_>,
    invocation: &Invocation<'_>,
    filter: &FollowUpFilter,
    mine: bool,
) -> Result<Reply, StoreError> {
    let found = reads.list_followups(filter)?;
    let post = voice(invocation).followup_list(&found.items, mine, found.next.is_some());
    Ok(replies::listed(post))
}
