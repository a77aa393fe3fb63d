//! Settings as a tree that records where each was written, and the merging of defaults, file and environment.

use indexmap::IndexMap;
use toml::de::{DeTable, DeValue};

use super::mistake::{Mistake, Origin, shown};

/// A value and where it was written.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub value: Value,
    pub origin: Origin,
}

/// A table in the order of the file.
pub(super) type Table = IndexMap<String, Node>;

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Bool(bool),
    Int(i64),
    Float,
    Text(String),
    /// A date or time, as written.
    Moment(String),
    List(Vec<Node>),
    Table(Table),
    /// A value from the environment. The reader of the key decides its type.
    Raw(String),
}

impl Value {
    /// Returns the display name of the type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "true or false",
            Self::Int(_) => "a whole number",
            Self::Float => "a number",
            Self::Text(_) | Self::Raw(_) => "text",
            Self::Moment(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl Value {
    /// True if it is written under its own header.
    pub fn is_section(&self) -> bool {
        match self {
            Self::Table(_) => true,
            Self::List(items) => matches!(items.first(), Some(Node { value: Self::Table(_), .. })),
            Self::Bool(_) | Self::Int(_) | Self::Float | Self::Text(_) | Self::Moment(_) | Self::Raw(_) => false,
        }
    }
}

/// The largest configuration file.
pub(super) const MAX_FILE: usize = 1024 * 1024;

/// Tables in which the operator chooses the keys. They are replaced as a whole.
const REPLACED_WHOLE: [&[&str]; 1] = [&["severity", "matrix"]];

/// Parses a file. Fails with all syntax errors, one for each line.
pub(super) fn parse(file: &str, text: &str, origin: fn(usize) -> Origin) -> Result<Table, Vec<Mistake>> {
    let lines = Lines::of(text);
    let whole = |line, what| Mistake {
        file: file.to_owned(),
        origin: origin(line),
        key: String::new(),
        known: String::new(),
        what,
    };
    if text.len() > MAX_FILE {
        return Err(vec![whole(0, format!("larger than {MAX_FILE} bytes; a configuration is never that large"))]);
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(table_of(table.get_ref(), &lines, &origin));
    }
    let mut mistakes: Vec<Mistake> = errors
        .iter()
        .map(|error| {
            let line = error.span().map_or(0, |span| lines.at(span.start));
            whole(line, said_plainly(error.message(), text.lines().nth(line.saturating_sub(1)).unwrap_or_default()))
        })
        .collect();
    mistakes.dedup_by_key(|m| m.origin.clone());
    Err(mistakes)
}

/// Replaces each entry of a list in `own` that equals the shipped entry with the same id by that entry: a copy of the
/// shipped file means the same as no file.
pub(super) fn adopt_shipped(shipped: &Table, own: &mut Table, list: &str) {
    let (Some(Node { value: Value::List(shipped), .. }), Some(Node { value: Value::List(own), .. })) =
        (shipped.get(list), own.get_mut(list))
    else {
        return;
    };
    for entry in own {
        if let Some(same) = shipped.iter().find(|shipped| equal(&shipped.value, &entry.value)) {
            *entry = same.clone();
        }
    }
}

/// True if two values are the same, wherever they were written.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Text(a), Value::Text(b)) | (Value::Moment(a), Value::Moment(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(&a.value, &b.value))
        }
        (Value::Table(a), Value::Table(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(&a.value, &b.value)))
        }
        _ => false,
    }
}

/// Parses what can be parsed of a file that may have mistakes.
pub(super) fn parse_in_part(text: &str) -> Table {
    let (table, _) = DeTable::parse_recoverable(text);
    table_of(table.get_ref(), &Lines::of(text), &Origin::File)
}

/// Rewrites a parser message for readers who do not know TOML well.
fn said_plainly(message: &str, line: &str) -> String {
    if message.contains("duplicate key") {
        return "not TOML: this key or table was written before; keep one of the two".to_owned();
    }
    if message.starts_with("string values must be quoted") {
        let nothing = line.split('#').next().is_some_and(|code| code.trim_end().ends_with('='));
        return if nothing {
            "not TOML: nothing stands after the =".to_owned()
        } else {
            "not TOML: text must stand in quotes".to_owned()
        };
    }
    format!("not TOML: {}", message.lines().next().unwrap_or_default())
}

/// The offsets at which lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset)
    }
}

fn table_of(table: &DeTable<'_>, lines: &Lines, origin: &dyn Fn(usize) -> Origin) -> Table {
    let mut written: Vec<_> = table.iter().collect();
    written.sort_by_key(|(key, _)| key.span().start);
    written
        .into_iter()
        .map(|(key, value)| {
            let line = lines.at(key.span().start);
            (key.get_ref().to_string(), Node { value: value_of(value.get_ref(), lines, origin), origin: origin(line) })
        })
        .collect()
}

fn value_of(value: &DeValue<'_>, lines: &Lines, origin: &dyn Fn(usize) -> Origin) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(int) => i64::from_str_radix(&int.as_str().replace('_', ""), int.radix())
            .map_or_else(|_| Value::Text(int.as_str().to_owned()), Value::Int),
        DeValue::Float(_) => Value::Float,
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(moment) => Value::Moment(moment.to_string()),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| {
                    let origin_of_item = origin(lines.at(item.span().start));
                    Node { value: value_of(item.get_ref(), lines, origin), origin: origin_of_item }
                })
                .collect(),
        ),
        DeValue::Table(table) => Value::Table(table_of(table, lines, origin)),
    }
}

/// Merges a tree into another: tables key by key, other values as a whole.
pub(super) fn overlay(base: &mut Table, over: Table) {
    overlay_at(base, over, &mut Vec::new());
}

fn overlay_at(base: &mut Table, over: Table, path: &mut Vec<String>) {
    for (key, node) in over {
        path.push(key.clone());
        let whole = REPLACED_WHOLE.iter().any(|known| path.iter().map(String::as_str).eq(known.iter().copied()));
        match (base.get_mut(&key), node) {
            (Some(Node { value: Value::Table(below), origin }), Node { value: Value::Table(above), origin: newer })
                if !whole =>
            {
                *origin = newer;
                overlay_at(below, above, path);
            }
            (_, node) => {
                base.insert(key, node);
            }
        }
        path.pop();
    }
}

/// The prefix of hotroom's environment variables.
pub(super) const ENV_PREFIX: &str = "HOTROOM_";

/// Upper bound for the number of parts of a key.
const MAX_PARTS: usize = 12;

/// Sets a value from a variable such as `HOTROOM_SERVER__LISTEN`. Variables without `__` are ignored, except
/// `HOTROOM_TEMPLATES_DIR`, the only key outside a section.
pub(super) fn overlay_env(base: &mut Table, name: &str, raw: &str) -> Result<(), String> {
    let Some(rest) = name.strip_prefix(ENV_PREFIX) else { return Ok(()) };
    if !rest.contains("__") && rest != "TEMPLATES_DIR" {
        return Ok(());
    }
    let path: Vec<String> = rest.split("__").map(str::to_ascii_lowercase).collect();
    if path.len() > MAX_PARTS || path.iter().any(String::is_empty) {
        return Err("no setting has such a name; write HOTROOM_<SECTION>__<KEY>".to_owned());
    }
    set(base, &path, raw, &Origin::Env(name.to_owned()))
}

fn set(table: &mut Table, path: &[String], raw: &str, origin: &Origin) -> Result<(), String> {
    let [key, rest @ ..] = path else { return Ok(()) };
    if rest.is_empty() {
        let value = raw_value(table.get(key).map(|node| &node.value), raw, origin);
        table.insert(key.clone(), Node { value, origin: origin.clone() });
        return Ok(());
    }
    let empty = || Node { value: Value::Table(Table::new()), origin: origin.clone() };
    match &mut table.entry(key.clone()).or_insert_with(empty).value {
        Value::Table(inner) => set(inner, rest, raw, origin),
        Value::List(items) => match items.iter_mut().find_map(|item| entry_named(item, &rest[0])) {
            Some(_) if rest.len() == 1 => Err(format!("name a key of {}, after another __", shown(&rest[0]))),
            Some(entry) => set(entry, &rest[1..], raw, origin),
            None => Err(format!("[[{key}]] has no entry with the id {}", shown(&rest[0]))),
        },
        Value::Bool(_) | Value::Int(_) | Value::Float | Value::Text(_) | Value::Moment(_) | Value::Raw(_) => {
            Err(format!("{key} is a single value and has no keys below it"))
        }
    }
}

/// Returns the table of a list item if it has this id, compared as an environment variable can spell it.
fn entry_named<'a>(item: &'a mut Node, wanted: &str) -> Option<&'a mut Table> {
    let Value::Table(table) = &mut item.value else { return None };
    let id = table.get("id").or_else(|| table.get("name"))?;
    let Value::Text(id) = &id.value else { return None };
    id.to_ascii_lowercase().replace('-', "_").eq(wanted).then_some(table)
}

/// Parses lists and tables as TOML; other values stay text until the reader of the key parses them.
fn raw_value(base: Option<&Value>, raw: &str, origin: &Origin) -> Value {
    let composite = match base {
        Some(Value::List(_) | Value::Table(_)) => true,
        None => raw.starts_with(['[', '{']),
        Some(Value::Bool(_) | Value::Int(_) | Value::Float | Value::Text(_) | Value::Moment(_) | Value::Raw(_)) => {
            false
        }
    };
    if composite
        && raw.len() <= MAX_FILE
        && let Ok(value) = DeValue::parse(raw)
        && matches!(value.get_ref(), DeValue::Array(_) | DeValue::Table(_))
    {
        return value_of(value.get_ref(), &Lines(vec![0]), &|_| origin.clone());
    }
    Value::Raw(raw.to_owned())
}
