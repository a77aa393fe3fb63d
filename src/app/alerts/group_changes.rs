//! What a transaction did to one group.

use super::GroupEdit;
use crate::domain::{
    Timestamp,
    alert::{Alert, AlertEvent, AlertGroup},
};

/// A group, and what happened to it so far.
pub(super) struct GroupChanges {
    pub(super) desk: GroupEdit,
    /// Whether one of its alerts came and went before.
    pub(super) flapped: bool,
    /// True if one of its alerts stopped flapping and still fires.
    pub(super) steady_firing: bool,
    pub(super) opened: Option<Timestamp>,
    /// Whether it is told within another group from now on.
    pub(super) joined: bool,
    pub(super) news: bool,
    pub(super) quiet: bool,
    pub(super) over: bool,
    pub(super) rule_due: Option<Timestamp>,
}

impl GroupChanges {
    pub(super) fn of(group: AlertGroup) -> Self {
        let flapped = group.counts.flapping > 0;
        Self {
            desk: GroupEdit::new(group),
            flapped,
            steady_firing: false,
            opened: None,
            joined: false,
            news: false,
            quiet: false,
            over: false,
            rule_due: None,
        }
    }

    pub(super) fn fired_below(&mut self, alert: &Alert) {
        self.desk.group.count_fired_below(alert);
        self.news |= !alert.muted;
        self.quiet |= alert.muted;
        self.over = false;
    }

    /// Announces in the feed that alerts of the group begin to flap, that one stopped and still fires, or that the last
    /// one stopped.
    pub(super) fn tell_flapping(&mut self) {
        let group = self.desk.group.id;
        match (self.flapped, self.desk.group.counts.flapping > 0) {
            (false, true) => self.desk.event(AlertEvent::GroupFlapping { group }),
            (true, false) => self.desk.event(AlertEvent::GroupSteady { group }),
            (true, true) if self.steady_firing => self.desk.event(AlertEvent::GroupSteady { group }),
            (true, true) | (false, false) => {}
        }
    }
}
