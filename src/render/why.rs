//! Why a group of alerts is where it is and says what it says: `templates/chat/reply/alert_why.md`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::SilenceLine;
use crate::domain::{
    Timestamp,
    alert::flow::NextNotification,
    ids::{PersonId, RoomId},
    text::Untrusted,
};

/// How the alerts of a group came to it, what keeps it quiet, and when it tells next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhyView {
    /// Its id.
    pub id: String,
    /// One line.
    pub title: Untrusted,
    /// `firing`, `acknowledged`, `silenced` or `resolved`.
    pub state: &'static str,
    /// How many alerts fire.
    pub firing: u32,
    /// How many are over.
    pub resolved: u32,
    /// How many of those that fire are muted by silences or other alerts.
    pub muted: u32,
    /// Who sent them.
    pub sources: Vec<String>,
    /// The route they came by.
    pub route: String,
    /// Whether that is no longer in the configuration, so that the root's clocks hold.
    pub route_gone: bool,
    /// The feed.
    pub feed: RoomId,
    /// The labels its alerts agree in.
    pub labels: BTreeMap<String, Untrusted>,
    /// Whether the route groups by all labels.
    pub all_labels: bool,
    /// The route's clocks in seconds: the wait of a new group, the interval of its ticks, the interval of repeats.
    pub clocks: [u64; 3],
    /// Why it is told within another group.
    pub parent: Option<WhyJoined>,
    /// The groups that are told within it.
    pub below: Vec<WhyJoined>,
    /// Whether it has its place in the summary of a storm.
    pub storm: bool,
    /// The first silences that hold it, or some of its alerts.
    pub silences: Vec<SilenceLine>,
    /// The titles of the first alerts that inhibit some of its.
    pub inhibitors: Vec<Untrusted>,
    /// Who has all that fires.
    pub acknowledged_by: Option<PersonId>,
    /// Until when.
    pub acknowledged_until: Option<Timestamp>,
    /// When it last told something new.
    pub told_at: Option<Timestamp>,
    /// What it tells next, or why it tells nothing.
    pub next: NextNotification,
}

/// Why one group is told within another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhyJoined {
    /// The group to name.
    pub title: Untrusted,
    /// The pattern that decided it, or `depends_on`.
    pub rule: String,
    /// The labels the two agree in, or the services of which one depends on the other.
    pub values: BTreeMap<String, Untrusted>,
    /// Whether it has no message of its own.
    pub hidden: bool,
}
