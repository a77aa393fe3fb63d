//! Commands to incidents, each within a transaction.

mod group_links;
mod invitees;
pub mod recent_changes;
pub mod similar;
pub mod status_page;
mod stranded;
mod surroundings;
pub mod timeline;
pub mod transcript;

use std::time::Duration;

use super::{
    Context, issue_relations,
    reactor::{FollowUp, IncidentMerge, WorkList},
    tracker, webhooks,
};
use crate::{
    domain::{
        effect::{ChatEffect, Effect, EffectKey, HOT_ROOM},
        event::{Event, RecordedEvent},
        ids::{IncidentId, Key, RoomId},
        incident::{
            self, Absorption, Command, Consequence, Decision, DecisionStep, Declare, INCIDENTS_FEED, Incident,
            IncidentEvent, LifecycleEvent, LinkedAlertsEvent, MOST_GROUPS, Severity,
        },
        refusal::{IncidentRefusal, Refusal},
    },
    store::{Append, IncidentFilter, Reads, StoreError, Tx},
};

pub use stranded::StrandedIncidents;
use surroundings::{Surroundings, facts};

/// What a decision wrote, or why it was refused.
pub type CommandResult = Result<IncidentUpdate, Refusal>;

/// What a decision wrote.
#[derive(Debug, Clone)]
pub struct IncidentUpdate {
    /// The record after it, before what follows from it.
    pub incident: Incident,
    /// The events, each with its place in the stream.
    pub events: Vec<(u64, IncidentEvent)>,
}

/// Declares an incident: takes the next key and writes the record.
pub fn declare_in(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    wanted: &Declare,
) -> Result<CommandResult, StoreError> {
    declare_as(tx, cx, work, wanted, &DeclaredKey::Series(tracker::keys::series(cx.config, wanted)))
}

/// The key of an incident that is declared.
pub enum DeclaredKey {
    /// The next one of a series.
    Series(String),
    /// That of its issue.
    Issue(Key),
}

/// Declares an incident under a key.
pub fn declare_as(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    wanted: &Declare,
    key: &DeclaredKey,
) -> Result<CommandResult, StoreError> {
    // Here, where every declaration passes, so that no entry point can take a group from an open incident.
    if let Some(group) = wanted.group
        && let Err(refusal) = group_links::check_declarable(tx, cx, group)?
    {
        return Ok(Err(refusal));
    }
    let surroundings = Surroundings::default();
    let invitees = match invitees::invitees(cx, wanted) {
        Ok(invitees) => invitees,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let decide =
        |key| incident::declare(IncidentId::new(cx.now), key, wanted, invitees.clone(), &facts(cx, &surroundings));
    // A refused declaration must not use a number up, so it is decided once before the number is taken.
    if let Err(refusal) = decide(Key::new("", 0)) {
        return Ok(Err(refusal));
    }
    let key = match key {
        DeclaredKey::Series(series) => tx.next_key(series)?,
        DeclaredKey::Issue(key) => key.clone(),
    };
    match decide(key) {
        Ok(decision) => {
            if !wanted.private {
                work.push(cx, FollowUp::IncidentDeclared { group: wanted.group });
            }
            write(tx, cx, work, 0, decision).map(Ok)
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Gives a command to an incident.
pub fn command_in(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: IncidentId,
    command: &Command,
) -> Result<CommandResult, StoreError> {
    let Some(incident) = tx.incident(id)? else {
        return Ok(Err(IncidentRefusal::UnknownIncident { key: id.to_string() }.into()));
    };
    if let Command::LinkGroup { group } = command
        && let Err(refusal) = group_links::check_linkable(tx, cx, *group, id)?
    {
        return Ok(Err(refusal));
    }
    if let Command::SetSeverity { to, .. } = command
        && let Err(refusal) = check_undo(tx, cx, &incident, *to)?
    {
        return Ok(Err(refusal));
    }
    let surroundings = Surroundings::gather(tx, cx, &incident, command)?;
    let decision = match incident::decide(&incident, command, &facts(cx, &surroundings)) {
        Ok(decision) => decision,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let written = write(tx, cx, work, incident.version, decision)?;
    if let Command::LinkGroup { group } = command {
        // Also where the record names so many groups that it takes no more.
        work.push(cx, FollowUp::GroupLinked { group: *group, incident: id, declared: false });
    }
    Ok(Ok(written))
}

/// Refuses a button that lowers the severity, to undo what a rule raised, if a person has set the severity since.
fn check_undo(
    tx: &Tx<'_>,
    cx: Context<'_>,
    incident: &Incident,
    to: Severity,
) -> Result<Result<(), Refusal>, StoreError> {
    let Some(seen) = cx.expect else { return Ok(Ok(())) };
    if to <= incident.severity {
        return Ok(Ok(()));
    }
    let set = |recorded: &&RecordedEvent| {
        let changed = matches!(
            recorded.event,
            Event::Incident(IncidentEvent::Lifecycle(LifecycleEvent::SeverityChanged { merged: None, .. }))
        );
        changed && recorded.actor.person().is_some()
    };
    let since = tx.events_of(&Incident::stream(incident.id), seen, usize::MAX)?;
    Ok(since.iter().rfind(set).map_or(Ok(()), |recorded| {
        let (what, now) = ("the severity".to_owned(), incident.severity.name().to_owned());
        Err(IncidentRefusal::Stale { what, now, by: Some(recorded.actor.clone()), at: Some(recorded.at) }.into())
    }))
}

/// Merges one incident into another, in one transaction. Both rooms show it and the people of both meet, so both incidents
/// are private or neither is.
pub fn merge_in(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    from: &Incident,
    into: &Incident,
) -> Result<CommandResult, StoreError> {
    if !into.is_open() {
        return Ok(Err(IncidentRefusal::BadMerge { key: from.key.clone(), into: into.key.clone() }.into()));
    }
    if from.private != into.private {
        let (private, open) = if from.private { (from, into) } else { (into, from) };
        return Ok(Err(IncidentRefusal::MixedMerge { private: private.key.clone(), open: open.key.clone() }.into()));
    }
    if from.public.posted && !into.kind.may_be_public() {
        return Ok(Err(IncidentRefusal::DrillStaysInside { key: into.key.clone() }.into()));
    }
    let merge = Command::Merge { into: into.id, key: into.key.clone() };
    let merged = command_in(tx, cx, work, from.id, &merge)?;
    if merged.is_ok() {
        let taken = Absorption {
            other: from.id,
            key: from.key.clone(),
            severity: from.severity,
            groups: tx.group_ids_of_incident(from.id, MOST_GROUPS)?,
            people: from.members.iter().cloned().collect(),
            tasks: incident::open_tasks(from).cloned().collect(),
            public: from.public.clone(),
        };
        let cx = Context { expect: None, ..cx };
        // Pages first: the groups that move may page only whom nobody pages yet.
        let raised = from.severity < into.severity;
        work.push(cx, FollowUp::PagesMoved(IncidentMerge { from: from.id, into: into.id, raised }));
        command_in(tx, cx, work, into.id, &Command::Absorb(Box::new(taken)))?.ok();
        work.push(cx, FollowUp::GroupsMoved { from: from.id, into: into.id });
        issue_relations::link(tx, cx, from.id, &into.key)?;
    }
    Ok(merged)
}

/// Writes a decision: events, record, outbox rows. What follows elsewhere goes on the list.
fn write(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    before: u64,
    decision: Decision,
) -> Result<IncidentUpdate, StoreError> {
    let Decision { steps, incident } = decision;
    if steps.is_empty() {
        return Ok(IncidentUpdate { incident, events: Vec::new() });
    }
    let stream = Incident::stream(incident.id);
    let events: Vec<Event> = steps.iter().map(|step| Event::Incident(step.event.clone())).collect();
    let append =
        Append { stream: &stream, expected_seq: Some(before), actor: cx.actor, at: cx.now, request: cx.request };
    tx.append(&append, &events)?;
    tx.save_incident(&incident)?;
    // Groups first: a page says how many alerts fire.
    for event in steps.iter().map(|step| &step.event) {
        if let IncidentEvent::Alerts(LinkedAlertsEvent::AlertsLinked { group }) = event {
            work.push(cx, FollowUp::GroupLinked { group: *group, incident: incident.id, declared: before == 0 });
        }
    }
    let mut events = Vec::with_capacity(steps.len());
    for (seq, DecisionStep { event, consequences }) in (before + 1..).zip(steps) {
        for (n, consequence) in consequences.into_iter().enumerate() {
            match consequence {
                Consequence::Outbox(plan) => {
                    let due = plan.due + key_wait(cx, &incident, before, &plan.effect);
                    tx.enqueue(&EffectKey::new(&stream, seq, n), &plan.effect, due)?;
                }
                Consequence::PageOnCall(service) => {
                    work.push(cx, FollowUp::PageOnCall { incident: incident.id, service });
                }
                Consequence::ResolvePages => work.push(cx, FollowUp::IncidentOver { incident: incident.id }),
                Consequence::ShowPublic => {
                    work.push(cx, FollowUp::StatusChanged { incident: incident.id, event: event.clone() });
                }
                Consequence::ReviseRoom => revise_room(tx, cx, &incident, seq, &event)?,
                Consequence::UpdatePages => work.push(cx, FollowUp::UpdatePages { incident: incident.id }),
                Consequence::ReviseFeeds => {
                    revise_announcements(tx, cx, &incident)?;
                    work.push(cx, FollowUp::VisibilityChanged { incident: incident.id });
                }
            }
        }
        events.push((seq, event));
    }
    webhooks::enqueue_incident(tx, cx, incident.id, &events)?;
    tracker::outbound::follow(tx, cx, work, &incident, &events)?;
    if before == 0 {
        similar::note(tx, cx, &incident)?;
    }
    Ok(IncidentUpdate { incident, events })
}

/// How long the hot room of a new incident waits for the key of its issue.
fn key_wait(cx: Context<'_>, incident: &Incident, before: u64, effect: &Effect) -> Duration {
    if let Some(outside) = &cx.config.tracker.outside
        && let Effect::Chat(ChatEffect::OpenRoom { .. }) = effect
        && before == 0
        && incident.key.is_provisional()
    {
        return outside.key_wait;
    }
    Duration::ZERO
}

/// Edits the announcements of an incident in the feed, and the cards that show it below messages: they are withdrawn while
/// it is private.
fn revise_announcements(tx: &mut Tx<'_>, cx: Context<'_>, incident: &Incident) -> Result<(), StoreError> {
    let stream = Incident::stream(incident.id);
    let announced = |event: &Event| matches!(event, Event::Incident(event) if incident::is_announced(incident, event));
    let events = tx.events_of(&stream, 0, usize::MAX)?;
    for (n, recorded) in events.iter().filter(|recorded| announced(&recorded.event)).enumerate() {
        let (seq, feed) = (recorded.seq, RoomId::from(INCIDENTS_FEED));
        let effect = ChatEffect::ReviseAnnouncement { incident: incident.id, seq, feed }.into();
        tx.enqueue(&EffectKey::new(&format!("{stream}/revised"), incident.version, n), &effect, cx.now)?;
    }
    let mut previews = tx.previews_of(&incident.key.to_string())?;
    if let Some(former) = &incident.former_key {
        previews.extend(tx.previews_of(&former.to_string())?);
    }
    for (n, (room, message)) in previews.into_iter().enumerate() {
        let effect = ChatEffect::Preview { room, message }.into();
        tx.enqueue(&EffectKey::new(&format!("{stream}/previews"), incident.version, n), &effect, cx.now)?;
    }
    Ok(())
}

/// Edits the messages of the hot room whose buttons an event made pointless.
fn revise_room(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: &Incident,
    seq: u64,
    event: &IncidentEvent,
) -> Result<(), StoreError> {
    let stream = Incident::stream(incident.id);
    for recorded in tx.events_of(&stream, 0, usize::MAX)? {
        let Event::Incident(earlier) = &recorded.event else { continue };
        if incident::outdates(event, earlier) {
            let n = usize::try_from(recorded.seq).unwrap_or(usize::MAX);
            let revise = |feed: &str| {
                let feed = RoomId::from(feed);
                ChatEffect::ReviseAnnouncement { incident: incident.id, seq: recorded.seq, feed }.into()
            };
            tx.enqueue(&EffectKey::new(&format!("{stream}/room"), seq, n), &revise(HOT_ROOM), cx.now)?;
            if incident::asks_in_feed(earlier) {
                tx.enqueue(&EffectKey::new(&format!("{stream}/feed"), seq, n), &revise(INCIDENTS_FEED), cx.now)?;
            }
        }
    }
    Ok(())
}

/// How many of the newest incidents are compared with their history at once.
const COMPARED: usize = 200;

/// The keys of the newest incidents whose stored record is not the fold of their events. There should be none.
pub fn unfaithful_records(reads: &Reads<'_>) -> Result<Vec<Key>, StoreError> {
    let filter = IncidentFilter { limit: COMPARED, ..IncidentFilter::default() };
    let mut wrong = Vec::new();
    for incident in reads.list_incidents(&filter)?.items {
        let history = reads.events_of(&Incident::stream(incident.id), 0, usize::MAX)?;
        let events = history.iter().filter_map(|recorded| match &recorded.event {
            Event::Incident(event) => Some((event, recorded.at, &recorded.actor)),
            Event::OnCall(_)
            | Event::Alert(_)
            | Event::Review(_)
            | Event::FollowUp(_)
            | Event::Maintenance(_)
            | Event::System(_) => None,
        });
        if incident::replay(events).as_ref() != Some(&incident) {
            wrong.push(incident.key);
        }
    }
    Ok(wrong)
}
