//! Alerts: what senders say, folded into groups.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    ids::{AlertId, GroupId, IncidentId, PersonId, RoomId, RouteId, SilenceId, SourceId},
    incident::Severity,
    text::Untrusted,
};

/// The state of an alert as people see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// It fires.
    Firing,
    /// It fires and someone has it.
    Acknowledged,
    /// It fires and is silenced.
    Silenced,
    /// It is over.
    Resolved,
}

/// What one alert of a delivery says, before it meets what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// What makes two signals the same alert, within a source.
    pub fingerprint: Fingerprint,
    /// Whether it fires.
    pub firing: bool,
    /// The alert's name.
    pub name: Untrusted,
    /// How grave the sender says it is, if it says so in a way hotroom knows.
    pub severity: Option<Severity>,
    /// The service label.
    pub service: Option<String>,
    /// The host.
    pub host: Option<Untrusted>,
    /// One line.
    pub summary: Untrusted,
    /// Labels as they came.
    pub labels: BTreeMap<String, Untrusted>,
    /// Annotations as they came.
    pub annotations: BTreeMap<String, Untrusted>,
    /// When it began, clamped to a sane range; none: the sender does not say.
    pub starts_at: Option<Timestamp>,
    /// When it ended or will time out.
    pub ends_at: Option<Timestamp>,
    /// http(s) links.
    pub links: Vec<Untrusted>,
}

/// What makes two signals of a source the same alert: a length-prefixed hash, or what the sender calls it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One episode of one alert, as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// Who sent it.
    pub source: SourceId,
    /// What makes it the same alert.
    pub fingerprint: Fingerprint,
    /// Whether it fires.
    pub firing: bool,
    /// Its name.
    pub name: Untrusted,
    /// How grave.
    pub severity: Option<Severity>,
    /// The service label.
    pub service: Option<String>,
    /// The host.
    pub host: Option<Untrusted>,
    /// One line.
    pub summary: Untrusted,
    /// Labels as they came.
    pub labels: BTreeMap<String, Untrusted>,
    /// Annotations as they came.
    pub annotations: BTreeMap<String, Untrusted>,
    /// When it began.
    pub starts_at: Timestamp,
    /// When it ended.
    pub ends_at: Option<Timestamp>,
    /// When a sender last spoke of it.
    pub last_seen: Timestamp,
    /// http(s) links.
    pub links: Vec<Untrusted>,
    /// Its group.
    pub group: GroupId,
    /// Until when a silence covers it.
    pub silenced_until: Option<Timestamp>,
    /// Who has it.
    pub acknowledged_by: Option<PersonId>,
}

/// One group: the alerts of one route that agree in the labels of `group_by`. It has one message in one feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertGroup {
    /// Its id.
    pub id: GroupId,
    /// The route it came by.
    pub route: RouteId,
    /// The feed its message is in.
    pub feed: RoomId,
    /// The labels its alerts agree in.
    pub labels: BTreeMap<String, Untrusted>,
    /// How many fire now.
    pub firing: u32,
    /// How many are resolved.
    pub resolved: u32,
    /// The gravest severity that fires, or fired last.
    pub severity: Option<Severity>,
    /// The service its alerts agree in.
    pub service: Option<String>,
    /// When its first alert began.
    pub opened_at: Timestamp,
    /// When its last alert ended; none while one fires.
    pub closed_at: Option<Timestamp>,
    /// When its message was last told something new.
    pub flushed_at: Option<Timestamp>,
    /// When the next look is due.
    pub next_flush: Option<Timestamp>,
    /// Who has it.
    pub acknowledged_by: Option<PersonId>,
    /// Until when it is silenced.
    pub silenced_until: Option<Timestamp>,
    /// The incident it belongs to.
    pub incident: Option<IncidentId>,
    /// The message in the feed, once posted.
    pub message: Option<String>,
    /// How often it changed: what buttons compare.
    pub version: u64,
}

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`, anchored
    Regex,
    /// `!~`, anchored
    NotRegex,
}

/// One condition on a label. A missing label is the empty string.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// The label.
    pub label: String,
    /// How it compares.
    pub op: MatchOp,
    /// The text or pattern it compares with.
    pub value: String,
    /// The pattern, compiled, for the two regex operators.
    pub pattern: Option<regex::Regex>,
}

/// A node of the routing tree, with what it inherits already filled in.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its path in the tree, such as `root/0`.
    pub id: RouteId,
    /// All must hold.
    pub matchers: Vec<Matcher>,
    /// Whether later siblings are tried too.
    pub proceed: bool,
    /// The feed.
    pub feed: RoomId,
    /// The labels that make a group; `None` is `...`: all labels.
    pub group_by: Option<Vec<String>>,
    /// How long a new group waits for company.
    pub group_wait: Duration,
    /// How long between notices of news in a group.
    pub group_interval: Duration,
    /// How long until a group that still fires is told again.
    pub repeat_interval: Duration,
    /// The nodes below.
    pub routes: Vec<Route>,
}

/// A rule that opens an incident by itself.
#[derive(Clone, Debug)]
pub struct DeclareRule {
    /// Its name, shown as the actor.
    pub name: String,
    /// All must hold for one firing alert.
    pub matchers: Vec<Matcher>,
    /// Whether the service must be one that is marked critical.
    pub critical_service: bool,
    /// How long it must have fired.
    pub after: Duration,
    /// The severity of the incident; none: the alert's own, or the policy's default.
    pub severity: Option<Severity>,
}

/// A silence: alerts that match are shown as silenced and make no noise.
#[derive(Clone, Debug)]
pub struct Silence {
    /// Its id.
    pub id: SilenceId,
    /// All must hold.
    pub matchers: Vec<Matcher>,
    /// From then.
    pub from: Timestamp,
    /// Until then, exclusive.
    pub until: Timestamp,
    /// Who asked for it.
    pub by: PersonId,
}

/// Events of groups and silences: streams `group/<id>` and `silence/<id>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant says what its fields mean")]
pub enum AlertEvent {
    /// A group's first alert came.
    GroupOpened { group: GroupId, route: RouteId, feed: RoomId },
    /// Someone has it.
    GroupAcknowledged { group: GroupId },
    /// It is silenced for a while.
    GroupSilenced { group: GroupId, until: Timestamp },
    /// It belongs to an incident.
    GroupLinked { group: GroupId, incident: IncidentId },
    /// All its alerts are over.
    GroupClosed { group: GroupId },
}
