//! Alerts and alert groups.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{labels, text};
use crate::domain::{
    Timestamp,
    alert::{Alert, AlertGroup, AlertState},
    ids::Key,
    incident::Severity,
    text::Untrusted,
};

/// One episode of an alert, from firing to resolved.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertShape {
    /// Its id.
    pub id: String,
    /// The source that sent it.
    pub source: String,
    /// The identity of the alert across episodes.
    pub fingerprint: String,
    /// `firing`, `acknowledged`, `silenced` or `resolved`.
    pub state: AlertState,
    /// Its severity.
    pub severity: Option<Severity>,
    /// Its name.
    pub name: String,
    /// One-line summary.
    pub summary: String,
    /// The `service` label.
    pub service: Option<String>,
    /// The host.
    pub host: Option<String>,
    /// Labels, at most 200.
    pub labels: BTreeMap<String, String>,
    /// Annotations, at most 200.
    pub annotations: BTreeMap<String, String>,
    /// When it started.
    pub starts_at: DateTime<Utc>,
    /// When it ended.
    pub ends_at: Option<DateTime<Utc>>,
    /// When the source last reported it.
    pub last_seen: DateTime<Utc>,
    /// http(s) links.
    pub links: Vec<String>,
    /// The group it belongs to.
    pub group: Option<String>,
    /// Number of changes while flapping; null if it does not flap.
    pub flapping: Option<u32>,
}

impl AlertShape {
    pub(crate) fn of(alert: &Alert, now: Timestamp) -> Self {
        Self {
            id: alert.id.to_string(),
            source: alert.source.to_string(),
            fingerprint: Untrusted::from(alert.fingerprint.0.as_str()).shown(500),
            state: alert.state(now),
            severity: alert.severity,
            name: text(&alert.name),
            summary: text(&alert.summary),
            service: alert.service.as_deref().map(|service| Untrusted::from(service).shown(200)),
            host: alert.host.as_ref().map(text),
            labels: labels(&alert.labels),
            annotations: labels(&alert.annotations),
            starts_at: alert.starts_at,
            ends_at: alert.ends_at,
            last_seen: alert.last_seen,
            links: alert.links.iter().map(text).collect(),
            group: alert.group.map(|group| group.to_string()),
            flapping: alert.flapping.since.map(|_| alert.flapping.changes),
        }
    }
}

/// The numbers of alerts in a group.
#[derive(Debug, Serialize, ToSchema)]
pub struct Counts {
    /// Firing alerts.
    pub firing: u32,
    /// Resolved alerts.
    pub resolved: u32,
}

/// An alert group: the unit that has one message in a feed.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupShape {
    /// Its id.
    pub id: String,
    /// Its name in commands: `G-12`.
    pub name: String,
    /// The route that matched it.
    pub route: String,
    /// `firing`, `acknowledged`, `silenced` or `resolved`.
    pub state: AlertState,
    /// The labels that all its alerts share.
    pub labels: BTreeMap<String, String>,
    /// The numbers of its alerts.
    pub counts: Counts,
    /// Its alerts, firing ones first: at most 20 in lists, else at most 100.
    pub alerts: Vec<AlertShape>,
    /// A one-line title.
    pub title: String,
    /// The highest severity among its firing alerts, or among those that fired last.
    pub severity: Option<Severity>,
    /// The service that all its alerts share.
    pub service: Option<String>,
    /// The room that its message is posted in.
    pub feed: String,
    /// The id of its message, once posted.
    pub message: Option<String>,
    /// The key of its incident, if the caller may see it.
    pub incident: Option<String>,
    /// When its first alert started.
    pub opened_at: DateTime<Utc>,
    /// When its last alert ended.
    pub closed_at: Option<DateTime<Utc>>,
    /// Who acknowledged it.
    pub acknowledged_by: Option<String>,
    /// When its silence ends.
    pub silenced_until: Option<DateTime<Utc>>,
    /// Why it is shown in a parent group; null if it has its own message.
    #[serde(rename = "folded")]
    pub parent: Option<ParentLinkShape>,
    /// Number of firing alerts in its child groups.
    #[serde(rename = "folded_firing")]
    pub children_firing: u32,
    /// Increases with each change.
    pub version: u64,
}

/// Why a group is shown in a parent group.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParentLinkShape {
    /// The id of the parent group.
    #[serde(rename = "under")]
    pub parent: String,
    /// The correlation pattern that matched, or `depends_on`.
    pub rule: String,
    /// The labels both groups share, or the services of which one depends on the other.
    pub values: BTreeMap<String, String>,
}

impl GroupShape {
    pub(crate) fn of(group: &AlertGroup, alerts: Vec<AlertShape>, incident: Option<&Key>, now: Timestamp) -> Self {
        Self {
            id: group.id.to_string(),
            name: group.name(),
            route: group.route.to_string(),
            state: group.state(now),
            labels: labels(&group.labels),
            counts: Counts { firing: group.counts.firing, resolved: group.counts.resolved },
            alerts,
            title: text(&group.title),
            severity: group.severity,
            service: group.service.as_deref().map(|service| Untrusted::from(service).shown(200)),
            feed: group.feed.to_string(),
            message: group.display.message.clone(),
            incident: incident.map(ToString::to_string),
            opened_at: group.opened_at,
            closed_at: group.closed_at,
            acknowledged_by: group.acknowledgement.by.as_ref().map(ToString::to_string),
            silenced_until: group.silence.until.filter(|until| *until > now),
            parent: group.display.parent.as_ref().map(|parent_link| ParentLinkShape {
                parent: parent_link.parent.to_string(),
                rule: parent_link.rule.clone(),
                values: labels(&parent_link.values),
            }),
            children_firing: group.counts.children_firing,
            version: group.version,
        }
    }
}
