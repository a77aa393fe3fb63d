//! Matchers on labels, in Alertmanager's notation.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::pattern;
use crate::domain::text::Untrusted;

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`, anchored
    Regex,
    /// `!~`, anchored
    NotRegex,
}

impl MatchOp {
    /// The operator as it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Regex => "=~",
            Self::NotRegex => "!~",
        }
    }
}

/// A condition on one label. A missing label is the empty string.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Matcher {
    /// The label.
    pub label: String,
    /// How it compares.
    pub op: MatchOp,
    /// The text or pattern it compares with.
    pub value: String,
    /// The pattern, compiled, for the two regex operators.
    pub pattern: Option<regex::Regex>,
}

/// A matcher as it is stored.
#[derive(Serialize, Deserialize)]
struct Parts {
    label: String,
    op: MatchOp,
    value: String,
}

impl TryFrom<Parts> for Matcher {
    type Error = MatcherError;

    fn try_from(parts: Parts) -> Result<Self, MatcherError> {
        Self::new(parts.label, parts.op, parts.value)
    }
}

impl From<Matcher> for Parts {
    fn from(matcher: Matcher) -> Self {
        Self { label: matcher.label, op: matcher.op, value: matcher.value }
    }
}

/// Why a matcher could not be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MatcherError {
    /// There is no operator in it.
    #[error("`{0}` has none of = != =~ !~; write label=\"value\"")]
    NoOperator(String),
    /// The text before the operator is no label name.
    #[error("`{0}` does not begin with a label name; write label=\"value\"")]
    NoLabel(String),
    /// The quotes are not balanced.
    #[error("the quotes of `{0}` do not pair")]
    Quotes(String),
    /// The value is no regular expression.
    #[error("`{value}` is not a regular expression: {why}")]
    Pattern {
        /// What was written.
        value: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Matcher {
    /// Returns a matcher, if the value fits the operator.
    pub fn new(label: impl Into<String>, op: MatchOp, value: impl Into<String>) -> Result<Self, MatcherError> {
        let value = value.into();
        let pattern = match op {
            MatchOp::Equal | MatchOp::NotEqual => None,
            MatchOp::Regex | MatchOp::NotRegex => {
                Some(pattern::anchored(&value).map_err(|why| MatcherError::Pattern { value: value.clone(), why })?)
            }
        };
        Ok(Self { label: label.into(), op, value, pattern })
    }

    /// Parses one matcher: `severity=critical`, `service=~"a|b"`, `"odd label"!="x"`.
    pub fn parse(text: &str) -> Result<Self, MatcherError> {
        let whole = text.trim();
        let (label, rest) = take_label(whole)?;
        let (op, rest) = take_operator(rest).ok_or_else(|| MatcherError::NoOperator(whole.to_owned()))?;
        if label.is_empty() {
            return Err(MatcherError::NoLabel(whole.to_owned()));
        }
        Self::new(label, op, unquote(rest.trim(), whole)?)
    }

    /// Parses a list: `severity="critical", service=~"a|b"`, with or without braces around it.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, MatcherError> {
        let trimmed = text.trim();
        let inner = match (trimmed.strip_prefix('{'), trimmed.strip_suffix('}')) {
            (Some(_), Some(_)) => &trimmed[1..trimmed.len() - 1],
            (None, None) => trimmed,
            _ => return Err(MatcherError::NoLabel(trimmed.to_owned())),
        };
        split_outside_quotes(inner, |c| c == ',')
            .into_iter()
            .filter(|part| !part.trim().is_empty())
            .map(Self::parse)
            .collect()
    }

    /// Parses a list as people type it: as [`Self::parse_list`], and spaces separate matchers as well.
    pub fn parse_typed(text: &str) -> Result<Vec<Self>, MatcherError> {
        let trimmed = text.trim();
        let inner = trimmed.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(trimmed);
        let parts = split_outside_quotes(inner, |c| c == ',').into_iter();
        parts.flat_map(conditions).map(|condition| Self::parse(&condition)).collect()
    }

    /// True if it accepts this value of the label; a missing label is `""`.
    pub fn accepts(&self, value: &str) -> bool {
        let found = || self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(value));
        match self.op {
            MatchOp::Equal => value == self.value,
            MatchOp::NotEqual => value != self.value,
            MatchOp::Regex => found(),
            MatchOp::NotRegex => !found(),
        }
    }

    /// True if it matches these labels.
    pub fn matches(&self, labels: &BTreeMap<String, Untrusted>) -> bool {
        self.accepts(labels.get(&self.label).map_or("", Untrusted::verbatim))
    }
}

/// As in Alertmanager's configuration, with the value quoted, so that parsing returns the same matcher.
impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '-' | '/');
        let label = if self.label.chars().all(plain) { self.label.clone() } else { quote(&self.label) };
        write!(f, "{label}{}{}", self.op.sign(), quote(&self.value))
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.label == other.label && self.op == other.op && self.value == other.value
    }
}

impl Eq for Matcher {}

/// True if all of them match.
pub fn all_match(matchers: &[Matcher], labels: &BTreeMap<String, Untrusted>) -> bool {
    matchers.iter().all(|matcher| matcher.matches(labels))
}

fn take_label(text: &str) -> Result<(String, &str), MatcherError> {
    if text.starts_with('"') {
        let end = closing_quote(text).ok_or_else(|| MatcherError::Quotes(text.to_owned()))?;
        return Ok((unescape(&text[1..end]), text[end + 1..].trim_start()));
    }
    let end = text.find(['=', '!']).ok_or_else(|| MatcherError::NoOperator(text.to_owned()))?;
    let label = text[..end].trim();
    if label.chars().any(|c| c.is_whitespace() || matches!(c, '"' | '~' | ',' | '{' | '}')) {
        return Err(MatcherError::NoLabel(text.to_owned()));
    }
    Ok((label.to_owned(), &text[end..]))
}

fn take_operator(text: &str) -> Option<(MatchOp, &str)> {
    [("=~", MatchOp::Regex), ("!~", MatchOp::NotRegex), ("!=", MatchOp::NotEqual), ("=", MatchOp::Equal)]
        .into_iter()
        .find_map(|(sign, op)| text.strip_prefix(sign).map(|rest| (op, rest)))
}

fn unquote(value: &str, whole: &str) -> Result<String, MatcherError> {
    if !value.contains('"') {
        return Ok(unescape(value));
    }
    match closing_quote(value) {
        Some(end) if value.starts_with('"') && end + 1 == value.len() => Ok(unescape(&value[1..end])),
        _ if !value.starts_with('"') && value.contains("\\\"") => Ok(unescape(value)),
        _ => Err(MatcherError::Quotes(whole.to_owned())),
    }
}

/// Returns where the quote that opens at 0 closes.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().skip(1).find_map(|(at, c)| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(at)
    })
}

/// Alertmanager's three escapes; any other backslash stays, so that `\d` needs no doubling.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some(plain @ ('"' | '\\')) => out.push(plain),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            (plain, false) => out.push(plain),
        }
    }
    out
}

/// Quotes a text with the escapes that [`unescape`] resolves.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// Splits a text without commas into matchers: at spaces, unless an operator is before or after the space.
fn conditions(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in split_outside_quotes(text, char::is_whitespace).into_iter().filter(|word| !word.is_empty()) {
        match found.last_mut() {
            Some(last) if word.starts_with(['=', '!']) || awaits_value(last) => last.push_str(word),
            Some(_) | None => found.push(word.to_owned()),
        }
    }
    found
}

fn awaits_value(text: &str) -> bool {
    let value = take_label(text).ok().and_then(|(_, rest)| take_operator(rest));
    value.is_some_and(|(_, value)| value.is_empty())
}

fn split_outside_quotes(text: &str, parts_at: impl Fn(char) -> bool) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => quoted = !quoted,
            _ if !quoted && parts_at(c) => {
                parts.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, Untrusted> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Untrusted::new(*value))).collect()
    }

    #[test]
    fn matchers_are_read_the_way_people_write_them() {
        for (text, shown) in [
            ("severity=critical", "severity=\"critical\""),
            (" severity = \"critical\" ", "severity=\"critical\""),
            ("service=~\"a|b\"", "service=~\"a|b\""),
            ("service!~a.*", "service!~\"a.*\""),
            ("a!=\"\"", "a!=\"\""),
            ("\"odd label\"=\"x=y\"", "\"odd label\"=\"x=y\""),
            (r#"path=~"\d+\"x""#, r#"path=~"\\d+\"x""#),
            // As in Alertmanager, also without quotes.
            (r"path=~a\\.b\d", r#"path=~"a\\.b\\d""#),
            ("a=", "a=\"\""),
        ] {
            assert_eq!(Matcher::parse(text).unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for (text, why) in [
            ("severity", "`severity` has none of = != =~ !~; write label=\"value\""),
            ("=critical", "`=critical` does not begin with a label name; write label=\"value\""),
            ("a b=c", "`a b=c` does not begin with a label name; write label=\"value\""),
            ("a=\"b", "the quotes of `a=\"b` do not pair"),
            ("a=\"b\"c", "the quotes of `a=\"b\"c` do not pair"),
            ("a!b", "`a!b` has none of = != =~ !~; write label=\"value\""),
        ] {
            assert_eq!(Matcher::parse(text).unwrap_err().to_string(), why, "{text}");
        }
        assert!(matches!(Matcher::parse("a=~\"[\""), Err(MatcherError::Pattern { .. })));
    }

    #[test]
    fn lists_split_at_commas_outside_quotes() {
        let list = Matcher::parse_list("{owner=\"team-A\", level!=\"a,b\",}").unwrap();
        assert_eq!(list.iter().map(ToString::to_string).collect::<Vec<_>>(), ["owner=\"team-A\"", "level!=\"a,b\""]);
        assert_eq!(Matcher::parse_list("").unwrap(), []);
        assert_eq!(Matcher::parse_list("{}").unwrap(), []);
        assert!(Matcher::parse_list("{a=b").is_err());
    }

    #[test]
    fn people_part_conditions_by_spaces_too() {
        for (said, read) in [
            (r#"service="api" severity=~"warn.*""#, vec![r#"service="api""#, r#"severity=~"warn.*""#]),
            ("{service=api, severity = warning}", vec![r#"service="api""#, r#"severity="warning""#]),
            (r#"a != "b c" d=~e"#, vec![r#"a!="b c""#, r#"d=~"e""#]),
            (r#"a="x, y" b="z""#, vec![r#"a="x, y""#, r#"b="z""#]),
            ("a=,b=c", vec![r#"a="""#, r#"b="c""#]),
            (r#"a="" b=c"#, vec![r#"a="""#, r#"b="c""#]),
            ("  ", vec![]),
        ] {
            let read_back: Vec<String> = Matcher::parse_typed(said).unwrap().iter().map(ToString::to_string).collect();
            assert_eq!(read_back, read, "{said}");
        }
        assert!(Matcher::parse_typed("service=api warning").is_err());
        assert!(Matcher::parse_typed("{service=api").is_err_and(|why| matches!(why, MatcherError::NoLabel(_))));
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_reads_back(label in "[a-z_ =\"\\\\,é]{1,12}", value in "[a-z\"\\\\, \n\t=~é\u{202E}]{0,20}", negated: bool) {
            let op = if negated { MatchOp::NotEqual } else { MatchOp::Equal };
            let matcher = Matcher::new(label, op, value).unwrap();
            let list = format!("{matcher}, {matcher}");
            proptest::prop_assert_eq!(Matcher::parse_typed(&list).unwrap(), vec![matcher.clone(), matcher]);
        }
    }

    #[test]
    fn a_missing_label_is_the_empty_text() {
        let none = labels(&[]);
        for (text, holds) in [("a=", true), ("a!=x", true), ("a=~\".*\"", true), ("a=~\".+\"", false), ("a!~x", true)] {
            assert_eq!(Matcher::parse(text).unwrap().matches(&none), holds, "{text}");
        }
        assert!(all_match(&Matcher::parse_list("a=1,b=~\"x|y\"").unwrap(), &labels(&[("a", "1"), ("b", "y")])));
    }
}
