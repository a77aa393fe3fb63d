//! Folding events into the record. Never fails, so that any stored history replays.

use std::collections::{BTreeMap, BTreeSet};

use super::{Incident, IncidentEvent, NamedTime, PublicRecord, RoleHolder, Task, TimeName};
use crate::domain::{Timestamp, people::Actor, text::Untrusted};

/// How many drafts of updates are kept.
const MOST_DRAFTS: usize = 10;

/// The record after one more event. `None` before the declaration; an event that comes before it changes nothing.
pub fn apply(incident: Option<Incident>, event: &IncidentEvent, at: Timestamp, actor: &Actor) -> Option<Incident> {
    match incident {
        None => born(event, at, actor),
        Some(mut incident) => {
            incident.version += 1;
            parent_link(&mut incident, event, at, actor);
            Some(incident)
        }
    }
}

/// The record of a whole history.
pub fn replay<'e>(events: impl IntoIterator<Item = (&'e IncidentEvent, Timestamp, &'e Actor)>) -> Option<Incident> {
    events.into_iter().fold(None, |incident, (event, at, actor)| apply(incident, event, at, actor))
}

fn born(event: &IncidentEvent, at: Timestamp, actor: &Actor) -> Option<Incident> {
    let IncidentEvent::Declared { id, key, title, description, status, category, .. } = event else { return None };
    let IncidentEvent::Declared { severity, kind, private, service, impact_since, .. } = event else { return None };
    let mut incident = Incident {
        id: *id,
        key: key.clone(),
        title: title.clone(),
        description: description.clone(),
        status: status.clone(),
        category: *category,
        severity: *severity,
        kind: *kind,
        private: *private,
        service: service.clone(),
        impact: Untrusted::default(),
        roles: BTreeMap::new(),
        members: actor.person().cloned().into_iter().collect(),
        times: BTreeMap::new(),
        tasks: Vec::new(),
        room: None,
        groups: BTreeSet::new(),
        pages: BTreeSet::new(),
        public: PublicRecord::default(),
        merged_into: None,
        declared_by: actor.clone(),
        update_due: None,
        drafts: BTreeMap::new(),
        resolution: None,
        status_by: actor.clone(),
        status_at: at,
        status_version: 1,
        version: 1,
    };
    if let Some(since) = impact_since {
        stamp(&mut incident, TimeName::Impact, *since);
    }
    stamp(&mut incident, TimeName::Detected, at);
    stamp(&mut incident, TimeName::Declared, at);
    Some(incident)
}

fn parent_link(incident: &mut Incident, event: &IncidentEvent, at: Timestamp, actor: &Actor) {
    match event {
        IncidentEvent::Declared { .. }
        | IncidentEvent::UpdateNudged { .. }
        | IncidentEvent::NoteAdded { .. }
        | IncidentEvent::TimelineAdded { .. }
        | IncidentEvent::MessageChanged { .. }
        | IncidentEvent::WordsTakenOut { .. }
        | IncidentEvent::AlertsCleared { .. }
        | IncidentEvent::SeverityProposed { .. }
        | IncidentEvent::PageDeclined { .. }
        | IncidentEvent::NobodyOnCall { .. }
        | IncidentEvent::PageExhausted { .. }
        | IncidentEvent::DeliveryFailed { .. }
        | IncidentEvent::PersonUnreachable { .. }
        | IncidentEvent::NotOnDiscord { .. }
        | IncidentEvent::RoomElsewhere { .. } => {}
        IncidentEvent::StatusChanged { to, category, stamps, .. } => {
            incident.status = to.clone();
            incident.category = *category;
            (incident.status_by, incident.status_at) = (actor.clone(), at);
            incident.status_version = incident.version;
            stamps.iter().for_each(|name| stamp(incident, *name, at));
        }
        IncidentEvent::RoomOpened { room } => incident.room = Some(room.clone()),
        IncidentEvent::PeopleInvited { people } | IncidentEvent::PageEscalated { people, .. } => {
            incident.members.extend(people.iter().cloned());
        }
        IncidentEvent::SeverityChanged { to, .. } => incident.severity = *to,
        IncidentEvent::RoleAssigned { role, person, .. } => {
            incident.members.insert(person.clone());
            let held = RoleHolder { person: person.clone(), since: at, version: incident.version };
            incident.roles.insert(role.clone(), held);
            stamp_once(incident, TimeName::Acknowledged, at);
        }
        IncidentEvent::RoleReleased { role, .. } => drop(incident.roles.remove(role)),
        IncidentEvent::PrivacyChanged { private } => {
            incident.private = *private;
            incident.members.extend(actor.person().cloned());
        }
        IncidentEvent::Renamed { to, .. } => incident.title = to.clone(),
        IncidentEvent::UpdatePosted { .. }
        | IncidentEvent::UpdateDrafted { .. }
        | IncidentEvent::UpdateClockSet { .. }
        | IncidentEvent::Snoozed { .. }
        | IncidentEvent::TimeSet { .. }
        | IncidentEvent::TaskAdded { .. }
        | IncidentEvent::TaskAssigned { .. }
        | IncidentEvent::TaskDone { .. }
        | IncidentEvent::ResolutionRecorded { .. } => fold_record(incident, event),
        IncidentEvent::AlertsLinked { .. }
        | IncidentEvent::PageStarted { .. }
        | IncidentEvent::PageAcknowledged { .. }
        | IncidentEvent::StatusPosted { .. }
        | IncidentEvent::StatusRestored { .. }
        | IncidentEvent::Merged { .. }
        | IncidentEvent::Absorbed { .. } => fold_ties(incident, event, at),
    }
}

/// What people write down.
fn fold_record(incident: &mut Incident, event: &IncidentEvent) {
    if let IncidentEvent::UpdatePosted { impact: Some(impact), .. } = event {
        incident.impact = impact.clone();
    }
    fold_draft(incident, event);
    if let IncidentEvent::UpdateClockSet { due } = event {
        incident.update_due = *due;
    }
    if let IncidentEvent::Snoozed { until } = event {
        incident.update_due = Some(*until);
    }
    if let IncidentEvent::TimeSet { name, at } = event {
        // What happened once is corrected; what happened again keeps its latest time.
        let again = incident.times.get(name).filter(|time| time.first != time.last);
        let last = again.map_or(*at, |time| time.last.max(*at));
        incident.times.insert(*name, NamedTime { first: *at, last });
    }
    if let IncidentEvent::TaskAdded { number, text, assignee } = event {
        let task = Task { number: *number, text: text.clone(), assignee: assignee.clone(), done: false };
        incident.tasks.push(task);
    }
    if let IncidentEvent::ResolutionRecorded { resolution } = event {
        incident.resolution = Some(resolution.clone());
    }
    fold_task(incident, event);
}

/// The drafts of updates: the latest few that were not sent.
fn fold_draft(incident: &mut Incident, event: &IncidentEvent) {
    if let IncidentEvent::UpdatePosted { draft: Some(draft), .. } = event {
        incident.drafts.remove(draft);
    }
    if let IncidentEvent::UpdateDrafted { text, .. } = event
        && !text.is_blank()
    {
        incident.drafts.insert(incident.version, text.clone());
    }
    while incident.drafts.len() > MOST_DRAFTS {
        incident.drafts.pop_first();
    }
}

fn fold_task(incident: &mut Incident, event: &IncidentEvent) {
    let task = |incident: &mut Incident, number: u32, change: &dyn Fn(&mut Task)| {
        incident.tasks.iter_mut().filter(|task| task.number == number).for_each(change);
    };
    if let IncidentEvent::TaskAssigned { number, person } = event {
        task(incident, *number, &|task| task.assignee = Some(person.clone()));
    }
    if let IncidentEvent::TaskDone { number } = event {
        task(incident, *number, &|task| task.done = true);
    }
}

/// What ties the incident to alerts, pages, the public page and other incidents.
fn fold_ties(incident: &mut Incident, event: &IncidentEvent, at: Timestamp) {
    if let IncidentEvent::AlertsLinked { group } = event {
        incident.groups.insert(*group);
    }
    if let IncidentEvent::PageStarted { page, .. } = event {
        incident.pages.insert(*page);
    }
    if let IncidentEvent::PageAcknowledged { person, .. } = event {
        incident.members.insert(person.clone());
        stamp(incident, TimeName::Acknowledged, at);
    }
    if let IncidentEvent::StatusPosted { before, .. } = event {
        incident.public.posted = true;
        for (component, status) in before {
            incident.public.before.entry(component.clone()).or_insert(*status);
        }
    }
    if let IncidentEvent::StatusRestored { .. } = event {
        incident.public = PublicRecord::default();
    }
    if let IncidentEvent::Merged { into, .. } = event {
        incident.merged_into = Some(*into);
    }
}

/// The first time stays, the last moves on.
fn stamp(incident: &mut Incident, name: TimeName, at: Timestamp) {
    incident
        .times
        .entry(name)
        .and_modify(|time| time.last = at.max(time.last))
        .or_insert(NamedTime { first: at, last: at });
}

fn stamp_once(incident: &mut Incident, name: TimeName, at: Timestamp) {
    incident.times.entry(name).or_insert(NamedTime { first: at, last: at });
}
