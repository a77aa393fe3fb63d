//! The grammar of a query.

use chrono::{DateTime, NaiveDate};

use super::{
    AlertQuery, Comparison, Condition, WantedValue,
    field::{FieldKind, QueryField},
};

/// The longest query, in bytes.
const LONGEST: usize = 1000;
/// The most conditions.
const MOST: usize = 50;
/// How deep parentheses nest.
const DEEPEST: usize = 10;
/// The milliseconds of a day.
const DAY: i64 = 86_400_000;
/// Characters that mean something at the beginning of a word in other query languages.
const SIGNS: [char; 9] = ['-', '+', '!', '&', '|', '~', '^', '[', '{'];

/// A position in a query.
struct Parser<'a> {
    rest: &'a str,
    conditions: usize,
    depth: usize,
}

/// What a value or a condition in parentheses is joined by.
enum Joint {
    And,
    Or,
}

/// Parses a query.
pub(super) fn parse(text: &str) -> Result<AlertQuery, String> {
    if text.len() > LONGEST {
        return Err(format!("the query is longer than {LONGEST} bytes"));
    }
    let mut parser = Parser { rest: text.trim(), conditions: 0, depth: 0 };
    if parser.rest.is_empty() {
        return Ok(AlertQuery::default());
    }
    let query = parser.any(None)?;
    if parser.rest.is_empty() { Ok(query) } else { Err("a `)` of the query has no `(`".to_owned()) }
}

impl<'a> Parser<'a> {
    /// Parses conditions joined by OR. `field` is the field whose values stand in parentheses.
    fn any(&mut self, field: Option<QueryField>) -> Result<AlertQuery, String> {
        self.joined(field, &Joint::Or)
    }

    fn joined(&mut self, field: Option<QueryField>, joint: &Joint) -> Result<AlertQuery, String> {
        let mut parts = Vec::new();
        loop {
            parts.push(match joint {
                Joint::Or => self.joined(field, &Joint::And)?,
                Joint::And => self.negated(field)?,
            });
            let more = match joint {
                Joint::Or => self.take_keyword("or"),
                // Conditions that stand side by side must all match.
                Joint::And => {
                    self.take_keyword("and")
                        || !(self.rest.is_empty() || self.rest.starts_with(')') || self.next_is("or"))
                }
            };
            if !more {
                break;
            }
        }
        Ok(match (parts.len(), joint) {
            (1, _) => parts.remove(0),
            (_, Joint::Or) => AlertQuery::Any(parts),
            (_, Joint::And) => AlertQuery::All(parts),
        })
    }

    fn negated(&mut self, field: Option<QueryField>) -> Result<AlertQuery, String> {
        if self.take_keyword("not") {
            self.descend()?;
            let query = AlertQuery::Not(Box::new(self.negated(field)?));
            self.depth -= 1;
            return Ok(query);
        }
        if self.take_sign("(") {
            self.descend()?;
            let query = self.any(field)?;
            self.depth -= 1;
            return if self.take_sign(")") { Ok(query) } else { Err("a `(` of the query is not closed".to_owned()) };
        }
        match field {
            Some(field) => {
                let value = self.value(field)?;
                self.condition(field, Comparison::Equal, value)
            }
            None => self.comparison(),
        }
    }

    fn descend(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEEPEST { Err(format!("the query nests deeper than {DEEPEST}")) } else { Ok(()) }
    }

    /// Parses `field: value`, `field: (value OR value)`, `field > value`, or a word.
    fn comparison(&mut self) -> Result<AlertQuery, String> {
        if self.rest.starts_with('"') {
            let word = self.quoted()?;
            return self.condition(QueryField::Anywhere, Comparison::Equal, WantedValue::Text(word));
        }
        let end = self.rest.find(|c: char| c.is_whitespace() || "():=<>\"".contains(c)).unwrap_or(self.rest.len());
        let glued = self.rest[end..].starts_with(['(', '"']);
        let name = self.take(end);
        let comparison = [
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
            (":", Comparison::Equal),
            ("=", Comparison::Equal),
        ];
        let Some((_, comparison)) = comparison.into_iter().find(|(sign, _)| self.take_sign(sign)) else {
            return self.word(name, glued);
        };
        let shown: String = name.chars().take(40).collect();
        let field = QueryField::parse(name).ok_or_else(|| format!("`{shown}` is no field that is understood"))?;
        let ordered = matches!(field.kind(), FieldKind::Number | FieldKind::Time);
        if comparison != Comparison::Equal && !ordered {
            return Err(format!("`{shown}` has no order: write {shown}: value"));
        }
        if comparison == Comparison::Equal && self.rest.starts_with('(') {
            return self.negated(Some(field));
        }
        let value = self.value(field).map_err(|why| format!("`{shown}`: {why}"))?;
        self.condition(field, comparison, value)
    }

    /// A word without a field. `glued` is true if a parenthesis or a quote follows it without a space.
    fn word(&mut self, word: &str, glued: bool) -> Result<AlertQuery, String> {
        if word.is_empty() && self.rest.is_empty() {
            return Err("a condition is missing at the end of the query".to_owned());
        }
        if word.is_empty() || word.starts_with(SIGNS) || is_keyword(word) {
            let shown: String = if word.is_empty() { self.rest } else { word }.chars().take(40).collect();
            return Err(format!("`{shown}` is not understood where it stands; quote a text: \"{shown}\""));
        }
        if glued {
            return Err(format!("`{word}` and what follows it need a space between them, or quotes around them"));
        }
        self.condition(QueryField::Anywhere, Comparison::Equal, WantedValue::Text(word.to_lowercase()))
    }

    fn condition(
        &mut self,
        field: QueryField,
        comparison: Comparison,
        value: WantedValue,
    ) -> Result<AlertQuery, String> {
        self.conditions += 1;
        if self.conditions > MOST {
            return Err(format!("more than {MOST} conditions"));
        }
        Ok(AlertQuery::Condition(Condition { field, comparison, value }))
    }

    fn value(&mut self, field: QueryField) -> Result<WantedValue, String> {
        let text = if self.rest.starts_with('"') {
            self.quoted()?
        } else {
            let end = self.rest.find(|c: char| c.is_whitespace() || "()\"".contains(c)).unwrap_or(self.rest.len());
            let keyword = is_keyword(&self.rest[..end]);
            if end > 0 && self.rest[end..].starts_with(['(', '"']) {
                return Err("put quotes around a value with parentheses or quotes".to_owned());
            }
            if keyword { String::new() } else { self.take(end).to_lowercase() }
        };
        if text.trim().is_empty() {
            return Err("a value is missing".to_owned());
        }
        wanted(field.kind(), text)
    }

    /// Takes a text in quotes.
    fn quoted(&mut self) -> Result<String, String> {
        let end = self.rest[1..].find('"').ok_or_else(|| "the quotes of the query do not pair".to_owned())?;
        let text = self.take(end + 2);
        Ok(text[1..=end].to_lowercase())
    }

    /// Takes this many bytes and the spaces after them.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest.trim_start();
        taken
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.rest.starts_with(sign);
        if found {
            self.take(sign.len());
        }
        found
    }

    fn next_is(&self, keyword: &str) -> bool {
        let end = self.rest.find(|c: char| c.is_whitespace() || "():=<>\"".contains(c)).unwrap_or(self.rest.len());
        // `not: x` would be a field.
        let is_name = self.rest[end..].trim_start().starts_with([':', '=', '<', '>']);
        self.rest[..end].eq_ignore_ascii_case(keyword) && !is_name
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.next_is(keyword);
        if found {
            self.take(keyword.len());
        }
        found
    }
}

fn is_keyword(word: &str) -> bool {
    ["and", "or", "not"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}

/// Reads a value as what the values of a field are.
fn wanted(kind: FieldKind, text: String) -> Result<WantedValue, String> {
    let shown: String = text.chars().take(40).collect();
    match kind {
        FieldKind::Text => Ok(WantedValue::Text(text)),
        FieldKind::Word(words) if text.contains('*') || words.contains(&text.as_str()) => Ok(WantedValue::Text(text)),
        FieldKind::Word(words) => Err(format!("{shown:?} is none of {}", words.join(", "))),
        FieldKind::Flag => text.parse().map(WantedValue::Flag).map_err(|_| format!("{shown:?} is not true or false")),
        FieldKind::Number => {
            let number = text.parse().map_err(|_| format!("{shown:?} is not a whole number"))?;
            Ok(WantedValue::Numbers { first: number, last: number })
        }
        FieldKind::Time => time(&text)
            .ok_or_else(|| format!("{shown:?} is not a time: write milliseconds since 1970, dd-MM-yyyy or RFC 3339")),
    }
}

/// Reads a time: milliseconds since 1970, a day (in UTC), or RFC 3339.
fn time(text: &str) -> Option<WantedValue> {
    if let Ok(millis) = text.parse::<i64>() {
        return Some(WantedValue::Numbers { first: millis, last: millis });
    }
    if let Ok(day) = NaiveDate::parse_from_str(text, "%d-%m-%Y") {
        let first = day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis();
        return Some(WantedValue::Numbers { first, last: first + DAY - 1 });
    }
    let moment = DateTime::parse_from_rfc3339(&text.to_uppercase()).ok()?.timestamp_millis();
    Some(WantedValue::Numbers { first: moment, last: moment })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_said() {
        for (text, why) in [
            ("recipients:ops", "`recipients` is no field"),
            ("message:\"a b", "quotes"),
            ("status:", "`status`: a value is missing"),
            ("status: AND tag: x", "`status`: a value is missing"),
            ("status:\"\"", "`status`: a value is missing"),
            ("status: opened", "`status`: \"opened\" is none of open, closed"),
            ("priority: high", "p1, p2"),
            ("acknowledged: yes", "not true or false"),
            ("count: many", "whole number"),
            ("createdAt > yesterday", "not a time"),
            ("message > a", "`message` has no order"),
            ("status != open", "`!` is no field"),
            ("status: open OR", "a condition is missing"),
            ("AND status: open", "`AND` is not understood"),
            ("status: open || tag: x", "`||` is not understood"),
            ("status: open && tag: x", "`&&` is not understood"),
            ("-tag:x", "`-tag` is no field"),
            ("tag: (a OR b", "is not closed"),
            ("tag: a)", "has no `(`"),
            ("tag: ()", "a value is missing"),
            ("message:a(b)", "quotes around a value"),
            ("((((((((((( a )))))))))))", "nests deeper"),
        ] {
            let refused = AlertQuery::parse(text);
            assert!(refused.as_ref().is_err_and(|said| said.contains(why)), "{text}: {refused:?}");
        }
        assert!(AlertQuery::parse(&"x ".repeat(MOST + 1)).unwrap_err().contains("more than 50"));
        assert_eq!(AlertQuery::parse("  ").unwrap(), AlertQuery::default());
    }

    #[test]
    fn spaces_around_a_sign_mean_nothing() {
        for text in
            ["status:open", "status: open", "status : open", "status=open", " status  =  OPEN ", "Status:\"open\""]
        {
            assert_eq!(AlertQuery::parse(text), AlertQuery::parse("status:open"), "{text}");
        }
        for text in [
            "status:open tag:a",
            "status: open and tag: a",
            "status: open AND (tag: a)",
            "status: open (tag: a)",
            "(status:open)AND tag:a",
        ] {
            assert_eq!(AlertQuery::parse(text), AlertQuery::parse("status: open AND tag: a"), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_query_makes_it_panic(text in "[a-z:=<>()\"* é!-]{0,40}|(status|tag|not|or|and|[:(<\") ]){0,12}") {
            let _understood_or_not = AlertQuery::parse(&text).is_ok();
        }
    }
}
