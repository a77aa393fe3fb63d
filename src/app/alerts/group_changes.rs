//! What a transaction did to one group.

use super::GroupEdit;
use crate::domain::{
    Timestamp,
    alert::{Alert, AlertEvent, AlertGroup},
    ids::AlertId,
};

/// A group, and what has changed in it so far.
pub(super) struct GroupChanges {
    pub(super) edit: GroupEdit,
    /// True if one of its alerts was flapping before.
    pub(super) flapped: bool,
    /// True if one of its alerts stopped flapping and still fires.
    pub(super) steady_firing: bool,
    pub(super) opened: Option<Timestamp>,
    /// True if it has become the child of another group.
    pub(super) joined_parent: bool,
    pub(super) new_alerts: bool,
    pub(super) updated: bool,
    pub(super) over: bool,
    pub(super) rule_due: Option<Timestamp>,
    /// Alerts that joined the incident of the group, which the rules are not evaluated for.
    pub(super) joined: Vec<AlertId>,
}

impl GroupChanges {
    pub(super) fn new(group: AlertGroup) -> Self {
        let flapped = group.counts.flapping > 0;
        Self {
            edit: GroupEdit::new(group),
            flapped,
            steady_firing: false,
            opened: None,
            joined_parent: false,
            new_alerts: false,
            updated: false,
            over: false,
            rule_due: None,
            joined: Vec::new(),
        }
    }

    pub(super) fn child_fired(&mut self, alert: &Alert) {
        self.edit.group.count_fired_below(alert);
        self.new_alerts |= !alert.muted;
        self.updated |= alert.muted;
        self.over = false;
    }

    /// Notes that an alert joined the incident of the group, if it has one.
    pub(super) fn alert_joined(&mut self, alert: &Alert) {
        if alert.firing && alert.severity.is_some() && self.edit.group.incident.is_some() {
            self.joined.push(alert.id);
        }
    }

    /// Announces in the feed that alerts of the group begin to flap, that one stopped and still fires, or that the last
    /// one stopped.
    pub(super) fn announce_flapping(&mut self) {
        let group = self.edit.group.id;
        match (self.flapped, self.edit.group.counts.flapping > 0) {
            (false, true) => self.edit.event(AlertEvent::GroupFlapping { group }),
            (true, false) => self.edit.event(AlertEvent::GroupSteady { group }),
            (true, true) if self.steady_firing => self.edit.event(AlertEvent::GroupSteady { group }),
            (true, true) | (false, false) => {}
        }
    }
}
