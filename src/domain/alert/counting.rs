//! How a group counts its alerts, so that nobody has to read them all.

use super::{Alert, AlertGroup};
use crate::domain::{Timestamp, severity::Severity};

impl AlertGroup {
    /// An alert began to fire in it. Answers the alert's telling: while it is not muted, the first telling that it can be
    /// in; while it is, the latest that it was in, 0 for none.
    pub fn count_fired(&mut self, alert: &Alert) -> u64 {
        self.counts.firing += 1;
        self.counts.acknowledged_there += held(alert);
        self.closed_at = None;
        self.counts.by_severity[slot(alert.severity)] += 1;
        self.opened_at = self.opened_at.min(alert.starts_at);
        if !self.mixed_services && self.service != alert.service {
            self.service = None;
            self.mixed_services = true;
        }
        self.judge();
        if alert.muted {
            self.counts.muted += 1;
            return 0;
        }
        self.counts.new_alerts += 1;
        self.last_fired = self.last_fired.max(alert.last_seen);
        self.schedule.flushes + 1
    }

    /// A firing alert of it is muted from now on. Takes and answers its telling.
    pub fn count_muted(&mut self, telling: u64) -> u64 {
        self.counts.muted += 1;
        if telling <= self.schedule.flushes {
            return self.schedule.flushes;
        }
        self.counts.new_alerts = self.counts.new_alerts.saturating_sub(1);
        0
    }

    /// A firing alert of it is muted no more; it is news unless it was in the latest telling. Takes and answers its
    /// telling.
    pub fn count_unmuted(&mut self, alert: &Alert, telling: u64) -> u64 {
        self.counts.muted = self.counts.muted.saturating_sub(1);
        if telling > 0 && telling == self.schedule.flushes {
            return telling;
        }
        self.counts.new_alerts += 1;
        self.last_fired = self.last_fired.max(alert.first_seen);
        self.schedule.flushes + 1
    }

    /// An alert of it is over. `before` is the alert as it was counted, with its telling.
    pub fn count_resolved(&mut self, before: &Alert, telling: u64, ended: Timestamp) {
        self.counts.firing = self.counts.firing.saturating_sub(1);
        self.counts.resolved += 1;
        let place = &mut self.counts.by_severity[slot(before.severity)];
        *place = place.saturating_sub(1);
        if before.muted {
            self.counts.muted = self.counts.muted.saturating_sub(1);
        } else if telling > self.schedule.flushes {
            self.counts.new_alerts = self.counts.new_alerts.saturating_sub(1);
        }
        if self.counts.firing == 0 {
            self.closed_at = Some(ended);
            self.counts.new_alerts = 0;
        } else {
            self.judge();
        }
    }

    /// An alert that was counted as resolved is about to be counted again.
    pub fn forget_resolved(&mut self) {
        self.counts.resolved = self.counts.resolved.saturating_sub(1);
    }

    /// A firing alert is of another severity now.
    pub fn count_judged(&mut self, before: Option<Severity>, after: Option<Severity>) {
        let place = &mut self.counts.by_severity[slot(before)];
        *place = place.saturating_sub(1);
        self.counts.by_severity[slot(after)] += 1;
        self.judge();
    }

    /// Somebody has an alert where it came from, or no more, or it is over.
    pub fn count_acknowledged(&mut self, before: &Alert, after: &Alert) {
        self.counts.acknowledged_there = (self.counts.acknowledged_there + held(after)).saturating_sub(held(before));
    }

    /// An alert began to fire in a group that is told within it.
    pub fn count_fired_below(&mut self, alert: &Alert) {
        self.counts.children_firing += 1;
        self.counts.children_alerts += 1;
        if alert.muted {
            self.counts.children_muted += 1;
            return;
        }
        self.counts.new_alerts += 1;
        self.last_fired = self.last_fired.max(alert.last_seen);
    }

    /// An alert of a group that is told within it is over.
    pub fn count_resolved_below(&mut self, before: &Alert) {
        self.counts.children_firing = self.counts.children_firing.saturating_sub(1);
        if before.muted {
            self.counts.children_muted = self.counts.children_muted.saturating_sub(1);
        }
    }

    /// A firing alert of a group that is told within it is muted from now on, or no more.
    pub fn count_muted_below(&mut self, muted: bool) {
        if muted {
            self.counts.children_muted += 1;
        } else {
            self.counts.children_muted = self.counts.children_muted.saturating_sub(1);
            self.counts.new_alerts += 1;
        }
    }

    /// An alert of it comes and goes now, or does so no more.
    pub fn count_flapping(&mut self, before: bool, after: bool) {
        match (before, after) {
            (false, true) => self.counts.flapping += 1,
            (true, false) => self.counts.flapping = self.counts.flapping.saturating_sub(1),
            (true, true) | (false, false) => {}
        }
    }

    fn judge(&mut self) {
        let most_severe = self.counts.by_severity.iter().position(|count| *count > 0);
        self.severity = most_severe.and_then(|place| Severity::ALL.get(place).copied());
    }
}

/// One for an alert that fires and that somebody has where it came from.
fn held(alert: &Alert) -> u32 {
    u32::from(alert.firing && alert.acknowledged_there.is_some())
}

fn slot(severity: Option<Severity>) -> usize {
    severity.and_then(|severity| Severity::ALL.iter().position(|s| *s == severity)).unwrap_or(4)
}
