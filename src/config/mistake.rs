//! What is wrong with a configuration, and where.

use std::fmt;

/// Where a setting was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// In the operator's file, at this line.
    File(usize),
    /// In an environment variable of this name.
    Env(String),
    /// In the shipped defaults, at this line.
    Shipped(usize),
}

/// One mistake: where, which key, what is wrong, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file as the operator named it.
    pub file: String,
    /// Where the wrong setting was written.
    pub origin: Origin,
    /// The key, such as `[server] listen`; empty when the file as a whole is meant.
    pub key: String,
    /// The key by which the shipped file explains it, such as `people[].access`.
    pub known: String,
    /// What is wrong, and what to do.
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

/// Every mistake of a configuration, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl Mistakes {
    /// Sorts and drops what is said twice.
    pub(super) fn from_unsorted(mut all: Vec<Mistake>) -> Self {
        all.sort_by(|a, b| (&a.origin, &a.key, &a.what).cmp(&(&b.origin, &b.key, &b.what)));
        all.dedup();
        Self(all)
    }

    /// The lines, for a chat notice or an event.
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

/// The candidate that was probably meant.
pub(super) fn nearest<'a>(said: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let said = said.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&said, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().max(said.len()).div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A value as a mistake shows it: quoted, control characters made visible, cut.
pub(super) fn shown(value: &str) -> String {
    format!("{:?}", crate::domain::text::cut(value, 60))
}
