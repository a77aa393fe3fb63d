//! How a group counts its alerts, so that they need not be read for it.

use super::{Alert, AlertCounts, AlertGroup};
use crate::domain::{Timestamp, severity::Severity};

impl AlertGroup {
    /// Counts an alert that began to fire. Returns the alert's flush: if it is not muted, the first flush that can include
    /// it; if it is, the latest that included it, 0 for none.
    pub fn count_fired(&mut self, alert: &Alert) -> u64 {
        self.counts.firing += 1;
        self.counts.acknowledged_there += acknowledged(alert);
        self.closed_at = None;
        self.counts.by_severity[slot(alert.severity)] += 1;
        self.opened_at = self.opened_at.min(alert.starts_at);
        if !self.mixed_services && self.service != alert.service {
            self.service = None;
            self.mixed_services = true;
        }
        self.update_severity();
        if alert.muted {
            self.counts.muted += 1;
            return 0;
        }
        self.counts.new_alerts += 1;
        self.last_fired = self.last_fired.max(alert.last_seen);
        self.schedule.flushes + 1
    }

    /// Counts a firing alert that became muted. Takes and returns its flush.
    pub fn count_muted(&mut self, flush: u64) -> u64 {
        self.counts.muted += 1;
        if flush <= self.schedule.flushes {
            return self.schedule.flushes;
        }
        self.counts.new_alerts = self.counts.new_alerts.saturating_sub(1);
        0
    }

    /// Counts a firing alert that is no longer muted; it is new unless the latest flush included it. Takes and returns its
    /// flush.
    pub fn count_unmuted(&mut self, alert: &Alert, flush: u64) -> u64 {
        self.counts.muted = self.counts.muted.saturating_sub(1);
        if flush > 0 && flush == self.schedule.flushes {
            return flush;
        }
        self.counts.new_alerts += 1;
        self.last_fired = self.last_fired.max(alert.first_seen);
        self.schedule.flushes + 1
    }

    /// Counts an alert that was resolved. `before` is the alert as it was counted, with its flush.
    pub fn count_resolved(&mut self, before: &Alert, flush: u64, ended: Timestamp) {
        self.counts.firing = self.counts.firing.saturating_sub(1);
        self.counts.resolved += 1;
        let place = &mut self.counts.by_severity[slot(before.severity)];
        *place = place.saturating_sub(1);
        if before.muted {
            self.counts.muted = self.counts.muted.saturating_sub(1);
        } else if flush > self.schedule.flushes {
            self.counts.new_alerts = self.counts.new_alerts.saturating_sub(1);
        }
        if self.counts.firing == 0 {
            self.closed_at = Some(ended);
            self.counts.new_alerts = 0;
        } else {
            self.update_severity();
        }
    }

    /// Removes a resolved alert from the count before it is counted as firing again.
    pub fn forget_resolved(&mut self) {
        self.counts.resolved = self.counts.resolved.saturating_sub(1);
    }

    /// Counts a changed severity of a firing alert.
    pub fn count_judged(&mut self, before: Option<Severity>, after: Option<Severity>) {
        let place = &mut self.counts.by_severity[slot(before)];
        *place = place.saturating_sub(1);
        self.counts.by_severity[slot(after)] += 1;
        self.update_severity();
    }

    /// Counts a changed acknowledgement at the source, or the end of an acknowledged alert.
    pub fn count_acknowledged(&mut self, before: &Alert, after: &Alert) {
        self.counts.acknowledged_there =
            (self.counts.acknowledged_there + acknowledged(after)).saturating_sub(acknowledged(before));
    }

    /// Counts the alerts of a group that becomes a child of this one.
    pub fn count_child(&mut self, child: &Self) {
        let AlertCounts { firing, muted, resolved, acknowledged_there, .. } = child.counts;
        self.counts.children_firing += firing;
        self.counts.children_muted += muted;
        self.counts.children_acknowledged_there += acknowledged_there;
        self.counts.children_alerts += firing + resolved;
        self.counts.new_alerts += firing.saturating_sub(muted);
        if firing > muted {
            self.last_fired = self.last_fired.max(child.last_fired);
        }
    }

    /// Counts an alert that began to fire in a child group.
    pub fn count_fired_below(&mut self, alert: &Alert) {
        self.counts.children_firing += 1;
        self.counts.children_acknowledged_there += acknowledged(alert);
        self.counts.children_alerts += 1;
        if alert.muted {
            self.counts.children_muted += 1;
            return;
        }
        self.counts.new_alerts += 1;
        self.last_fired = self.last_fired.max(alert.last_seen);
    }

    /// Counts an alert of a child group that was resolved.
    pub fn count_resolved_below(&mut self, before: &Alert) {
        self.counts.children_firing = self.counts.children_firing.saturating_sub(1);
        if before.muted {
            self.counts.children_muted = self.counts.children_muted.saturating_sub(1);
        }
    }

    /// Counts a changed acknowledgement at the source of an alert of a child group, or the end of an acknowledged one.
    pub fn count_acknowledged_below(&mut self, before: &Alert, after: &Alert) {
        self.counts.children_acknowledged_there =
            (self.counts.children_acknowledged_there + acknowledged(after)).saturating_sub(acknowledged(before));
    }

    /// Counts a firing alert of a child group that became muted, or is no longer muted.
    pub fn count_muted_below(&mut self, alert: &Alert, muted: bool) {
        if muted {
            self.counts.children_muted += 1;
        } else {
            self.counts.children_muted = self.counts.children_muted.saturating_sub(1);
            self.counts.new_alerts += 1;
            self.last_fired = self.last_fired.max(alert.first_seen);
        }
    }

    /// Counts an alert that began or stopped to flap.
    pub fn count_flapping(&mut self, before: bool, after: bool) {
        match (before, after) {
            (false, true) => self.counts.flapping += 1,
            (true, false) => self.counts.flapping = self.counts.flapping.saturating_sub(1),
            (true, true) | (false, false) => {}
        }
    }

    fn update_severity(&mut self) {
        let most_severe = self.counts.by_severity.iter().position(|count| *count > 0);
        self.severity = most_severe.and_then(|place| Severity::ALL.get(place).copied());
    }
}

/// Returns 1 for a firing alert that is acknowledged at its source.
fn acknowledged(alert: &Alert) -> u32 {
    u32::from(alert.firing && alert.acknowledged_there.is_some())
}

fn slot(severity: Option<Severity>) -> usize {
    severity.and_then(|severity| Severity::ALL.iter().position(|s| *s == severity)).unwrap_or(4)
}
