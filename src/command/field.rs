//! Reads and writes values of fields: `cause=bug; hosts=db-1, db-2`.

use chrono::NaiveDate;

use super::{
    KnownName, OptionKind, OptionSpec, UsageError,
    names::{named, person},
    parse_context::ParseContext,
    vocabulary::nearest,
};
use crate::domain::{
    incident::{FieldChanges, FieldContent, FieldSpec, FieldType, MOST_ENTRIES},
    text::Untrusted,
};

/// Stands before each field of a form: its text may have line breaks and semicolons.
const FORM_MARK: char = '\u{1e}';

/// The most characters of an entry of a list.
const LONGEST_ENTRY: usize = 200;
/// The most characters of an address.
const LONGEST_URL: usize = 2_000;
/// The most characters of a number.
const LONGEST_NUMBER: usize = 30;

/// One field of a form.
pub(super) fn pair(name: &str, text: &str) -> String {
    format!("{FORM_MARK}{name}={}", text.replace(FORM_MARK, " "))
}

/// Parses fields. A semicolon or a line break ends a value only before the name of another field.
pub(super) fn read(
    context: &ParseContext<'_, '_>,
    option: &OptionSpec,
    text: &str,
) -> Result<FieldChanges, UsageError> {
    let mut changes = FieldChanges::new();
    for (name, text) in pairs(context, option, text)? {
        let (spec, spot) = find(context, option, &name)?;
        let text = text.trim();
        let value = if text.is_empty() { None } else { Some(value(context, spec, &spot, text)?) };
        if changes.insert(spec.id.clone(), value).is_some() {
            return Err(UsageError::Twice { command: context.spec.path.clone(), option: spot.name });
        }
    }
    Ok(changes)
}

/// Parses a condition of a list: `cause=bug`.
pub(super) fn condition(context: &ParseContext<'_, '_>, text: &str) -> Result<(String, String), UsageError> {
    let option = OptionSpec { name: "field".to_owned(), ..OptionSpec::line() };
    let (name, value) =
        text.split_once('=').ok_or_else(|| bad(&option, "a field and its value, such as cause=bug", text))?;
    let (spec, _) = find(context, &option, name)?;
    Ok((spec.id.to_string(), value.trim().to_owned()))
}

fn pairs(context: &ParseContext<'_, '_>, option: &OptionSpec, text: &str) -> Result<Vec<(String, String)>, UsageError> {
    let pair = |part: &str| {
        let (name, value) =
            part.split_once('=').ok_or_else(|| bad(option, "a field and its value, such as cause=bug", part))?;
        Ok((name.trim().to_owned(), value.to_owned()))
    };
    if let Some(form) = text.strip_prefix(FORM_MARK) {
        return form.split(FORM_MARK).map(pair).collect();
    }
    let plain = |name: &str| name.trim().to_lowercase().replace(['_', '-'], " ");
    let begins_field = |part: &str| {
        let name = part.split_once('=').map(|(name, _)| plain(name));
        let is_field =
            |spec: &FieldSpec| name.as_ref().is_some_and(|n| *n == plain(spec.id.as_str()) || *n == plain(&spec.name));
        context.vocabulary.fields.iter().any(is_field)
    };
    let mut parts: Vec<String> = Vec::new();
    for (place, part) in text.split_inclusive([';', '\n']).enumerate() {
        if place == 0 || begins_field(part) {
            parts.push(part.to_owned());
        } else if let Some(last) = parts.last_mut() {
            last.push_str(part);
        }
    }
    parts.iter().map(|part| pair(part.trim_end().trim_end_matches(';'))).collect()
}

/// Finds a field, and returns it with an option that has the name of its input in forms.
fn find<'v>(
    context: &ParseContext<'_, 'v>,
    option: &OptionSpec,
    name: &str,
) -> Result<(&'v FieldSpec, OptionSpec), UsageError> {
    let fields = &context.vocabulary.fields;
    let names: Vec<KnownName> = fields.iter().map(|spec| KnownName::new(spec.id.as_str(), spec.name.clone())).collect();
    let id = named(option, "field", &names, name)?.id.clone();
    let spec = fields.iter().find(|spec| spec.id.as_str() == id).ok_or_else(|| UsageError::UnknownName {
        option: option.name.clone(),
        what: "field".to_owned(),
        said: Untrusted::new(name),
        near: nearest(&names, name),
        known: names.iter().map(|known| known.id.clone()).collect(),
    })?;
    let input = OptionSpec { name: format!("{}.{}", option.name, spec.id), ..option.clone() };
    Ok((spec, input))
}

fn value(
    context: &ParseContext<'_, '_>,
    spec: &FieldSpec,
    input: &OptionSpec,
    text: &str,
) -> Result<FieldContent, UsageError> {
    let plain =
        |known: &[String]| -> Vec<KnownName> { known.iter().map(|word| KnownName::new(word.clone(), "")).collect() };
    let one = |known: &[KnownName], text: &str| named(input, &spec.name, known, text).map(|known| known.id.clone());
    let services = &context.vocabulary.services;
    Ok(match spec.holds {
        FieldType::Text => FieldContent::Text(Untrusted::new(text)),
        FieldType::Number => FieldContent::Word(number(input, text)?),
        FieldType::Choice => FieldContent::Word(one(&plain(&spec.choices), text)?),
        FieldType::Service => FieldContent::Word(one(services, text)?),
        FieldType::MultiChoice => {
            let known = plain(&spec.choices);
            FieldContent::Words(distinct(entries(input, text)?.iter().map(|word| one(&known, word)))?)
        }
        FieldType::Services => {
            FieldContent::Words(distinct(entries(input, text)?.iter().map(|word| one(services, word)))?)
        }
        FieldType::List => FieldContent::Texts(entries(input, text)?.into_iter().map(Untrusted::new).collect()),
        FieldType::Person => {
            let who = person(context, &OptionSpec { nobody: false, ..input.clone() }, text)?;
            FieldContent::Word(who.map(|person| person.to_string()).ok_or_else(|| bad(input, "a person", text))?)
        }
        FieldType::Date => {
            let date = NaiveDate::parse_from_str(text, "%Y-%m-%d");
            FieldContent::Word(date.map_err(|_| bad(input, "a date such as 2026-11-21", text))?.to_string())
        }
        FieldType::Url => {
            let is_url = (text.starts_with("https://") || text.starts_with("http://"))
                && text
                    .split_once("://")
                    .is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_alphanumeric() || c == '['))
                && text.chars().count() <= LONGEST_URL
                && !text.contains(char::is_whitespace);
            if !is_url {
                return Err(bad(input, "an http(s) address", text));
            }
            FieldContent::Text(Untrusted::new(text))
        }
    })
}

fn number(input: &OptionSpec, text: &str) -> Result<String, UsageError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    if text.len() <= LONGEST_NUMBER && all_digits(whole) && all_digits(part) {
        return Ok(text.to_owned());
    }
    Err(bad(input, "a number such as 1200 or 3.5", text))
}

/// The entries of a list, each once.
fn entries(input: &OptionSpec, text: &str) -> Result<Vec<String>, UsageError> {
    let mut entries: Vec<String> = Vec::new();
    for entry in text.split([',', '\n']).map(str::trim).filter(|entry| !entry.is_empty()) {
        let length = entry.chars().count();
        if length > LONGEST_ENTRY {
            return Err(UsageError::TooLong { option: input.name.clone(), max: LONGEST_ENTRY, length });
        }
        if !entries.iter().any(|known| known == entry) {
            entries.push(entry.to_owned());
        }
    }
    if entries.is_empty() || entries.len() > MOST_ENTRIES {
        return Err(bad(input, &format!("1 to {MOST_ENTRIES} entries with commas between"), text));
    }
    Ok(entries)
}

fn distinct(words: impl Iterator<Item = Result<String, UsageError>>) -> Result<Vec<String>, UsageError> {
    let mut all: Vec<String> = Vec::new();
    for word in words {
        let word = word?;
        if !all.contains(&word) {
            all.push(word);
        }
    }
    Ok(all)
}

fn bad(option: &OptionSpec, what: &str, said: &str) -> UsageError {
    UsageError::BadField { option: option.name.clone(), what: what.to_owned(), said: Untrusted::new(said) }
}

/// Writes fields as text that parses back to them.
pub(super) fn text(fields: &FieldChanges) -> String {
    let typed = |value: &Option<FieldContent>| value.as_ref().map(FieldContent::typed).unwrap_or_default();
    fields.iter().map(|(id, value)| pair(id.as_str(), &typed(value))).collect()
}

impl OptionSpec {
    /// An option that takes a line, for parts of other options.
    fn line() -> Self {
        Self {
            name: String::new(),
            label: String::new(),
            kind: OptionKind::Line,
            required: false,
            positional: false,
            nobody: false,
            default: None,
            max: LONGEST_ENTRY,
            when: super::Direction::Past,
            choices: Vec::new(),
            help: String::new(),
        }
    }
}
