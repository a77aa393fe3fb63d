//! What was told: the same words for both.

use std::collections::{BTreeMap, BTreeSet};

/// An alert that somebody was told of: where, in which group, and its labels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// The receiver, which is the feed.
    pub to: String,
    /// The labels of its group.
    pub group: String,
    /// Its own labels.
    pub alert: String,
}

/// What is told of one group at one time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// In which unit.
    pub at: i64,
    /// To whom.
    pub to: String,
    /// The labels of the group.
    pub group: String,
    /// The alerts that fire.
    pub firing: BTreeSet<String>,
}

/// What a timeline came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Notices in which something fires that was not told before, and those that tell it again.
    pub notices: BTreeSet<Notice>,
    /// In which unit each resolve was first told.
    pub resolves: BTreeMap<Told, i64>,
}

/// Labels as one text; the one that keeps timelines apart is none of theirs.
pub fn shown<'a>(labels: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut pairs: Vec<String> =
        labels.filter(|(name, _)| *name != "timeline").map(|(name, value)| format!("{name}={value}")).collect();
    pairs.sort();
    pairs.join(",")
}
