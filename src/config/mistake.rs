//! Mistakes in a configuration, with the place of each.

use std::fmt;

/// Where a setting was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Line of the operator's file.
    File(usize),
    /// Name of an environment variable.
    Env(String),
    /// Line of the shipped defaults.
    Shipped(usize),
}

/// One mistake in a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The path of the file as given by the operator.
    pub file: String,
    /// Where the setting was written.
    pub origin: Origin,
    /// The key, such as `[server] listen`; empty for the whole file.
    pub key: String,
    /// The key under which the shipped file explains it, such as `people[].access`.
    pub known: String,
    /// What is wrong, and how to fix it.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::File(0) => write!(f, "{}", self.file)?,
            Origin::File(line) => write!(f, "{}:{line}", self.file)?,
            Origin::Env(name) => f.write_str(name)?,
            Origin::Shipped(line) => write!(f, "shipped bot.toml:{line}")?,
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.what)
    }
}

/// All mistakes of a configuration, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl Mistakes {
    /// Sorts mistakes and removes duplicates.
    pub(super) fn from_unsorted(mut all: Vec<Mistake>) -> Self {
        all.sort_by(|a, b| (&a.origin, &a.key, &a.what).cmp(&(&b.origin, &b.key, &b.what)));
        all.dedup();
        Self(all)
    }

    /// Returns the mistakes as lines, for a chat notice or an event.
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, mistake) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            mistake.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

/// Returns the candidate that is most similar to a misspelled name.
pub(super) fn nearest<'a>(said: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let said = said.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&said, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().max(said.len()).div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Quotes a value for a message, with control characters escaped, and shortens it.
pub(super) fn shown(value: &str) -> String {
    format!("{:?}", crate::domain::text::cut(value, 60))
}
