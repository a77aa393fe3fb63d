//! Reads settings from the tree and collects every mistake instead of stopping at the first.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

use super::{
    mistake::{Mistake, Origin, nearest, shown},
    tree::{ENV_PREFIX, Node, Table, Value},
};

/// State shared by all sections while they are read.
pub(super) struct DecodeContext<'a> {
    pub file: &'a str,
    /// The environment, for `env:NAME`.
    pub env: &'a BTreeMap<String, String>,
    pub mistakes: RefCell<Vec<Mistake>>,
    pub warnings: RefCell<Vec<Mistake>>,
    /// Every key that was read, in the form `people[].id`, with the display name of its type.
    pub known: RefCell<BTreeMap<String, &'static str>>,
}

impl<'a> DecodeContext<'a> {
    pub fn new(file: &'a str, env: &'a BTreeMap<String, String>) -> Self {
        Self { file, env, mistakes: RefCell::default(), warnings: RefCell::default(), known: RefCell::default() }
    }
}

/// One step of a path.
#[derive(Debug, Clone)]
enum Step {
    Key(String),
    /// An element of a list: its index from 0, and its id once it is known.
    Item(usize, Option<String>),
}

/// The path of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Path(Vec<Step>);

impl Path {
    fn key(&self, key: &str) -> Self {
        let mut path = self.clone();
        path.0.push(Step::Key(key.to_owned()));
        path
    }

    fn item(&self, index: usize, id: Option<String>) -> Self {
        let mut path = self.clone();
        path.0.push(Step::Item(index, id));
        path
    }

    /// Returns the path as in `people[].id`.
    fn known(&self) -> String {
        let mut out = String::new();
        for step in &self.0 {
            match step {
                Step::Key(key) if out.is_empty() => out.push_str(key),
                Step::Key(key) => {
                    out.push('.');
                    out.push_str(key);
                }
                Step::Item(..) => out.push_str("[]"),
            }
        }
        out
    }

    /// Returns the path as in `[server] listen`, `[[people]] "bob" access`, `[[schedules]] "primary" layers #1 start`.
    fn shown(&self, last_is_table: bool) -> String {
        let first_item = self.0.iter().position(|step| matches!(step, Step::Item(..)));
        let head_len = first_item.unwrap_or_else(|| self.0.len() - usize::from(!last_is_table && !self.0.is_empty()));
        let head: Vec<&str> = self.0[..head_len]
            .iter()
            .filter_map(|step| match step {
                Step::Key(key) => Some(key.as_str()),
                Step::Item(..) => None,
            })
            .collect();
        let head = match (first_item, head.is_empty()) {
            (_, true) => String::new(),
            (Some(_), false) => format!("[[{}]]", head.join(".")),
            (None, false) => format!("[{}]", head.join(".")),
        };
        let rest = self.0[head_len..].iter().map(|step| match step {
            Step::Key(key) => key.clone(),
            Step::Item(_, Some(id)) => shown(id),
            Step::Item(index, None) => format!("#{}", index + 1),
        });
        std::iter::once(head).filter(|head| !head.is_empty()).chain(rest).collect::<Vec<_>>().join(" ")
    }
}

/// A table that is being read. Each key is read once; [`Section::finish`] reports the unknown keys.
pub(super) struct Section<'a> {
    pub ctx: &'a DecodeContext<'a>,
    table: &'a Table,
    path: Path,
    pub origin: Origin,
    asked: RefCell<BTreeSet<String>>,
}

impl<'a> Section<'a> {
    /// Returns the whole file as a section.
    pub fn root(ctx: &'a DecodeContext<'a>, table: &'a Table) -> Self {
        Self { ctx, table, path: Path::default(), origin: Origin::File(0), asked: RefCell::default() }
    }

    fn below(&self, table: &'a Table, path: Path, origin: Origin) -> Section<'a> {
        Section { ctx: self.ctx, table, path, origin, asked: RefCell::default() }
    }

    fn note(&self, key: &str, kind: &'static str) {
        self.asked.borrow_mut().insert(key.to_owned());
        self.ctx.known.borrow_mut().insert(self.path.key(key).known(), kind);
    }

    /// True if the key is present.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Returns the keys of a table in which the operator chooses them.
    pub fn own_words(&self) -> Vec<&'a str> {
        self.table.keys().map(String::as_str).collect()
    }

    fn mistake(&self, path: &Path, is_table: bool, origin: &Origin, what: impl Display) -> Mistake {
        Mistake {
            file: self.ctx.file.to_owned(),
            origin: origin.clone(),
            key: path.shown(is_table),
            known: path.known(),
            what: what.to_string(),
        }
    }

    /// Reports a mistake in a key, or in the table if the key is absent.
    pub fn wrong(&self, key: &str, what: impl Display) {
        let mistake = self.mistake(&self.path.key(key), false, self.origin_of(key), what);
        self.ctx.mistakes.borrow_mut().push(mistake);
    }

    /// Reports a warning.
    pub fn warn(&self, key: &str, what: impl Display) {
        let warning = self.mistake(&self.path.key(key), false, self.origin_of(key), what);
        self.ctx.warnings.borrow_mut().push(warning);
    }

    /// Reads an optional key with a parser.
    pub fn read<T>(
        &self,
        key: &str,
        kind: &'static str,
        parse: impl FnOnce(&'a Value) -> Result<T, String>,
    ) -> Option<T> {
        self.note(key, kind);
        match parse(&self.table.get(key)?.value) {
            Ok(value) => Some(value),
            Err(what) => {
                self.wrong(key, what);
                None
            }
        }
    }

    /// Reads a required key with a parser.
    pub fn need<T>(
        &self,
        key: &str,
        kind: &'static str,
        parse: impl FnOnce(&'a Value) -> Result<T, String>,
    ) -> Option<T> {
        if !self.has(key) {
            self.note(key, kind);
            self.wrong(key, format!("missing; write {key} = … ({kind})"));
            return None;
        }
        self.read(key, kind, parse)
    }

    /// Reads an optional table.
    pub fn table<T>(&self, key: &str, read: impl FnOnce(&Section<'a>) -> T) -> Option<T> {
        self.note(key, "table");
        let node = self.table.get(key)?;
        let Value::Table(table) = &node.value else {
            let mistake = self.mistake(
                &self.path.key(key),
                true,
                &node.origin,
                format!("must be a table, not {}", node.value.type_name()),
            );
            self.ctx.mistakes.borrow_mut().push(mistake);
            return None;
        };
        let section = self.below(table, self.path.key(key), node.origin.clone());
        let value = read(&section);
        section.finish();
        Some(value)
    }

    /// Reads a list of tables; `id` is the key that identifies each of them.
    pub fn tables<T>(&self, key: &str, id: &str, mut read: impl FnMut(&Section<'a>) -> Option<T>) -> Vec<T> {
        self.note(key, "tables");
        let Some(node) = self.table.get(key) else { return Vec::new() };
        let Value::List(items) = &node.value else {
            self.wrong(key, format!("must be a list of tables, not {}", node.value.type_name()));
            return Vec::new();
        };
        if items.len() > MAX_ITEMS {
            self.wrong(key, format!("has {} entries; at most {MAX_ITEMS} are taken", items.len()));
            return Vec::new();
        }
        let mut all = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path = self.path.key(key);
            let Value::Table(table) = &item.value else {
                let what = format!("must be a table, not {}", item.value.type_name());
                let mistake = self.mistake(&path.item(index, None), true, &item.origin, what);
                self.ctx.mistakes.borrow_mut().push(mistake);
                continue;
            };
            let section = self.below(table, path.item(index, name_of(table, id)), item.origin.clone());
            all.extend(read(&section));
            section.finish();
        }
        all
    }

    /// Visits a table again to compare it with others. Mistakes inside it were reported before.
    pub fn look<T>(&self, key: &str, see: impl FnOnce(&Section<'a>) -> T) -> Option<T> {
        let node = self.table.get(key)?;
        let Value::Table(table) = &node.value else { return None };
        Some(see(&self.below(table, self.path.key(key), node.origin.clone())))
    }

    /// Visits each table of a list again.
    pub fn each(&self, key: &str, id: &str, mut see: impl FnMut(&Section<'a>)) {
        let Some(Node { value: Value::List(items), .. }) = self.table.get(key) else { return };
        for (index, item) in items.iter().enumerate().take(MAX_ITEMS) {
            if let Value::Table(table) = &item.value {
                see(&self.below(table, self.path.key(key).item(index, name_of(table, id)), item.origin.clone()));
            }
        }
    }

    /// Returns the number of entries of a list.
    pub fn len(&self, key: &str) -> usize {
        match self.table.get(key) {
            Some(Node { value: Value::List(items), .. }) => items.len(),
            _ => 0,
        }
    }

    /// Returns the header of the section: `[[people]]`.
    pub fn header(&self) -> String {
        let end = self.path.0.iter().position(|step| matches!(step, Step::Item(..)));
        let list = end.map_or(self.path.0.len(), |end| end + 1);
        Path(self.path.0[..list.min(self.path.0.len())].to_vec())
            .shown(true)
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// Returns the value of a key without recording mistakes; `None` if it cannot be parsed.
    pub fn peek<T>(&self, key: &str, parse: impl FnOnce(&'a Value) -> Result<T, String>) -> Option<T> {
        parse(&self.table.get(key)?.value).ok()
    }

    /// Returns where the value of a key was written.
    pub fn origin_of(&self, key: &str) -> &Origin {
        self.table.get(key).map_or(&self.origin, |node| &node.origin)
    }

    /// Reports the keys that were never read.
    pub fn finish(&self) {
        let asked = self.asked.borrow();
        for (key, node) in self.table.iter().filter(|(key, _)| !asked.contains(*key)) {
            let what = self.unknown(key, node, &asked);
            let mut mistake = self.mistake(&self.path.key(key), node.value.is_section(), &node.origin, what);
            mistake.known = nearest(key, asked.iter().map(String::as_str))
                .map_or_else(String::new, |near| self.path.key(near).known());
            self.ctx.mistakes.borrow_mut().push(mistake);
        }
    }

    fn unknown(&self, key: &str, node: &Node, asked: &BTreeSet<String>) -> String {
        let what = if self.path.0.is_empty() && node.value.is_section() { "section" } else { "key" };
        let Some(near) = nearest(key, asked.iter().map(String::as_str)) else {
            let all: Vec<&str> = asked.iter().map(String::as_str).collect();
            return format!("unknown {what}; there are {}", all.join(", "));
        };
        let kind = self.ctx.known.borrow().get(&self.path.key(near).known()).copied();
        let near = match (&node.origin, kind) {
            (Origin::Env(name), _) => self.env_name(name, near),
            (_, Some("table")) if self.path.0.is_empty() => format!("[{near}]"),
            (_, Some("tables")) if self.path.0.is_empty() => format!("[[{near}]]"),
            _ => shown(near),
        };
        format!("unknown {what}; did you mean {near}?")
    }

    /// Replaces the part at this depth in the name of an environment variable.
    fn env_name(&self, name: &str, near: &str) -> String {
        let mut parts: Vec<String> = name.trim_start_matches(ENV_PREFIX).split("__").map(str::to_owned).collect();
        if let Some(part) = parts.get_mut(self.path.0.len()) {
            *part = near.to_ascii_uppercase();
        }
        format!("{ENV_PREFIX}{}", parts.join("__"))
    }
}

/// The longest list: a longer one was generated by mistake.
const MAX_ITEMS: usize = 5_000;

fn name_of(table: &Table, id: &str) -> Option<String> {
    match &table.get(id)?.value {
        Value::Text(text) | Value::Raw(text) => Some(text.clone()),
        Value::Bool(_) | Value::Int(_) | Value::Float | Value::Moment(_) | Value::List(_) | Value::Table(_) => None,
    }
}
