//! The query of a list, in Opsgenie's search language: `status: open AND tag: (db OR cache) AND createdAt > 1767225600000`.
//! A word without a field is searched in message, alias and tags. Words are compared without regard to case.

mod field;
mod parse;

use super::shapes;
use crate::domain::{
    Timestamp,
    alert::{Alert, OpsgenieAlert},
};
use field::{FieldValue, QueryField};

/// A query: conditions that are joined by AND, OR and NOT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AlertQuery {
    /// Every one of these matches.
    All(Vec<AlertQuery>),
    /// One of these matches.
    Any(Vec<AlertQuery>),
    /// This does not match.
    Not(Box<AlertQuery>),
    /// A condition.
    Condition(Condition),
}

impl Default for AlertQuery {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

/// A condition on one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    field: QueryField,
    comparison: Comparison,
    value: WantedValue,
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
enum WantedValue {
    /// A text in small letters, in which `*` stands for any characters.
    Text(String),
    Flag(bool),
    /// The numbers from the first to the last: one, or the milliseconds of a day.
    Numbers {
        first: i64,
        last: i64,
    },
}

/// An alert with what clients of the Opsgenie API stored about it.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    ticket: &'a OpsgenieAlert,
    alert: &'a Alert,
    now: Timestamp,
}

impl AlertQuery {
    /// Parses a query. Fails on anything that is not understood, because ignoring it would return the wrong alerts.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        parse::parse(text)
    }

    /// True if an alert matches.
    pub(super) fn fits(&self, ticket: &OpsgenieAlert, alert: &Alert, now: Timestamp) -> bool {
        self.accepts(Candidate { ticket, alert, now })
    }

    fn accepts(&self, candidate: Candidate<'_>) -> bool {
        match self {
            Self::All(queries) => queries.iter().all(|query| query.accepts(candidate)),
            Self::Any(queries) => queries.iter().any(|query| query.accepts(candidate)),
            Self::Not(query) => !query.accepts(candidate),
            Self::Condition(condition) => condition.accepts(candidate),
        }
    }
}

impl Condition {
    fn accepts(&self, candidate: Candidate<'_>) -> bool {
        match (&self.value, self.field.value(candidate)) {
            (WantedValue::Text(wanted), FieldValue::Exact(texts)) => texts.iter().any(|text| is_like(text, wanted)),
            (WantedValue::Text(wanted), FieldValue::Prose(texts)) => texts.iter().any(|text| contains(text, wanted)),
            (WantedValue::Flag(wanted), FieldValue::Flag(flag)) => *wanted == flag,
            (WantedValue::Numbers { first, last }, FieldValue::Number(Some(number))) => match self.comparison {
                Comparison::Equal => (*first..=*last).contains(&number),
                Comparison::Less => number < *first,
                Comparison::LessOrEqual => number <= *first,
                Comparison::Greater => number > *first,
                Comparison::GreaterOrEqual => number >= *first,
            },
            (WantedValue::Text(_) | WantedValue::Flag(_) | WantedValue::Numbers { .. }, _) => false,
        }
    }
}

/// True if the whole text is like this pattern, in which `*` stands for any characters. An empty text is like none.
fn is_like(text: &str, pattern: &str) -> bool {
    let text = text.to_lowercase();
    let (Some((first, rest)), false) = (pattern.split_once('*'), text.is_empty()) else { return text == pattern };
    let Some(text) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(text) = text.strip_suffix(last) else { return false };
    has_in_order(text, middle)
}

/// True if a part of the text is like this pattern.
fn contains(text: &str, pattern: &str) -> bool {
    has_in_order(&text.to_lowercase(), pattern)
}

/// True if the parts of a pattern between its `*` follow each other in the text.
fn has_in_order(text: &str, pattern: &str) -> bool {
    let mut rest = text;
    pattern.split('*').all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (text, pattern, whole, part) in [
            ("Disk full", "disk full", true, true),
            ("Disk full", "disk", false, true),
            ("Disk full", "disk*", true, true),
            ("Disk full", "*full", true, true),
            ("Disk full", "d*k*l", true, true),
            ("Disk full", "*", true, true),
            ("Disk full", "full*disk", false, false),
            ("aa", "a*aa", false, false),
            ("", "*", false, true),
        ] {
            assert_eq!((is_like(text, pattern), contains(text, pattern)), (whole, part), "{text} {pattern}");
        }
    }
}
