//! Flapping alerts.
//!
//! The window is that of Nagios (`base/flapping.c`): the last 21 states, with 20 places where the state may have changed.
//! A change weighs 0.75 at the oldest place and 1.25 at the newest, and the sum over 20 is the share of change. An alert
//! flaps from the high threshold until its share is down to the low one. Nagios takes a sample at each check; a sender
//! that pushes is silent while nothing changes. So a sample is taken at each change, and one for each `sample` without.
//!
//! While an alert flaps, its episode continues: it counts as firing, whatever its sender says, until it is steady. So it
//! neither leaves its group nor returns to it, declares no second incident while the first is open, and asks nobody
//! whether to resolve one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Alert, Signal,
    episode::{self, EpisodeChange, SignalContext},
};
use crate::domain::{Timestamp, later};

/// The places of the window: one less than the states it compares.
const PLACES: u32 = 20;
const WINDOW: u32 = (1 << PLACES) - 1;
/// The weight of the newest place, and the difference to the next older one, in 76ths: 0.75 to 1.25 as whole numbers.
const NEWEST: u32 = 95;
const STEP: u32 = 2;
/// The weight of all places.
const FULL: u32 = 76 * PLACES;

/// When an alert counts as flapping: `[alerts.flapping]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlappingRule {
    /// True if flapping is detected at all.
    pub enabled: bool,
    /// How long a time without a change counts as one sample.
    pub sample: Duration,
    /// At this share of change or less, in percent, the alert is steady again.
    pub low: u32,
    /// From this share of change, in percent, the alert flaps.
    pub high: u32,
}

/// The recent changes of an alert, over its episodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flapping {
    /// Which of the latest samples was a change; the newest is the lowest bit.
    window: u32,
    /// When the latest sample was taken.
    sampled_at: Option<Timestamp>,
    /// When it began to flap.
    pub since: Option<Timestamp>,
    /// How often it has changed since, with the changes of the window at that time.
    pub changes: u32,
    /// While it flaps: when its sender resolved it.
    pub quiet_since: Option<Timestamp>,
    /// While it flaps: when it would time out.
    expires_at: Option<Timestamp>,
}

impl Flapping {
    /// True if there are no changes; such a value is not stored.
    pub fn is_blank(&self) -> bool {
        *self == Self::default()
    }

    /// True if it flaps.
    pub fn flaps(&self) -> bool {
        self.since.is_some()
    }

    fn sampled(mut self, changed: bool, now: Timestamp, rule: &FlappingRule) -> Self {
        let since = self.sampled_at.map_or(0, |at| (now - at).num_milliseconds());
        let still = u32::try_from(since.max(0) / millis(rule.sample)).unwrap_or(u32::MAX);
        self.window = shifted(self.window, still);
        self.sampled_at = match self.sampled_at {
            _ if changed => Some(now),
            Some(at) => Some(later(at, rule.sample.saturating_mul(still)).min(now)),
            None => None,
        };
        if changed {
            self.window = shifted(self.window, 1) | 1;
            self.changes = self.changes.saturating_add(1);
        }
        self
    }

    /// Applies the thresholds: between them the state stays.
    fn judged(mut self, now: Timestamp, rule: &FlappingRule) -> Self {
        let share = weight(self.window) * 100;
        if !rule.enabled || share <= rule.low * FULL {
            self.since = None;
        } else if share >= rule.high * FULL && self.since.is_none() {
            self.since = Some(now);
            self.changes = self.window.count_ones();
        }
        self
    }

    /// Returns when it will be steady if nothing changes any more.
    fn steady_at(&self, rule: &FlappingRule) -> Option<Timestamp> {
        let calm = |still: &u32| weight(shifted(self.window, *still)) * 100 <= rule.low * FULL;
        let still = (0..=PLACES).find(calm).unwrap_or(PLACES);
        Some(later(self.sampled_at?, rule.sample.saturating_mul(still)))
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX).max(1)
}

fn shifted(window: u32, places: u32) -> u32 {
    window.checked_shl(places).unwrap_or(0) & WINDOW
}

fn weight(window: u32) -> u32 {
    (0..PLACES).filter(|place| window >> place & 1 == 1).map(|place| NEWEST - STEP * place).sum()
}

/// Merges a signal into the stored episode, which continues while the alert flaps.
pub fn merge(stored: Option<&Alert>, signal: &Signal, heard: &SignalContext<'_>, rule: &FlappingRule) -> EpisodeChange {
    let Some(stored) = stored else { return episode::merge(None, signal, heard) };
    let reported = as_reported(stored);
    apply(stored, &reported, episode::merge(Some(&reported), signal, heard), heard.at, rule)
}

/// Checks an alert whose timeout is due: it is resolved, or steady.
pub fn check_timeout(stored: &Alert, now: Timestamp, rule: &FlappingRule) -> EpisodeChange {
    let reported = as_reported(stored);
    let step = match episode::expire(&reported, now) {
        Some(over) => EpisodeChange::Resolved(over),
        None if stored.flapping.flaps() => EpisodeChange::Repeated(reported.clone()),
        None => return EpisodeChange::Ignored,
    };
    apply(stored, &reported, step, now, rule)
}

/// Checks an alert whose next episode was held back: it fires again if it was not resolved meanwhile.
pub fn reopen(stored: &Alert, now: Timestamp, rule: &FlappingRule) -> EpisodeChange {
    let reported = as_reported(stored);
    match episode::reopen(&reported, now) {
        Some(next) => apply(stored, &reported, EpisodeChange::Fired(next), now, rule),
        None => EpisodeChange::Ignored,
    }
}

/// True if a flapping alert changed to firing, or stopped flapping while it fires. Neither is a new episode, so the
/// declare rules have to be asked again.
pub fn needs_rules(before: &Alert, after: &Alert) -> bool {
    before.flapping.flaps() && after.firing && (changed_to_firing(before, after) || stopped_while_firing(before, after))
}

/// True if an alert stopped flapping and still fires.
pub fn stopped_while_firing(before: &Alert, after: &Alert) -> bool {
    before.flapping.flaps() && !after.flapping.flaps() && after.firing
}

fn changed_to_firing(before: &Alert, after: &Alert) -> bool {
    before.flapping.quiet_since.is_some() && after.flapping.quiet_since.is_none()
}

/// Returns the episode as its sender reports it.
fn as_reported(alert: &Alert) -> Alert {
    let Flapping { quiet_since, expires_at, .. } = alert.flapping;
    match quiet_since {
        _ if !alert.flapping.flaps() => alert.clone(),
        Some(end) => Alert { firing: false, ends_at: Some(end), expires_at: None, ..alert.clone() },
        None => Alert { expires_at, ..alert.clone() },
    }
}

/// Applies a change of the episode as its sender reports it, unless flapping continues it.
fn apply(stored: &Alert, reported: &Alert, step: EpisodeChange, now: Timestamp, rule: &FlappingRule) -> EpisodeChange {
    let (step, after) = match step {
        EpisodeChange::Ignored => return EpisodeChange::Ignored,
        EpisodeChange::Repeated(after) => (EpisodeChange::Repeated as fn(Alert) -> EpisodeChange, after),
        EpisodeChange::Changed(after) => (EpisodeChange::Changed as fn(Alert) -> EpisodeChange, after),
        EpisodeChange::Resolved(after) => (EpisodeChange::Resolved as fn(Alert) -> EpisodeChange, after),
        EpisodeChange::Fired(after) => (EpisodeChange::Fired as fn(Alert) -> EpisodeChange, after),
        EpisodeChange::Recorded(after) => (EpisodeChange::Recorded as fn(Alert) -> EpisodeChange, after),
        EpisodeChange::Held(Alert { latest_start, reopening, .. }) => {
            return EpisodeChange::Held(Alert { latest_start, reopening, ..stored.clone() });
        }
    };
    let changed = reported.firing != after.firing;
    let flapping = stored.flapping.sampled(changed, now, rule).judged(now, rule);
    match (stored.flapping.flaps(), flapping.flaps()) {
        (false, false) => step(Alert { flapping, ..after }),
        // Flapping begins with a new episode, or the present one continues.
        (false, true) if after.firing => step(continued_as_firing(after, flapping, rule)),
        (false, true) => EpisodeChange::Changed(continued_as_firing(continued(stored, after), flapping, rule)),
        // The message is not edited for each further change: the next edit shows them.
        (true, true) => {
            let held = continued_as_firing(continued(stored, after), flapping, rule);
            if episode::shown_differs(stored, &held) {
                EpisodeChange::Changed(held)
            } else {
                EpisodeChange::Repeated(held)
            }
        }
        (true, false) if after.firing => EpisodeChange::Changed(released(continued(stored, after), flapping)),
        (true, false) => EpisodeChange::Resolved(released(Alert { id: stored.id, ..after }, flapping)),
    }
}

/// Returns the stored episode with the content of the latest signal.
fn continued(stored: &Alert, after: Alert) -> Alert {
    Alert {
        id: stored.id,
        starts_at: stored.starts_at,
        first_seen: stored.first_seen,
        group: stored.group,
        muted: stored.muted,
        timed_out: false,
        ..after
    }
}

/// Returns the alert as firing, checked again when it may be steady.
fn continued_as_firing(after: Alert, mut flapping: Flapping, rule: &FlappingRule) -> Alert {
    flapping.quiet_since = if after.firing { None } else { after.ends_at };
    flapping.expires_at = if after.firing { after.expires_at } else { None };
    let next_check = [flapping.steady_at(rule), flapping.expires_at].into_iter().flatten().min();
    Alert { firing: true, ends_at: None, expires_at: next_check, flapping, ..after }
}

/// Returns the alert as its sender reports it, without the state of flapping.
fn released(after: Alert, flapping: Flapping) -> Alert {
    Alert { flapping: Flapping { quiet_since: None, expires_at: None, changes: 0, ..flapping }, ..after }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: FlappingRule = FlappingRule { enabled: true, sample: Duration::from_secs(60), low: 5, high: 20 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(1_800_000_000 + seconds, 0).unwrap_or_default()
    }

    /// The state after changes at these seconds.
    fn after(changes: &[i64]) -> Flapping {
        changes.iter().fold(Flapping::default(), |flapping, seconds| {
            flapping.sampled(true, at(*seconds), &RULE).judged(at(*seconds), &RULE)
        })
    }

    #[test]
    fn changes_weigh_what_they_weigh_in_nagios() {
        let hundredths = |window| weight(window) * 10_000 / FULL;
        assert_eq!(hundredths(WINDOW), 10_000, "a change at every place is all");
        assert_eq!(hundredths(1), 625, "the newest: 1.25 of 20");
        assert_eq!(hundredths(1 << 19), 375, "the oldest: 0.75 of 20");
        assert_eq!(hundredths(0), 0);
    }

    #[test]
    fn four_changes_in_a_row_flap_at_twenty_percent_and_three_do_not() {
        assert!(!after(&[0, 10, 20]).flaps());
        let flapping = after(&[0, 10, 20, 30]);
        assert_eq!((flapping.since, flapping.changes), (Some(at(30)), 4));
    }

    #[test]
    fn the_same_changes_over_hours_do_not_flap() {
        let hourly: Vec<i64> = (0..30).map(|hour| hour * 3600).collect();
        assert!(!after(&hourly).flaps());
    }

    #[test]
    fn it_is_steady_at_the_predicted_time_and_not_before() {
        let flapping = after(&[0, 10, 20, 30]);
        let calm = flapping.steady_at(&RULE).unwrap();
        let look = |at| flapping.sampled(false, at, &RULE).judged(at, &RULE).flaps();
        assert!(look(calm - chrono::TimeDelta::seconds(1)) && !look(calm));
        assert_eq!(calm, at(30 + 19 * 60), "one of the four is left, which weighs 3.75 %");
    }

    #[test]
    fn between_the_thresholds_it_stays_what_it_was() {
        let two = after(&[0, 10]);
        assert!(!two.judged(at(10), &RULE).flaps());
        let was = Flapping { since: Some(at(0)), ..two };
        assert!(was.judged(at(10), &RULE).flaps());
        assert!(!was.judged(at(10), &FlappingRule { enabled: false, ..RULE }).flaps());
    }
}
