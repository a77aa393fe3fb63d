//! The group: the unit that has a message in a feed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Alert, AlertState, GroupKey, ParentLink};
use crate::domain::{
    Timestamp,
    ids::{GroupId, IncidentId, PersonId, RoomId, RouteId, StormId},
    severity::Severity,
    text::Untrusted,
};

/// What the name of a group begins with.
const NAME_PREFIX: &str = "G-";

/// How many digits the number of a group may have: more than a database can hold groups, and it fits 64 bits.
const MAX_DIGITS: usize = 12;

/// The alerts of one route that agree in the labels of `group_by`. A group has one message in one feed.
///
/// Its parts are flattened, so the stored record has all fields on one level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertGroup {
    /// Its id.
    pub id: GroupId,
    /// Its running number, from 1: people write `G-12`. The store keeps it beside the record.
    #[serde(skip)]
    pub number: u64,
    /// The route that its alerts matched.
    pub route: RouteId,
    /// Identifies the group: at most one group with this key is open at a time.
    pub key: GroupKey,
    /// The feed that its message is posted to.
    pub feed: RoomId,
    /// The labels its alerts agree in.
    pub labels: BTreeMap<String, Untrusted>,
    /// The most severe severity that fires, or fired last.
    pub severity: Option<Severity>,
    /// The service its alerts agree in.
    pub service: Option<String>,
    /// True if its alerts belong to several services.
    pub mixed_services: bool,
    /// One line for the whole group: the summary of its first alert.
    pub title: Untrusted,
    /// When its first alert began.
    pub opened_at: Timestamp,
    /// When its last alert ended; `None` while one fires.
    pub closed_at: Option<Timestamp>,
    /// True until the first tick at which nothing fires, so that an alert that fires again soon reuses the message.
    pub open: bool,
    /// When one of its alerts last began to fire.
    pub last_fired: Timestamp,
    /// The incident it belongs to.
    pub incident: Option<IncidentId>,
    /// When that incident's manager was last notified that no alert of the incident fires.
    pub cleared_at: Option<Timestamp>,
    /// How many alerts it has.
    #[serde(flatten)]
    pub counts: AlertCounts,
    /// When its message, its rules and its timeouts are due.
    #[serde(flatten)]
    pub schedule: GroupSchedule,
    /// Who acknowledged it.
    #[serde(flatten)]
    pub acknowledgement: GroupAcknowledgement,
    /// How it is silenced as a whole.
    #[serde(flatten)]
    pub silence: GroupSilence,
    /// Where it is shown.
    #[serde(flatten)]
    pub display: GroupDisplay,
    /// How many events its stream has.
    pub events: u64,
    /// How many effects it has caused: the last part of their keys.
    pub effects: u64,
    /// How often it changed: a button is refused when the version it was made for is older.
    pub version: u64,
}

/// How many alerts a group has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertCounts {
    /// Firing alerts.
    pub firing: u32,
    /// Firing alerts that were acknowledged at their source.
    #[serde(default)]
    pub acknowledged_there: u32,
    /// Firing alerts that are silenced or inhibited.
    #[serde(default)]
    pub muted: u32,
    /// Resolved alerts.
    pub resolved: u32,
    /// Flapping alerts, which count as firing.
    #[serde(default)]
    pub flapping: u32,
    /// Firing alerts of the groups shown inside this one.
    #[serde(default, rename = "folded_firing")]
    pub children_firing: u32,
    /// Firing alerts of those groups that are silenced or inhibited.
    #[serde(default, rename = "folded_muted")]
    pub children_muted: u32,
    /// Firing alerts of those groups that were acknowledged at their source.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub children_acknowledged_there: u32,
    /// All alerts that those groups have had.
    #[serde(default, rename = "folded_alerts")]
    pub children_alerts: u32,
    /// Firing alerts by severity, most severe first; the last are those without one.
    pub by_severity: [u32; 5],
    /// Firing alerts that are not muted and were not in the latest flush.
    #[serde(rename = "news")]
    pub new_alerts: u32,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// When a group's message, its rules and its timeouts are due.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupSchedule {
    /// When its message last announced something; `None` if it has no message yet.
    pub flushed_at: Option<Timestamp>,
    /// The latest tick: later ticks are whole group intervals after it.
    pub ticked_at: Option<Timestamp>,
    /// When the next flush is due.
    pub next_flush: Option<Timestamp>,
    /// How often its message announced something.
    #[serde(default, rename = "tellings")]
    pub flushes: u64,
    /// True if its next tick posts a reminder, because an acknowledgement or a silence ended.
    #[serde(default)]
    pub remind: bool,
    /// When the pending or the latest edit of the message was due.
    pub edit_due: Option<Timestamp>,
    /// The time up to which the allowance of edits is used.
    pub edit_debt: Option<Timestamp>,
    /// The earliest time at which one of its alerts may open an incident by a rule.
    pub declare_due: Option<Timestamp>,
    /// The earliest time at which one of its alerts may time out, or its acknowledgement ends.
    pub expire_due: Option<Timestamp>,
}

/// Who acknowledged a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupAcknowledgement {
    /// Who acknowledged it.
    #[serde(rename = "acknowledged_by")]
    pub by: Option<PersonId>,
    /// When; alerts that fired later are not acknowledged by it.
    #[serde(rename = "acknowledged_at")]
    pub at: Option<Timestamp>,
    /// When it ends; `None` if it lasts as long as the group fires.
    #[serde(default, rename = "acknowledged_until")]
    pub until: Option<Timestamp>,
}

/// How a group is silenced as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupSilence {
    /// When the silence ends.
    #[serde(rename = "silenced_until")]
    pub until: Option<Timestamp>,
    /// True if it lasts until nothing in the group fires.
    #[serde(default, rename = "silenced_until_over")]
    pub until_over: bool,
}

/// Where a group is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupDisplay {
    /// The group it is correlated with as a child; `None` if it has no parent.
    #[serde(default, rename = "folded")]
    pub parent: Option<ParentLink>,
    /// The message in the feed, once posted.
    pub message: Option<String>,
    /// The storm whose summary shows it in place of a message of its own.
    #[serde(default)]
    pub storm: Option<StormId>,
    /// How many messages it has had: a group that still fires after `repeat_interval` gets a new one.
    pub postings: u32,
}

/// The properties of a new group.
#[derive(Clone, Debug)]
pub struct NewGroup {
    /// Its id.
    pub id: GroupId,
    /// Its running number.
    pub number: u64,
    /// The route.
    pub route: RouteId,
    /// Its key.
    pub key: GroupKey,
    /// Its feed.
    pub feed: RoomId,
    /// The labels its alerts agree in.
    pub labels: BTreeMap<String, Untrusted>,
    /// How it is silenced as a whole.
    pub silence: GroupSilence,
}

/// An acknowledgement that ended at its planned time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiredAcknowledgement {
    /// Who had acknowledged the group.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

impl GroupSilence {
    /// Returns the union of two silences.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self { until: self.until.max(other.until), until_over: self.until_over || other.until_over }
    }
}

impl AlertGroup {
    /// Returns a group without alerts; `first` is the alert it is opened for.
    pub fn open(new: NewGroup, first: &Alert) -> Self {
        Self {
            id: new.id,
            number: new.number,
            route: new.route,
            key: new.key,
            feed: new.feed,
            labels: new.labels,
            severity: first.severity,
            service: first.service.clone(),
            mixed_services: false,
            title: first.title(),
            opened_at: first.starts_at,
            closed_at: None,
            open: true,
            last_fired: first.first_seen,
            incident: None,
            cleared_at: None,
            counts: AlertCounts::default(),
            schedule: GroupSchedule::default(),
            acknowledgement: GroupAcknowledgement::default(),
            silence: new.silence,
            display: GroupDisplay::default(),
            events: 0,
            effects: 0,
            version: 0,
        }
    }

    /// Returns the name that people type: `G-12`.
    pub fn name(&self) -> String {
        format!("{NAME_PREFIX}{}", self.number)
    }

    /// Returns the number of the group that a word names: `G-12` or `g-12`.
    pub fn number_of(word: &str) -> Option<u64> {
        let digits = word.strip_prefix(NAME_PREFIX).or_else(|| word.strip_prefix("g-"))?;
        let plain = (1..=MAX_DIGITS).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if plain { digits.parse().ok() } else { None }
    }

    /// Returns the name of its event stream.
    pub fn stream(id: GroupId) -> String {
        format!("group/{id}")
    }

    /// Returns the reference that identifies its message in the chat: each new message has another one.
    pub fn message_reference(&self) -> String {
        format!("group/{}/{}", self.id, self.display.postings.max(1))
    }

    /// Returns the state as people see it.
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

    /// True if an alert fires in it or in a child group.
    pub fn fires(&self) -> bool {
        self.counts.firing + self.counts.children_firing > 0
    }

    /// True if it fires and all firing alerts, also those of child groups, are silenced or inhibited.
    pub fn all_muted(&self) -> bool {
        self.fires() && self.unmuted() == 0
    }

    fn unmuted(&self) -> u32 {
        let firing = self.counts.firing + self.counts.children_firing;
        firing.saturating_sub(self.counts.muted + self.counts.children_muted)
    }

    /// Returns the parent group whose message shows it, if it has no message of its own.
    pub fn shown_in_parent(&self) -> Option<GroupId> {
        self.display.parent.as_ref().filter(|link| link.hidden).map(|link| link.parent)
    }

    /// True if it is silenced as a whole.
    pub fn silenced(&self, now: Timestamp) -> bool {
        self.silence.until_over || self.silence.until.is_some_and(|until| now < until)
    }

    /// Returns the number of firing alerts that are not muted.
    pub fn visible(&self, now: Timestamp) -> u32 {
        if self.silenced(now) { 0 } else { self.unmuted() }
    }

    /// Replaces how it is silenced as a whole. Returns true if that is a change.
    pub fn set_silence(&mut self, silence: GroupSilence) -> bool {
        std::mem::replace(&mut self.silence, silence) != silence
    }

    /// True if all firing alerts, also those of child groups, are acknowledged, here or at their source.
    pub fn acknowledged(&self) -> bool {
        let there = self.counts.acknowledged_there + self.counts.children_acknowledged_there;
        self.acknowledged_here() || (self.fires() && there >= self.counts.firing + self.counts.children_firing)
    }

    /// True if all firing alerts are acknowledged here.
    pub fn acknowledged_here(&self) -> bool {
        self.acknowledgement.at.is_some_and(|at| self.last_fired <= at)
    }

    /// Acknowledges all firing alerts, until a time or for as long as they fire.
    pub fn acknowledge(&mut self, person: &PersonId, until: Option<Timestamp>, now: Timestamp) {
        self.acknowledgement.by = Some(person.clone());
        self.acknowledgement.at = Some(now.max(self.last_fired));
        self.acknowledgement.until = until;
        self.schedule.remind = false;
    }

    /// Ends an acknowledgement whose planned time has passed, and reminds of alerts that still fire. Returns the ended
    /// acknowledgement; `None` if there is none to end.
    pub fn expire_acknowledgement(&mut self, now: Timestamp) -> Option<ExpiredAcknowledgement> {
        self.acknowledgement.until.filter(|until| *until <= now)?;
        let by = self.acknowledgement.by.take();
        let at = self.acknowledgement.at.take();
        self.acknowledgement.until = None;
        self.remind_at_next_tick();
        by.zip(at).map(|(by, at)| ExpiredAcknowledgement { by, at })
    }

    /// Posts a new message at the next tick, if alerts fire that were announced before.
    pub fn remind_at_next_tick(&mut self) {
        self.schedule.remind = self.fires() && self.schedule.flushed_at.is_some();
    }
}
