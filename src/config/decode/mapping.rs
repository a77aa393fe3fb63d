//! Decodes `[sources.mapping]` and includes the mappings shipped in `mappings/`, one file per sender.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use include_dir::{Dir, include_dir};
use regex::Regex;

use super::policy;
use crate::{
    config::{
        kinds,
        mapping::FieldMapping,
        mistake::{Origin, shown},
        read::{DecodeContext, Section},
        tree::{self, Value},
    },
    domain::{
        alert::{Matcher, unanchored},
        incident::Severity,
    },
};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/mappings");

/// A shipped mapping.
#[derive(Debug)]
pub struct ShippedMapping {
    /// The word of `kind` in `bot.toml`, which is the name of its file.
    pub name: &'static str,
    /// Where the fields are.
    pub mapping: FieldMapping,
    /// The severities of the sender's words, in lower case.
    pub severity: BTreeMap<String, Severity>,
}

/// Returns the shipped mappings, sorted by name.
pub fn shipped() -> &'static [ShippedMapping] {
    static READ: LazyLock<Vec<ShippedMapping>> = LazyLock::new(|| {
        let mut all: Vec<ShippedMapping> = FILES.files().filter_map(read_file).collect();
        all.sort_by_key(|shipped| shipped.name);
        all
    });
    &READ
}

fn read_file(file: &'static include_dir::File<'static>) -> Option<ShippedMapping> {
    let name = file.path().file_name()?.to_str()?.strip_suffix(".toml")?;
    let (path, text) = (file.path().display().to_string(), file.contents_utf8()?);
    let env = BTreeMap::new();
    let ctx = DecodeContext::new(&path, &env);
    let tree =
        tree::parse(&path, text, Origin::File).unwrap_or_else(|mistakes| panic!("a test reads it: {mistakes:?}"));
    let root = Section::root(&ctx, &tree);
    let mapping = root.table("mapping", mapping).unwrap_or_default();
    let severity = root.table("severity", severities).unwrap_or_default();
    root.finish();
    let mistakes = ctx.mistakes.take();
    assert!(mistakes.is_empty(), "a test reads the shipped mappings: {mistakes:?}");
    Some(ShippedMapping { name, mapping, severity })
}

/// Reads the sender's words for severity, in lower case.
pub(super) fn severities(s: &Section<'_>) -> BTreeMap<String, Severity> {
    let read = |word: &str| Some((word.to_lowercase(), s.read(word, "sev1, sev2, sev3 or sev4", policy::severity)?));
    s.own_words().into_iter().filter_map(read).collect()
}

pub(super) fn mapping(s: &Section<'_>) -> FieldMapping {
    let at = |key| s.read(key, "JSON pointer, or list of them", pointers).unwrap_or_default();
    let fields = s.table("fields", fields).unwrap_or_default();
    let known: BTreeSet<&str> = FieldMapping::FOUND.into_iter().chain(fields.keys().map(String::as_str)).collect();
    let find = s.table("find", |s| find(s, &known)).unwrap_or_default();
    FieldMapping {
        alerts: s.read("alerts", "JSON pointer", pointer),
        when: s.read("when", "list of conditions", conditions).unwrap_or_default(),
        name: at("name"),
        state: at("state"),
        resolved_values: s.texts("resolved_values").unwrap_or_default(),
        acknowledged_values: s.texts("acknowledged_values").unwrap_or_default(),
        severity: at("severity"),
        service: at("service"),
        host: at("host"),
        summary: at("summary"),
        fingerprint: at("fingerprint"),
        starts_at: at("starts_at"),
        ends_at: at("ends_at"),
        labels: at("labels"),
        fields,
        find,
        link: at("link"),
        acknowledged_by: at("acknowledged_by"),
    }
}

fn fields(s: &Section<'_>) -> BTreeMap<String, Vec<String>> {
    let read = |name: &str| Some((name.to_owned(), s.read(name, "JSON pointer, or list of them", pointers)?));
    s.own_words().into_iter().filter_map(read).collect()
}

/// Reads the expressions; `known` are the fields that may have one.
fn find(s: &Section<'_>, known: &BTreeSet<&str>) -> BTreeMap<String, Regex> {
    let mut found = BTreeMap::new();
    for name in s.own_words() {
        let pattern = s.read(name, "regular expression", pattern);
        if !known.contains(name) {
            let all: Vec<&str> = known.iter().copied().collect();
            s.wrong(name, format!("is no field with a text; there are {}", all.join(", ")));
        } else if let Some(pattern) = pattern {
            found.insert(name.to_owned(), pattern);
        }
    }
    found
}

fn pattern(value: &Value) -> Result<Regex, String> {
    let pattern = unanchored(&kinds::line(value)?)?;
    if pattern.captures_len() == 2 {
        Ok(pattern)
    } else {
        Err("must have exactly one group: ( ) around the value".to_owned())
    }
}

fn pointers(value: &Value) -> Result<Vec<String>, String> {
    if matches!(value, Value::List(_)) {
        kinds::texts(value)?.into_iter().map(checked).collect()
    } else {
        pointer(value).map(|one| vec![one])
    }
}

fn pointer(value: &Value) -> Result<String, String> {
    checked(kinds::text(value)?)
}

fn checked(said: String) -> Result<String, String> {
    let stray = said.split('~').skip(1).any(|after| !after.starts_with(['0', '1']));
    if !said.starts_with('/') || stray {
        return Err(format!("{} is no JSON pointer; write one such as \"/alert/title\"", shown(&said)));
    }
    Ok(said)
}

fn conditions(value: &Value) -> Result<Vec<Matcher>, String> {
    let read = |text: String| {
        let matcher = Matcher::parse(&text).map_err(|error| error.to_string())?;
        checked(matcher.label.clone()).map(|_| matcher)
    };
    kinds::texts(value)?.into_iter().map(read).collect()
}
