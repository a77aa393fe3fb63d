//! The group: the unit that has a message in a feed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Alert, AlertState, GroupKey, ParentLink};
use crate::domain::{
    Timestamp,
    ids::{GroupId, IncidentId, PersonId, RoomId, RouteId, StormId},
    incident::Severity,
    text::Untrusted,
};

/// One group: the alerts of one route that agree in the labels of `group_by`. It has one message in one feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertGroup {
    /// Its id.
    pub id: GroupId,
    /// The route it came by.
    pub route: RouteId,
    /// What tells it from the other groups; one group with this key is open at a time.
    pub key: GroupKey,
    /// The feed its message is in.
    pub feed: RoomId,
    /// The labels its alerts agree in.
    pub labels: BTreeMap<String, Untrusted>,
    /// How many fire now.
    pub firing: u32,
    /// How many of those somebody has where they came from.
    #[serde(default)]
    pub acknowledged_there: u32,
    /// How many of those make no noise: silences cover them, or other alerts inhibit them.
    #[serde(default)]
    pub muted: u32,
    /// How many are resolved.
    pub resolved: u32,
    /// How many come and go, and are held as firing.
    #[serde(default)]
    pub flapping: u32,
    /// Why it is told within another group; none: it is told by itself.
    #[serde(default, rename = "folded")]
    pub parent: Option<ParentLink>,
    /// How many alerts fire in the groups that are told within it.
    #[serde(default, rename = "folded_firing")]
    pub children_firing: u32,
    /// How many of those make no noise.
    #[serde(default, rename = "folded_muted")]
    pub children_muted: u32,
    /// How many alerts those groups have had.
    #[serde(default, rename = "folded_alerts")]
    pub children_alerts: u32,
    /// How many fire now, by severity, gravest first; the last is those without one.
    pub by_severity: [u32; 5],
    /// The gravest severity that fires, or fired last.
    pub severity: Option<Severity>,
    /// The service its alerts agree in.
    pub service: Option<String>,
    /// Whether its alerts are of several services.
    pub mixed_services: bool,
    /// One line for the whole group: the summary of its first alert.
    pub title: Untrusted,
    /// When its first alert began.
    pub opened_at: Timestamp,
    /// When its last alert ended; none while one fires.
    pub closed_at: Option<Timestamp>,
    /// Whether it is open: a group in which nothing fires stays open until its next tick, so that an alert that comes
    /// back soon finds its message.
    pub open: bool,
    /// When its message was last told something new; none: it has no message yet.
    pub flushed_at: Option<Timestamp>,
    /// The latest tick: later ticks are whole group intervals after it.
    pub ticked_at: Option<Timestamp>,
    /// When the next look is due.
    pub next_flush: Option<Timestamp>,
    /// How many of those that fire and are not muted were not in the latest telling.
    pub news: u32,
    /// How often its message was told something new.
    #[serde(default)]
    pub tellings: u64,
    /// When an alert of it last began to fire.
    pub last_fired: Timestamp,
    /// Who has it.
    pub acknowledged_by: Option<PersonId>,
    /// Since when; alerts that came later are not acknowledged by it.
    pub acknowledged_at: Option<Timestamp>,
    /// Until when that holds; none: as long as it fires.
    #[serde(default)]
    pub acknowledged_until: Option<Timestamp>,
    /// Whether it is to be told again at its next tick, because that time ran out.
    #[serde(default)]
    pub remind: bool,
    /// Until when it is silenced as a whole.
    pub silenced_until: Option<Timestamp>,
    /// Whether it is silenced as a whole until nothing in it fires.
    #[serde(default)]
    pub silenced_until_over: bool,
    /// The incident it belongs to.
    pub incident: Option<IncidentId>,
    /// When that incident's manager was last told that all is over.
    pub cleared_at: Option<Timestamp>,
    /// The message in the feed, once posted.
    pub message: Option<String>,
    /// The storm in whose summary it has its place instead of a message of its own.
    #[serde(default)]
    pub storm: Option<StormId>,
    /// How many messages it has had: a group that still fires after `repeat_interval` gets a fresh one.
    pub postings: u32,
    /// When the pending or the latest edit of the message was due.
    pub edit_due: Option<Timestamp>,
    /// How far the allowance of edits is used up.
    pub edit_debt: Option<Timestamp>,
    /// The earliest time at which one of its alerts may open an incident by a rule.
    pub declare_due: Option<Timestamp>,
    /// The earliest time at which one of its alerts may time out, or its acknowledgement runs out.
    pub expire_due: Option<Timestamp>,
    /// How many events its stream has.
    pub events: u64,
    /// How many effects were made for it: the last part of their keys.
    pub effects: u64,
    /// How often it changed: what buttons compare.
    pub version: u64,
}

/// Which group, in which place, on whose word.
#[derive(Clone, Debug)]
pub struct NewGroup {
    /// Its id.
    pub id: GroupId,
    /// The route.
    pub route: RouteId,
    /// Its key.
    pub key: GroupKey,
    /// Its feed.
    pub feed: RoomId,
    /// The labels its alerts agree in.
    pub labels: BTreeMap<String, Untrusted>,
    /// The silence that covers it as a whole.
    pub hold: GroupSilence,
}

/// An acknowledgement whose time ran out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lapsed {
    /// Whose it was.
    pub by: PersonId,
    /// Since when.
    pub at: Timestamp,
}

/// How a group is silenced as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupSilence {
    /// Until when.
    pub until: Option<Timestamp>,
    /// Whether until nothing in it fires.
    pub until_over: bool,
}

impl GroupSilence {
    /// Both of them together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self { until: self.until.max(other.until), until_over: self.until_over || other.until_over }
    }
}

impl AlertGroup {
    /// A group that has no alerts yet; `first` is the alert it is opened for.
    pub fn open(new: NewGroup, first: &Alert) -> Self {
        Self {
            id: new.id,
            route: new.route,
            key: new.key,
            feed: new.feed,
            labels: new.labels,
            firing: 0,
            acknowledged_there: 0,
            muted: 0,
            resolved: 0,
            flapping: 0,
            parent: None,
            children_firing: 0,
            children_muted: 0,
            children_alerts: 0,
            by_severity: [0; 5],
            severity: first.severity,
            service: first.service.clone(),
            mixed_services: false,
            title: first.title(),
            opened_at: first.starts_at,
            closed_at: None,
            open: true,
            flushed_at: None,
            ticked_at: None,
            next_flush: None,
            news: 0,
            tellings: 0,
            last_fired: first.first_seen,
            acknowledged_by: None,
            acknowledged_at: None,
            acknowledged_until: None,
            remind: false,
            silenced_until: new.hold.until,
            silenced_until_over: new.hold.until_over,
            incident: None,
            cleared_at: None,
            message: None,
            storm: None,
            postings: 0,
            edit_due: None,
            edit_debt: None,
            declare_due: None,
            expire_due: None,
            events: 0,
            effects: 0,
            version: 0,
        }
    }

    /// The name of its event stream.
    pub fn stream(id: GroupId) -> String {
        format!("group/{id}")
    }

    /// The mark its message is known by in the chat: another one for each fresh message.
    pub fn mark(&self) -> String {
        format!("group/{}/{}", self.id, self.postings.max(1))
    }

    /// The state as people see it.
    pub fn state(&self, now: Timestamp) -> AlertState {
        if !self.fires() {
            AlertState::Resolved
        } else if self.visible(now) == 0 {
            AlertState::Silenced
        } else if self.acknowledged() {
            AlertState::Acknowledged
        } else {
            AlertState::Firing
        }
    }

    /// Whether something fires in it, or in a group that is told within it.
    pub fn fires(&self) -> bool {
        self.firing + self.children_firing > 0
    }

    /// The group whose message tells it, when that is another one.
    pub fn shown_in_parent(&self) -> Option<GroupId> {
        self.parent.as_ref().filter(|parent_link| parent_link.hidden).map(|parent_link| parent_link.parent)
    }

    /// Whether it is silenced as a whole.
    pub fn silenced(&self, now: Timestamp) -> bool {
        self.silenced_until_over || self.silenced_until.is_some_and(|until| now < until)
    }

    /// How many fire that people are to hear of.
    pub fn visible(&self, now: Timestamp) -> u32 {
        let firing = self.firing + self.children_firing;
        if self.silenced(now) { 0 } else { firing.saturating_sub(self.muted + self.children_muted) }
    }

    /// How it is silenced as a whole.
    pub fn held(&self) -> GroupSilence {
        GroupSilence { until: self.silenced_until, until_over: self.silenced_until_over }
    }

    /// Takes how it is silenced as a whole. Tells whether that is new.
    pub fn hold(&mut self, hold: GroupSilence) -> bool {
        let before = self.held();
        self.silenced_until = hold.until;
        self.silenced_until_over = hold.until_over;
        before != hold
    }

    /// Whether someone has everything that fires, here or where it came from.
    pub fn acknowledged(&self) -> bool {
        self.acknowledged_here() || (self.firing > 0 && self.acknowledged_there >= self.firing)
    }

    /// Whether someone here has everything that fires.
    pub fn acknowledged_here(&self) -> bool {
        self.acknowledged_at.is_some_and(|at| self.last_fired <= at)
    }

    /// Someone has everything that fires, until then.
    pub fn acknowledge(&mut self, person: &PersonId, until: Option<Timestamp>, now: Timestamp) {
        self.acknowledged_by = Some(person.clone());
        self.acknowledged_at = Some(now.max(self.last_fired));
        self.acknowledged_until = until;
        self.remind = false;
    }

    /// Nobody has it any more when the time of its acknowledgement has run out; what still fires is to be told again.
    /// Answers whose that was; none: it has not run out.
    pub fn lapse(&mut self, now: Timestamp) -> Option<Lapsed> {
        self.acknowledged_until.filter(|until| *until <= now)?;
        let by = self.acknowledged_by.take();
        let at = self.acknowledged_at.take();
        self.acknowledged_until = None;
        self.remind_at_next_tick();
        by.zip(at).map(|(by, at)| Lapsed { by, at })
    }

    /// What fires is to be told by a fresh message at its next tick, if people had been told of it.
    pub fn remind_at_next_tick(&mut self) {
        self.remind = self.fires() && self.flushed_at.is_some();
    }
}
