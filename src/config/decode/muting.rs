//! Decodes inhibition rules and the time intervals that mute routes.

use std::collections::BTreeMap;

use super::matchers::matchers_of;
use crate::{
    config::{kinds, read::Section},
    domain::alert::{InhibitRule, TimeInterval, interval},
};

/// Time intervals by name. Entries of the same name are combined.
pub(super) type Intervals = BTreeMap<String, Vec<TimeInterval>>;

pub(super) fn inhibit(s: &Section<'_>) -> Option<InhibitRule> {
    let rule = InhibitRule {
        source: matchers_of(s, "source"),
        target: matchers_of(s, "target"),
        equal: s.texts("equal").unwrap_or_default(),
    };
    for (key, none) in [("source", rule.source.is_empty()), ("target", rule.target.is_empty())] {
        if none && !s.has(key) {
            s.wrong(key, "missing; write conditions such as [\"severity=critical\"]");
        }
    }
    Some(rule)
}

/// Reads `[[alerts.intervals]]`.
pub(super) fn intervals(s: &Section<'_>) -> Intervals {
    let mut all = Intervals::new();
    for (name, interval) in s.tables("intervals", "name", named) {
        all.entry(name).or_default().push(interval);
    }
    all
}

fn named(s: &Section<'_>) -> Option<(String, TimeInterval)> {
    let name = s.need("name", "name", kinds::id);
    let interval = TimeInterval {
        times: ranges(s, "times", interval::parse_times),
        weekdays: ranges(s, "weekdays", interval::parse_weekdays),
        days_of_month: ranges(s, "days_of_month", interval::parse_days_of_month),
        months: ranges(s, "months", interval::parse_months),
        years: ranges(s, "years", interval::parse_years),
        zone: s.read("timezone", "time zone", kinds::zone),
    };
    Some((name?, interval))
}

fn ranges<T>(s: &Section<'_>, key: &str, read: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
    let written = s.texts(key).unwrap_or_default();
    let take = |text: &String| read(text).map_err(|what| s.wrong(key, what)).ok();
    written.iter().filter_map(take).collect()
}

/// Returns the intervals that a route names.
pub(super) fn named_by(s: &Section<'_>, key: &str, known: &Intervals) -> Vec<TimeInterval> {
    let names = s.texts(key).unwrap_or_default();
    let find = |name: &String| {
        let found = known.get(name);
        if found.is_none() {
            s.wrong(key, format!("there is no [[alerts.intervals]] named `{name}`"));
        }
        found.cloned()
    };
    names.iter().filter_map(find).flatten().collect()
}
