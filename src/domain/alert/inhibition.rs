//! Inhibition: while one alert fires, alerts that follow from it are muted, as in Alertmanager 0.25
//! (`inhibit/inhibit.go`): every firing source counts, a label that both lack is equal, and an alert that matches both
//! sides of a rule is not inhibited by another that does.

use std::collections::BTreeMap;

use super::{Candidates, Digest, Matcher, all_match};
use crate::domain::text::Untrusted;

/// A rule: a firing alert that matches `source` mutes those that match `target` and have the same value of each label of
/// `equal`.
#[derive(Clone, Debug)]
pub struct InhibitRule {
    /// What an inhibiting alert must match.
    pub source: Vec<Matcher>,
    /// What an inhibited alert must match.
    pub target: Vec<Matcher>,
    /// The labels both must agree in; if empty, any source mutes every target.
    pub equal: Vec<String>,
}

/// The rules, indexed by their matchers.
#[derive(Clone, Debug, Default)]
pub struct Inhibitions {
    rules: Vec<InhibitRule>,
    sources: Candidates,
    targets: Candidates,
}

/// Whether an alert is a source or a target of a rule. A source mutes targets of the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InhibitionSide {
    /// A hash of the rule and of the values of its equal labels.
    pub key: String,
    /// True if it inhibits.
    pub source: bool,
    /// True if it can be inhibited.
    pub target: bool,
}

impl InhibitionSide {
    /// True if an alert on this side mutes one on the other.
    pub fn mutes(&self, other: &Self) -> bool {
        self.key == other.key && self.source && other.target && !(self.target && other.source)
    }
}

impl InhibitRule {
    fn key(&self, labels: &BTreeMap<String, Untrusted>) -> String {
        let list = |matchers: &[Matcher]| matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let values = self.equal.iter().map(|name| (name.as_str(), labels.get(name).map_or("", Untrusted::verbatim)));
        Digest::new("inhibit").part(&list(&self.source)).part(&list(&self.target)).labels(values).hex()
    }
}

impl Inhibitions {
    /// Indexes rules.
    pub fn new(rules: Vec<InhibitRule>) -> Self {
        let sources = Candidates::new(rules.iter().map(|rule| rule.source.as_slice()));
        let targets = Candidates::new(rules.iter().map(|rule| rule.target.as_slice()));
        Self { rules, sources, targets }
    }

    /// Returns the rules of which an alert with these labels is a source or target.
    pub fn sides(&self, labels: &BTreeMap<String, Untrusted>) -> Vec<InhibitionSide> {
        let fits = |matchers: fn(&InhibitRule) -> &[Matcher], places: Vec<usize>| -> Vec<usize> {
            places.into_iter().filter(|place| all_match(matchers(&self.rules[*place]), labels)).collect()
        };
        let sources = fits(|rule| &rule.source, self.sources.find(labels));
        let targets = fits(|rule| &rule.target, self.targets.find(labels));
        let mut places: Vec<usize> = sources.iter().chain(&targets).copied().collect();
        places.sort_unstable();
        places.dedup();
        let side = |place: usize| InhibitionSide {
            key: self.rules[place].key(labels),
            source: sources.contains(&place),
            target: targets.contains(&place),
        };
        places.into_iter().map(side).collect()
    }

    /// True if there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// A hash of all rules: when it changes, stored sides are out of date.
    pub fn digest(&self) -> String {
        let none = BTreeMap::new();
        self.rules.iter().fold(Digest::new("inhibitions"), |digest, rule| digest.part(&rule.key(&none))).hex()
    }
}
