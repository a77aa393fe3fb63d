//! `/status`: planned maintenance.

use super::invocation::Invocation;
use super::replies;
use crate::{
    app::{
        maintenance::{self, MaintenanceDraft, MaintenanceResult},
        reactor::{self, WorkList},
    },
    chat::Reply,
    command::MaintenanceRequest,
    domain::{
        event::{Event, RecordedEvent},
        status::{Maintenance, MaintenanceCommand},
    },
    render::{MaintenanceLine, MessageRenderer},
    store::{Reads, StoreError, Tx},
};

/// How many maintenances a list in chat shows.
const LISTED: usize = 20;

/// Schedules or changes a maintenance.
pub(super) fn perform(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    request: &MaintenanceRequest,
) -> Result<Reply, StoreError> {
    let cx = invocation.cx;
    let done = match request.clone() {
        MaintenanceRequest::Schedule { title, message, components, from, until, by_hand } => {
            let draft = MaintenanceDraft { title, message, components, from, until, by_hand };
            maintenance::schedule(tx, cx, work, &draft)?
        }
        MaintenanceRequest::Move { number, from, until, message } => {
            let message = message.unwrap_or_default();
            maintenance::change(tx, cx, work, number, &MaintenanceCommand::Move { from, until, message })?
        }
        MaintenanceRequest::Post { number, message, status } => {
            maintenance::change(tx, cx, work, number, &MaintenanceCommand::Post { status, message })?
        }
        MaintenanceRequest::Cancel { number, message } => {
            maintenance::change(tx, cx, work, number, &MaintenanceCommand::Cancel { message })?
        }
    };
    changed(tx, work, invocation, done)
}

fn changed(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    done: MaintenanceResult,
) -> Result<Reply, StoreError> {
    let change = match done {
        Ok(change) => change,
        Err(refusal) => return Ok(replies::refused(invocation.app, &refusal)),
    };
    // The reply says what is muted then.
    reactor::settle(tx, invocation.cx, work)?;
    let told = change.events.last().map(|(seq, event)| RecordedEvent {
        log_seq: 0,
        stream: Maintenance::stream(change.item.id),
        seq: *seq,
        at: invocation.cx.now,
        actor: invocation.cx.actor.clone(),
        event: Event::Maintenance(event.clone()),
    });
    let line = line(tx, invocation, &change.item)?;
    let post = voice(invocation).maintenance_reply(&line, told.as_ref());
    let data = serde_json::json!({ "number": change.item.number, "id": change.item.reference() });
    Ok(Reply { data: Some(data), ..replies::listed(post) })
}

/// Lists maintenance.
pub(super) fn listed(reads: &Reads<'_>, invocation: &Invocation<'_>, all: bool) -> Result<Reply, StoreError> {
    let mut found = if all { reads.maintenances(LISTED + 1)? } else { reads.open_maintenances(LISTED + 1)? };
    let more = found.len() > LISTED;
    found.truncate(LISTED);
    let lines: Vec<MaintenanceLine> =
        found.iter().map(|item| line(reads, invocation, item)).collect::<Result<_, _>>()?;
    Ok(replies::listed(voice(invocation).maintenance_list(&lines, more)))
}

fn voice<'a>(invocation: &Invocation<'a>) -> MessageRenderer<'a> {
    MessageRenderer::new(&invocation.app.renderer, invocation.cx.config, invocation.cx.now)
}

fn line(reads: &Reads<'_>, invocation: &Invocation<'_>, item: &Maintenance) -> Result<MaintenanceLine, StoreError> {
    let muted = maintenance::muted(reads, item, invocation.cx.now)?;
    let services = maintenance::services(invocation.cx.config, item);
    Ok(MaintenanceLine::new(item, services, muted, invocation.cx.now))
}
