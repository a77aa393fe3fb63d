//! An incident's record in the form that its page and the side bar use.

use serde::Serialize;

use super::words::{self, ConfigNames};
use crate::domain::{
    Timestamp,
    event::{Event, RecordedEvent},
    incident::{FieldSpec, FieldType, Incident, IncidentEvent, IncidentKind, TimeName, TimelineEvent, TimelineFile},
    people::Actor,
};
use crate::render::{TranscriptFile, TranscriptMessage};

/// The facts of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IncidentFacts {
    /// `HOT-12`
    pub key: String,
    /// Plain text.
    pub title: String,
    /// Plain text, several lines.
    pub description: String,
    /// The id of the status.
    pub status: String,
    /// The display name of the status.
    pub status_name: String,
    /// The category of the status.
    pub category: String,
    /// `sev1` … `sev4`
    pub severity: String,
    /// The display name of the severity.
    pub severity_name: String,
    /// True if it is a drill.
    pub drill: bool,
    /// The name of its kind, if that is another than real or drill.
    pub kind: Option<String>,
    /// Its fields, with and without a value.
    pub fields: Vec<FieldView>,
    /// True if only members can see it.
    pub private: bool,
    /// True if it is not yet resolved or closed.
    pub open: bool,
    /// The display name of the affected service.
    pub service_name: Option<String>,
    /// The customer impact.
    pub impact: String,
    /// Its room.
    pub room: Option<String>,
    /// Who declared it.
    pub declared_by: String,
    /// When it was declared.
    pub declared_at: String,
    /// When the next update is due.
    pub update_due: Option<String>,
    /// True if the update is overdue.
    pub update_late: bool,
    /// Its duration so far.
    pub span_ms: i64,
    /// Number of changes so far.
    pub version: u64,
    /// Its resolution.
    pub resolution: Option<ResolutionView>,
    /// The key of the incident it was merged into, if the reader may see it.
    pub merged_into: Option<String>,
}

/// How an incident was resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResolutionView {
    /// How it was resolved.
    pub summary: String,
    /// The category of the cause.
    pub cause: Option<String>,
}

impl IncidentFacts {
    /// The current facts. `merged_into` is the key of the other incident, if the reader may see it.
    pub fn new(words: ConfigNames<'_>, incident: &Incident, merged_into: Option<String>, now: Timestamp) -> Self {
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
            kind: words.kind(incident),
            fields: fields(words, incident),
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
                cause: incident.cause().map(str::to_owned),
            }),
            merged_into,
        }
    }
}

/// A field of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldView {
    /// The name used in commands.
    pub id: String,
    /// The display name.
    pub name: String,
    /// Its entries, as plain text.
    pub entries: Vec<String>,
    /// True if its entry is an address.
    pub is_link: bool,
    /// The display names of the statuses that need a value.
    pub needed_for: Vec<String>,
}

/// All fields that the incident has, in configuration order.
fn fields(words: ConfigNames<'_>, incident: &Incident) -> Vec<FieldView> {
    let view = |spec: &FieldSpec| FieldView {
        id: spec.id.to_string(),
        name: spec.name.clone(),
        entries: words.field_entries(incident, spec),
        is_link: spec.holds == FieldType::Url,
        needed_for: spec.required_at.iter().map(|status| words.status(status)).collect(),
    };
    incident.fields_of(&words.config.policy).map(view).collect()
}

/// When it was declared.
pub fn declared_at(incident: &Incident) -> Timestamp {
    incident.times.get(&TimeName::Declared).map_or(incident.status_at, |time| time.first)
}

/// When it ended; `None` if it has not.
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
    /// The display name.
    pub name: String,
    /// Who holds it.
    pub person: Option<String>,
    /// When they took the role.
    pub since: Option<String>,
    /// The button to assign it.
    pub button: Option<words::ButtonView>,
}

/// All roles, held or not, in configuration order.
pub fn roles(words: ConfigNames<'_>, incident: &Incident) -> Vec<RoleView> {
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

/// A milestone of the incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimeView {
    /// The name used in commands.
    pub id: &'static str,
    /// The display name.
    pub name: String,
    /// The first time it was reached.
    pub at: Option<String>,
    /// The latest time, if it was reached again.
    pub again: Option<String>,
    /// Time since the previous milestone that was reached.
    pub after_ms: Option<i64>,
}

/// The milestones in order, with the time between them.
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

/// A task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskView {
    /// Its number within the incident.
    pub number: u32,
    /// What has to be done.
    pub text: String,
    /// The assignee.
    pub assignee: Option<String>,
    /// True if it is done.
    pub done: bool,
}

/// The tasks, open ones first.
pub fn tasks(words: ConfigNames<'_>, incident: &Incident) -> Vec<TaskView> {
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

/// The kind of a timeline entry, which filters select.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// An action of a person.
    People,
    /// An action of the bot.
    System,
    /// An event caused by alerts.
    Alerts,
    /// A status update.
    Updates,
    /// A message of the room.
    Talk,
}

impl LineKind {
    /// Parses a filter; `None` if it selects all entries.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::People, Self::System, Self::Alerts, Self::Updates, Self::Talk]
            .into_iter()
            .find(|kind| words::word(kind) == word)
    }

    /// The kind of an event.
    pub fn of(event: &IncidentEvent, actor: &Actor) -> Self {
        match event {
            IncidentEvent::Public(_) | IncidentEvent::Timeline(TimelineEvent::UpdatePosted { .. }) => Self::Updates,
            IncidentEvent::Alerts(_) => Self::Alerts,
            IncidentEvent::Lifecycle(_)
            | IncidentEvent::People(_)
            | IncidentEvent::Timeline(_)
            | IncidentEvent::Paging(_)
            | IncidentEvent::Delivery(_)
            | IncidentEvent::Tracker(_)
            | IncidentEvent::OutsidePage(_) => {
                if actor.person().is_some() {
                    Self::People
                } else {
                    Self::System
                }
            }
        }
    }
}

/// A timeline entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LineView {
    /// The event's sequence number within the incident.
    pub seq: u64,
    /// When it happened.
    pub at: String,
    /// When it was recorded, if that was later.
    pub written_at: Option<String>,
    /// Who did it.
    pub actor: String,
    /// Its kind.
    pub kind: LineKind,
    /// What happened, as safe HTML.
    pub html: String,
    /// The address of the message it was taken from.
    pub link: Option<String>,
    /// The attachments of that message.
    pub files: Vec<FileView>,
}

/// An attachment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileView {
    /// The file name.
    pub name: String,
    /// The size in bytes.
    pub size: u64,
    /// The hash that names its copy; `None` if it was not copied.
    pub sha256: Option<String>,
}

impl From<&TimelineFile> for FileView {
    fn from(file: &TimelineFile) -> Self {
        Self { name: file.name.shown(words::TITLE), size: file.size, sha256: file.sha256.clone() }
    }
}

impl LineView {
    /// A message of the room as an entry.
    pub fn of_message(words: ConfigNames<'_>, message: TranscriptMessage) -> Self {
        let file = |file: TranscriptFile| FileView { name: file.name, size: file.size, sha256: file.sha256 };
        Self {
            seq: u64::try_from(message.id).unwrap_or_default(),
            at: words::at(message.at),
            written_at: message.edited_at.map(words::at),
            actor: message.author.name,
            kind: LineKind::Talk,
            html: words.html(&message.text),
            link: None,
            files: message.files.into_iter().map(file).collect(),
        }
    }
}

/// An event with its place on the timeline.
#[derive(Clone, Copy, Debug)]
pub struct TimelineItem<'a> {
    /// When it happened, which may be long before it was recorded.
    pub happened: Timestamp,
    /// Its kind.
    pub kind: LineKind,
    /// The recorded event.
    pub recorded: &'a RecordedEvent,
}

/// The events of an incident, ordered by the time they happened.
pub fn in_order(events: &[RecordedEvent], only: Option<LineKind>) -> Vec<TimelineItem<'_>> {
    let mut placed = Vec::with_capacity(events.len());
    for recorded in events {
        let Event::Incident(event) = &recorded.event else { continue };
        let kind = LineKind::of(event, &recorded.actor);
        let happened = if let IncidentEvent::Timeline(TimelineEvent::TimelineAdded { at, .. }) = event {
            *at
        } else {
            recorded.at
        };
        placed.push(TimelineItem { happened, kind, recorded });
    }
    placed.retain(|placed| only.is_none_or(|only| only == placed.kind));
    placed.sort_by_key(|placed| (placed.happened, placed.recorded.seq));
    placed
}

impl LineView {
    /// An event as a timeline entry with this text.
    pub fn new(words: ConfigNames<'_>, placed: TimelineItem<'_>, html: String) -> Self {
        let TimelineItem { happened, kind, recorded } = placed;
        let message = match &recorded.event {
            Event::Incident(IncidentEvent::Timeline(TimelineEvent::TimelineAdded { message, .. })) => message.as_ref(),
            Event::Incident(_)
            | Event::OnCall(_)
            | Event::Alert(_)
            | Event::Review(_)
            | Event::FollowUp(_)
            | Event::Maintenance(_)
            | Event::System(_) => None,
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
