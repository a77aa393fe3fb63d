//! The meaning and default of each key, from the comments of the shipped file. `hotroom check --fix-hints` and the
//! reference in `docs/configure.md` are generated from it.

use std::collections::BTreeSet;

/// One key with its explanation in the shipped file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key in the form `people[].id`.
    pub known: String,
    /// Its header, such as `[server]`; empty at the top level.
    pub header: String,
    /// The last part of the key, as written before the `=`.
    pub key: String,
    /// The value as written.
    pub value: String,
    /// True for an active default, false for a commented example.
    pub live: bool,
    /// Its meaning; empty if an earlier entry of the same shape explains it.
    pub meaning: String,
}

/// Returns all keys of the shipped file, each once, in order.
pub fn entries() -> Vec<Entry> {
    let mut reader = Reader::default();
    for line in super::SHIPPED.lines() {
        reader.line(line);
    }
    reader.entries
}

/// Returns the entry of a key.
pub fn entry(known: &str) -> Option<Entry> {
    entries().into_iter().find(|entry| entry.known == known)
}

/// Returns the shipped file with every commented key set.
#[cfg(test)]
pub(super) fn everything_set() -> String {
    let set = |line: &str| without_mark(line).unwrap_or(line).to_owned();
    super::SHIPPED.lines().map(set).collect::<Vec<_>>().join("\n")
}

/// Returns `#key = 1` or `#[header]` without the `#`; `None` for other lines.
fn without_mark(line: &str) -> Option<&str> {
    line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '['))
}

#[derive(Default)]
struct Reader {
    arrays: BTreeSet<String>,
    prefix: String,
    header: String,
    comment: Vec<String>,
    seen: BTreeSet<String>,
    entries: Vec<Entry>,
}

impl Reader {
    fn line(&mut self, line: &str) {
        let (code, live) = without_mark(line).map_or((line, true), |rest| (rest, false));
        if let Some(words) = line.strip_prefix("# ") {
            self.comment.push(words.to_owned());
        } else if code.starts_with('[') {
            self.head(code);
        } else if let Some((key, value)) = code.split_once(" = ") {
            self.key(key, value, live);
        } else {
            self.comment.clear();
        }
    }

    fn head(&mut self, code: &str) {
        let path = code.trim_matches(['[', ']']);
        if code.starts_with("[[") {
            self.arrays.insert(path.to_owned());
        }
        self.header = code.to_owned();
        self.prefix.clear();
        let mut plain = String::new();
        for part in path.split('.') {
            if !plain.is_empty() {
                plain.push('.');
                self.prefix.push('.');
            }
            plain.push_str(part);
            self.prefix.push_str(part);
            if self.arrays.contains(&plain) {
                self.prefix.push_str("[]");
            }
        }
        self.comment.clear();
    }

    fn key(&mut self, key: &str, value: &str, live: bool) {
        let dot = if self.prefix.is_empty() { "" } else { "." };
        let known = format!("{}{dot}{key}", self.prefix);
        let meaning = std::mem::take(&mut self.comment).join(" ");
        if self.seen.insert(known.clone()) {
            let (header, key, value) = (self.header.clone(), key.to_owned(), value.to_owned());
            self.entries.push(Entry { known, header, key, value, live, meaning });
        }
    }
}
