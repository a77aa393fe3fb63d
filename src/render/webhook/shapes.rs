//! The shapes in bodies of webhooks. Their comments are the descriptions in the JSON Schemas.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    changes::IncidentChange,
    text::{LABEL, actor, labels, some_text, text},
};
use crate::{
    config::Config,
    domain::{
        Timestamp,
        alert::{Alert, AlertGroup, AlertState},
        ids::Key,
        incident::{Incident, IncidentKind, PublicEvent},
        oncall::Page,
        severity::Severity,
        status::{ComponentStatus, PublicStatus},
        text::Untrusted,
    },
};

fn incident_url(config: &Config, key: &Key) -> String {
    format!("{}/incidents/{key}", config.server.public_url)
}

/// What happened to an incident.
#[derive(Serialize, ToSchema)]
pub(super) struct IncidentReport {
    /// The incident as it is when the request is made.
    pub(super) incident: ReportedIncident,
    /// What changed. Its fields depend on the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub(super) change: Option<IncidentChange>,
    /// Who did it: the id of a person, or a rule or timer of the bot.
    pub(super) actor: String,
}

/// An incident.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportedIncident {
    /// Its permanent id.
    id: String,
    /// Its key: `HOT-12`.
    key: String,
    /// Its title.
    title: String,
    /// The description.
    description: Option<String>,
    /// A status of the workflow.
    status: String,
    /// The category of the status: `triage`, `active`, `resolved`, `closed`, `declined`, `merged`, `cancelled`.
    category: String,
    /// Its severity.
    severity: Severity,
    /// `real`; drills are not sent.
    kind: IncidentKind,
    /// True if only its members see it.
    private: bool,
    /// The affected service.
    service: Option<String>,
    /// The impact on customers.
    impact: Option<String>,
    /// The id of the person in each role.
    roles: BTreeMap<String, String>,
    /// How it was resolved.
    resolution: Option<String>,
    /// The category of the cause.
    cause: Option<String>,
    /// Who declared it.
    declared_by: String,
    /// The first time of each milestone, by its name: `declared`, `resolved`, and so on.
    times: BTreeMap<String, DateTime<Utc>>,
    /// Increases with each change.
    version: u64,
    /// Its web page.
    url: String,
}

impl ReportedIncident {
    pub(super) fn of(config: &Config, incident: &Incident) -> Self {
        let resolution = incident.resolution.as_ref();
        Self {
            id: incident.id.to_string(),
            key: incident.key.to_string(),
            title: text(&incident.title),
            description: some_text(&incident.description),
            status: incident.status.to_string(),
            category: format!("{:?}", incident.category).to_lowercase(),
            severity: incident.severity,
            kind: incident.kind,
            private: incident.private,
            service: incident.service.as_ref().map(ToString::to_string),
            impact: some_text(&incident.impact),
            roles: incident.roles.iter().map(|(role, held)| (role.to_string(), held.person.to_string())).collect(),
            resolution: resolution.map(|resolution| text(&resolution.summary)),
            cause: incident.cause().map(str::to_owned),
            declared_by: actor(&incident.declared_by),
            times: incident.times.iter().map(|(name, time)| (name.name().to_owned(), time.first)).collect(),
            version: incident.version,
            url: incident_url(config, &incident.key),
        }
    }
}

/// Where an incident is found.
#[derive(Serialize, ToSchema)]
pub(super) struct IncidentLink {
    /// Its key: `HOT-12`.
    pub(super) key: String,
    /// Its title. Absent if the incident is private and the webhook does not get private incidents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    /// Its severity.
    pub(super) severity: Severity,
    /// Its web page.
    pub(super) url: String,
}

impl IncidentLink {
    pub(super) fn of(config: &Config, incident: &Incident) -> Self {
        let url = incident_url(config, &incident.key);
        let (key, title) = (incident.key.to_string(), Some(text(&incident.title)));
        Self { key, title, severity: incident.severity, url }
    }
}

/// What happened to a page. Of a private incident, a webhook that does not get private incidents is told the key, the
/// severity and the link only.
#[derive(Serialize, ToSchema)]
pub(super) struct PageReport {
    /// The page as it is when the request is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) page: Option<ReportedPage>,
    /// Its incident; absent for a page without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) incident: Option<IncidentLink>,
    /// Who did it: the id of a person, or a rule or timer of the bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) actor: Option<String>,
}

/// An on-call page.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportedPage {
    /// Its id.
    id: String,
    /// What people call it: the key of its incident, or its own, such as `PAGE-7`.
    key: String,
    /// `triggered`, `acknowledged`, `snoozed`, `exhausted` or `resolved`.
    state: String,
    /// Whom it is for: a person, a team, a schedule or a service.
    whom: String,
    /// The escalation policy.
    policy: String,
    /// The step of the policy, from 0.
    step: u32,
    /// The round, from 0.
    round: u32,
    /// The ids of the people that this step paged.
    people: Vec<String>,
    /// The text of the page.
    message: Option<String>,
    /// Who acknowledged it.
    acknowledged_by: Option<String>,
    /// When it was acknowledged.
    acknowledged_at: Option<DateTime<Utc>>,
    /// When it started.
    created_at: DateTime<Utc>,
    /// When the next step is due.
    next_at: Option<DateTime<Utc>>,
    /// Increases with each change.
    version: u64,
}

impl From<&Page> for ReportedPage {
    fn from(page: &Page) -> Self {
        Self {
            id: page.id().to_string(),
            key: page.spec.key().to_string(),
            state: page.state.name().to_owned(),
            whom: page.spec.whom.clone(),
            policy: page.spec.policy.id.to_string(),
            step: page.step,
            round: page.round,
            people: page.asked_in(page.step, page.round).map(ToString::to_string).collect(),
            message: page.spec.message.as_ref().map(text),
            acknowledged_by: page.taken_by.as_ref().map(ToString::to_string),
            acknowledged_at: page.taken_at,
            created_at: page.created_at,
            next_at: page.next_at,
            version: page.version,
        }
    }
}

/// What happened to an alert group.
#[derive(Serialize, ToSchema)]
pub(super) struct AlertGroupReport {
    /// The group as it is when the request is made.
    pub(super) alert_group: ReportedAlertGroup,
    /// Its alerts, firing ones first, at most 10.
    pub(super) alerts: Vec<ReportedAlert>,
}

/// An alert group.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportedAlertGroup {
    /// Its id.
    id: String,
    /// Its name in commands: `G-12`.
    name: String,
    /// Its title.
    title: String,
    /// `firing`, `acknowledged`, `silenced` or `resolved`.
    state: AlertState,
    /// The most severe severity of its firing alerts, or of those that fired last.
    severity: Option<Severity>,
    /// The service that all its alerts share.
    service: Option<String>,
    /// The route that it matched.
    route: String,
    /// The labels that all its alerts share, at most 40.
    labels: BTreeMap<String, String>,
    /// The number of firing alerts.
    firing: u32,
    /// The number of resolved alerts.
    resolved: u32,
    /// The key of its incident.
    incident: Option<String>,
    /// Who acknowledged it.
    acknowledged_by: Option<String>,
    /// When its silence ends.
    silenced_until: Option<DateTime<Utc>>,
    /// When its first alert began.
    opened_at: DateTime<Utc>,
    /// When its last alert ended; null while one fires.
    closed_at: Option<DateTime<Utc>>,
    /// Increases with each change.
    version: u64,
}

impl ReportedAlertGroup {
    pub(super) fn of(group: &AlertGroup, incident: Option<&Key>, now: Timestamp) -> Self {
        Self {
            id: group.id.to_string(),
            name: group.name(),
            title: text(&group.title),
            state: group.state(now),
            severity: group.severity,
            service: group.service.as_deref().map(|service| Untrusted::from(service).shown(LABEL)),
            route: group.route.to_string(),
            labels: labels(&group.labels),
            firing: group.counts.firing,
            resolved: group.counts.resolved,
            incident: incident.map(ToString::to_string),
            acknowledged_by: group.acknowledgement.by.as_ref().map(ToString::to_string),
            silenced_until: group.silence.until.filter(|until| *until > now),
            opened_at: group.opened_at,
            closed_at: group.closed_at,
            version: group.version,
        }
    }
}

/// An alert.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportedAlert {
    /// Its id.
    id: String,
    /// The source that sent it.
    source: String,
    /// Its name.
    name: String,
    /// One-line summary.
    summary: String,
    /// `firing`, `acknowledged`, `silenced` or `resolved`.
    state: AlertState,
    /// Its severity.
    severity: Option<Severity>,
    /// The host.
    host: Option<String>,
    /// Its labels, at most 40.
    labels: BTreeMap<String, String>,
    /// When it began.
    starts_at: DateTime<Utc>,
    /// When it ended.
    ends_at: Option<DateTime<Utc>>,
}

impl ReportedAlert {
    pub(super) fn of(alert: &Alert, now: Timestamp) -> Self {
        Self {
            id: alert.id.to_string(),
            source: alert.source.to_string(),
            name: alert.name.shown(LABEL),
            summary: alert.summary.shown(LABEL),
            state: alert.state(now),
            severity: alert.severity,
            host: alert.host.as_ref().map(|host| host.shown(LABEL)),
            labels: labels(&alert.labels),
            starts_at: alert.starts_at,
            ends_at: alert.ends_at,
        }
    }
}

/// A message on the status page.
#[derive(Serialize, ToSchema)]
pub(super) struct StatusPageReport {
    /// The key of the incident that it belongs to.
    incident: String,
    /// The title that customers read.
    title: String,
    /// `investigating`, `identified`, `monitoring` or `resolved`.
    status: String,
    /// The text.
    body: String,
    /// The components that it changed.
    components: Vec<ReportedComponent>,
    /// The status page.
    url: String,
}

/// A component of the status page.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportedComponent {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// `operational`, `under_maintenance`, `degraded_performance`, `partial_outage` or `major_outage`.
    status: String,
}

impl StatusPageReport {
    /// `None` if the event is no message.
    pub(super) fn of(config: &Config, incident: &Incident, posted: &PublicEvent) -> Option<Self> {
        let (status, body, components, title) = match posted {
            PublicEvent::StatusPosted { status, body, components, title, .. } => (*status, body, components, title),
            PublicEvent::StatusRestored { body, components, title } => {
                (PublicStatus::Resolved, body, components, title)
            }
            PublicEvent::PublicTitleChanged { .. }
            | PublicEvent::StatusMoved { .. }
            | PublicEvent::StatusTakenOver { .. } => return None,
        };
        let component = |id: &crate::domain::ids::ComponentId, status: ComponentStatus| {
            let known = config.status_page.components.iter().find(|known| known.id == *id);
            let name = known.map_or_else(|| id.to_string(), |known| known.name.clone());
            ReportedComponent { id: id.to_string(), name, status: status.name().to_owned() }
        };
        Some(Self {
            incident: incident.key.to_string(),
            // Older messages were posted under the title of the incident.
            title: text(title.as_ref().unwrap_or(&incident.title)),
            status: status.name().to_owned(),
            body: text(body),
            components: components.iter().map(|(id, status)| component(id, *status)).collect(),
            url: format!("{}/status", config.server.public_url),
        })
    }
}

/// A test of the webhook.
#[derive(Serialize, ToSchema)]
pub(super) struct TestReport {
    /// The hotroom that sends it.
    pub(super) url: String,
}
