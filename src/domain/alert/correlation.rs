//! Correlation of groups that routes keep apart: alerts that agree in some labels within a window, and services that
//! depend on a service that fires.
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

use super::{Alert, Digest, Matcher, all_match};
use crate::domain::{
    Timestamp,
    ids::{GroupId, SourceId},
    later,
    text::Untrusted,
};

/// A pattern of `[[alerts.correlate]]`: which groups belong together.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Its name, shown with every correlation.
    pub name: String,
    /// The sources of the alerts; if empty, all sources.
    pub sources: Vec<SourceId>,
    /// The labels that must be present and equal.
    pub labels: Vec<String>,
    /// All must match.
    pub matchers: Vec<Matcher>,
    /// How far apart the starts of alerts may be.
    pub window: Duration,
    /// True if a group in the last half of the window extends it by half.
    pub slides: bool,
    /// The longest extended window.
    pub longest: Duration,
    /// The most alerts of a correlation.
    pub most: u32,
}

/// Why a group has a parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParentLink {
    /// The parent group.
    #[serde(rename = "under")]
    pub parent: GroupId,
    /// The name of the pattern, or [`DEPENDS_ON`].
    pub rule: String,
    /// The labels both agree in, or the services of which one depends on the other.
    pub values: BTreeMap<String, Untrusted>,
    /// True if the group has no message of its own, because both have the same feed.
    pub hidden: bool,
}

/// The rule of a parent found by a dependency: the service depends on one that fires.
pub const DEPENDS_ON: &str = "depends_on";

/// A set of groups that a pattern correlates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correlation {
    /// Identifies it: a hash of the pattern and the values.
    pub key: String,
    /// The parent group.
    pub parent: GroupId,
    /// When its first alert began.
    pub first: Timestamp,
    /// When its window ends, exclusive.
    pub until: Timestamp,
}

impl Pattern {
    /// Returns the values an alert is correlated by; `None` if the pattern does not apply to it.
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

    /// Returns the key of these values under this pattern.
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

    /// Returns a new correlation that begins with an alert.
    pub fn begin(&self, values: &BTreeMap<String, Untrusted>, parent: GroupId, alert: &Alert) -> Correlation {
        let first = alert.starts_at;
        Correlation { key: self.key(values), parent, first, until: later(first, self.window) }
    }

    /// Returns the correlation with one more alert; `None` if the alert began outside of the window.
    pub fn join(&self, held: &Correlation, alert: &Alert) -> Option<Correlation> {
        let start = alert.starts_at;
        if start >= held.until || later(start, self.window) <= held.first {
            return None;
        }
        let half = (held.until - held.first) / 2;
        let until = if self.slides && held.first + half <= start {
            later(held.until, self.window / 2).min(later(held.first, self.longest)).max(held.until)
        } else {
            held.until
        };
        Some(Correlation { first: held.first.min(start), until, ..held.clone() })
    }
}

/// Returns the services that a service depends on, directly and indirectly, nearest first.
pub fn dependencies<'a>(service: &'a str, depends_on: impl Fn(&'a str) -> Vec<&'a str>) -> Vec<&'a str> {
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

/// The most services that are followed from one.
const MOST_ABOVE: usize = 100;
