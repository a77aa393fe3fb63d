//! Decodes flapping, correlation and enrichment of alerts.

use std::time::Duration;

use super::{DAY, HOUR, matchers::matchers, seconds};
use crate::{
    config::{kinds, read::Section, tree::Value},
    domain::{
        alert::{EnrichRule, FlappingRule, Pattern, enrich::Template},
        ids::{SourceId, TeamId},
    },
};

/// The rule without an `[alerts.flapping]` table.
pub(super) const NO_FLAPPING: FlappingRule =
    FlappingRule { enabled: false, sample: Duration::from_secs(120), low: 10, high: 30 };

pub(super) fn flapping(s: &Section<'_>) -> FlappingRule {
    let percent = |key| u32::try_from(s.count(key, 1..=99)).unwrap_or(99);
    let rule = FlappingRule {
        enabled: s.flag("enabled", true),
        sample: s.duration("sample", seconds(1, HOUR)),
        low: percent("low"),
        high: percent("high"),
    };
    if rule.low >= rule.high {
        s.wrong("low", "must be less than high: an alert is calm below the one and flaps above the other");
    }
    rule
}

/// The longest window of a pattern, and the most alerts that it can correlate.
const LONGEST: u64 = 7 * DAY;
const MOST: u64 = 300;

pub(super) fn pattern(s: &Section<'_>) -> Option<Pattern> {
    let name = s.need("name", "name", kinds::id);
    let window = s.need("window", "duration", |value| kinds::duration(value, seconds(1, LONGEST)));
    let most = s.read("most", "whole number", |value| kinds::count(value, 2..=MOST)).unwrap_or(MOST);
    let longest = s.read("longest", "duration", |value| kinds::duration(value, seconds(1, LONGEST)));
    let pattern = Pattern {
        name: name?,
        sources: s.texts("sources").unwrap_or_default().into_iter().map(SourceId::new).collect(),
        labels: s.texts("labels").unwrap_or_default(),
        matchers: matchers(s),
        window: window?,
        slides: s.flag("slides", true),
        longest: longest.unwrap_or(Duration::from_secs(DAY)),
        most: u32::try_from(most).unwrap_or(300),
    };
    if pattern.labels.is_empty() && pattern.matchers.is_empty() && pattern.sources.is_empty() {
        s.wrong(
            "labels",
            "missing; a pattern without labels, matchers and sources would join everything to everything",
        );
    }
    Some(pattern)
}

/// Sorts patterns by window, the longest first: it names the alerts that several patterns would join.
pub(super) fn by_window(mut patterns: Vec<Pattern>) -> Vec<Pattern> {
    patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.window));
    patterns
}

pub(super) fn enrich(s: &Section<'_>) -> Option<EnrichRule> {
    let known = EnrichRule {
        matchers: matchers(s),
        service: s.read("service", "text with {label}", |value| Template::parse(&kinds::line(value)?)),
        team: s.read("team", "name", kinds::id).map(TeamId::new),
        runbook: s.read("runbook", "address with {label}", address),
        graph: s.read("graph", "address with {label}", address),
    };
    if !["service", "team", "runbook", "graph"].iter().any(|key| s.has(key)) {
        s.wrong("service", "missing; write service, team, runbook or graph, else nothing is known by it");
    }
    Some(known)
}

/// Parses a link with labels. Labels are allowed only after the host, because a label must not choose the host.
fn address(value: &Value) -> Result<Template, String> {
    let template = Template::parse(&kinds::line(value)?)?;
    let after = template.start().strip_prefix("https://").or_else(|| template.start().strip_prefix("http://"));
    match after.and_then(|after| after.split_once('/')) {
        Some((host, _)) if !host.is_empty() => Ok(template),
        Some(_) | None => Err("must begin with https:// or http://, a host and a slash, before any {label}".to_owned()),
    }
}
