//! Settings as a tree that remembers where each was written: the shipped file, the operator's file over it, and the
//! environment over both.

use indexmap::IndexMap;
use toml::de::{DeTable, DeValue};

use super::mistake::{Mistake, Origin, shown};

/// A value and where it was written.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub value: Value,
    pub origin: Origin,
}

/// A table, in the order it is written in.
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
    /// From the environment: text whose type the reader of the key decides.
    Raw(String),
}

impl Value {
    /// What a person calls this type.
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
    /// Whether it is written under a header of its own.
    pub fn is_section(&self) -> bool {
        match self {
            Self::Table(_) => true,
            Self::List(items) => matches!(items.first(), Some(Node { value: Self::Table(_), .. })),
            Self::Bool(_) | Self::Int(_) | Self::Float | Self::Text(_) | Self::Moment(_) | Self::Raw(_) => false,
        }
    }
}

/// The largest file that is read.
pub(super) const MAX_FILE: usize = 1024 * 1024;

/// Tables that hold the operator's own words as keys, and are therefore replaced as a whole.
const REPLACED_WHOLE: [&[&str]; 1] = [&["severity", "matrix"]];

/// Reads a file. All syntax errors are found, one for each line.
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

/// What can be read of a file, mistakes or not.
pub(super) fn parse_in_part(text: &str) -> Table {
    let (table, _) = DeTable::parse_recoverable(text);
    table_of(table.get_ref(), &Lines::of(text), &Origin::File)
}

/// What is wrong with a line, in words for someone who does not know TOML by heart.
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

/// Where each line begins.
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

/// Lays one tree over another: tables key by key, everything else as a whole.
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

/// What begins the names of our environment variables.
pub(super) const ENV_PREFIX: &str = "HOTROOM_";

/// The deepest key there is has fewer parts than this.
const MAX_PARTS: usize = 12;

/// Lays `HOTROOM_SERVER__LISTEN=…` over the tree. A variable without `__` is somebody else's, unless it is
/// `HOTROOM_TEMPLATES_DIR`, the one key that belongs to no section.
///
/// # Errors
/// What is wrong with the variable, when it names nothing that could be set.
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

/// The table of a list whose id is this, as far as an environment variable can spell it.
fn entry_named<'a>(item: &'a mut Node, wanted: &str) -> Option<&'a mut Table> {
    let Value::Table(table) = &mut item.value else { return None };
    let id = table.get("id").or_else(|| table.get("name"))?;
    let Value::Text(id) = &id.value else { return None };
    id.to_ascii_lowercase().replace('-', "_").eq(wanted).then_some(table)
}

/// A list or a table may be written as TOML; anything else stays text until its reader says what it is.
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
