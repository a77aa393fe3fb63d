//! Explains the state of an alert group: `templates/chat/reply/alert_why.md`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::SilenceLine;
use crate::domain::{
    Timestamp,
    alert::flow::NextNotification,
    ids::{PersonId, RoomId},
    text::Untrusted,
};

/// How the alerts of a group were routed, what mutes it, and when it next notifies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhyView {
    /// Its id.
    pub id: String,
    /// The title, one line.
    pub title: Untrusted,
    /// `firing`, `acknowledged`, `silenced` or `resolved`.
    pub state: &'static str,
    /// Number of firing alerts.
    pub firing: u32,
    /// Number of resolved alerts.
    pub resolved: u32,
    /// Number of firing alerts that are silenced or inhibited.
    pub muted: u32,
    /// The sources of its alerts.
    pub sources: Vec<String>,
    /// The route it matched.
    pub route: String,
    /// True if that route is no longer configured, so that the timers of the root route apply.
    pub route_gone: bool,
    /// The feed of the route.
    pub feed: RoomId,
    /// The labels that its alerts share.
    pub labels: BTreeMap<String, Untrusted>,
    /// True if the route groups by all labels.
    pub all_labels: bool,
    /// The route's timers in seconds: `group_wait`, `group_interval`, `repeat_interval`.
    pub clocks: [u64; 3],
    /// The parent group and why this group is shown in it.
    pub parent: Option<WhyJoined>,
    /// The child groups.
    pub below: Vec<WhyJoined>,
    /// True if it is part of a storm summary.
    pub storm: bool,
    /// The first silences that match the group or some of its alerts.
    pub silences: Vec<SilenceLine>,
    /// The titles of the first alerts that inhibit some of its alerts.
    pub inhibitors: Vec<Untrusted>,
    /// Who acknowledged all firing alerts.
    pub acknowledged_by: Option<PersonId>,
    /// When the acknowledgement expires.
    pub acknowledged_until: Option<Timestamp>,
    /// When it last notified.
    pub told_at: Option<Timestamp>,
    /// The next notification, or why there is none.
    pub next: NextNotification,
}

/// Why one group is shown in another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhyJoined {
    /// The title of the other group.
    pub title: Untrusted,
    /// The pattern that matched, or `depends_on`.
    pub rule: String,
    /// The labels that the two groups share, or the services of which one depends on the other.
    pub values: BTreeMap<String, Untrusted>,
    /// True if it has no message of its own.
    pub hidden: bool,
}
