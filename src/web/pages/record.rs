//! An incident's record in the form its page and the side bar take it.

use serde::Serialize;

use super::words::{self, Words};
use crate::domain::{
    Timestamp,
    event::{Event, RecordedEvent},
    incident::{Incident, IncidentEvent, IncidentKind, TimeName, TimelineEvent, TimelineFile},
    people::Actor,
};

/// The facts of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IncidentView {
    /// `HOT-12`
    pub key: String,
    /// Plain text.
    pub title: String,
    /// Plain text, several lines.
    pub description: String,
    /// The status as an id.
    pub status: String,
    /// The status as read.
    pub status_name: String,
    /// The status' category.
    pub category: String,
    /// `sev1` … `sev4`
    pub severity: String,
    /// The severity as read.
    pub severity_name: String,
    /// Whether it is practice.
    pub drill: bool,
    /// Whether only members see it.
    pub private: bool,
    /// Whether people still work on it.
    pub open: bool,
    /// The faulty service as read.
    pub service_name: Option<String>,
    /// What customers feel.
    pub impact: String,
    /// Its room.
    pub room: Option<String>,
    /// Who declared it.
    pub declared_by: String,
    /// When.
    pub declared_at: String,
    /// When the next update is due.
    pub update_due: Option<String>,
    /// Whether that is over.
    pub update_late: bool,
    /// How long it has lasted.
    pub span_ms: i64,
    /// How often it changed.
    pub version: u64,
    /// How it was resolved.
    pub resolution: Option<ResolutionView>,
    /// The key of the incident it became part of, if the reader may see that one.
    pub merged_into: Option<String>,
}

/// How an incident was resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResolutionView {
    /// What was done.
    pub summary: String,
    /// The class of the cause.
    pub cause: Option<String>,
}

impl IncidentView {
    /// The facts as they are now. `merged_into` is the key of the other incident, if the reader may see it.
    pub fn new(words: Words<'_>, incident: &Incident, merged_into: Option<String>, now: Timestamp) -> Self {
        Self {
            key: incident.key.to_string(),
            title: words::title(&incident.title),
            description: words::prose(&incident.description),
            status: incident.status.to_string(),
            status_name: words.status(&incident.status),
            category: words::category(incident.category),
            severity: incident.severity.name().to_owned(),
            severity_name: words.severity(incident.severity),
            drill: incident.kind == IncidentKind::Drill,
            private: incident.private,
            open: incident.is_open(),
            service_name: incident.service.as_ref().map(|service| words.service(service)),
            impact: words::prose(&incident.impact),
            room: incident.room.as_ref().map(ToString::to_string),
            declared_by: words.actor(&incident.declared_by),
            declared_at: words::at(declared_at(incident)),
            update_due: incident.update_due.map(words::at),
            update_late: incident.update_due.is_some_and(|due| due <= now),
            span_ms: words::span_ms(declared_at(incident), ended_at(incident).unwrap_or(now)),
            version: incident.version,
            resolution: incident.resolution.as_ref().map(|resolution| ResolutionView {
                summary: words::prose(&resolution.summary),
                cause: resolution.cause.clone(),
            }),
            merged_into,
        }
    }
}

/// When it was declared.
pub fn declared_at(incident: &Incident) -> Timestamp {
    incident.times.get(&TimeName::Declared).map_or(incident.status_at, |time| time.first)
}

/// When it ended, once it has.
pub fn ended_at(incident: &Incident) -> Option<Timestamp> {
    if incident.is_open() {
        return None;
    }
    let resolved = incident.times.get(&TimeName::Resolved).or_else(|| incident.times.get(&TimeName::Closed));
    Some(resolved.map_or(incident.status_at, |time| time.last))
}

/// A role and who holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleView {
    /// The name used in commands.
    pub id: String,
    /// The name shown.
    pub name: String,
    /// Who holds it.
    pub person: Option<String>,
    /// Since when.
    pub since: Option<String>,
    /// What can be done about it.
    pub button: Option<words::ButtonView>,
}

/// All roles, held or not, in the order of the configuration.
pub fn roles(words: Words<'_>, incident: &Incident) -> Vec<RoleView> {
    let view = |role: &crate::domain::incident::RoleSpec| {
        let held = incident.roles.get(&role.id);
        RoleView {
            id: role.id.to_string(),
            name: role.name.clone(),
            person: held.map(|held| words.person(&held.person)),
            since: held.map(|held| words::at(held.since)),
            button: None,
        }
    };
    words.config.policy.roles.iter().map(view).collect()
}

/// One stop of the track of times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimeView {
    /// The name used in commands.
    pub id: &'static str,
    /// The name shown.
    pub name: String,
    /// The first time it happened.
    pub at: Option<String>,
    /// The latest time, if it happened again.
    pub again: Option<String>,
    /// How long after the stop before it that has a time.
    pub after_ms: Option<i64>,
}

/// The named times in the order they happen, with what lies between them.
pub fn times(incident: &Incident) -> Vec<TimeView> {
    let mut before: Option<Timestamp> = None;
    let mut views = Vec::with_capacity(TimeName::ALL.len());
    for name in TimeName::ALL {
        let time = incident.times.get(&name);
        views.push(TimeView {
            id: name.name(),
            name: words::capital(name.name()),
            at: time.map(|time| words::at(time.first)),
            again: time.filter(|time| time.last > time.first).map(|time| words::at(time.last)),
            after_ms: time.and_then(|time| before.map(|before| words::span_ms(before, time.first))),
        });
        before = time.map(|time| time.first).or(before);
    }
    views
}

/// A thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskView {
    /// Its number within the incident.
    pub number: u32,
    /// What to do.
    pub text: String,
    /// Who does it.
    pub assignee: Option<String>,
    /// Whether it is done.
    pub done: bool,
}

/// The things to do, open ones first.
pub fn tasks(words: Words<'_>, incident: &Incident) -> Vec<TaskView> {
    let view = |task: &crate::domain::incident::Task| TaskView {
        number: task.number,
        text: words::title(&task.text),
        assignee: task.assignee.as_ref().map(|person| words.person(person)),
        done: task.done,
    };
    let mut views: Vec<TaskView> = incident.tasks.iter().map(view).collect();
    views.sort_by_key(|task| (task.done, task.number));
    views
}

/// What a line of the timeline is about: what its filters ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// A person did it.
    People,
    /// The bot did it.
    System,
    /// Alerts did it.
    Alerts,
    /// Someone was told how it stands.
    Updates,
}

impl LineKind {
    /// Reads a filter; none: all lines.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::People, Self::System, Self::Alerts, Self::Updates].into_iter().find(|kind| words::word(kind) == word)
    }

    /// What an event is about.
    pub fn of(event: &IncidentEvent, actor: &Actor) -> Self {
        match event {
            IncidentEvent::Public(_) | IncidentEvent::Timeline(TimelineEvent::UpdatePosted { .. }) => Self::Updates,
            IncidentEvent::Alerts(_) => Self::Alerts,
            IncidentEvent::Lifecycle(_)
            | IncidentEvent::People(_)
            | IncidentEvent::Timeline(_)
            | IncidentEvent::Paging(_)
            | IncidentEvent::Delivery(_) => {
                if actor.person().is_some() {
                    Self::People
                } else {
                    Self::System
                }
            }
        }
    }
}

/// A line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LineView {
    /// The event's place in the incident's history.
    pub seq: u64,
    /// When it happened.
    pub at: String,
    /// When it was written down, if that was later.
    pub written_at: Option<String>,
    /// Who did it.
    pub actor: String,
    /// What it is about.
    pub kind: LineKind,
    /// What happened, as safe HTML.
    pub html: String,
    /// Where the message is that it was taken from.
    pub link: Option<String>,
    /// What hung on that message.
    pub files: Vec<FileView>,
}

/// A file of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileView {
    /// What it is called.
    pub name: String,
    /// How long it is, in bytes.
    pub size: u64,
    /// The name of its copy; none: it was not copied.
    pub sha256: Option<String>,
}

impl From<&TimelineFile> for FileView {
    fn from(file: &TimelineFile) -> Self {
        Self { name: file.name.shown(words::TITLE), size: file.size, sha256: file.sha256.clone() }
    }
}

/// An event with its place on the timeline.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// When it happened, which may be long before it was written down.
    pub happened: Timestamp,
    /// What it is about.
    pub kind: LineKind,
    /// What was written down.
    pub recorded: &'a RecordedEvent,
}

/// The events of an incident in the order of happening.
pub fn in_order(events: &[RecordedEvent], only: Option<LineKind>) -> Vec<Placed<'_>> {
    let mut placed = Vec::with_capacity(events.len());
    for recorded in events {
        let Event::Incident(event) = &recorded.event else { continue };
        let kind = LineKind::of(event, &recorded.actor);
        let happened = if let IncidentEvent::Timeline(TimelineEvent::TimelineAdded { at, .. }) = event {
            *at
        } else {
            recorded.at
        };
        placed.push(Placed { happened, kind, recorded });
    }
    placed.retain(|placed| only.is_none_or(|only| only == placed.kind));
    placed.sort_by_key(|placed| (placed.happened, placed.recorded.seq));
    placed
}

impl LineView {
    /// An event as a line; `html` says what it was.
    pub fn new(words: Words<'_>, placed: Placed<'_>, html: String) -> Self {
        let Placed { happened, kind, recorded } = placed;
        let message = match &recorded.event {
            Event::Incident(IncidentEvent::Timeline(TimelineEvent::TimelineAdded { message, .. })) => message.as_ref(),
            Event::Incident(_) | Event::OnCall(_) | Event::Alert(_) | Event::System(_) => None,
        };
        Self {
            seq: recorded.seq,
            at: words::at(happened),
            written_at: (happened != recorded.at).then(|| words::at(recorded.at)),
            actor: words.actor(&recorded.actor),
            kind,
            html,
            link: message.and_then(|message| message.link.clone()),
            files: message.map(|message| message.files.iter().map(FileView::from).collect()).unwrap_or_default(),
        }
    }
}
