//! Parsers for setting values: text, words, durations, sizes, lists, time zones and secrets.

use std::{ops::RangeInclusive, time::Duration};

use super::{
    mistake::{nearest, shown},
    read::Section,
    secret,
    tree::Value,
};

/// The longest text of a setting.
const MAX_TEXT: usize = 2_000;
/// The longest id.
const MAX_ID: usize = 64;

/// Parses text.
pub(super) fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::Text(text) | Value::Raw(text) if text.chars().count() > MAX_TEXT => {
            Err(format!("longer than {MAX_TEXT} characters"))
        }
        Value::Text(text) | Value::Raw(text) if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') => {
            Err("has control characters in it".to_owned())
        }
        Value::Text(text) | Value::Raw(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Int(_) | Value::Float | Value::Moment(_) | Value::List(_) | Value::Table(_) => {
            Err(format!("must be text in quotes, not {}", value.type_name()))
        }
    }
}

/// Parses text that is not blank.
pub(super) fn line(value: &Value) -> Result<String, String> {
    let text = text(value)?;
    if text.trim().is_empty() {
        return Err("must not be empty".to_owned());
    }
    Ok(text)
}

/// Parses a name that commands, labels and addresses use.
pub(super) fn id(value: &Value) -> Result<String, String> {
    let text = text(value)?;
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let starts_well = text.chars().next().is_some_and(char::is_alphanumeric);
    if !starts_well || !text.chars().all(fine) || text.chars().count() > MAX_ID {
        return Err(format!(
            "{} is no name; use letters, digits, - _ and ., {MAX_ID} characters at most",
            shown(&text)
        ));
    }
    Ok(text)
}

/// Parses a Discord id: a 64-bit integer, written in quotes.
pub(super) fn snowflake(value: &Value) -> Result<u64, String> {
    let said = match value {
        Value::Int(id) => id.to_string(),
        Value::Text(_)
        | Value::Raw(_)
        | Value::Bool(_)
        | Value::Float
        | Value::Moment(_)
        | Value::List(_)
        | Value::Table(_) => text(value)?,
    };
    let wrong = || format!("{} is no Discord id; it is a long number such as \"210000000000000000\"", shown(&said));
    said.parse().ok().filter(|id| *id > 0).ok_or_else(wrong)
}

/// Parses a list of Discord ids.
pub(super) fn snowflakes(value: &Value) -> Result<Vec<u64>, String> {
    let said = texts(value)?;
    if said.is_empty() {
        return Err("must name at least one".to_owned());
    }
    said.into_iter().map(|said| snowflake(&Value::Text(said))).collect()
}

/// Parses a boolean.
pub(in crate::config) fn flag(value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::Raw(raw) if raw == "true" => Ok(true),
        Value::Raw(raw) if raw == "false" => Ok(false),
        Value::Raw(raw) => Err(format!("must be true or false, not {}", shown(raw))),
        Value::Text(_) | Value::Int(_) | Value::Float | Value::Moment(_) | Value::List(_) | Value::Table(_) => {
            Err(format!("must be true or false without quotes, not {}", value.type_name()))
        }
    }
}

/// Parses an integer within a range.
pub(super) fn count(value: &Value, range: RangeInclusive<u64>) -> Result<u64, String> {
    let bounds = format!("a whole number from {} to {}", range.start(), range.end());
    let number = match value {
        Value::Int(int) => u64::try_from(*int).map_err(|_| format!("must be {bounds}, not {int}"))?,
        Value::Raw(raw) => raw.trim().parse().map_err(|_| format!("must be {bounds}, not {}", shown(raw)))?,
        Value::Text(_) | Value::Bool(_) | Value::Float | Value::Moment(_) | Value::List(_) | Value::Table(_) => {
            return Err(format!("must be {bounds}, not {}", value.type_name()));
        }
    };
    if range.contains(&number) { Ok(number) } else { Err(format!("must be {bounds}, not {number}")) }
}

/// Parses a size in bytes: `2MiB`, `512KiB`, or a plain number of bytes.
pub(super) fn size(value: &Value, range: RangeInclusive<u64>) -> Result<u64, String> {
    let written = match value {
        Value::Int(int) => int.to_string(),
        Value::Text(text) | Value::Raw(text) => text.trim().to_owned(),
        Value::Bool(_) | Value::Float | Value::Moment(_) | Value::List(_) | Value::Table(_) => {
            return Err(format!("must be a size such as \"2MiB\", not {}", value.type_name()));
        }
    };
    let digits = written.find(|c: char| !c.is_ascii_digit()).unwrap_or(written.len());
    let factor = match written[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => Some(1u64),
        "k" | "kb" | "kib" => Some(1024),
        "m" | "mb" | "mib" => Some(1024 * 1024),
        _ => None,
    };
    let bytes = factor.and_then(|factor| written[..digits].parse::<u64>().ok()?.checked_mul(factor));
    match bytes {
        None => Err(format!("must be a size such as \"2MiB\", not {}", shown(&written))),
        Some(bytes) if range.contains(&bytes) => Ok(bytes),
        Some(bytes) => Err(format!("must be from {} to {} bytes, not {bytes}", range.start(), range.end())),
    }
}

/// Splits `person:ann after 2m` into the target and its delay.
pub(super) fn split_delay(said: &str) -> (&str, Option<&str>) {
    match said.split_once(" after ") {
        Some((whom, after)) => (whom.trim(), Some(after.trim())),
        None => (said, None),
    }
}

/// Parses a duration within a range.
pub(super) fn duration(value: &Value, range: RangeInclusive<Duration>) -> Result<Duration, String> {
    let text = match value {
        Value::Text(text) | Value::Raw(text) => text,
        Value::Bool(_) | Value::Int(_) | Value::Float | Value::Moment(_) | Value::List(_) | Value::Table(_) => {
            return Err(format!("must be a duration in quotes such as \"5m\", not {}", value.type_name()));
        }
    };
    let duration = parse_duration(text)
        .ok_or_else(|| format!("{} is no duration; write \"90s\", \"5m\", \"1h30m\", \"2d\" or \"1w\"", shown(text)))?;
    if range.contains(&duration) {
        return Ok(duration);
    }
    let (low, high) = (show_duration(*range.start()), show_duration(*range.end()));
    Err(format!("must be from {low} to {high}, not {}", show_duration(duration)))
}

/// Parses `90s`, `5m`, `1h30m`, `2d`, `1w`. Units go from large to small, each at most once.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total: u64 = 0;
    let mut last = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let letters = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| digits + at);
        let unit = match &rest[digits..letters] {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 604_800,
            _ => return None,
        };
        if unit >= last {
            return None;
        }
        last = unit;
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[letters..];
    }
    (last != u64::MAX).then(|| Duration::from_secs(total))
}

/// Formats a duration: `1h30m`.
pub(super) fn show_duration(duration: Duration) -> String {
    let mut left = duration.as_secs();
    if left == 0 {
        return "0s".to_owned();
    }
    let mut out = String::new();
    if left.is_multiple_of(604_800) {
        return format!("{}w", left / 604_800);
    }
    for (unit, name) in [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")] {
        if left >= unit {
            out.push_str(&format!("{}{name}", left / unit));
            left %= unit;
        }
    }
    out
}

/// Parses a list of texts. An environment variable may also separate them by commas.
pub(super) fn texts(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::List(items) => items.iter().map(|item| text(&item.value)).collect(),
        Value::Raw(raw) if raw.trim().is_empty() => Ok(Vec::new()),
        Value::Raw(raw) => Ok(raw.split(',').map(|part| part.trim().to_owned()).collect()),
        Value::Text(_) | Value::Bool(_) | Value::Int(_) | Value::Float | Value::Moment(_) | Value::Table(_) => {
            Err(format!("must be a list of texts such as [\"a\", \"b\"], not {}", value.type_name()))
        }
    }
}

/// Parses a table whose keys the operator chooses: `{ investigating = "In Progress" }`.
pub(super) fn pairs(value: &Value) -> Result<Vec<(String, String)>, String> {
    match value {
        Value::Table(table) => table.iter().map(|(key, node)| Ok((key.clone(), line(&node.value)?))).collect(),
        Value::Text(_)
        | Value::Raw(_)
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float
        | Value::Moment(_)
        | Value::List(_) => Err(format!("must be a table such as {{ a = \"b\" }}, not {}", value.type_name())),
    }
}

/// Parses a list whose items are texts, or lists of texts that belong together. An empty text is an empty item.
pub(super) fn slots(value: &Value) -> Result<Vec<Vec<String>>, String> {
    let slot = |value: &Value| match value {
        Value::List(_) => texts(value),
        Value::Text(_)
        | Value::Raw(_)
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float
        | Value::Moment(_)
        | Value::Table(_) => text(value).map(|name| if name.is_empty() { Vec::new() } else { vec![name] }),
    };
    match value {
        Value::List(items) => items.iter().map(|item| slot(&item.value)).collect(),
        Value::Raw(_)
        | Value::Text(_)
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float
        | Value::Moment(_)
        | Value::Table(_) => Ok(texts(value)?.into_iter().map(|name| vec![name]).collect()),
    }
}

/// Parses one of a list of words.
pub(super) fn word<T: Copy>(value: &Value, words: &[(&str, T)]) -> Result<T, String> {
    let said = text(value)?;
    if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == said) {
        return Ok(*meaning);
    }
    let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    Err(match nearest(&said, all.iter().copied()) {
        Some(near) => format!("{} is not one of {}; did you mean {}?", shown(&said), all.join(", "), shown(near)),
        None => format!("{} is not one of {}", shown(&said), all.join(", ")),
    })
}

/// Parses a time zone of the IANA database.
pub(super) fn zone(value: &Value) -> Result<chrono_tz::Tz, String> {
    let said = line(value)?;
    said.parse().map_err(|_| {
        let near = nearest(&said, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
        match near {
            Some(near) => format!("{} is no time zone; did you mean {}?", shown(&said), shown(near)),
            None => format!("{} is no time zone; write one such as \"Europe/Berlin\" or \"UTC\"", shown(&said)),
        }
    })
}

impl<'a> Section<'a> {
    /// Reads a secret by its reference.
    pub fn secret(&self, key: &str) -> Option<secrecy::SecretString> {
        let reference = self.read(key, "secret: \"env:NAME\" or \"file:PATH\"", secret::reference)?;
        self.resolve(key, &reference)
    }

    /// Reads a required secret by its reference.
    pub fn needed_secret(&self, key: &str) -> Option<secrecy::SecretString> {
        let reference = self.need(key, "secret: \"env:NAME\" or \"file:PATH\"", secret::reference)?;
        self.resolve(key, &reference)
    }

    /// Reads a list of secrets by their references.
    pub fn secrets(&self, key: &str) -> Vec<secrecy::SecretString> {
        let references = self.need(key, "list of secrets: \"env:NAME\" or \"file:PATH\"", secret::references);
        let references = references.unwrap_or_default();
        references.iter().filter_map(|reference| self.resolve(key, reference)).collect()
    }

    fn resolve(&self, key: &str, reference: &secret::Reference) -> Option<secrecy::SecretString> {
        match secret::resolve(reference, self.ctx.env) {
            Ok((secret, warning)) => {
                if let Some(warning) = warning {
                    self.warn(key, warning);
                }
                Some(secret)
            }
            Err(what) => {
                self.wrong(key, what);
                None
            }
        }
    }

    /// Reads the id of an entry. An entry without one is left out, because nothing can refer to it.
    pub fn id(&self) -> Option<String> {
        self.need("id", "name", id)
    }

    /// Reads a required text.
    pub fn line(&self, key: &str) -> String {
        self.need(key, "text", line).unwrap_or_default()
    }

    /// Reads the display name, which defaults to the id.
    pub fn name(&self, id: &str) -> String {
        self.read("name", "text", line).unwrap_or_else(|| id.to_owned())
    }

    /// Reads the id of another entry; `None` if it is empty.
    pub fn reference(&self, key: &str) -> Option<String> {
        self.read(key, "name", text).filter(|id| !id.is_empty())
    }

    /// Reads a boolean with a default.
    pub fn flag(&self, key: &str, otherwise: bool) -> bool {
        self.read(key, "true or false", flag).unwrap_or(otherwise)
    }

    /// Reads a list of texts.
    pub fn texts(&self, key: &str) -> Option<Vec<String>> {
        self.read(key, "list of texts", texts)
    }

    /// Reads a required integer.
    pub fn count(&self, key: &str, range: RangeInclusive<u64>) -> usize {
        let number = self.need(key, "whole number", |value| count(value, range)).unwrap_or(1);
        usize::try_from(number).unwrap_or(usize::MAX)
    }

    /// Reads a required duration.
    pub fn duration(&self, key: &str, range: RangeInclusive<Duration>) -> Duration {
        self.need(key, "duration", |value| duration(value, range)).unwrap_or(Duration::from_secs(1))
    }
}
