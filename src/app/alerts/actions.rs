//! What people do to groups of alerts.

use std::collections::BTreeSet;

use super::{GroupEdit, correlation, declare_rules, known_service};
use crate::{
    app::{
        Context,
        reactor::{FollowUp, WorkList},
    },
    domain::{
        alert::{AlertEvent, AlertGroup, flow},
        effect::{EffectKey, Timer},
        ids::{GroupId, IncidentId, PersonId},
        incident::Declare,
        later,
        people::Actor,
        refusal::{AlertRefusal, IncidentRefusal, Refusal},
        text::Untrusted,
    },
    store::{StoreError, Tx},
};

/// The refusal of a group that does not exist.
pub(in crate::app) fn unknown(id: GroupId) -> Refusal {
    AlertRefusal::UnknownGroup { id: id.to_string() }.into()
}

/// The refusal of a group that is over.
pub(in crate::app) fn over(group: &AlertGroup) -> Refusal {
    IncidentRefusal::Already {
        what: format!("alert group {}", group.title.shown(80)),
        value: "resolved".to_owned(),
        by: None,
    }
    .into()
}

/// Acknowledges a group and its children for a person, and the pages of their incidents. A button that was drawn when fewer
/// alerts fired still applies.
pub fn acknowledge(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: GroupId,
    person: &PersonId,
) -> Result<Result<AlertGroup, Refusal>, StoreError> {
    let acknowledged = acknowledge_one(tx, cx, work, id, person)?;
    if acknowledged.is_ok() {
        for child in tx.child_groups(id, correlation::MOST)? {
            // One that is over, or that someone else has acknowledged, needs nobody.
            acknowledge_one(tx, cx, work, child.id, person)?.ok();
        }
    }
    Ok(acknowledged)
}

fn acknowledge_one(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: GroupId,
    person: &PersonId,
) -> Result<Result<AlertGroup, Refusal>, StoreError> {
    let Some(group) = tx.group(id)? else { return Ok(Err(unknown(id))) };
    if !group.fires() {
        return Ok(Err(over(&group)));
    }
    if group.acknowledged_here() {
        let by = group.acknowledgement.by.clone().map(Actor::Person);
        let what = format!("alert group {}", group.title.shown(80));
        return Ok(Err(IncidentRefusal::Already { what, value: "acknowledged".to_owned(), by }.into()));
    }
    let mut edit = GroupEdit::new(group);
    let until = cx.config.alerts.acknowledge_expires.map(|holds| later(cx.now, holds));
    edit.group.acknowledge(person, until, cx.now);
    if let Some(until) = until {
        edit.expire_at(until);
    }
    edit.event(AlertEvent::GroupAcknowledged { group: id });
    edit.change(flow::GroupUpdate::ByHand, cx);
    let group = edit.write(tx, cx)?;
    if let Some(incident) = group.incident {
        work.push(cx, FollowUp::AlertsAcknowledged { incident, group: id, person: person.clone() });
    }
    Ok(Ok(group))
}

/// What is declared from a group: what a person did not say comes from its alerts.
pub fn declaration(
    tx: &Tx<'_>,
    cx: Context<'_>,
    id: GroupId,
    said: &Declare,
) -> Result<Result<Declare, Refusal>, StoreError> {
    let Some(group) = tx.group(id)? else { return Ok(Err(unknown(id))) };
    let Some(first) = tx.alerts_of_group(&group, 1)?.pop() else { return Ok(Err(unknown(id))) };
    let service = said.service.clone().or_else(|| known_service(cx, group.service.as_deref()));
    let from_alerts = declare_rules::blank(cx, &group, &first, service);
    let or = |said: &Untrusted, otherwise: &Untrusted| if said.is_blank() { otherwise.clone() } else { said.clone() };
    let of_group = if said.judged.is_none() { group.severity } else { None };
    let severity = said.severity.or(of_group);
    Ok(Ok(Declare {
        title: or(&said.title, &from_alerts.title),
        description: or(&said.description, &from_alerts.description),
        severity,
        judged: said.judged.clone(),
        affected: said.affected.clone(),
        kind: said.kind,
        own_kind: said.own_kind.clone(),
        private: said.private,
        ..from_alerts
    }))
}

/// How many groups one transaction moves from one incident to another.
const MOVED_AT_ONCE: usize = 200;

/// Moves the groups of a merged incident to the one that goes on; those of a storm in several steps.
pub(in crate::app) fn move_groups(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    from: IncidentId,
    into: IncidentId,
) -> Result<(), StoreError> {
    let groups = tx.group_ids_of_incident(from, MOVED_AT_ONCE)?;
    for group in &groups {
        note_link(tx, cx, work, *group, into)?;
    }
    if groups.len() == MOVED_AT_ONCE
        && let Some(last) = groups.last()
    {
        let key = EffectKey(format!("incident/{from}/moved/{last}"));
        tx.enqueue(&key, &Timer::MoveGroups { from, into }.into(), cx.now)?;
    }
    Ok(())
}

/// Notes in a group that it belongs to an incident, and lets its alerts raise the severity of that incident.
pub(in crate::app) fn note_link(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    group: GroupId,
    incident: IncidentId,
) -> Result<(), StoreError> {
    if note_group(tx, cx, work, group, incident)? {
        work.push(cx, FollowUp::IncidentJoined { group, incident });
    }
    Ok(())
}

/// Notes in a group that an incident was declared from it: whoever declared it has judged its alerts.
pub(in crate::app) fn note_declared(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    group: GroupId,
    incident: IncidentId,
) -> Result<(), StoreError> {
    note_group(tx, cx, work, group, incident).map(|_| ())
}

/// Notes in a group that it belongs to an incident. Returns `false` if it was noted before.
fn note_group(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: GroupId,
    incident: IncidentId,
) -> Result<bool, StoreError> {
    let Some(group) = tx.group(id)?.filter(|group| group.incident != Some(incident)) else { return Ok(false) };
    let mut edit = GroupEdit::new(group);
    edit.group.incident = Some(incident);
    edit.group.cleared_at = None;
    edit.event(AlertEvent::GroupLinked { group: id, incident });
    // People come from the room of the incident to the feed; the alerts have to be there already.
    if flow::flush_now(&mut edit.group, cx.now) {
        edit.flush_at(cx.now);
    }
    edit.change(flow::GroupUpdate::ByHand, cx);
    let group = edit.write(tx, cx)?;
    correlation::share_incident(tx, cx, work, &group, incident)?;
    Ok(true)
}

/// Edits the messages that show the groups of an incident, because it became private, or public again.
pub(in crate::app) fn revise_messages(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: IncidentId,
) -> Result<(), StoreError> {
    let mut revised = BTreeSet::new();
    for id in tx.group_ids_of_incident(incident, usize::MAX)? {
        let Some(group) = tx.group(id)? else { continue };
        let shown_by = match group.shown_in_parent() {
            Some(parent) => tx.group(parent)?,
            None => Some(group),
        };
        let Some(group) = shown_by.filter(|group| revised.insert(group.id)) else { continue };
        let mut edit = GroupEdit::new(group);
        edit.revise(cx.now);
        edit.write(tx, cx)?;
    }
    Ok(())
}
