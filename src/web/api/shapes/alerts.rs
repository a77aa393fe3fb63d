//! Alerts and their groups.

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
    /// Who sent it.
    pub source: String,
    /// What makes it the same alert.
    pub fingerprint: String,
    /// `firing`, `acknowledged`, `silenced` or `resolved`.
    pub state: AlertState,
    /// How grave.
    pub severity: Option<Severity>,
    /// Its name.
    pub name: String,
    /// One line.
    pub summary: String,
    /// The service label.
    pub service: Option<String>,
    /// The host.
    pub host: Option<String>,
    /// Labels, at most 200.
    pub labels: BTreeMap<String, String>,
    /// Annotations, at most 200.
    pub annotations: BTreeMap<String, String>,
    /// When it began.
    pub starts_at: DateTime<Utc>,
    /// When it ended.
    pub ends_at: Option<DateTime<Utc>>,
    /// When a sender last spoke of it.
    pub last_seen: DateTime<Utc>,
    /// http(s) links.
    pub links: Vec<String>,
    /// The group whose message shows it.
    pub group: Option<String>,
    /// How often it has come and gone while it flaps; null: it does not flap.
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

/// How many alerts of a group.
#[derive(Debug, Serialize, ToSchema)]
pub struct Counts {
    /// Fire now.
    pub firing: u32,
    /// Are over.
    pub resolved: u32,
}

/// A group of alerts: the unit that has one message in a feed.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupShape {
    /// Its id.
    pub id: String,
    /// The route it came by.
    pub route: String,
    /// `firing`, `acknowledged`, `silenced` or `resolved`.
    pub state: AlertState,
    /// The labels its alerts agree in.
    pub labels: BTreeMap<String, String>,
    /// How many alerts.
    pub counts: Counts,
    /// Its alerts: those that fire first; in lists at most 20, else at most 100.
    pub alerts: Vec<AlertShape>,
    /// One line for the whole group.
    pub title: String,
    /// The gravest severity that fires, or fired last.
    pub severity: Option<Severity>,
    /// The service its alerts agree in.
    pub service: Option<String>,
    /// The room its message is in.
    pub feed: String,
    /// Its message there, once posted.
    pub message: Option<String>,
    /// The key of its incident, if the asker may see that.
    pub incident: Option<String>,
    /// When its first alert began.
    pub opened_at: DateTime<Utc>,
    /// When its last alert ended.
    pub closed_at: Option<DateTime<Utc>>,
    /// Who has it.
    pub acknowledged_by: Option<String>,
    /// Until when it is silenced.
    pub silenced_until: Option<DateTime<Utc>>,
    /// Why it is told within another group; null: it is told by itself.
    #[serde(rename = "folded")]
    pub parent: Option<ParentLinkShape>,
    /// How many alerts fire in the groups that are told within it.
    #[serde(rename = "folded_firing")]
    pub children_firing: u32,
    /// Grows with each change.
    pub version: u64,
}

/// Why a group is told within another.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParentLinkShape {
    /// The id of the group that tells it.
    #[serde(rename = "under")]
    pub parent: String,
    /// The pattern that decided it, or `depends_on`.
    pub rule: String,
    /// The labels the two agree in, or the services of which one depends on the other.
    pub values: BTreeMap<String, String>,
}

impl GroupShape {
    pub(crate) fn of(group: &AlertGroup, alerts: Vec<AlertShape>, incident: Option<&Key>, now: Timestamp) -> Self {
        Self {
            id: group.id.to_string(),
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
