//! Finds the sets of matchers that may match an alert without trying all of them.

use std::collections::{BTreeMap, HashMap};

use super::{MatchOp, Matcher};
use crate::domain::text::Untrusted;

/// An index of sets of matchers: each set is filed under one label and the few values of it that the set accepts. Sets
/// that require no plain value are always candidates.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    by_label: BTreeMap<String, HashMap<String, Vec<usize>>>,
    always: Vec<usize>,
}

impl Candidates {
    /// Indexes sets of matchers by their positions.
    pub fn new<'a>(sets: impl IntoIterator<Item = &'a [Matcher]>) -> Self {
        let sets: Vec<Vec<(&str, Vec<&str>)>> = sets.into_iter().map(keys).collect();
        let mut frequency: HashMap<(&str, &str), usize> = HashMap::new();
        for (label, value) in sets.iter().flatten().flat_map(|(label, values)| values.iter().map(|v| (*label, *v))) {
            *frequency.entry((label, value)).or_default() += 1;
        }
        let mut index = Self::default();
        for (place, set) in sets.iter().enumerate() {
            // The rarest key leaves the fewest candidates: the host, not the environment that all name.
            let crowd = |(label, values): &(&str, Vec<&str>)| -> usize {
                values.iter().map(|value| frequency.get(&(*label, *value)).copied().unwrap_or(0)).sum()
            };
            match set.iter().min_by_key(|key| crowd(key)) {
                Some((label, values)) => index.file(place, label, values),
                None => index.always.push(place),
            }
        }
        index
    }

    fn file(&mut self, place: usize, label: &str, values: &[&str]) {
        let shelf = self.by_label.entry(label.to_owned()).or_default();
        for value in values {
            let places = shelf.entry((*value).to_owned()).or_default();
            if places.last() != Some(&place) {
                places.push(place);
            }
        }
    }

    /// Returns the positions of the sets that may match these labels, in order. Other sets do not match.
    pub fn find(&self, labels: &BTreeMap<String, Untrusted>) -> Vec<usize> {
        let mut places = self.always.clone();
        for (label, shelf) in &self.by_label {
            let value = labels.get(label).map_or("", Untrusted::verbatim);
            places.extend(shelf.get(value).into_iter().flatten());
        }
        places.sort_unstable();
        places
    }
}

/// Returns the matchers of a set that name plain values: the label, and the values it may have.
fn keys(set: &[Matcher]) -> Vec<(&str, Vec<&str>)> {
    set.iter().filter_map(|matcher| Some((matcher.label.as_str(), plain_values(matcher)?))).collect()
}

/// Returns the values that a matcher accepts, if it is `=` or a regular expression that only lists words: `a|b`.
fn plain_values(matcher: &Matcher) -> Option<Vec<&str>> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '/' | ' ' | ',' | '@' | '%' | '=');
    match matcher.op {
        MatchOp::Equal => Some(vec![&matcher.value]),
        MatchOp::Regex if matcher.value.chars().all(|c| plain(c) || c == '|') => {
            Some(matcher.value.split('|').collect())
        }
        MatchOp::Regex | MatchOp::NotEqual | MatchOp::NotRegex => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::alert::all_match;

    fn set(text: &str) -> Vec<Matcher> {
        Matcher::parse_list(text).unwrap()
    }

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, Untrusted> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Untrusted::new(*value))).collect()
    }

    #[test]
    fn a_thousand_sets_that_name_a_host_leave_one_candidate() {
        let sets: Vec<_> = (0..1000).map(|n| set(&format!("env=prod,host=h{n}"))).collect();
        let index = Candidates::new(sets.iter().map(Vec::as_slice));
        assert_eq!(index.find(&labels(&[("env", "prod"), ("host", "h7")])), [7]);
        assert_eq!(index.find(&labels(&[("env", "prod")])), [] as [usize; 0]);
    }

    #[test]
    fn a_list_of_words_is_found_by_each_and_anything_else_is_always_tried() {
        let sets = [set("service=~\"a|b\""), set("service=~\"a.*\""), set("service!=a"), set("service=\"\"")];
        let index = Candidates::new(sets.iter().map(Vec::as_slice));
        assert_eq!(index.find(&labels(&[("service", "b")])), [0, 1, 2]);
        assert_eq!(index.find(&labels(&[])), [1, 2, 3]);
    }

    proptest! {
        #[test]
        fn no_set_that_fits_is_missed(
            sets in prop::collection::vec(prop::collection::vec(("[ab]", "=|!=|=~|!~", "[xy]?|x\\|y|x\\.\\*"), 0..3), 0..8),
            has in prop::collection::btree_map("[ab]", "[xy]?", 0..3),
        ) {
            let sets: Vec<Vec<Matcher>> = sets
                .iter()
                .map(|set| set.iter().map(|(l, op, v)| Matcher::parse(&format!("{l}{op}\"{v}\"")).unwrap()).collect())
                .collect();
            let has: BTreeMap<_, _> = has.into_iter().map(|(name, value)| (name, Untrusted::new(value))).collect();
            let found = Candidates::new(sets.iter().map(Vec::as_slice)).find(&has);
            prop_assert!(found.is_sorted());
            for (place, set) in sets.iter().enumerate() {
                prop_assert!(!all_match(set, &has) || found.contains(&place), "{set:?} fits {has:?}");
            }
        }
    }
}
