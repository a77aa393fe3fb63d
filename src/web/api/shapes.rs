//! The API's representation of records. Untrusted texts are plain text without deceptive characters, and of limited
//! length, because a label may be a megabyte.

mod alerts;
mod followups;
mod pages;
mod postmortems;
mod profile;
mod reports;
mod silences;
mod user_reports;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    config::Config,
    domain::{
        incident::{FieldContent, Incident, IncidentKind, Judgement, NamedTime, Severity, Task},
        people::Actor,
        text::Untrusted,
    },
};

pub use alerts::{AlertShape, GroupShape};
pub use followups::FollowUpShape;
pub use pages::{DutyShape, OverrideShape, PageShape};
pub use postmortems::{PostmortemShape, SectionShape, VersionShape};
pub use profile::{MethodShape, ProfileShape};
pub use reports::{ReportedIncidentShape, SpreadShape, TimesReportShape, seconds};
pub use silences::{ReachShape, SilenceShape};
pub use user_reports::UserReportShape;

/// Maximum length of a text, in characters.
const TEXT: usize = 8_000;
/// Maximum number of labels or annotations of an alert.
const LABELS: usize = 200;

pub(super) fn text(raw: &Untrusted) -> String {
    raw.shown(TEXT)
}

pub(super) fn some(raw: &Untrusted) -> Option<String> {
    (!raw.is_blank()).then(|| text(raw))
}

pub(super) fn labels(raw: &BTreeMap<String, Untrusted>) -> BTreeMap<String, String> {
    raw.iter().take(LABELS).map(|(name, value)| (Untrusted::from(name.as_str()).shown(200), text(value))).collect()
}

/// The name of an actor: `ann`, or the bot's rule or timer, such as `rule critical-service`.
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
    /// The `cursor` of the next page; null on the last page.
    pub next: Option<String>,
}

/// The first and the latest time of a milestone: a reopened incident is resolved twice.
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

/// A task.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskShape {
    /// Its number within the incident.
    pub number: u32,
    /// What has to be done.
    pub text: String,
    /// The assignee.
    pub assignee: Option<String>,
    /// True if it is done.
    pub done: bool,
}

impl From<&Task> for TaskShape {
    fn from(task: &Task) -> Self {
        let assignee = task.assignee.as_ref().map(ToString::to_string);
        Self { number: task.number, text: text(&task.text), assignee, done: task.done }
    }
}

/// The judgement of the declarer, from which the severity follows.
#[derive(Debug, Serialize, ToSchema)]
pub struct JudgementShape {
    /// How many customers are affected, and how badly.
    pub impact: String,
    /// How soon it has to be fixed.
    pub urgency: String,
}

impl From<&Judgement> for JudgementShape {
    fn from(judgement: &Judgement) -> Self {
        Self { impact: judgement.impact.clone(), urgency: judgement.urgency.clone() }
    }
}

/// How an incident was resolved.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResolutionShape {
    /// How it was resolved.
    pub summary: String,
    /// The category of the cause.
    pub cause: Option<String>,
}

/// An incident.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentShape {
    /// Its key: `HOT-12`.
    pub key: String,
    /// The key that it had before its issue in an outside tracker was created; it leads to the incident still.
    pub former_key: Option<String>,
    /// The address of its issue in an outside tracker.
    pub issue_url: Option<String>,
    /// Its permanent id.
    pub id: String,
    /// A one-line title.
    pub title: String,
    /// The description.
    pub description: Option<String>,
    /// A status of the workflow.
    pub status: String,
    /// The category of the status: `triage`, `active`, `resolved`, `closed`, `declined`, `merged`, `cancelled`.
    pub category: String,
    /// Its severity.
    pub severity: Severity,
    /// How it behaves: `real`, `drill`, `retrospective` or `maintenance`.
    pub kind: IncidentKind,
    /// The operator's own name of that kind.
    pub own_kind: Option<String>,
    /// The values of its fields: texts, and lists where a field has several entries.
    #[schema(value_type = Object)]
    pub fields: BTreeMap<String, serde_json::Value>,
    /// True if only members can see it.
    pub private: bool,
    /// The affected service.
    pub service: Option<String>,
    /// The customer impact, from the latest update.
    pub impact: Option<String>,
    /// How the declarer judged it, in the names of the severity matrix.
    pub judgement: Option<JudgementShape>,
    /// How many customers are affected, from the declaration or the latest update.
    pub affected: Option<String>,
    /// The title that customers read on the status page; null before the first post.
    pub public_title: Option<String>,
    /// Its room. It opens a moment after the declaration, and takes commands at once.
    pub room: Option<String>,
    /// The person holding each role.
    pub roles: BTreeMap<String, String>,
    /// Milestones by name.
    pub times: BTreeMap<String, Times>,
    /// Alerts of its groups, firing ones first: at most 20 in lists, else at most 100.
    pub alerts: Vec<AlertShape>,
    /// The ids of its alert groups, at most 100.
    pub groups: Vec<String>,
    /// The ids of its pages.
    pub pages: Vec<String>,
    /// Its members.
    pub members: Vec<String>,
    /// Its tasks.
    pub tasks: Vec<TaskShape>,
    /// Who declared it.
    pub declared_by: String,
    /// When the next update is due.
    pub update_due: Option<DateTime<Utc>>,
    /// Its resolution.
    pub resolution: Option<ResolutionShape>,
    /// Increases with each change; send it as `version` to detect a concurrent change.
    pub version: u64,
    /// The address of its web page.
    pub url: String,
}

impl IncidentShape {
    pub(super) fn of(config: &Config, incident: &Incident, alerts: Vec<AlertShape>) -> Self {
        let url = config.server.public_url.trim_end_matches('/');
        Self {
            key: incident.key.to_string(),
            former_key: incident.former_key.as_ref().map(ToString::to_string),
            issue_url: incident.issue.as_ref().map(|issue| issue.url.clone()),
            id: incident.id.to_string(),
            title: text(&incident.title),
            description: some(&incident.description),
            status: incident.status.to_string(),
            category: format!("{:?}", incident.category).to_lowercase(),
            severity: incident.severity,
            kind: incident.kind,
            own_kind: incident.own_kind.as_ref().map(ToString::to_string),
            fields: config
                .policy
                .fields
                .iter()
                .filter_map(|spec| Some((spec.id.to_string(), field(&incident.field(&spec.id)?))))
                .collect(),
            private: incident.private,
            service: incident.service.as_ref().map(ToString::to_string),
            impact: some(&incident.impact),
            judgement: incident.judgement.as_ref().map(JudgementShape::from),
            affected: some(&incident.affected),
            public_title: incident.public.title.as_ref().and_then(some),
            room: Some(incident.room.as_ref().map_or_else(|| incident.key.room_name(), ToString::to_string)),
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
                .map(|end| ResolutionShape { summary: text(&end.summary), cause: incident.cause().map(str::to_owned) }),
            version: incident.version,
            url: format!("{url}/incidents/{}", incident.key),
        }
    }
}

/// The value of a field as a text, or as a list if the field has several entries.
fn field(value: &FieldContent) -> serde_json::Value {
    let mut entries = value.entries().into_iter().map(|entry| serde_json::Value::from(text(&entry)));
    match value {
        FieldContent::Word(_) | FieldContent::Text(_) => entries.next().unwrap_or_default(),
        FieldContent::Words(_) | FieldContent::Texts(_) => entries.collect(),
    }
}

/// An entry of an incident's timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineShape {
    /// Its sequence number, from 1.
    pub seq: u64,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub actor: String,
    /// The text posted in the room; null if the room gets no message.
    pub text: Option<String>,
    /// The event, with its name under `event`.
    #[schema(value_type = Object)]
    pub event: serde_json::Value,
}
