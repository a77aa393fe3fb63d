//! Stories of alerts.

mod clocks;
mod episodes;
mod inhibition;
mod intervals;
mod order;
mod record;
mod routing;
mod rules;
mod silences;

use std::{collections::BTreeMap, time::Duration};

use super::{Alert, Fingerprint, Signal, episode};
use crate::domain::{Timestamp, ids::SourceId, text::Untrusted};

/// The instant `seconds` after the beginning of the story.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000 + seconds, 0).expect("in range")
}

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, Untrusted> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Untrusted::new(*value))).collect()
}

fn signal(firing: bool, starts: Option<i64>, ends: Option<i64>) -> Signal {
    Signal {
        fingerprint: Fingerprint("f".to_owned()),
        firing,
        name: "HighLoad".into(),
        severity: None,
        service: Some("checkout".to_owned()),
        host: None,
        summary: "load is high".into(),
        labels: labels(&[("alertname", "HighLoad"), ("service", "checkout")]),
        annotations: BTreeMap::new(),
        starts_at: starts.map(at),
        ends_at: ends.map(at),
        links: Vec::new(),
        acknowledged_by: None,
        remarks: Vec::new(),
        truncated: 0,
        warnings: Vec::new(),
    }
}

fn fires(starts: i64) -> Signal {
    signal(true, Some(starts), None)
}

fn ends(starts: i64, ends: i64) -> Signal {
    signal(false, Some(starts), Some(ends))
}

/// Tells the newest episode one thing after the other; `None` while there is none.
fn tell(stored: Option<Alert>, signal: &Signal, now: i64) -> Option<Alert> {
    tell_by(stored, signal, now, false)
}

/// The same, by a sender whose ends in the future are leases.
fn tell_leased(stored: Option<Alert>, signal: &Signal, now: i64) -> Option<Alert> {
    tell_by(stored, signal, now, true)
}

fn tell_by(stored: Option<Alert>, signal: &Signal, now: i64, leases: bool) -> Option<Alert> {
    let source = SourceId::new("am");
    let (resolve_timeout, reopen_hold) = (Duration::from_secs(600), Duration::from_secs(20));
    let heard = episode::SignalContext { source: &source, at: at(now), resolve_timeout, reopen_hold, leases };
    match episode::merge(stored.as_ref(), signal, &heard) {
        episode::EpisodeChange::Ignored => stored,
        episode::EpisodeChange::Repeated(alert)
        | episode::EpisodeChange::Changed(alert)
        | episode::EpisodeChange::Resolved(alert)
        | episode::EpisodeChange::Fired(alert)
        | episode::EpisodeChange::Recorded(alert)
        | episode::EpisodeChange::Held(alert) => Some(alert),
    }
}

/// An alert that fires since `starts`.
fn firing(starts: i64) -> Alert {
    tell(None, &fires(starts), starts).expect("it fires")
}
