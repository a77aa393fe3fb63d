//! Which past incidents a new one is like, and why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::ids::IncidentId;

/// The most past incidents that are shown.
pub const MOST_SIMILAR: usize = 3;
/// The most words of an incident that are compared.
const MOST_WORDS: usize = 24;
/// Shorter words say little.
const SHORTEST_WORD: usize = 4;
/// The least weight of a past incident that is shown.
const LEAST: usize = 2;

/// Why a past incident is like a new one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Likeness {
    /// True if alerts of one group belonged to both.
    pub group: bool,
    /// True if both are about one service.
    pub service: bool,
    /// Labels that the alerts of both have: `host=db-1`.
    pub labels: Vec<String>,
    /// Rare words that both have.
    pub words: Vec<String>,
}

impl Likeness {
    /// The more it weighs, the more alike two incidents are. One common word is none.
    pub fn weight(&self) -> usize {
        let one = |present: bool, weight| if present { weight } else { 0 };
        one(self.group, 8) + one(!self.labels.is_empty(), 4) + one(self.service, 2) + self.words.len().min(3)
    }
}

/// Orders past incidents by their weight, the newest first among equals, and keeps the best.
pub fn choose(found: BTreeMap<IncidentId, Likeness>) -> Vec<(IncidentId, Likeness)> {
    let mut found: Vec<_> = found.into_iter().filter(|(_, likeness)| likeness.weight() >= LEAST).collect();
    found.sort_by_key(|(id, likeness)| std::cmp::Reverse((likeness.weight(), *id)));
    found.truncate(MOST_SIMILAR);
    found
}

/// The words of a text that may say what it is about.
pub fn telling_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let long = word.chars().count() >= SHORTEST_WORD && !word.chars().all(|c| c.is_ascii_digit());
        let word = word.to_lowercase();
        if long && !words.contains(&word) {
            words.push(word);
        }
        if words.len() == MOST_WORDS {
            break;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> IncidentId {
        IncidentId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn the_same_alerts_weigh_more_than_labels_service_and_words() {
        let words = |n: usize| (0..n).map(|n| format!("word{n}")).collect();
        let like = |group, service, words| Likeness { group, service, words, ..Likeness::default() };
        let labels = Likeness { labels: vec!["host=db-1".to_owned()], ..Likeness::default() };
        let found = BTreeMap::from([
            (id(1), like(false, false, words(1))),
            (id(2), like(false, true, words(0))),
            (id(3), like(true, false, words(0))),
            (id(4), like(false, true, words(9))),
            (id(5), labels),
        ]);
        let chosen: Vec<IncidentId> = choose(found).into_iter().map(|(id, _)| id).collect();
        assert_eq!(chosen, [id(3), id(4), id(5)]);
        let alike = BTreeMap::from([(id(1), like(false, true, words(0))), (id(2), like(false, true, words(0)))]);
        assert_eq!(choose(alike)[0].0, id(2), "the newest first");
        assert_eq!(choose(BTreeMap::from([(id(1), like(false, false, words(1)))])), []);
    }

    #[test]
    fn short_words_numbers_and_repeats_say_nothing() {
        assert_eq!(telling_words("The pool of db-1 is empty: POOL 5432"), ["pool", "empty"]);
        let long: String = (0..100).map(|n| format!("word{n} ")).collect();
        assert_eq!(telling_words(&long).len(), MOST_WORDS);
    }
}
