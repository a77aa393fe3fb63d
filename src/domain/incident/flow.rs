//! Commands that move an incident along the workflow.

use super::{
    Absorption, CAUSE, Category, Facts, Incident, IncidentEvent, IncidentKind, LifecycleEvent, LinkedAlertsEvent,
    PagingEvent, PeopleEvent, Resolution, StatusSpec, Task, TimeName, TimelineEvent, field, public,
    rules::{MAX_TEXT, MOST_GROUPS, must_be_open, next_task, next_update, reset_clock, text},
};
use crate::domain::{
    ids::{IncidentId, Key, PersonId, StatusId},
    refusal::{IncidentRefusal, Refusal},
    status::PublicStatus,
    text::Untrusted,
};

type Events = Result<Vec<IncidentEvent>, Refusal>;

/// `/incident status`: any transition of the workflow, with a reason where it is unusual.
pub(super) fn set_status(incident: &Incident, to: &StatusId, reason: Option<&Untrusted>, facts: &Facts<'_>) -> Events {
    must_be_current(incident, facts)?;
    let workflow = &facts.policy.workflow;
    let Some(target) = workflow.status(to) else {
        let known = workflow.statuses.iter().map(|status| status.id.clone()).collect();
        return Err(IncidentRefusal::UnknownStatus { status: to.clone(), known }.into());
    };
    must_differ(incident, target)?;
    let allowed = workflow.after(&incident.status);
    let over = !incident.is_open()
        && incident.category != Category::Merged
        && matches!(target.category, Category::Active | Category::Triage);
    if target.category == Category::Merged || !(allowed.contains(to) || over) {
        return Err(IncidentRefusal::NoTransition {
            key: incident.key.clone(),
            from: incident.status.clone(),
            to: to.clone(),
            allowed,
        }
        .into());
    }
    field::require(incident, to, &[], facts)?;
    match target.category {
        Category::Triage | Category::Active if over => reopen_to(incident, target, reason, facts),
        Category::Triage | Category::Active => Ok(vec![moved(incident, target, reason)]),
        Category::Resolved => Ok(resolved(incident, target, reason, facts)),
        Category::Closed => close(incident, reason, facts),
        Category::Declined | Category::Cancelled => call_off(incident, target, reason, None, facts),
        Category::Merged => Ok(Vec::new()),
    }
}

/// `/incident resolve`.
pub(super) fn resolve(
    incident: &Incident,
    summary: Option<&Untrusted>,
    cause: Option<&str>,
    facts: &Facts<'_>,
) -> Events {
    must_be_current(incident, facts)?;
    let target = target(incident, Category::Resolved, facts)?;
    must_differ(incident, target)?;
    must_be_open(incident)?;
    let given = if cause.is_some() { &[CAUSE][..] } else { &[] };
    field::require(incident, &target.id, given, facts)?;
    let causes = &facts.policy.workflow.causes;
    let cause = cause.map(|cause| known_cause(cause, causes)).transpose()?;
    let summary = summary.filter(|summary| !summary.is_blank());
    let mut events = Vec::new();
    if summary.is_some() || cause.is_some() {
        let summary = summary.map(|s| text("summary", s, MAX_TEXT)).transpose()?.unwrap_or_default();
        events.push(LifecycleEvent::ResolutionRecorded { resolution: Resolution { summary, cause } }.into());
    }
    events.extend(resolved(incident, target, summary, facts));
    Ok(events)
}

/// `/incident close`: after a resolve without a reason, earlier only with one.
pub(super) fn close(incident: &Incident, reason: Option<&Untrusted>, facts: &Facts<'_>) -> Events {
    must_be_current(incident, facts)?;
    let target = target(incident, Category::Closed, facts)?;
    must_differ(incident, target)?;
    field::require(incident, &target.id, &[], facts)?;
    if incident.category == Category::Resolved {
        return Ok(vec![moved(incident, target, reason)]);
    }
    must_be_open(incident)?;
    let words = facts.policy.workflow.early_close.clone();
    let reason = require_reason("close it before it is resolved", reason, words)?;
    let mut events = vec![moved(incident, target, Some(&reason))];
    events.extend(public::restored(incident, None, facts));
    events.extend(stopped(incident));
    Ok(events)
}

/// `/incident reopen`: overwrites no named time.
pub(super) fn reopen(incident: &Incident, reason: Option<&Untrusted>, facts: &Facts<'_>) -> Events {
    must_be_current(incident, facts)?;
    if incident.is_open() {
        return Err(IncidentRefusal::NotOver { key: incident.key.clone(), status: incident.status.clone() }.into());
    }
    if incident.category == Category::Merged {
        return Err(IncidentRefusal::NotOpen { key: incident.key.clone(), status: incident.status.clone() }.into());
    }
    let workflow = &facts.policy.workflow;
    let target = workflow.status(&workflow.reopened).ok_or_else(|| IncidentRefusal::UnknownStatus {
        status: workflow.reopened.clone(),
        known: workflow.statuses.iter().map(|status| status.id.clone()).collect(),
    })?;
    reopen_to(incident, target, reason, facts)
}

/// `/incident cancel`.
pub(super) fn cancel(
    incident: &Incident,
    reason: Option<&Untrusted>,
    message: Option<&Untrusted>,
    facts: &Facts<'_>,
) -> Events {
    must_be_current(incident, facts)?;
    must_be_open(incident)?;
    call_off(incident, target(incident, Category::Cancelled, facts)?, reason, message, facts)
}

/// `/incident merge`: this incident ends, and the other takes over.
pub(super) fn merge(incident: &Incident, into: IncidentId, key: &Key, facts: &Facts<'_>) -> Events {
    must_be_current(incident, facts)?;
    must_be_open(incident)?;
    if into == incident.id {
        return Err(IncidentRefusal::BadMerge { key: incident.key.clone(), into: key.clone() }.into());
    }
    let target = target(incident, Category::Merged, facts)?;
    let tasks = open_tasks(incident).map(|task| task.number).collect();
    let merged = LifecycleEvent::Merged { into, key: key.clone(), tasks }.into();
    let mut events = vec![merged, moved(incident, target, None)];
    events.extend(public::moved(incident, into, key));
    events.extend(stopped(incident));
    Ok(events)
}

/// The tasks that are not done.
pub fn open_tasks(incident: &Incident) -> impl Iterator<Item = &Task> {
    incident.tasks.iter().filter(|task| !task.done)
}

/// Takes over the severity, if it is higher, the groups, people, open tasks and the post on the status page of another
/// incident.
pub(super) fn absorb(incident: &Incident, taken: &Absorption, facts: &Facts<'_>) -> Vec<IncidentEvent> {
    let Absorption { other, key, severity, groups, people, tasks, public } = taken;
    let mut events = vec![LifecycleEvent::Absorbed { other: *other, key: key.clone() }.into()];
    events.extend(public::taken_over(incident, *other, key, public));
    if *severity < incident.severity {
        let (from, to, merged) = (incident.severity, *severity, Some(key.clone()));
        events.push(LifecycleEvent::SeverityChanged { from, to, reason: None, because: None, merged }.into());
        events.push(reset_clock(incident, facts.policy, to, facts.now));
    }
    let room = MOST_GROUPS.saturating_sub(incident.groups.len());
    let new = groups.iter().filter(|group| !incident.groups.contains(group)).take(room);
    events.extend(new.map(|group| LinkedAlertsEvent::AlertsLinked { group: *group }.into()));
    let people: Vec<PersonId> = people.iter().filter(|p| !incident.members.contains(p)).cloned().collect();
    if !people.is_empty() {
        events.push(PeopleEvent::PeopleInvited { people }.into());
    }
    let numbers = next_task(incident)..;
    events.extend(numbers.zip(tasks).map(|(number, task)| {
        PeopleEvent::TaskAdded { number, text: task.text.clone(), assignee: task.assignee.clone() }.into()
    }));
    events
}

/// Refuses a button that was rendered before the last change of status: whoever pressed it did not see that change.
fn must_be_current(incident: &Incident, facts: &Facts<'_>) -> Result<(), Refusal> {
    if facts.expect.is_some_and(|seen| seen < incident.status_version) {
        return Err(IncidentRefusal::Stale {
            what: "the status".into(),
            now: status_name(incident, facts),
            by: Some(incident.status_by.clone()),
            at: Some(incident.status_at),
        }
        .into());
    }
    Ok(())
}

/// The name of the status as people read it.
fn status_name(incident: &Incident, facts: &Facts<'_>) -> String {
    let status = facts.policy.workflow.status(&incident.status);
    status.map_or_else(|| incident.status.to_string(), |status| status.name.clone())
}

fn must_differ(incident: &Incident, target: &StatusSpec) -> Result<(), Refusal> {
    if incident.status != target.id {
        return Ok(());
    }
    let by = Some(incident.status_by.clone());
    Err(IncidentRefusal::Already { what: incident.key.to_string(), value: target.name.clone(), by }.into())
}

fn target<'a>(incident: &Incident, category: Category, facts: &'a Facts<'_>) -> Result<&'a StatusSpec, Refusal> {
    let workflow = &facts.policy.workflow;
    workflow.first_of(category).ok_or_else(|| {
        IncidentRefusal::NoTransition {
            key: incident.key.clone(),
            from: incident.status.clone(),
            to: StatusId::new(format!("{category:?}").to_lowercase()),
            allowed: workflow.after(&incident.status),
        }
        .into()
    })
}

fn known_cause(cause: &str, causes: &[String]) -> Result<String, Refusal> {
    let found = causes.iter().find(|known| known.eq_ignore_ascii_case(cause.trim()));
    found
        .cloned()
        .ok_or_else(|| IncidentRefusal::UnknownCause { cause: cause.to_owned(), known: causes.to_vec() }.into())
}

fn require_reason(act: &str, reason: Option<&Untrusted>, words: Vec<String>) -> Result<Untrusted, Refusal> {
    match reason.filter(|reason| !reason.is_blank()) {
        Some(reason) => text("reason", reason, MAX_TEXT),
        None => Err(IncidentRefusal::ReasonNeeded { act: act.to_owned(), words }.into()),
    }
}

fn moved(incident: &Incident, target: &StatusSpec, reason: Option<&Untrusted>) -> IncidentEvent {
    LifecycleEvent::StatusChanged {
        from: incident.status.clone(),
        to: target.id.clone(),
        category: target.category,
        reason: reason.filter(|reason| !reason.is_blank()).cloned(),
        stamps: stamps(incident, target),
    }
    .into()
}

/// Returns the named times that a status sets. A resolve without a mitigation since the incident was last opened is the
/// mitigation.
fn stamps(incident: &Incident, target: &StatusSpec) -> Vec<TimeName> {
    if incident.kind == IncidentKind::Retrospective {
        return Vec::new();
    }
    match (target.category, target.public) {
        (Category::Active, Some(PublicStatus::Identified)) => vec![TimeName::Diagnosed],
        (Category::Active, Some(PublicStatus::Monitoring)) => vec![TimeName::Mitigated],
        (Category::Resolved, _) if is_mitigated(incident) => vec![TimeName::Resolved],
        (Category::Resolved, _) => vec![TimeName::Mitigated, TimeName::Resolved],
        (Category::Closed, _) => vec![TimeName::Closed],
        (Category::Triage | Category::Active | Category::Declined | Category::Merged | Category::Cancelled, _) => {
            Vec::new()
        }
    }
}

fn is_mitigated(incident: &Incident) -> bool {
    let mitigated = incident.times.get(&TimeName::Mitigated);
    mitigated.is_some_and(|time| incident.reopened_at.is_none_or(|reopened| time.last >= reopened))
}

fn resolved(
    incident: &Incident,
    target: &StatusSpec,
    reason: Option<&Untrusted>,
    facts: &Facts<'_>,
) -> Vec<IncidentEvent> {
    let mut events: Vec<IncidentEvent> = field::hosts_of_alerts(incident, facts).into_iter().collect();
    events.push(moved(incident, target, reason));
    events.extend(public::restored(incident, None, facts));
    events.extend(stopped(incident));
    events
}

/// Ends what was no incident: its unanswered pages, its open tasks, and its post on the status page, which customers
/// have to be told.
fn call_off(
    incident: &Incident,
    target: &StatusSpec,
    reason: Option<&Untrusted>,
    message: Option<&Untrusted>,
    facts: &Facts<'_>,
) -> Events {
    let reason = require_reason("call it off", reason, facts.policy.workflow.early_close.clone())?;
    let message = message.filter(|message| !message.is_blank());
    let message = message.map(|message| text("message", message, MAX_TEXT)).transpose()?;
    let key = || incident.key.clone();
    match (&message, incident.public.posted) {
        (None, true) => return Err(IncidentRefusal::MessageNeeded { key: key() }.into()),
        (Some(_), false) => return Err(IncidentRefusal::NotPosted { key: key() }.into()),
        (None, false) | (Some(_), true) => {}
    }
    let mut events = vec![moved(incident, target, Some(&reason))];
    if !facts.asking.is_empty() {
        events.push(PagingEvent::PagesStopped { whom: facts.asking.to_vec() }.into());
    }
    let numbers: Vec<u32> = incident.tasks.iter().filter(|task| !task.done).map(|task| task.number).collect();
    if !numbers.is_empty() {
        events.push(PeopleEvent::TasksClosed { numbers }.into());
    }
    events.extend(public::restored(incident, message, facts));
    events.extend(stopped(incident));
    Ok(events)
}

fn reopen_to(incident: &Incident, target: &StatusSpec, reason: Option<&Untrusted>, facts: &Facts<'_>) -> Events {
    let reason = require_reason("reopen it", reason, Vec::new())?;
    let mut events = vec![moved(incident, target, Some(&reason))];
    events.extend(next_update(facts.policy, incident.severity, facts.now));
    Ok(events)
}

fn stopped(incident: &Incident) -> Option<IncidentEvent> {
    incident.update_due.map(|_| TimelineEvent::UpdateClockSet { due: None }.into())
}
