//! Folds events into the record. Never fails, so that any stored history can be replayed.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    CAUSE, DeliveryEvent, FieldContent, Incident, IncidentEvent, IncidentIssue, IncidentKind, LifecycleEvent,
    LinkedAlertsEvent, NamedTime, OutsidePageEvent, PagingEvent, PeopleEvent, PublicEvent, PublicRecord, Resolution,
    RoleHolder, Task, TimeName, TimelineEvent, TrackerEvent, responders::responder,
};
use crate::domain::{
    Timestamp,
    ids::{ComponentId, FieldId},
    pager::OutsideAnswer,
    people::Actor,
    status::ComponentStatus,
    text::Untrusted,
};

/// The version of the record that [`apply`] builds.
///
/// Raise it with every change of [`Incident`] or of what events do to it: the records that an older version stored are
/// then rebuilt from their events. Tests compare a record with the snapshot of its version.
pub const RECORD_VERSION: u32 = 5;

/// The number of drafts that a record keeps.
const MOST_DRAFTS: usize = 10;

/// Returns the record after one more event; `None` before the declaration.
pub fn apply(incident: Option<Incident>, event: &IncidentEvent, at: Timestamp, actor: &Actor) -> Option<Incident> {
    match incident {
        None => declared(event, at, actor),
        Some(mut incident) => {
            incident.version += 1;
            apply_event(&mut incident, event, Moment { at, actor });
            count_responder(&mut incident, event, Moment { at, actor });
            Some(incident)
        }
    }
}

/// Returns the record of a whole history; `None` if it has no declaration.
pub fn replay<'e>(events: impl IntoIterator<Item = (&'e IncidentEvent, Timestamp, &'e Actor)>) -> Option<Incident> {
    events.into_iter().fold(None, |incident, (event, at, actor)| apply(incident, event, at, actor))
}

fn declared(event: &IncidentEvent, at: Timestamp, actor: &Actor) -> Option<Incident> {
    let IncidentEvent::Lifecycle(event) = event else { return None };
    let LifecycleEvent::Declared { id, key, title, description, status, category, .. } = event else { return None };
    let LifecycleEvent::Declared { severity, kind, private, service, .. } = event else { return None };
    let LifecycleEvent::Declared { impact_since, judgement, affected, own_kind, .. } = event else { return None };
    let mut incident = Incident {
        id: *id,
        key: key.clone(),
        title: or_removed(title),
        description: description.clone(),
        status: status.clone(),
        category: *category,
        severity: *severity,
        kind: *kind,
        own_kind: own_kind.clone(),
        private: *private,
        service: service.clone(),
        impact: Untrusted::default(),
        judgement: judgement.clone(),
        affected: affected.clone().unwrap_or_default(),
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
        fields: BTreeMap::new(),
        status_by: actor.clone(),
        status_at: at,
        status_version: 1,
        issue: None,
        former_key: None,
        reopened_at: None,
        responders: BTreeSet::new(),
        assembled_at: None,
        informed_at: None,
        version: 1,
    };
    if let Some(since) = impact_since {
        stamp(&mut incident, TimeName::Impact, *since);
    }
    if *kind == IncidentKind::Retrospective {
        // People set its times. It belongs to the time at which customers were affected.
        stamp(&mut incident, TimeName::Declared, impact_since.unwrap_or(at));
    } else {
        stamp(&mut incident, TimeName::Detected, at);
        stamp(&mut incident, TimeName::Declared, at);
    }
    Some(incident)
}

/// When an event happened, and who caused it.
#[derive(Clone, Copy)]
struct Moment<'a> {
    at: Timestamp,
    actor: &'a Actor,
}

fn apply_event(incident: &mut Incident, event: &IncidentEvent, moment: Moment<'_>) {
    match event {
        IncidentEvent::Lifecycle(event) => apply_lifecycle(incident, event, moment),
        IncidentEvent::People(event) => apply_people(incident, event, moment.at),
        IncidentEvent::Timeline(event) => apply_timeline(incident, event),
        IncidentEvent::Paging(event) => apply_paging(incident, event, moment.at),
        IncidentEvent::Alerts(event) => apply_alerts(incident, event, moment.at),
        IncidentEvent::Public(event) => apply_public(incident, event, moment.at),
        IncidentEvent::Delivery(event) => apply_delivery(incident, event),
        IncidentEvent::Tracker(event) => apply_tracker(incident, event),
        IncidentEvent::OutsidePage(event) => apply_outside_page(incident, event, moment.at),
    }
}

/// Takes in who works on the incident.
fn count_responder(incident: &mut Incident, event: &IncidentEvent, moment: Moment<'_>) {
    let Some(person) = responder(event, moment.actor) else { return };
    if incident.responders.insert(person.clone()) && incident.responders.len() == 2 {
        incident.assembled_at = Some(moment.at);
    }
}

fn apply_lifecycle(incident: &mut Incident, event: &LifecycleEvent, moment: Moment<'_>) {
    let Moment { at, actor } = moment;
    match event {
        LifecycleEvent::StatusChanged { to, category, stamps, .. } => {
            let was_open = incident.is_open();
            incident.status = to.clone();
            incident.category = *category;
            if !was_open && incident.is_open() {
                incident.reopened_at = Some(at);
            }
            (incident.status_by, incident.status_at) = (actor.clone(), at);
            incident.status_version = incident.version;
            stamps.iter().for_each(|name| stamp(incident, *name, at));
        }
        LifecycleEvent::SeverityChanged { to, .. } => incident.severity = *to,
        LifecycleEvent::PrivacyChanged { private } => {
            incident.private = *private;
            incident.members.extend(actor.person().cloned());
        }
        LifecycleEvent::Renamed { to, .. } => incident.title = or_removed(to),
        LifecycleEvent::ResolutionRecorded { resolution: Resolution { summary, cause } } => {
            incident.resolution = Some(Resolution { summary: summary.clone(), cause: None });
            if let Some(cause) = cause {
                incident.set_field(&FieldId::from(CAUSE), Some(&FieldContent::Word(cause.clone())));
            }
        }
        LifecycleEvent::FieldsChanged { fields, .. } => {
            fields.iter().for_each(|(id, value)| incident.set_field(id, value.as_ref()));
        }
        LifecycleEvent::Merged { into, tasks, .. } => {
            incident.merged_into = Some(*into);
            incident.tasks.retain(|task| !tasks.contains(&task.number));
        }
        LifecycleEvent::Declared { .. } | LifecycleEvent::SeverityProposed { .. } | LifecycleEvent::Absorbed { .. } => {
        }
    }
}

fn apply_people(incident: &mut Incident, event: &PeopleEvent, at: Timestamp) {
    match event {
        PeopleEvent::PeopleInvited { people } => incident.members.extend(people.iter().cloned()),
        PeopleEvent::AdminJoined { person, .. } => {
            incident.members.insert(person.clone());
        }
        PeopleEvent::RoleAssigned { role, person, .. } => {
            incident.members.insert(person.clone());
            let held = RoleHolder { person: person.clone(), since: at, version: incident.version };
            incident.roles.insert(role.clone(), held);
        }
        PeopleEvent::RoleReleased { role, .. } => {
            incident.roles.remove(role);
        }
        PeopleEvent::TaskAdded { number, text, assignee } => {
            let task = Task { number: *number, text: or_removed(text), assignee: assignee.clone(), done: false };
            incident.tasks.push(task);
        }
        PeopleEvent::TaskAssigned { number, person } => {
            change_task(incident, *number, |task| task.assignee = Some(person.clone()));
        }
        PeopleEvent::TaskDone { number } => change_task(incident, *number, |task| task.done = true),
        PeopleEvent::TasksClosed { numbers } => {
            numbers.iter().for_each(|number| change_task(incident, *number, |task| task.done = true));
        }
    }
}

fn change_task(incident: &mut Incident, number: u32, change: impl Fn(&mut Task)) {
    incident.tasks.iter_mut().filter(|task| task.number == number).for_each(change);
}

fn apply_timeline(incident: &mut Incident, event: &TimelineEvent) {
    match event {
        TimelineEvent::UpdatePosted { impact, affected, draft, .. } => {
            if let Some(impact) = impact {
                incident.impact = impact.clone();
            }
            if let Some(affected) = affected {
                incident.affected = affected.clone();
            }
            if let Some(draft) = draft {
                incident.drafts.remove(draft);
            }
        }
        TimelineEvent::UpdateDrafted { text, .. } => {
            // A draft whose text was removed cannot be sent.
            if !text.is_blank() {
                incident.drafts.insert(incident.version, text.clone());
            }
            while incident.drafts.len() > MOST_DRAFTS {
                incident.drafts.pop_first();
            }
        }
        TimelineEvent::UpdateClockSet { due } => incident.update_due = *due,
        TimelineEvent::Snoozed { until } => incident.update_due = Some(*until),
        TimelineEvent::TimeSet { name, at } => {
            let known = incident.times.get(name).copied();
            incident.times.insert(*name, corrected(known, *at, incident.reopened_at));
        }
        TimelineEvent::UpdateNudged { .. }
        | TimelineEvent::NoteAdded { .. }
        | TimelineEvent::TimelineAdded { .. }
        | TimelineEvent::MessageChanged { .. }
        | TimelineEvent::WordsTakenOut { .. } => {}
    }
}

fn apply_outside_page(incident: &mut Incident, event: &OutsidePageEvent, at: Timestamp) {
    match event {
        OutsidePageEvent::PageAnsweredOutside { answer, person, .. } => {
            incident.members.extend(person.iter().cloned());
            if *answer == OutsideAnswer::Acknowledged {
                stamp(incident, TimeName::Acknowledged, at);
            }
        }
        OutsidePageEvent::PageSentOutside { .. }
        | OutsidePageEvent::PageAcceptedOutside { .. }
        | OutsidePageEvent::PageMissedOutside { .. } => {}
    }
}

fn apply_paging(incident: &mut Incident, event: &PagingEvent, at: Timestamp) {
    match event {
        PagingEvent::PageStarted { page, .. } => {
            incident.pages.insert(*page);
        }
        PagingEvent::PageAcknowledged { person, .. } => {
            incident.members.insert(person.clone());
            stamp(incident, TimeName::Acknowledged, at);
        }
        PagingEvent::PageEscalated { people, .. } | PagingEvent::PageReassigned { people, .. } => {
            incident.members.extend(people.iter().cloned());
        }
        PagingEvent::PageResponderAdded { person, .. } => {
            incident.members.insert(person.clone());
        }
        PagingEvent::PageDeclined { .. }
        | PagingEvent::PageSnoozed { .. }
        | PagingEvent::NobodyOnCall { .. }
        | PagingEvent::PagesStopped { .. }
        | PagingEvent::PageExhausted { .. } => {}
    }
}

fn apply_alerts(incident: &mut Incident, event: &LinkedAlertsEvent, at: Timestamp) {
    match event {
        LinkedAlertsEvent::AlertsLinked { group } => {
            incident.groups.insert(*group);
        }
        LinkedAlertsEvent::AlertsAcknowledged { .. } => stamp(incident, TimeName::Acknowledged, at),
        LinkedAlertsEvent::AlertsCleared { .. } => {}
    }
}

fn apply_public(incident: &mut Incident, event: &PublicEvent, at: Timestamp) {
    match event {
        // Events that name no title were posted under the title that the incident had then.
        PublicEvent::StatusPosted { before, title, .. } => {
            let title = title.clone().unwrap_or_else(|| incident.title.clone());
            hold(&mut incident.public, before, Some(title));
            incident.informed_at.get_or_insert(at);
        }
        PublicEvent::StatusTakenOver { before, title, .. } => hold(&mut incident.public, before, title.clone()),
        PublicEvent::StatusRestored { title, .. } => {
            let title = title.clone().unwrap_or_else(|| incident.title.clone());
            incident.public = PublicRecord { title: Some(title), ..PublicRecord::default() };
        }
        PublicEvent::StatusMoved { .. } => {
            incident.public = PublicRecord { title: incident.public.title.take(), ..PublicRecord::default() };
        }
        PublicEvent::PublicTitleChanged { to, .. } => incident.public.title = Some(to.clone()),
    }
}

fn hold(public: &mut PublicRecord, before: &[(ComponentId, ComponentStatus)], title: Option<Untrusted>) {
    public.posted = true;
    public.title = title;
    for (component, status) in before {
        public.before.entry(component.clone()).or_insert(*status);
    }
}

fn apply_delivery(incident: &mut Incident, event: &DeliveryEvent) {
    match event {
        DeliveryEvent::RoomOpened { room } => incident.room = Some(room.clone()),
        DeliveryEvent::DeliveryFailed { .. }
        | DeliveryEvent::PersonUnreachable { .. }
        | DeliveryEvent::AccountUnknown { .. }
        | DeliveryEvent::RoomElsewhere { .. }
        | DeliveryEvent::StatusMirrorBehind { .. }
        | DeliveryEvent::StatusMirrorCaughtUp { .. } => {}
    }
}

fn apply_tracker(incident: &mut Incident, event: &TrackerEvent) {
    match event {
        TrackerEvent::IssueLinked { tracker, issue, url, key, .. } => {
            incident.issue = Some(IncidentIssue { tracker: tracker.clone(), issue: issue.clone(), url: url.clone() });
            if let Some(key) = key
                && *key != incident.key
            {
                incident.former_key = Some(std::mem::replace(&mut incident.key, key.clone()));
            }
        }
        TrackerEvent::IssueDeleted { .. } => incident.issue = None,
        TrackerEvent::IssueNotCreated { .. }
        | TrackerEvent::IssueOffered { .. }
        | TrackerEvent::TransitionMissing { .. }
        | TrackerEvent::IssueCommented { .. }
        | TrackerEvent::IssueCommentChanged { .. }
        | TrackerEvent::IssueChangeRefused { .. }
        | TrackerEvent::IssueCaughtUp { .. }
        | TrackerEvent::IssueLeftBehind { .. } => {}
    }
}

/// What stands in the record for a title or a task whose text was removed.
const REMOVED: &str = "(removed)";

fn or_removed(text: &Untrusted) -> Untrusted {
    if text.is_blank() { Untrusted::new(REMOVED) } else { text.clone() }
}

/// Returns a named time that a person set. It corrects the occurrence of the same outage: a reopened incident has one
/// before and one after it was reopened.
fn corrected(known: Option<NamedTime>, at: Timestamp, reopened: Option<Timestamp>) -> NamedTime {
    let Some(known) = known else { return NamedTime { first: at, last: at } };
    let is_earlier = |time: Timestamp| reopened.is_some_and(|reopened| time < reopened);
    match (is_earlier(known.first), is_earlier(at)) {
        (true, false) => NamedTime { first: known.first, last: at },
        (false, true) => NamedTime { first: at, last: known.last },
        (false, false) | (true, true) if known.first == known.last => NamedTime { first: at, last: at },
        (false, false) | (true, true) => NamedTime { first: at, last: known.last.max(at) },
    }
}

/// Sets a named time. The first occurrence stays, the last moves on.
fn stamp(incident: &mut Incident, name: TimeName, at: Timestamp) {
    incident
        .times
        .entry(name)
        .and_modify(|time| time.last = at.max(time.last))
        .or_insert(NamedTime { first: at, last: at });
}
