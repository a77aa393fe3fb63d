//! Decodes matchers on labels.

use crate::{config::read::Section, domain::alert::Matcher};

pub(super) fn matchers(s: &Section<'_>) -> Vec<Matcher> {
    matchers_of(s, "matchers")
}

pub(super) fn matchers_of(s: &Section<'_>, key: &str) -> Vec<Matcher> {
    let written = s.texts(key).unwrap_or_default();
    written
        .iter()
        .filter_map(|text| match Matcher::parse(text) {
            Ok(matcher) => Some(matcher),
            Err(what) => {
                let what = what.to_string();
                let (first, last) = (what.lines().next().unwrap_or_default(), what.lines().last().unwrap_or_default());
                s.wrong(key, if first == last { what.clone() } else { format!("{first} {last}") });
                None
            }
        })
        .collect()
}
