//! Decides whether a command is allowed, and which events it causes. Pure: the facts are gathered first.

use std::time::Duration;

use super::{
    Command, Consequence, DecisionStep, Declare, DeliveryEvent, Facts, Incident, IncidentEvent, IncidentKind,
    LifecycleEvent, LinkedAlertsEvent, OutsidePageEvent, PagingEvent, PeopleEvent, RecordedFact, TimeName,
    TimelineEvent, apply, consequence, field, flow, public,
    rules::{MAX_TASK, MAX_TEXT, MAX_TITLE, MOST_GROUPS, must_be_open, next_task, next_update, optional_text, text},
    severity, timeline,
};
use crate::domain::{
    Timestamp,
    ids::{IncidentId, Key, PersonId, RoleId},
    pager::OutsideAnswer,
    refusal::{IncidentRefusal, Refusal},
    text::Untrusted,
};

/// The result of a command: events with their consequences, and the record after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// In order; empty if there is nothing to do, such as for a stale timer.
    pub steps: Vec<DecisionStep>,
    /// The record after all of them.
    pub incident: Incident,
}

const SNOOZE: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(24 * 3600));

/// Decides a declaration. The caller allots id and key; `invitees` are the people of the service's team.
pub fn declare(
    id: IncidentId,
    key: Key,
    wanted: &Declare,
    invitees: Vec<PersonId>,
    facts: &Facts<'_>,
) -> Result<Decision, Refusal> {
    let severity = severity::severity_of(wanted, facts.policy)?;
    if let Some(at) = wanted.impact_since.filter(|since| *since > facts.now) {
        return Err(IncidentRefusal::InFuture { at }.into());
    }
    let workflow = &facts.policy.workflow;
    let declared = LifecycleEvent::Declared {
        id,
        key,
        title: text("title", &wanted.title, MAX_TITLE)?,
        description: optional_text("description", &wanted.description)?,
        status: workflow.initial.clone(),
        category: workflow.status(&workflow.initial).map_or(super::Category::Active, |s| s.category),
        severity,
        kind: wanted.kind,
        own_kind: wanted.own_kind.clone(),
        private: wanted.private,
        service: wanted.service.clone(),
        impact_since: wanted.impact_since,
        judgement: wanted.judged.clone(),
        affected: wanted.affected.as_ref().map(|affected| text("affected", affected, MAX_TEXT)).transpose()?,
    }
    .into();
    let mut events = vec![declared];
    if let Some(person) = facts.actor.person()
        && facts.responds
    {
        let role = facts.policy.manager().clone();
        events.push(PeopleEvent::RoleAssigned { role, person: person.clone(), previous: None }.into());
    }
    if !invitees.is_empty() {
        events.push(PeopleEvent::PeopleInvited { people: invitees }.into());
    }
    events.extend(wanted.group.map(|group| LinkedAlertsEvent::AlertsLinked { group }.into()));
    if wanted.kind != IncidentKind::Retrospective {
        events.extend(next_update(facts.policy, severity, facts.now));
    }
    apply_all(None, events, facts).ok_or_else(|| IncidentRefusal::Empty { what: "declaration".into() }.into())
}

/// Decides a command to an incident.
pub fn decide(incident: &Incident, command: &Command, facts: &Facts<'_>) -> Result<Decision, Refusal> {
    let events = events(incident, command, facts)?;
    let decision = apply_all(Some(incident.clone()), events, facts);
    Ok(decision.unwrap_or_else(|| Decision { steps: Vec::new(), incident: incident.clone() }))
}

/// Applies the events one by one, so that the consequences of each see the record right after it.
fn apply_all(incident: Option<Incident>, events: Vec<IncidentEvent>, facts: &Facts<'_>) -> Option<Decision> {
    let mut steps = Vec::with_capacity(events.len());
    let mut record = incident;
    for event in events {
        let after = apply(record, &event, facts.now, facts.actor)?;
        let consequences: Vec<Consequence> = consequence::consequences(&after, &event, facts.policy, facts.now);
        steps.push(DecisionStep { event, consequences });
        record = Some(after);
    }
    record.map(|incident| Decision { steps, incident })
}

fn events(incident: &Incident, command: &Command, facts: &Facts<'_>) -> Result<Vec<IncidentEvent>, Refusal> {
    match command {
        Command::SetStatus { to, reason } => flow::set_status(incident, to, reason.as_ref(), facts),
        Command::Resolve { summary, cause } => flow::resolve(incident, summary.as_ref(), cause.as_deref(), facts),
        Command::Close { reason } => flow::close(incident, reason.as_ref(), facts),
        Command::Reopen { reason } => flow::reopen(incident, reason.as_ref(), facts),
        Command::Cancel { reason, message } => flow::cancel(incident, reason.as_ref(), message.as_ref(), facts),
        Command::Merge { into, key } => flow::merge(incident, *into, key, facts),
        Command::Absorb(taken) => Ok(flow::absorb(incident, taken, facts)),
        Command::SetSeverity { to, reason } => severity::set_severity(incident, *to, reason.as_ref(), facts),
        Command::RaiseSeverity { to, because } => Ok(severity::raise_severity(incident, *to, because, facts)),
        Command::ProposeSeverity { to, because } => Ok(severity::propose_severity(incident, *to, because)),
        Command::AssignRole { role, person } => assign(incident, role, person.as_ref(), facts),
        Command::PostStatus { .. } => public::post(incident, command, facts),
        Command::PostUpdate { .. } => post_update(incident, command, facts),
        Command::Rename { title, public } => public::rename(incident, title, *public),
        Command::SetPrivate { private } => set_private(incident, *private),
        Command::Snooze { wait } => snooze(incident, *wait, facts),
        Command::NudgeUpdate => Ok(nudge(incident, facts.now)),
        Command::AddNote { text } => timeline::note(text).map(one),
        Command::AddTimeline { at, text } => timeline::add(*at, text, facts.now).map(one),
        Command::KeepMessage { at, text, message } => timeline::add_message(*at, text, message, facts.now).map(one),
        Command::ChangeMessage { .. } | Command::TakeOut { .. } => Ok(timeline::recorded(command)),
        Command::DraftUpdate { author, text } => timeline::draft(incident, author, text).map(one),
        Command::SendDraft { draft } => timeline::send(incident, *draft, facts),
        Command::SetFields { fields } => field::set(incident, fields, facts),
        Command::Mark { .. } | Command::SetTime { .. } => timeline::time(incident, command, facts),
        Command::AddTask { text, assignee } => add_task(incident, text, assignee.as_ref()).map(one),
        Command::AssignTask { number, person } => {
            let event = PeopleEvent::TaskAssigned { number: *number, person: person.clone() };
            open_task(incident, *number).map(|_| one(event.into()))
        }
        Command::FinishTask { number } => {
            open_task(incident, *number).map(|_| one(PeopleEvent::TaskDone { number: *number }.into()))
        }
        Command::JoinAsAdmin { reason } => join_as_admin(incident, reason, facts),
        // What machines record has happened already: it is never refused, only not recorded twice.
        Command::Invite { people } => Ok(invite(incident, people)),
        Command::Join => Ok(invite(incident, facts.actor.person().map(std::slice::from_ref).unwrap_or_default())),
        Command::LinkGroup { group } => {
            let new = !incident.groups.contains(group) && incident.groups.len() < MOST_GROUPS;
            Ok(new.then(|| LinkedAlertsEvent::AlertsLinked { group: *group }.into()).into_iter().collect())
        }
        Command::ClearGroup { group } => {
            let asks = incident.is_open() && incident.groups.contains(group);
            Ok(asks.then(|| LinkedAlertsEvent::AlertsCleared { group: *group }.into()).into_iter().collect())
        }
        Command::RecordPage { page, whom, by_rule } => {
            let started = PagingEvent::PageStarted { page: *page, whom: whom.clone(), by_rule: *by_rule };
            Ok(if incident.pages.contains(page) { Vec::new() } else { vec![started.into()] })
        }
        Command::RecordRoom { room } => {
            let new = incident.room.as_ref() != Some(room);
            Ok(new.then(|| DeliveryEvent::RoomOpened { room: room.clone() }.into()).into_iter().collect())
        }
        Command::Record(fact) => Ok(record(incident, fact, facts)),
        Command::RecordIssue(event) => Ok(vec![event.clone().into()]),
        Command::RecordOutsidePage(event) => Ok(record_outside_page(incident, event, facts)),
    }
}

fn one(event: IncidentEvent) -> Vec<IncidentEvent> {
    vec![event]
}

fn assign(
    incident: &Incident,
    role: &RoleId,
    person: Option<&PersonId>,
    facts: &Facts<'_>,
) -> Result<Vec<IncidentEvent>, Refusal> {
    let known: Vec<RoleId> = facts.policy.roles.iter().map(|spec| spec.id.clone()).collect();
    if !known.contains(role) {
        return Err(IncidentRefusal::UnknownRole { role: role.clone(), known }.into());
    }
    let held = incident.roles.get(role);
    if let (Some(held), Some(seen)) = (held, facts.expect)
        && held.version > seen
        && Some(&held.person) != person
    {
        let (role, person) = (role.clone(), held.person.clone());
        return Err(IncidentRefusal::RoleTaken { role, person, at: held.since }.into());
    }
    let previous = held.map(|held| held.person.clone());
    match (previous, person) {
        (previous, Some(person)) if previous.as_ref() == Some(person) => {
            Err(IncidentRefusal::AlreadyHeld { role: role.clone(), person: Some(person.clone()) }.into())
        }
        (None, None) => Err(IncidentRefusal::AlreadyHeld { role: role.clone(), person: None }.into()),
        (previous, Some(person)) => {
            Ok(vec![PeopleEvent::RoleAssigned { role: role.clone(), person: person.clone(), previous }.into()])
        }
        (Some(previous), None) => Ok(vec![PeopleEvent::RoleReleased { role: role.clone(), previous }.into()]),
    }
}

fn post_update(incident: &Incident, command: &Command, facts: &Facts<'_>) -> Result<Vec<IncidentEvent>, Refusal> {
    let Command::PostUpdate { text: said, impact, affected, cause, estimate, next } = command else {
        return Ok(Vec::new());
    };
    if let Some(wait) = *next {
        bounded(wait)?;
    }
    let every = facts.policy.severity(incident.severity).update_every;
    let due = if incident.is_open() { next.or(every).map(|wait| facts.now + wait) } else { None };
    let check = |what: &str, value: &Option<Untrusted>| {
        value.as_ref().filter(|value| !value.is_blank()).map(|value| text(what, value, MAX_TEXT)).transpose()
    };
    let posted = TimelineEvent::UpdatePosted {
        text: text("update", said, MAX_TEXT)?,
        impact: check("impact", impact)?,
        affected: check("number of affected customers", affected)?,
        cause: check("cause", cause)?,
        estimate: check("estimate", estimate)?,
        next: due,
        draft: None,
    }
    .into();
    Ok(vec![posted, TimelineEvent::UpdateClockSet { due }.into()])
}

fn set_private(incident: &Incident, private: bool) -> Result<Vec<IncidentEvent>, Refusal> {
    if incident.private == private {
        let value = if private { "private" } else { "public" };
        return Err(IncidentRefusal::Already { what: incident.key.to_string(), value: value.into(), by: None }.into());
    }
    if private && incident.public.posted {
        return Err(IncidentRefusal::PublicStays { key: incident.key.clone() }.into());
    }
    Ok(vec![LifecycleEvent::PrivacyChanged { private }.into()])
}

fn snooze(incident: &Incident, wait: Duration, facts: &Facts<'_>) -> Result<Vec<IncidentEvent>, Refusal> {
    must_be_open(incident)?;
    if incident.update_due.is_none() {
        return Err(IncidentRefusal::NoUpdateDue.into());
    }
    bounded(wait)?;
    Ok(vec![TimelineEvent::Snoozed { until: facts.now + wait }.into()])
}

/// Checks how far away the next update may be.
fn bounded(wait: Duration) -> Result<(), Refusal> {
    if (SNOOZE.0..=SNOOZE.1).contains(&wait) {
        return Ok(());
    }
    let (min_minutes, max_minutes) = (SNOOZE.0.as_secs() / 60, SNOOZE.1.as_secs() / 60);
    Err(IncidentRefusal::BadWait { min_minutes, max_minutes }.into())
}

fn nudge(incident: &Incident, now: Timestamp) -> Vec<IncidentEvent> {
    let due = incident.update_due.filter(|due| incident.is_open() && *due <= now);
    due.map(|due| TimelineEvent::UpdateNudged { due }.into()).into_iter().collect()
}

fn add_task(incident: &Incident, task: &Untrusted, assignee: Option<&PersonId>) -> Result<IncidentEvent, Refusal> {
    let number = next_task(incident);
    Ok(PeopleEvent::TaskAdded { number, text: text("task", task, MAX_TASK)?, assignee: assignee.cloned() }.into())
}

fn invite(incident: &Incident, people: &[PersonId]) -> Vec<IncidentEvent> {
    let people: Vec<PersonId> = people.iter().filter(|person| !incident.members.contains(person)).cloned().collect();
    if people.is_empty() { Vec::new() } else { vec![PeopleEvent::PeopleInvited { people }.into()] }
}

fn join_as_admin(incident: &Incident, reason: &Untrusted, facts: &Facts<'_>) -> Result<Vec<IncidentEvent>, Refusal> {
    let reason = text("reason", reason, MAX_TEXT)?;
    let Some(person) = facts.actor.person().filter(|person| !incident.visible_to(person)) else {
        let value = "visible to you".to_owned();
        return Err(IncidentRefusal::Already { what: incident.key.to_string(), value, by: None }.into());
    };
    Ok(vec![PeopleEvent::AdminJoined { person: person.clone(), reason }.into()])
}

fn open_task(incident: &Incident, number: u32) -> Result<(), Refusal> {
    match incident.tasks.iter().find(|task| task.number == number) {
        None => Err(IncidentRefusal::UnknownTask { number }.into()),
        Some(task) if task.done => Err(IncidentRefusal::TaskDone { number }.into()),
        Some(_) => Ok(()),
    }
}

/// Makes whoever acknowledged a page the manager, if there is none.
fn new_manager(incident: &Incident, person: &PersonId, facts: &Facts<'_>) -> Option<IncidentEvent> {
    let role = facts.policy.manager();
    let vacant = incident.is_open() && incident.holder(role).is_none() && facts.responds;
    let assigned = || PeopleEvent::RoleAssigned { role: role.clone(), person: person.clone(), previous: None };
    vacant.then(|| assigned().into())
}

fn record_outside_page(incident: &Incident, event: &OutsidePageEvent, facts: &Facts<'_>) -> Vec<IncidentEvent> {
    let manager = match event {
        OutsidePageEvent::PageAnsweredOutside { answer: OutsideAnswer::Acknowledged, person: Some(person), .. } => {
            new_manager(incident, person, facts)
        }
        OutsidePageEvent::PageAnsweredOutside { .. }
        | OutsidePageEvent::PageSentOutside { .. }
        | OutsidePageEvent::PageAcceptedOutside { .. }
        | OutsidePageEvent::PageMissedOutside { .. } => None,
    };
    std::iter::once(event.clone().into()).chain(manager).collect()
}

fn record(incident: &Incident, fact: &RecordedFact, facts: &Facts<'_>) -> Vec<IncidentEvent> {
    let event = match fact.clone() {
        RecordedFact::PageAcknowledged { page, person, via } => {
            let manager = new_manager(incident, &person, facts);
            let acknowledged = PagingEvent::PageAcknowledged { page, person, via }.into();
            return std::iter::once(acknowledged).chain(manager).collect();
        }
        RecordedFact::PageEscalated { page, step, people, fallback } => {
            PagingEvent::PageEscalated { page, step, people, fallback }.into()
        }
        RecordedFact::PageDeclined { page, person } => PagingEvent::PageDeclined { page, person }.into(),
        RecordedFact::PageSnoozed { page, person, until } => PagingEvent::PageSnoozed { page, person, until }.into(),
        RecordedFact::PageReassigned { page, whom, people } => {
            PagingEvent::PageReassigned { page, whom, people }.into()
        }
        RecordedFact::PageResponderAdded { page, person } => PagingEvent::PageResponderAdded { page, person }.into(),
        RecordedFact::NobodyOnCall { page, schedule, fallback } => {
            PagingEvent::NobodyOnCall { page, schedule, fallback }.into()
        }
        RecordedFact::PageExhausted { page } => PagingEvent::PageExhausted { page }.into(),
        // Only the first acknowledgement counts, of a page or of alerts.
        RecordedFact::AlertsAcknowledged { .. } if incident.times.contains_key(&TimeName::Acknowledged) => {
            return Vec::new();
        }
        RecordedFact::AlertsAcknowledged { group, person } => {
            LinkedAlertsEvent::AlertsAcknowledged { group, person }.into()
        }
        RecordedFact::DeliveryFailed { what, why } => DeliveryEvent::DeliveryFailed { what, why }.into(),
        RecordedFact::PersonUnreachable { page, person, why } => {
            DeliveryEvent::PersonUnreachable { person, why, page: Some(page) }.into()
        }
        RecordedFact::AccountUnknown { person } => DeliveryEvent::AccountUnknown { person }.into(),
        RecordedFact::RoomElsewhere { fallback, shortage } => {
            DeliveryEvent::RoomElsewhere { fallback, shortage }.into()
        }
        RecordedFact::StatusMirrorBehind { mirror, since, why, given_up } => {
            DeliveryEvent::StatusMirrorBehind { mirror, since, why, given_up }.into()
        }
        RecordedFact::StatusMirrorCaughtUp { mirror } => DeliveryEvent::StatusMirrorCaughtUp { mirror }.into(),
    };
    vec![event]
}
