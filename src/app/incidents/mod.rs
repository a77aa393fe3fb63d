//! Commands to incidents, inside the transaction that makes them true.

pub mod card_facts;
pub mod recent_changes;
pub mod status_page;
pub mod timeline;

use std::collections::BTreeMap;

use super::{Context, alerts, oncall::paging};
use crate::{
    domain::{
        effect::{ChatEffect, Effect, EffectKey},
        event::Event,
        ids::{IncidentId, Key, PersonId, RoomId, ServiceId},
        incident::{
            self, Command, Consequence, Decision, Declare, Facts, INCIDENTS_FEED, Incident, IncidentEvent,
            LinkedAlertsEvent, MOST_GROUPS,
        },
        refusal::{IncidentRefusal, Refusal},
    },
    store::{Append, IncidentFilter, NoiseCounts, Reads, StoreError, Tx},
};

/// What a decision comes to: the record after it with the events just written, or why not.
pub type Decided = Result<Written, Refusal>;

/// What was written.
#[derive(Debug, Clone)]
pub struct Written {
    /// The record after it.
    pub incident: Incident,
    /// The events just written, each with its place in the stream.
    pub events: Vec<(u64, IncidentEvent)>,
}

/// Declares an incident: the key is allotted, the record and everything that follows are written.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on; a refusal is part of the answer.
pub fn declare_in(tx: &mut Tx<'_>, cx: Context<'_>, wanted: &Declare) -> Result<Decided, StoreError> {
    // Here, where every declaration passes, so that no entry point can take a group from an open incident.
    if let Some(group) = wanted.group
        && let Err(refusal) = alerts::declarable(tx, cx, group)?
    {
        return Ok(Err(refusal));
    }
    let components = BTreeMap::new();
    let prefix = &cx.config.tracker.prefix;
    let invitees = wanted.service.as_ref().map(|service| team_of(cx, service)).unwrap_or_default();
    let decide =
        |key| incident::declare(IncidentId::new(cx.now), key, wanted, invitees.clone(), &facts(cx, &components));
    // A refused declaration must not use a number up, so it is decided once before the number is taken.
    if let Err(refusal) = decide(Key::new(prefix, 0)) {
        return Ok(Err(refusal));
    }
    match decide(tx.next_key(prefix)?) {
        Ok(decision) => {
            if !wanted.private {
                let source = alerts::source_of(tx, wanted.group)?;
                tx.count_noise(cx.now, &source, NoiseCounts { incidents: 1, ..NoiseCounts::default() })?;
            }
            Ok(Ok(write(tx, cx, 0, decision)?))
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Gives a command to an incident.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on; a refusal is part of the answer.
pub fn command_in(tx: &mut Tx<'_>, cx: Context<'_>, id: IncidentId, command: &Command) -> Result<Decided, StoreError> {
    let Some(incident) = tx.incident(id)? else {
        return Ok(Err(IncidentRefusal::UnknownIncident { key: id.to_string() }.into()));
    };
    if let Command::LinkGroup { group } = command
        && let Err(refusal) = alerts::linkable(tx, cx, *group, id)?
    {
        return Ok(Err(refusal));
    }
    let tells = matches!(command, Command::PostStatus { .. });
    let components = if tells { status_page::shown_now(tx, cx)? } else { BTreeMap::new() };
    let decision = match incident::decide(&incident, command, &facts(cx, &components)) {
        Ok(decision) => decision,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let written = write(tx, cx, incident.version, decision)?;
    if let Command::LinkGroup { group } = command {
        // Also where the record names so many groups that it takes no more.
        alerts::note_link(tx, cx, *group, id)?;
    }
    Ok(Ok(written))
}

/// Merges one incident into another: two records, one transaction. Both tell of it in their rooms and bring their people
/// together, so both are private or none is.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on; a refusal is part of the answer.
pub fn merge_in(tx: &mut Tx<'_>, cx: Context<'_>, from: &Incident, into: &Incident) -> Result<Decided, StoreError> {
    if !into.is_open() {
        return Ok(Err(IncidentRefusal::BadMerge { key: from.key.clone(), into: into.key.clone() }.into()));
    }
    if from.private != into.private {
        let (private, open) = if from.private { (from, into) } else { (into, from) };
        return Ok(Err(IncidentRefusal::MixedMerge { private: private.key.clone(), open: open.key.clone() }.into()));
    }
    let merge = Command::Merge { into: into.id, key: into.key.clone() };
    let merged = command_in(tx, cx, from.id, &merge)?;
    if merged.is_ok() {
        let groups = tx.group_ids_of_incident(from.id, MOST_GROUPS)?;
        let people = from.members.iter().cloned().collect();
        let absorb = Command::Absorb { other: from.id, key: from.key.clone(), groups, people };
        let cx = Context { expect: None, ..cx };
        command_in(tx, cx, into.id, &absorb)?.ok();
        alerts::move_groups(tx, cx, from.id, into.id)?;
    }
    Ok(merged)
}

fn facts<'a>(
    cx: Context<'a>,
    components: &'a BTreeMap<crate::domain::ids::ComponentId, crate::domain::status::ComponentStatus>,
) -> Facts<'a> {
    Facts { now: cx.now, actor: cx.actor, policy: &cx.config.policy, expect: cx.expect, components }
}

fn team_of(cx: Context<'_>, service: &ServiceId) -> Vec<PersonId> {
    let team = cx.config.service(service.as_str()).and_then(|service| service.team.as_ref());
    team.and_then(|team| cx.config.team(team)).map(|team| team.members.clone()).unwrap_or_default()
}

/// Writes a decision: events, record, outbox rows; then what must happen in the same transaction.
fn write(tx: &mut Tx<'_>, cx: Context<'_>, before: u64, decision: Decision) -> Result<Written, StoreError> {
    let Decision { steps, incident } = decision;
    if steps.is_empty() {
        return Ok(Written { incident, events: Vec::new() });
    }
    let stream = Incident::stream(incident.id);
    let events: Vec<Event> = steps.iter().map(|step| Event::Incident(step.event.clone())).collect();
    let append =
        Append { stream: &stream, expected_seq: Some(before), actor: cx.actor, at: cx.now, request: cx.request };
    tx.append(&append, &events)?;
    tx.save_incident(&incident)?;
    let mut written = Written { incident, events: Vec::with_capacity(steps.len()) };
    let mut rest = Vec::new();
    for (seq, step) in (before + 1..).zip(steps) {
        for (n, consequence) in step.consequences.into_iter().enumerate() {
            match consequence {
                Consequence::Outbox(plan) => {
                    tx.enqueue(&EffectKey::new(&stream, seq, n), &plan.effect, plan.due)?;
                }
                other @ (Consequence::PageOnCall(_)
                | Consequence::ResolvePages
                | Consequence::ShowPublic
                | Consequence::ReviseFeeds) => {
                    rest.push((step.event.clone(), other));
                }
            }
        }
        written.events.push((seq, step.event));
    }
    for (_, event) in &written.events {
        let IncidentEvent::Alerts(LinkedAlertsEvent::AlertsLinked { group }) = event else { continue };
        if before == 0 {
            alerts::note_declared(tx, cx, *group, written.incident.id)?;
        } else {
            alerts::note_link(tx, cx, *group, written.incident.id)?;
        }
    }
    for (event, consequence) in rest {
        follow(tx, cx, &written.incident, &event, &consequence)?;
    }
    if let Some(latest) = tx.incident(written.incident.id)? {
        written.incident = latest;
    }
    Ok(written)
}

/// What the app does itself because of an event.
fn follow(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: &Incident,
    event: &IncidentEvent,
    consequence: &Consequence,
) -> Result<(), StoreError> {
    match consequence {
        Consequence::Outbox(_) => Ok(()),
        Consequence::PageOnCall(service) => paging::page_on_call(tx, cx, incident, service.as_ref()),
        Consequence::ResolvePages => paging::resolve_pages(tx, cx, incident),
        Consequence::ShowPublic => status_page::show(tx, cx, incident, event),
        Consequence::ReviseFeeds => revise_feeds(tx, cx, incident),
    }
}

/// Makes everything true again that feeds say of an incident which became private, or is so no more: the announcements of
/// its events, and the messages of its groups of alerts.
fn revise_feeds(tx: &mut Tx<'_>, cx: Context<'_>, incident: &Incident) -> Result<(), StoreError> {
    let stream = Incident::stream(incident.id);
    let mut effects = Vec::new();
    for recorded in tx.events_of(&stream, 0, usize::MAX)? {
        if matches!(&recorded.event, Event::Incident(event) if incident::is_announced(incident, event)) {
            let (seq, feed) = (recorded.seq, RoomId::from(INCIDENTS_FEED));
            effects.push(Effect::from(ChatEffect::ReviseAnnouncement { incident: incident.id, seq, feed }));
        }
    }
    let groups = tx.group_ids_of_incident(incident.id, usize::MAX)?;
    effects.extend(groups.into_iter().map(|group| ChatEffect::GroupMessage { group, critical: false }.into()));
    for (n, effect) in effects.iter().enumerate() {
        tx.enqueue(&EffectKey::new(&format!("{stream}/revised"), incident.version, n), effect, cx.now)?;
    }
    Ok(())
}

/// How many of the newest incidents are compared with their history at once.
const COMPARED: usize = 200;

/// The keys of the newest incidents whose stored record is not the fold of their events. There should be none.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub fn unfaithful_records(reads: &Reads<'_>) -> Result<Vec<Key>, StoreError> {
    let filter = IncidentFilter { limit: COMPARED, ..IncidentFilter::default() };
    let mut wrong = Vec::new();
    for incident in reads.list_incidents(&filter)?.items {
        let history = reads.events_of(&Incident::stream(incident.id), 0, usize::MAX)?;
        let events = history.iter().filter_map(|recorded| match &recorded.event {
            Event::Incident(event) => Some((event, recorded.at, &recorded.actor)),
            Event::OnCall(_) | Event::Alert(_) | Event::System(_) => None,
        });
        if incident::replay(events).as_ref() != Some(&incident) {
            wrong.push(incident.key);
        }
    }
    Ok(wrong)
}
