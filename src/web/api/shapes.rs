//! What the API shows of records. Texts from outside are plain text without what deceives the eye; how long they may be
//! is bounded, for a label may be a megabyte.

mod alerts;
mod pages;
mod silences;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    config::Config,
    domain::{
        incident::{Incident, IncidentKind, NamedTime, Severity, Task},
        people::Actor,
        text::Untrusted,
    },
};

pub use alerts::{AlertShape, GroupShape};
pub use pages::{DutyShape, OverrideShape, PageShape};
pub use silences::{ReachShape, SilenceShape};

/// The longest text that is shown, in characters.
const TEXT: usize = 8_000;
/// How many labels or annotations of an alert are shown.
const LABELS: usize = 200;

pub(super) fn text(raw: &Untrusted) -> String {
    raw.shown(TEXT)
}

fn some(raw: &Untrusted) -> Option<String> {
    (!raw.is_blank()).then(|| text(raw))
}

pub(super) fn labels(raw: &BTreeMap<String, Untrusted>) -> BTreeMap<String, String> {
    raw.iter().take(LABELS).map(|(name, value)| (Untrusted::from(name.as_str()).shown(200), text(value))).collect()
}

/// Who did something: `ann`, or the rule or timer of the bot, such as `rule critical-service`.
pub(super) fn actor(actor: &Actor) -> String {
    match actor {
        Actor::Person(person) => person.to_string(),
        Actor::Machine(rule) => rule.clone(),
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The items, newest first unless the list says otherwise.
    pub items: Vec<T>,
    /// What to give as `cursor` for the next page; null: this is the last.
    pub next: Option<String>,
}

/// When something happened, first and last: a reopened incident is resolved twice.
#[derive(Debug, Serialize, ToSchema)]
pub struct Times {
    /// The first time.
    pub first: DateTime<Utc>,
    /// The latest time.
    pub last: DateTime<Utc>,
}

impl From<&NamedTime> for Times {
    fn from(time: &NamedTime) -> Self {
        Self { first: time.first, last: time.last }
    }
}

/// A thing to do.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskShape {
    /// Its number within the incident.
    pub number: u32,
    /// What to do.
    pub text: String,
    /// Who does it.
    pub assignee: Option<String>,
    /// Whether it is done.
    pub done: bool,
}

impl From<&Task> for TaskShape {
    fn from(task: &Task) -> Self {
        let assignee = task.assignee.as_ref().map(ToString::to_string);
        Self { number: task.number, text: text(&task.text), assignee, done: task.done }
    }
}

/// How an incident was resolved.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResolutionShape {
    /// What was done.
    pub summary: String,
    /// The class of the cause.
    pub cause: Option<String>,
}

/// An incident.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentShape {
    /// The key people say: `HOT-12`.
    pub key: String,
    /// Its lasting id.
    pub id: String,
    /// One line: what is wrong.
    pub title: String,
    /// More lines.
    pub description: Option<String>,
    /// A status of the workflow.
    pub status: String,
    /// What kind of status: `triage`, `active`, `resolved`, `closed`, `declined`, `merged`, `cancelled`.
    pub category: String,
    /// How grave.
    pub severity: Severity,
    /// `real` or `drill`.
    pub kind: IncidentKind,
    /// Whether only members see it.
    pub private: bool,
    /// The faulty service.
    pub service: Option<String>,
    /// What customers feel.
    pub impact: Option<String>,
    /// Its room, once it is open.
    pub room: Option<String>,
    /// Who holds which role.
    pub roles: BTreeMap<String, String>,
    /// Named times.
    pub times: BTreeMap<String, Times>,
    /// Alerts of its groups: those that fire first; in lists at most 20, else at most 100.
    pub alerts: Vec<AlertShape>,
    /// The ids of its groups of alerts, at most 100.
    pub groups: Vec<String>,
    /// The ids of its pages.
    pub pages: Vec<String>,
    /// Who was brought in.
    pub members: Vec<String>,
    /// Things to do.
    pub tasks: Vec<TaskShape>,
    /// Who declared it.
    pub declared_by: String,
    /// When the next update is due.
    pub update_due: Option<DateTime<Utc>>,
    /// How it was resolved.
    pub resolution: Option<ResolutionShape>,
    /// Grows with each change; give it as `version` to be told when someone was faster.
    pub version: u64,
    /// Its page.
    pub url: String,
}

impl IncidentShape {
    pub(super) fn of(config: &Config, incident: &Incident, alerts: Vec<AlertShape>) -> Self {
        let url = config.server.public_url.trim_end_matches('/');
        Self {
            key: incident.key.to_string(),
            id: incident.id.to_string(),
            title: text(&incident.title),
            description: some(&incident.description),
            status: incident.status.to_string(),
            category: format!("{:?}", incident.category).to_lowercase(),
            severity: incident.severity,
            kind: incident.kind,
            private: incident.private,
            service: incident.service.as_ref().map(ToString::to_string),
            impact: some(&incident.impact),
            room: incident.room.as_ref().map(ToString::to_string),
            roles: incident.roles.iter().map(|(role, held)| (role.to_string(), held.person.to_string())).collect(),
            times: incident.times.iter().map(|(name, time)| (name.name().to_owned(), time.into())).collect(),
            alerts,
            groups: incident.groups.iter().map(ToString::to_string).collect(),
            pages: incident.pages.iter().map(ToString::to_string).collect(),
            members: incident.members.iter().map(ToString::to_string).collect(),
            tasks: incident.tasks.iter().map(TaskShape::from).collect(),
            declared_by: actor(&incident.declared_by),
            update_due: incident.update_due,
            resolution: incident
                .resolution
                .as_ref()
                .map(|end| ResolutionShape { summary: text(&end.summary), cause: end.cause.clone() }),
            version: incident.version,
            url: format!("{url}/incidents/{}", incident.key),
        }
    }
}

/// An entry of an incident's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineShape {
    /// Its place, from 1.
    pub seq: u64,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub actor: String,
    /// In the words of the room; null when the room is not told of it.
    pub text: Option<String>,
    /// What happened, with its name under `event`.
    #[schema(value_type = Object)]
    pub event: serde_json::Value,
}
