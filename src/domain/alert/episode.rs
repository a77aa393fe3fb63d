//! Merges signals into episodes of alerts, so that the order and the number of deliveries do not matter.
//!
//! The newest start of an alert counts. The alert is resolved by an end for that start, or by an end after it for an older
//! start (two senders of the same alert may report different starts). A start after the end of the stored episode begins
//! a new episode.

use std::time::Duration;

use super::{Alert, Remark, Signal};
use crate::domain::{
    Timestamp,
    ids::{AlertId, SourceId},
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
    /// It was resolved before it was reported: the record makes a late firing signal out of date.
    Recorded(Alert),
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
}

/// Merges a signal into the newest stored episode of its alert.
pub fn merge(stored: Option<&Alert>, signal: &Signal, heard: &SignalContext<'_>) -> EpisodeChange {
    match (stored, signal.firing) {
        (None, true) => EpisodeChange::Fired(begin(signal, heard)),
        (None, false) if signal.starts_at.is_some() => EpisodeChange::Recorded(begin(signal, heard)),
        (None, false) => EpisodeChange::Ignored,
        (Some(alert), true) => fires(alert, signal, heard),
        (Some(alert), false) => ends(alert, signal, heard),
    }
}

/// Returns the alert as resolved by timeout, if its time has come.
pub fn expire(alert: &Alert, now: Timestamp) -> Option<Alert> {
    let due = alert.expires_at.filter(|at| alert.firing && *at <= now)?;
    Some(Alert { firing: false, ends_at: Some(due), expires_at: None, timed_out: true, muted: false, ..alert.clone() })
}

fn fires(alert: &Alert, signal: &Signal, heard: &SignalContext<'_>) -> EpisodeChange {
    let Some(start) = signal.starts_at else {
        return if alert.firing {
            again(alert, signal, heard)
        } else {
            EpisodeChange::Fired(begin_after(alert, signal, heard))
        };
    };
    if alert.firing {
        if start < alert.latest_start {
            return EpisodeChange::Repeated(Alert { last_seen: alert.last_seen.max(heard.at), ..alert.clone() });
        }
        return again(alert, signal, heard);
    }
    if alert.timed_out && start == alert.latest_start {
        // It timed out, and no sender resolved it: the same start may fire again.
        return EpisodeChange::Fired(begin_after(alert, signal, heard));
    }
    let ended = alert.ends_at.unwrap_or(alert.latest_start);
    if start <= alert.latest_start {
        EpisodeChange::Ignored
    } else if start < ended && !alert.timed_out {
        EpisodeChange::Repeated(Alert { latest_start: start, ..alert.clone() })
    } else {
        EpisodeChange::Fired(begin(signal, heard))
    }
}

fn ends(alert: &Alert, signal: &Signal, heard: &SignalContext<'_>) -> EpisodeChange {
    let said_end = signal.ends_at;
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
    EpisodeChange::Recorded(begin(signal, heard))
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
        flapping: Default::default(),
        group: None,
        muted: false,
        muted_by: Vec::new(),
        silenced_until: None,
        acknowledged_by: None,
    }
}

/// Returns the next episode of an alert whose sender reports no start, or the start of the episode before. It begins after
/// that one.
fn begin_after(alert: &Alert, signal: &Signal, heard: &SignalContext<'_>) -> Alert {
    let starts_at = match signal.starts_at {
        Some(_) => alert.ends_at.unwrap_or(heard.at),
        None => heard.at,
    };
    let starts_at = starts_at.max(alert.latest_start.max(alert.starts_at) + chrono::TimeDelta::milliseconds(1));
    Alert { starts_at, latest_start: signal.starts_at.unwrap_or(starts_at), ..begin(signal, heard) }
}

fn expiry(signal: &Signal, heard: &SignalContext<'_>) -> Option<Timestamp> {
    if let Some(end) = signal.ends_at {
        return Some(end);
    }
    let wait = chrono::TimeDelta::from_std(heard.resolve_timeout).ok().filter(|wait| !wait.is_zero())?;
    heard.at.checked_add_signed(wait)
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
        Some(end) if !firing && end > received + AHEAD => {
            times.remarks.push(Remark::OddEnd);
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
