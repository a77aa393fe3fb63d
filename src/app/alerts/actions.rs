//! What people do to groups of alerts.

use super::{GroupEdit, correlation, declare_rules, severity};
use crate::{
    app::{Context, incidents, incidents::Decided, oncall::paging},
    domain::{
        alert::{AlertEvent, AlertGroup, flow},
        effect::{EffectKey, Timer},
        ids::{GroupId, IncidentId, PersonId},
        incident::Declare,
        people::Actor,
        refusal::{AlertRefusal, IncidentRefusal, Refusal},
        text::Untrusted,
    },
    store::{StoreError, Tx},
};

pub(super) fn unknown(id: GroupId) -> Refusal {
    AlertRefusal::UnknownGroup { id: id.to_string() }.into()
}

pub(super) fn over(group: &AlertGroup) -> Refusal {
    IncidentRefusal::Already {
        what: format!("alert group {}", group.title.shown(80)),
        value: "resolved".to_owned(),
        by: None,
    }
    .into()
}

/// Someone has the alerts of a group. A button that was drawn when fewer fired still means what it says.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on; a refusal is part of the answer.
pub fn acknowledge(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
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
    let mut desk = GroupEdit::new(group);
    let until = cx.config.alerts.acknowledge_expires.map(|holds| flow::later(cx.now, holds));
    desk.group.acknowledge(person, until, cx.now);
    if let Some(until) = until {
        desk.expire_at(until);
    }
    desk.event(AlertEvent::GroupAcknowledged { group: id });
    desk.change(flow::GroupUpdate::ByHand, cx);
    let group = desk.write(tx, cx)?;
    if let Some(incident) = group.incident {
        paging::take_asking(tx, cx, incident, person)?;
    }
    for below in tx.child_groups(id, correlation::MOST)? {
        // One that is over, or that someone has, needs nobody.
        acknowledge(tx, cx, below.id, person)?.ok();
    }
    Ok(Ok(group))
}

/// Declares an incident from a group; what was not said comes from its alerts.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on; a refusal is part of the answer.
pub fn declare(tx: &mut Tx<'_>, cx: Context<'_>, id: GroupId, said: &Declare) -> Result<Decided, StoreError> {
    let group = match declarable(tx, cx, id)? {
        Ok(group) => group,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(first) = tx.alerts_of_group(&group, 1)?.pop() else { return Ok(Err(unknown(id))) };
    let service = said.service.clone().or_else(|| declare_rules::service_of(cx, group.service.as_deref()));
    let from_alerts = declare_rules::blank(cx, &group, &first, service);
    let or = |said: &Untrusted, otherwise: &Untrusted| if said.is_blank() { otherwise.clone() } else { said.clone() };
    let severity = said.severity.or(group.severity.filter(|_| said.judged.is_none()));
    let wanted = Declare {
        title: or(&said.title, &from_alerts.title),
        description: or(&said.description, &from_alerts.description),
        severity,
        judged: said.judged.clone(),
        kind: said.kind,
        private: said.private,
        ..from_alerts
    };
    incidents::declare_in(tx, Context { expect: None, ..cx }, &wanted)
}

/// Returns the group that an incident may be declared from: it exists, and belongs to no open incident.
///
/// # Errors
/// [`StoreError`] when it cannot be read; a refusal is part of the answer.
pub fn declarable(tx: &Tx<'_>, cx: Context<'_>, id: GroupId) -> Result<Result<AlertGroup, Refusal>, StoreError> {
    let Some(group) = tx.group(id)? else { return Ok(Err(unknown(id))) };
    Ok(match taken(tx, cx, &group)? {
        Some(refusal) => Err(refusal),
        None => Ok(group),
    })
}

/// Whether a group may be tied to an incident.
///
/// # Errors
/// [`StoreError`] when it cannot be read; a refusal is part of the answer.
pub fn linkable(
    tx: &Tx<'_>,
    cx: Context<'_>,
    id: GroupId,
    incident: IncidentId,
) -> Result<Result<(), Refusal>, StoreError> {
    let Some(group) = tx.group(id)? else { return Ok(Err(unknown(id))) };
    match taken(tx, cx, &group)? {
        Some(refusal) if group.incident != Some(incident) => Ok(Err(refusal)),
        Some(_) | None => Ok(Ok(())),
    }
}

/// The open incident a group belongs to, as a refusal; one that the asker may not see is not named.
fn taken(tx: &Tx<'_>, cx: Context<'_>, group: &AlertGroup) -> Result<Option<Refusal>, StoreError> {
    let Some(id) = group.incident else { return Ok(None) };
    let incident = tx.incident(id)?.filter(|incident| incident.is_open());
    Ok(incident.map(|incident| {
        let seen = cx.actor.person().is_none_or(|person| incident.visible_to(person));
        if seen {
            AlertRefusal::GroupTaken { key: incident.key }.into()
        } else {
            let what = format!("alert group {}", group.title.shown(80));
            IncidentRefusal::Already { what, value: "tied to an incident".to_owned(), by: None }.into()
        }
    }))
}

/// How many groups one transaction moves from one incident to another.
const MOVED_AT_ONCE: usize = 200;

/// Moves the groups of an incident that was merged to the one that goes on; those of a storm in several goes.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn move_groups(tx: &mut Tx<'_>, cx: Context<'_>, from: IncidentId, into: IncidentId) -> Result<(), StoreError> {
    let groups = tx.group_ids_of_incident(from, MOVED_AT_ONCE)?;
    for group in &groups {
        note_link(tx, cx, *group, into)?;
    }
    if let Some(last) = groups.last().filter(|_| groups.len() == MOVED_AT_ONCE) {
        let key = EffectKey(format!("incident/{from}/moved/{last}"));
        tx.enqueue(&key, &Timer::MoveGroups { from, into }.into(), cx.now)?;
    }
    Ok(())
}

/// Notes in a group that it belongs to an incident, and lets its alerts raise the severity of that incident.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn note_link(tx: &mut Tx<'_>, cx: Context<'_>, id: GroupId, incident: IncidentId) -> Result<(), StoreError> {
    match note_group(tx, cx, id, incident)? {
        Some(group) => severity::group_joined(tx, cx, &group, incident),
        None => Ok(()),
    }
}

/// Notes in a group that an incident was declared from it: whoever declared it has judged its alerts.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn note_declared(tx: &mut Tx<'_>, cx: Context<'_>, id: GroupId, incident: IncidentId) -> Result<(), StoreError> {
    note_group(tx, cx, id, incident).map(|_| ())
}

/// Notes in a group that it belongs to an incident: what follows from the incident's event. `None` if it was noted before.
fn note_group(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    id: GroupId,
    incident: IncidentId,
) -> Result<Option<AlertGroup>, StoreError> {
    let Some(group) = tx.group(id)?.filter(|group| group.incident != Some(incident)) else { return Ok(None) };
    let mut desk = GroupEdit::new(group);
    desk.group.incident = Some(incident);
    desk.group.cleared_at = None;
    desk.event(AlertEvent::GroupLinked { group: id, incident });
    desk.change(flow::GroupUpdate::ByHand, cx);
    let group = desk.write(tx, cx)?;
    correlation::share_incident(tx, cx, &group, incident)?;
    Ok(Some(group))
}
