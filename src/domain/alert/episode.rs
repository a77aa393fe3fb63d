//! Merges signals into episodes of alerts, so that the order and the number of deliveries do not matter.
//!
//! The newest start of an alert counts. The alert is resolved by an end for that start, or by an end after it for an older
//! start (two senders of the same alert may report different starts). A start after the end of the stored episode begins
//! a new episode.
//!
//! A firing signal with an older start that is received after the resolve is either out of date, or the alert fires again
//! although its sender keeps the start. Only time tells: the new episode is held back, and begins unless the alert is
//! resolved again first ([`Reopening`]).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Alert, Remark, Signal};
use crate::domain::{
    Timestamp,
    ids::{AlertId, SourceId},
    later,
    text::Untrusted,
};

/// What a signal changed in the stored episode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EpisodeChange {
    /// Nothing: the signal is out of date.
    Ignored,
    /// The alert was reported again; nothing that people see changed.
    Repeated(Alert),
    /// What people see changed; it still fires, or is still resolved.
    Changed(Alert),
    /// It is resolved.
    Resolved(Alert),
    /// It fires in a new episode.
    Fired(Alert),
    /// It was resolved before it was reported: the record holds a late firing signal back.
    Recorded(Alert),
    /// It stays as it is, and a new episode of it is held back, or no longer.
    Held(Alert),
}

/// The next episode of an alert that is resolved, held back because the firing signal may be out of date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopening {
    /// When the episode begins, unless the alert is resolved again first.
    pub at: Timestamp,
    /// The episode.
    pub alert: Box<Alert>,
}

/// When and from where a signal came.
#[derive(Clone, Copy, Debug)]
pub struct SignalContext<'a> {
    /// The source.
    pub source: &'a SourceId,
    /// When it was received.
    pub at: Timestamp,
    /// How long after the last signal the alert counts as resolved; zero for never.
    pub resolve_timeout: Duration,
    /// How long a new episode is held back if the signal may be out of date.
    pub reopen_hold: Duration,
    /// True if an end in the future is a lease: the signal was made just now.
    pub leases: bool,
}

/// Merges a signal into the newest stored episode of its alert.
pub fn merge(stored: Option<&Alert>, signal: &Signal, heard: &SignalContext<'_>) -> EpisodeChange {
    match (stored, signal.firing) {
        (None, true) => EpisodeChange::Fired(begin(signal, heard)),
        (None, false) if signal.starts_at.is_some() => EpisodeChange::Recorded(begin(signal, heard)),
        (None, false) => EpisodeChange::Ignored,
        (Some(alert), true) if alert.firing => fires(alert, signal, heard),
        (Some(alert), true) => fires_again(alert, signal, heard),
        (Some(alert), false) => without_reopening(alert, ends(alert, signal, heard)),
    }
}

/// Returns the episode that was held back, if its time has come.
pub fn reopen(alert: &Alert, now: Timestamp) -> Option<Alert> {
    let held = alert.reopening.as_ref().filter(|held| !alert.firing && held.at <= now)?;
    Some(Alert { id: AlertId::new(now), first_seen: now, last_seen: now, ..(*held.alert).clone() })
}

/// A resolve ends the wait for another one.
fn without_reopening(alert: &Alert, change: EpisodeChange) -> EpisodeChange {
    match change {
        EpisodeChange::Changed(alert) => EpisodeChange::Changed(Alert { reopening: None, ..alert }),
        EpisodeChange::Ignored if alert.reopening.is_some() => {
            EpisodeChange::Held(Alert { reopening: None, ..alert.clone() })
        }
        EpisodeChange::Ignored
        | EpisodeChange::Repeated(_)
        | EpisodeChange::Resolved(_)
        | EpisodeChange::Fired(_)
        | EpisodeChange::Recorded(_)
        | EpisodeChange::Held(_) => change,
    }
}

/// Returns the alert as resolved by timeout, if its time has come.
pub fn expire(alert: &Alert, now: Timestamp) -> Option<Alert> {
    let due = alert.expires_at.filter(|at| alert.firing && *at <= now)?;
    Some(Alert { firing: false, ends_at: Some(due), expires_at: None, timed_out: true, muted: false, ..alert.clone() })
}

fn fires(alert: &Alert, signal: &Signal, heard: &SignalContext<'_>) -> EpisodeChange {
    if signal.starts_at.is_none_or(|start| alert.latest_start <= start) {
        return again(alert, signal, heard);
    }
    // Another sender of the same alert, or a late delivery: what people see stays, but the alert is alive.
    let expires_at = alert.expires_at.map(|at| expiry(signal, heard).map_or(at, |later| at.max(later)));
    EpisodeChange::Repeated(Alert { last_seen: alert.last_seen.max(heard.at), expires_at, ..alert.clone() })
}

/// A firing signal of an alert that is resolved.
fn fires_again(alert: &Alert, signal: &Signal, heard: &SignalContext<'_>) -> EpisodeChange {
    let ended = alert.ends_at.unwrap_or(alert.latest_start);
    // Nobody resolved an alert that timed out, and a signal without a start or with one after the end is not out of date.
    let live = is_lease(signal, heard)
        || alert.timed_out
        || signal.starts_at.is_none_or(|start| start > alert.latest_start && start >= ended);
    let held = alert.reopening.as_ref();
    let at = held.map_or_else(|| later(heard.at, heard.reopen_hold), |held| held.at);
    let next = next_episode(alert, signal, heard);
    if live || heard.reopen_hold.is_zero() || at <= heard.at {
        return EpisodeChange::Fired(next);
    }
    let starts_at = held.map_or(next.starts_at, |held| held.alert.starts_at);
    let latest_start = signal.starts_at.unwrap_or(alert.latest_start).max(alert.latest_start);
    let reopening = Some(Reopening { at, alert: Box::new(Alert { starts_at, ..next }) });
    EpisodeChange::Held(Alert { latest_start, reopening, ..alert.clone() })
}

fn ends(alert: &Alert, signal: &Signal, heard: &SignalContext<'_>) -> EpisodeChange {
    let said_end = signal.ends_at;
    if alert.firing && said_end.is_some_and(|end| alert.reopened_after.is_some_and(|before| end <= before)) {
        // A repeated resolve of the episode before.
        return EpisodeChange::Ignored;
    }
    let Some(start) = signal.starts_at else {
        let older = said_end.is_some_and(|end| end < alert.latest_start);
        return if alert.firing && !older {
            over(alert, said_end.unwrap_or(heard.at), heard)
        } else {
            EpisodeChange::Ignored
        };
    };
    if start < alert.latest_start {
        return ends_older(alert, said_end.filter(|end| *end > start), heard);
    }
    let end = said_end.unwrap_or(heard.at).max(start);
    if alert.firing || alert.timed_out {
        return over(&Alert { latest_start: start, ..alert.clone() }, end, heard);
    }
    let ended = alert.ends_at.unwrap_or(alert.latest_start);
    if start == alert.latest_start || start < ended {
        let later = Alert { latest_start: start, ends_at: Some(ended.max(end)), ..alert.clone() };
        return if later == *alert { EpisodeChange::Ignored } else { EpisodeChange::Changed(later) };
    }
    let recorded = begin(signal, heard);
    let starts_at = recorded.starts_at.max(alert.starts_at + chrono::TimeDelta::milliseconds(1));
    EpisodeChange::Recorded(Alert { starts_at, ends_at: recorded.ends_at.max(Some(starts_at)), ..recorded })
}

/// Applies an end for an older start: it counts if it is after the newest start.
fn ends_older(alert: &Alert, end: Option<Timestamp>, heard: &SignalContext<'_>) -> EpisodeChange {
    match end {
        Some(end) if end > alert.latest_start && (alert.firing || alert.timed_out) => over(alert, end, heard),
        Some(end) if end > alert.latest_start && alert.ends_at.is_none_or(|known| known < end) => {
            EpisodeChange::Changed(Alert { ends_at: Some(end), ..alert.clone() })
        }
        // Everything before that end belongs to another episode.
        Some(end) if alert.firing && alert.starts_at < end => {
            EpisodeChange::Changed(Alert { starts_at: alert.latest_start, ..alert.clone() })
        }
        Some(_) | None => EpisodeChange::Ignored,
    }
}

fn over(alert: &Alert, end: Timestamp, heard: &SignalContext<'_>) -> EpisodeChange {
    let done = Alert {
        firing: false,
        ends_at: Some(end.max(alert.starts_at)),
        last_seen: alert.last_seen.max(heard.at),
        expires_at: None,
        timed_out: false,
        muted: false,
        ..alert.clone()
    };
    if alert.firing { EpisodeChange::Resolved(done) } else { EpisodeChange::Changed(done) }
}

fn again(alert: &Alert, signal: &Signal, heard: &SignalContext<'_>) -> EpisodeChange {
    let now = again_alert(alert, signal, heard);
    if shown_differs(alert, &now) { EpisodeChange::Changed(now) } else { EpisodeChange::Repeated(now) }
}

fn again_alert(alert: &Alert, signal: &Signal, heard: &SignalContext<'_>) -> Alert {
    Alert {
        name: signal.name.clone(),
        severity: signal.severity,
        service: signal.service.clone(),
        host: signal.host.clone(),
        summary: signal.summary.clone(),
        labels: signal.labels.clone(),
        annotations: signal.annotations.clone(),
        links: signal.links.clone(),
        acknowledged_there: signal.acknowledged_by.clone(),
        remarks: signal.remarks.clone(),
        truncated: signal.truncated,
        latest_start: signal.starts_at.unwrap_or(alert.latest_start).max(alert.latest_start),
        last_seen: alert.last_seen.max(heard.at),
        expires_at: expiry(signal, heard),
        ..alert.clone()
    }
}

/// True if people see a difference other than times.
pub(super) fn shown_differs(before: &Alert, after: &Alert) -> bool {
    before.name != after.name
        || before.severity != after.severity
        || before.service != after.service
        || before.host != after.host
        || before.summary != after.summary
        || before.labels != after.labels
        || before.annotations != after.annotations
        || before.links != after.links
        || before.acknowledged_there != after.acknowledged_there
        || before.truncated != after.truncated
}

fn begin(signal: &Signal, heard: &SignalContext<'_>) -> Alert {
    let starts_at = signal.starts_at.unwrap_or(heard.at);
    let ended = signal.ends_at.unwrap_or(heard.at).max(starts_at);
    Alert {
        id: AlertId::new(heard.at),
        source: heard.source.clone(),
        fingerprint: signal.fingerprint.clone(),
        firing: signal.firing,
        name: signal.name.clone(),
        severity: signal.severity,
        service: signal.service.clone(),
        host: signal.host.clone(),
        summary: signal.summary.clone(),
        labels: signal.labels.clone(),
        annotations: signal.annotations.clone(),
        starts_at,
        latest_start: starts_at,
        ends_at: (!signal.firing).then_some(ended),
        first_seen: heard.at,
        last_seen: heard.at,
        expires_at: if signal.firing { expiry(signal, heard) } else { None },
        timed_out: false,
        links: signal.links.clone(),
        acknowledged_there: signal.acknowledged_by.clone(),
        remarks: signal.remarks.clone(),
        truncated: signal.truncated,
        flapping: Default::default(),
        reopening: None,
        reopened_after: None,
        group: None,
        muted: false,
        muted_by: Vec::new(),
        silenced_until: None,
        acknowledged_by: None,
    }
}

/// Returns the next episode of a resolved alert. Its start is that of the signal if it is after the end of the episode
/// before. It is the end of that one if nobody resolved it, and else the time of receipt. It is after the start before.
fn next_episode(alert: &Alert, signal: &Signal, heard: &SignalContext<'_>) -> Alert {
    let ended = alert.ends_at.unwrap_or(alert.latest_start);
    let next = begin(signal, heard);
    let (starts_at, reopened_after) = match signal.starts_at {
        Some(start) if start > alert.latest_start && start >= ended => (start, None),
        Some(_) if alert.timed_out => (ended, None),
        // A sender with leases repeats its resolve; another one may have sent this lease.
        Some(_) if is_lease(signal, heard) => (heard.at, Some(ended)),
        Some(_) | None => (heard.at, None),
    };
    let starts_at = starts_at.max(alert.latest_start.max(alert.starts_at) + chrono::TimeDelta::milliseconds(1));
    let latest_start = signal.starts_at.map_or(starts_at, |start| start.max(alert.latest_start));
    Alert { starts_at, latest_start, reopened_after, ..next }
}

fn is_lease(signal: &Signal, heard: &SignalContext<'_>) -> bool {
    heard.leases && signal.ends_at.is_some()
}

fn expiry(signal: &Signal, heard: &SignalContext<'_>) -> Option<Timestamp> {
    if let Some(end) = signal.ends_at {
        return Some(end);
    }
    if heard.resolve_timeout.is_zero() { None } else { Some(later(heard.at, heard.resolve_timeout)) }
}

/// The times of a signal without impossible values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckedTimes {
    /// When it began.
    pub starts_at: Option<Timestamp>,
    /// When it ended or, while it fires, when it will time out.
    pub ends_at: Option<Timestamp>,
    /// What was corrected.
    pub remarks: Vec<Remark>,
}

/// How far a sender's clock may be ahead.
const AHEAD: chrono::TimeDelta = chrono::TimeDelta::minutes(5);
/// 2000-01-01: nothing monitored began earlier.
const EARLIEST: i64 = 946_684_800;

/// Removes impossible values from the times of a signal: a start in the future or before 2000 is dropped with a remark,
/// Go's zero time (year 1) without one.
pub fn check_times(
    firing: bool,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    received: Timestamp,
) -> CheckedTimes {
    let mut times = CheckedTimes::default();
    times.starts_at = match starts_at.map(to_millis) {
        Some(start) if start > received + AHEAD => times.note(Remark::FutureStart),
        Some(start) if is_zero(start) => None,
        Some(start) if start.timestamp() < EARLIEST => times.note(Remark::AncientStart),
        said => said,
    };
    let said_end = ends_at.map(to_millis).filter(|end| !is_zero(*end));
    times.ends_at = match said_end {
        Some(end) if firing && end <= received => times.note(Remark::OddEnd),
        // What is over ended before it was received, also by a clock that is a little ahead.
        Some(end) if !firing && end > received => {
            times.remarks.extend((end > received + AHEAD).then_some(Remark::OddEnd));
            Some(received)
        }
        Some(end) if times.starts_at.is_some_and(|start| end < start) => {
            times.remarks.push(Remark::OddEnd);
            times.starts_at
        }
        said => said,
    };
    times
}

impl CheckedTimes {
    fn note(&mut self, remark: Remark) -> Option<Timestamp> {
        self.remarks.push(remark);
        None
    }
}

/// True for Go's zero time, which senders use for "unknown".
pub fn is_zero(time: Timestamp) -> bool {
    use chrono::Datelike as _;
    time.year() <= 1
}

fn to_millis(time: Timestamp) -> Timestamp {
    Timestamp::from_timestamp_millis(time.timestamp_millis()).unwrap_or(time)
}

impl Alert {
    /// Returns its summary, or its name if the summary is blank.
    pub fn title(&self) -> Untrusted {
        if self.summary.is_blank() { self.name.clone() } else { self.summary.clone() }
    }
}
