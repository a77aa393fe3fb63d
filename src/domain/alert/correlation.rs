//! Folding groups together that routes keep apart: what agrees in some labels within a window, and what depends on a
//! service that fires.
//!
//! A pattern says which alerts (sources, matchers), the labels they must agree in, and a window. The window is measured
//! between the beginnings of alerts, as in BigPanda (docs.bigpanda.io, alert correlation logic), where also the pattern
//! with the longest window names what several patterns would join, and one whole holds 300 alerts at most. It slides as
//! in Moogsoft: a group that begins in the last half of the window makes it half as long again, up to a day in all.
//!
//! What was decided is kept with the group. A changed pattern is another pattern: it joins nothing to what an older one
//! held together.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Alert, Digest, Matcher, all_match, flow::later};
use crate::domain::{
    Timestamp,
    ids::{GroupId, SourceId},
    text::Untrusted,
};

/// `[[alerts.correlate]]`: which groups belong together.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Its name, shown with every join.
    pub name: String,
    /// Whose alerts; empty: everyone's.
    pub sources: Vec<SourceId>,
    /// The labels that must be there and agree.
    pub labels: Vec<String>,
    /// All must hold.
    pub matchers: Vec<Matcher>,
    /// How far apart beginnings may be.
    pub window: Duration,
    /// Whether a group in its last half makes the window half as long again.
    pub slides: bool,
    /// How long the window may get by that.
    pub longest: Duration,
    /// How many alerts one whole may have.
    pub most: u32,
}

/// Why a group is told within another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParentLink {
    /// The group whose message tells it.
    #[serde(rename = "under")]
    pub parent: GroupId,
    /// The pattern that decided it, or [`DEPENDS_ON`].
    pub rule: String,
    /// The labels the two agree in, or the services of which one depends on the other.
    pub values: BTreeMap<String, Untrusted>,
    /// Whether it has no message of its own: both are of the same feed.
    pub hidden: bool,
}

/// The rule of a fold that no pattern made: the service depends on one that fires.
pub const DEPENDS_ON: &str = "depends_on";

/// Groups that a pattern holds together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correlation {
    /// What tells it from the others: the pattern and the values.
    pub key: String,
    /// The group whose message tells all of it.
    pub parent: GroupId,
    /// When its first alert began.
    pub first: Timestamp,
    /// Until when alerts may begin that belong to it, exclusive.
    pub until: Timestamp,
}

impl Pattern {
    /// The values an alert would be correlated by; none: it is not the pattern's.
    pub fn fits(&self, alert: &Alert) -> Option<BTreeMap<String, Untrusted>> {
        let ours = self.sources.is_empty() || self.sources.contains(&alert.source);
        if !ours || !all_match(&self.matchers, &alert.labels) {
            return None;
        }
        let value = |name: &String| {
            let value = alert.labels.get(name).filter(|value| !value.verbatim().is_empty());
            value.map(|value| (name.clone(), value.clone()))
        };
        self.labels.iter().map(value).collect()
    }

    /// What tells these values under this pattern from all others.
    pub fn key(&self, values: &BTreeMap<String, Untrusted>) -> String {
        let Self { name, sources, matchers, window, slides, longest, most, labels: _ } = self;
        let clocks = format!("{} {slides} {} {most}", window.as_millis(), longest.as_millis());
        let mut digest = Digest::new("correlation").part(name).part(&clocks).part(&matchers.len().to_string());
        for matcher in matchers {
            digest = digest.part(&matcher.to_string());
        }
        digest = digest.part(&sources.len().to_string());
        for source in sources {
            digest = digest.part(source.as_str());
        }
        digest.labels(values.iter().map(|(name, value)| (name.as_str(), value.verbatim()))).hex()
    }

    /// What an alert begins that nothing holds yet.
    pub fn begin(&self, values: &BTreeMap<String, Untrusted>, parent: GroupId, alert: &Alert) -> Correlation {
        let first = alert.starts_at;
        Correlation { key: self.key(values), parent, first, until: later(first, self.window) }
    }

    /// The correlation with one more alert in it; none: the alert began outside of the window.
    pub fn join(&self, held: &Correlation, alert: &Alert) -> Option<Correlation> {
        let start = alert.starts_at;
        if start >= held.until || later(start, self.window) <= held.first {
            return None;
        }
        let half = (held.until - held.first) / 2;
        let until = match self.slides && held.first + half <= start {
            true => later(held.until, self.window / 2).min(later(held.first, self.longest)).max(held.until),
            false => held.until,
        };
        Some(Correlation { first: held.first.min(start), until, ..held.clone() })
    }
}

/// The services above one, nearest first: what it depends on, and what that depends on.
pub fn above<'a>(service: &'a str, depends_on: impl Fn(&'a str) -> Vec<&'a str>) -> Vec<&'a str> {
    let mut found = depends_on(service);
    let mut next = 0;
    while let Some(name) = found.get(next).copied() {
        next += 1;
        for further in depends_on(name) {
            if further != service && !found.contains(&further) && found.len() < MOST_ABOVE {
                found.push(further);
            }
        }
    }
    found
}

/// How many services are looked at above one.
const MOST_ABOVE: usize = 100;
