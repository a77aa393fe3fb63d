//! What a more severe alert does to the open incident that it joins. A severity that a rule set is raised at once; about one
//! that a person set the room is asked. In both cases whoever is on call is paged.

use super::{RULE, known_service};
use crate::{
    app::{
        Context,
        reactor::{FollowUp, WorkList},
    },
    domain::{
        alert::{Alert, rule_for},
        event::Event,
        ids::{AlertId, GroupId, IncidentId},
        incident::{Command, Incident, JoinedAlert, Severity, SeverityHistory},
        people::{ALERT_SEVERITY, Actor},
    },
    store::{StoreError, Tx},
};

/// How many alerts of a group are considered when the group joins an incident, the most severe first.
const CONSIDERED: usize = 100;

/// An alert with the severity that it calls for, and by whose word.
struct Call<'a> {
    alert: &'a Alert,
    severity: Severity,
    by: Actor,
}

/// The alerts of a group that has joined an incident; silenced ones make no noise.
pub(in crate::app) fn group_joined(
    tx: &Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    group: GroupId,
    incident: IncidentId,
) -> Result<(), StoreError> {
    let Some(group) = tx.group(group)?.filter(|group| !group.silenced(cx.now)) else { return Ok(()) };
    let mut alerts = tx.alerts_of_group(&group, CONSIDERED)?;
    alerts.retain(|alert| alert.firing && !alert.muted);
    alerts_joined(tx, cx, work, incident, &alerts)
}

/// Alerts that have joined an incident other than by the rules of their group.
pub(in crate::app) fn joined(
    tx: &Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    incident: IncidentId,
    ids: &[AlertId],
) -> Result<(), StoreError> {
    if is_highest(tx, Some(incident))? {
        return Ok(());
    }
    let known: Vec<Option<Alert>> = ids.iter().map(|id| tx.alert(*id)).collect::<Result<_, _>>()?;
    let alerts: Vec<Alert> = known.into_iter().flatten().filter(|alert| alert.firing && !alert.muted).collect();
    alerts_joined(tx, cx, work, incident, &alerts)
}

/// Alerts that fire in a group of an incident. The most severe one decides; one that a person has answered already, by
/// setting a severity, is left out.
pub(super) fn alerts_joined(
    tx: &Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    incident: IncidentId,
    alerts: &[Alert],
) -> Result<(), StoreError> {
    let Some(incident) = tx.incident(incident)?.filter(Incident::is_open) else { return Ok(()) };
    let mut calls: Vec<Call<'_>> = alerts.iter().filter_map(|alert| call(cx, alert)).collect();
    calls.retain(|call| call.severity < incident.severity);
    if calls.is_empty() {
        return Ok(());
    }
    calls.sort_by_key(|call| call.severity);
    let Some(history) = history(tx, incident.id)? else { return Ok(()) };
    for call in &calls {
        if !is_answered(tx, &history, call)? {
            respond(cx, work, &incident, &history, call);
            return Ok(());
        }
    }
    Ok(())
}

/// True if an alert that fires is more severe than it was.
pub(super) fn is_more_severe(before: &Alert, after: &Alert) -> bool {
    let more = |after| before.severity.is_none_or(|before| after < before);
    after.firing && after.severity.is_some_and(more)
}

/// True if no alert can raise the severity of an open incident.
pub(super) fn is_highest(tx: &Tx<'_>, incident: Option<IncidentId>) -> Result<bool, StoreError> {
    let Some(id) = incident else { return Ok(false) };
    Ok(tx.incident(id)?.is_some_and(|incident| incident.is_open() && incident.severity == Severity::Sev1))
}

/// The severity of the incident that the alert would open by itself, else the alert's own. `None` if it is without one, or
/// its rule waits until it has fired for longer.
fn call<'a>(cx: Context<'_>, alert: &'a Alert) -> Option<Call<'a>> {
    let critical = |name: &str| cx.config.service(name).is_some_and(|service| service.critical);
    match rule_for(&cx.config.alerts.declare, alert, critical) {
        Some((_, due)) if cx.now < due => None,
        Some((rule, _)) => {
            let severity = rule.severity.or(alert.severity).unwrap_or(cx.config.policy.default_severity);
            Some(Call { alert, severity, by: Actor::Machine(format!("{}{}", RULE, rule.name)) })
        }
        None => Some(Call { alert, severity: alert.severity?, by: Actor::Machine(ALERT_SEVERITY.to_owned()) }),
    }
}

fn history(tx: &Tx<'_>, incident: IncidentId) -> Result<Option<SeverityHistory>, StoreError> {
    let recorded = tx.events_of(&Incident::stream(incident), 0, usize::MAX)?;
    let events = recorded.iter().filter_map(|recorded| match &recorded.event {
        Event::Incident(event) => Some((event, &recorded.actor)),
        Event::OnCall(_)
        | Event::Alert(_)
        | Event::Review(_)
        | Event::FollowUp(_)
        | Event::Maintenance(_)
        | Event::System(_) => None,
    });
    Ok(SeverityHistory::of(events))
}

/// True if a person has set a severity knowing of this alert, also if it has begun to fire anew since.
fn is_answered(tx: &Tx<'_>, history: &SeverityHistory, call: &Call<'_>) -> Result<bool, StoreError> {
    for id in history.answered(call.severity) {
        let same = |known: Alert| known.source == call.alert.source && known.fingerprint == call.alert.fingerprint;
        if id == call.alert.id || tx.alert(id)?.is_some_and(same) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn respond(cx: Context<'_>, work: &mut WorkList, incident: &Incident, history: &SeverityHistory, call: &Call<'_>) {
    let (to, because) = (call.severity, JoinedAlert { alert: call.alert.id, title: call.alert.title() });
    let command = if !history.is_set_by_person() {
        Some(Command::RaiseSeverity { to, because })
    } else if !history.is_proposed(to) {
        Some(Command::ProposeSeverity { to, because })
    } else {
        None
    };
    let cx = cx.by(&call.by);
    if let Some(command) = command {
        work.push(cx, FollowUp::CommandIncident { incident: incident.id, command });
    }
    if cx.config.policy.severity(to).page {
        let service = incident.service.clone();
        let service = service.or_else(|| known_service(cx, call.alert.service.as_deref()));
        work.push(cx, FollowUp::PageOnCall { incident: incident.id, service });
    }
}
