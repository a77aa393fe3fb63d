//! Checks imports: the order of the top-level modules, import cycles, and code that must stay in one place.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use syn::{
    spanned::Spanned,
    visit::{self, Visit},
};

use super::{SourceFile, Violation, all_sources, check, is_test, sources, visit_code};

/// Each top-level module with its allowed imports, in the order of `docs/architecture.md`.
const MAY_IMPORT: [(&str, &[&str]); 17] = [
    ("domain", &[]),
    ("net", &["domain"]),
    ("contact", &["domain", "net"]),
    ("tracker", &["domain", "net"]),
    ("pager", &["domain", "net"]),
    ("status_mirror", &["domain", "net"]),
    ("wiki", &["domain", "net"]),
    ("command", &["domain", "net"]),
    ("config", &["domain", "net", "contact", "tracker", "pager", "status_mirror", "wiki"]),
    ("store", &["domain", "net"]),
    ("intake", &["domain", "net", "contact", "tracker", "pager", "status_mirror", "wiki", "config"]),
    ("chat", &["domain", "net", "contact", "tracker", "pager", "status_mirror", "wiki", "command", "config", "store"]),
    (
        "render",
        &[
            "domain",
            "net",
            "contact",
            "tracker",
            "pager",
            "status_mirror",
            "wiki",
            "command",
            "config",
            "chat",
            "store",
        ],
    ),
    (
        "app",
        &[
            "domain",
            "net",
            "contact",
            "tracker",
            "pager",
            "status_mirror",
            "wiki",
            "command",
            "config",
            "intake",
            "store",
            "chat",
            "render",
        ],
    ),
    (
        "deliver",
        &[
            "domain",
            "net",
            "contact",
            "tracker",
            "pager",
            "status_mirror",
            "wiki",
            "command",
            "config",
            "intake",
            "store",
            "chat",
            "render",
            "app",
        ],
    ),
    (
        "web",
        &[
            "domain",
            "net",
            "contact",
            "tracker",
            "pager",
            "status_mirror",
            "wiki",
            "command",
            "config",
            "intake",
            "store",
            "chat",
            "render",
            "app",
        ],
    ),
    (
        "cli",
        &[
            "domain",
            "net",
            "contact",
            "tracker",
            "pager",
            "status_mirror",
            "wiki",
            "command",
            "config",
            "intake",
            "store",
            "chat",
            "render",
            "app",
            "deliver",
            "web",
        ],
    ),
];

/// Files that take part in an import cycle within their module.
const CYCLES: [&str; 0] = [];

/// The aggregates of `app`. Each makes the decisions for its own event stream.
const AGGREGATES: [&str; 6] = ["alerts", "incidents", "maintenance", "oncall", "reviews", "silences"];

/// Files of `app` outside `reactor` and `commands` that import an aggregate other than their own.
const TWO_AGGREGATES: [&str; 0] = [];

/// A path that a file names: absolute, without `crate`.
struct Reference {
    line: usize,
    path: Vec<String>,
    /// A `pub use`: it re-exports an item without using it.
    reexport: bool,
}

/// Collects the paths of this crate in a file: `crate::…`, `super::…` at any depth, `self::…`, and child modules.
struct References<'a> {
    file: &'a SourceFile,
    children: BTreeSet<String>,
    /// The inline modules around the current item.
    inside: Vec<String>,
    found: Vec<Reference>,
}

impl References<'_> {
    fn of(file: &'static SourceFile) -> Vec<Reference> {
        let children = file.syntax.items.iter().filter_map(|item| match item {
            syn::Item::Mod(module) if module.content.is_none() => Some(module.ident.to_string()),
            _ => None,
        });
        let mut references = References { file, children: children.collect(), inside: Vec::new(), found: Vec::new() };
        visit_code(&mut references, file);
        references.found
    }

    /// Returns the absolute path; `None` if it is of another crate.
    fn absolute(&self, segments: &[String]) -> Option<Vec<String>> {
        let mut base: Vec<String> = self.file.module.iter().chain(&self.inside).cloned().collect();
        let (first, mut rest) = segments.split_first()?;
        match first.as_str() {
            "crate" => return Some(rest.to_vec()),
            "self" => {}
            "super" => {
                base.pop();
                while let Some((next, further)) = rest.split_first().filter(|(next, _)| *next == "super") {
                    base.pop();
                    rest = further;
                    let _super = next;
                }
            }
            child if self.inside.is_empty() && self.children.contains(child) => base.push(child.to_owned()),
            _ => return None,
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }

    fn note(&mut self, segments: &[String], line: usize, reexport: bool) {
        if let Some(path) = self.absolute(segments) {
            self.found.push(Reference { line, path, reexport });
        }
    }

    fn tree(&mut self, before: &[String], tree: &syn::UseTree, reexport: bool) {
        let line = tree.span().start().line;
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.tree(&with(&path.ident), &path.tree, reexport),
            syn::UseTree::Name(name) if name.ident == "self" => self.note(before, line, reexport),
            syn::UseTree::Name(name) => self.note(&with(&name.ident), line, reexport),
            syn::UseTree::Rename(rename) => self.note(&with(&rename.ident), line, reexport),
            syn::UseTree::Glob(_) => self.note(before, line, reexport),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(before, item, reexport)),
        }
    }
}

impl<'ast> Visit<'ast> for References<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            self.inside.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.inside.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let reexport = !matches!(item.vis, syn::Visibility::Inherited);
        self.tree(&[], &item.tree, reexport);
    }

    // `pub(in crate::store)` names a module without importing it.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.note(&segments, path.span().start().line, false);
        }
        visit::visit_path(self, path);
    }
}

#[test]
fn imports_run_one_way() {
    let mut violations = Vec::new();
    for file in sources() {
        let Some((area, allowed)) = MAY_IMPORT.iter().find(|(area, _)| Some(*area) == file.area()) else { continue };
        for reference in References::of(file) {
            let Some(named) = reference.path.first() else { continue };
            let known = MAY_IMPORT.iter().any(|(module, _)| module == named);
            if known && named != area && !allowed.contains(&named.as_str()) {
                violations.push(file.violation(reference.line, format!("{area} may not import {named}")));
            }
        }
    }
    check("imports run one way", &violations, &[]);
}

#[test]
fn every_top_level_module_has_its_place_in_the_import_order() {
    let areas: BTreeSet<&str> =
        all_sources().iter().filter(|file| file.module.len() > 1).filter_map(|file| file.area()).collect();
    let unknown: Vec<&str> =
        areas.into_iter().filter(|area| MAY_IMPORT.iter().all(|(module, _)| module != area)).collect();
    assert!(unknown.is_empty(), "not in MAY_IMPORT of tests/stories/tidy/imports.rs: {unknown:?}");
}

/// Finds the file of a path. A re-exported name leads to the file that defines it, so that a `mod.rs` that only
/// re-exports items of its files makes no cycle.
struct Resolver {
    modules: HashMap<Vec<String>, usize>,
    reexports: HashMap<Vec<String>, Vec<String>>,
}

impl Resolver {
    fn new() -> Self {
        let modules = all_sources().iter().enumerate().map(|(number, file)| (file.module.clone(), number)).collect();
        let mut reexports = HashMap::new();
        for file in sources() {
            for reference in References::of(file).into_iter().filter(|reference| reference.reexport) {
                if let Some(name) = reference.path.last() {
                    let outside = [file.module.as_slice(), std::slice::from_ref(name)].concat();
                    if outside != reference.path {
                        reexports.insert(outside, reference.path.clone());
                    }
                }
            }
        }
        Self { modules, reexports }
    }

    fn file(&self, path: &[String]) -> Option<usize> {
        let mut path = path.to_vec();
        // More steps than any chain of re-exports has.
        for _ in 0..8 {
            let followed = (1..=path.len())
                .rev()
                .find_map(|end| Some([self.reexports.get(&path[..end])?.as_slice(), &path[end..]].concat()));
            match followed {
                Some(next) => path = next,
                None => break,
            }
        }
        (0..=path.len()).rev().find_map(|end| self.modules.get(&path[..end]).copied())
    }
}

/// Returns the groups of files that import each other, directly or indirectly.
fn cycles(edges: &BTreeMap<usize, BTreeSet<usize>>) -> Vec<BTreeSet<usize>> {
    let reach = |from: usize| {
        let mut seen = BTreeSet::new();
        let mut next: Vec<usize> = edges.get(&from).into_iter().flatten().copied().collect();
        while let Some(file) = next.pop() {
            if seen.insert(file) {
                next.extend(edges.get(&file).into_iter().flatten());
            }
        }
        seen
    };
    let reached: BTreeMap<usize, BTreeSet<usize>> = edges.keys().map(|file| (*file, reach(*file))).collect();
    let mut found: Vec<BTreeSet<usize>> = Vec::new();
    for (file, to) in &reached {
        let cycle: BTreeSet<usize> = to
            .iter()
            .filter(|other| **other != *file && reached.get(other).is_some_and(|back| back.contains(file)))
            .chain([file])
            .copied()
            .collect();
        if cycle.len() > 1 && !found.contains(&cycle) {
            found.push(cycle);
        }
    }
    found
}

// A `mod.rs` calls the files of its folder and holds what they share: these two directions are not a cycle.
#[test]
fn no_files_of_a_module_import_each_other_in_a_circle() {
    let resolver = Resolver::new();
    let mut edges: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (number, file) in all_sources().iter().enumerate().filter(|(_, file)| !file.test && file.area().is_some()) {
        for reference in References::of(file).iter().filter(|reference| !reference.reexport) {
            let Some(to) = resolver.file(&reference.path) else { continue };
            let dispatches = file.path.ends_with("/mod.rs") && all_sources()[to].module.starts_with(&file.module);
            if to != number && !dispatches && all_sources()[to].area() == file.area() {
                edges.entry(number).or_default().insert(to);
            }
        }
    }
    let mut violations = Vec::new();
    for cycle in cycles(&edges) {
        let names: Vec<&str> = cycle.iter().map(|file| all_sources()[*file].path.as_str()).collect();
        let what = format!("is in a cycle of {}: {}", cycle.len(), names.join(", "));
        violations.extend(cycle.iter().map(|file| all_sources()[*file].violation(1, what.clone())));
    }
    check("no import cycle of files inside a module", &violations, &CYCLES);
}

#[test]
fn only_the_reactor_and_the_commands_know_two_aggregates() {
    let mut violations = Vec::new();
    for file in sources().filter(|file| file.area() == Some("app")) {
        let Some(own) = file.module.get(1).filter(|own| AGGREGATES.contains(&own.as_str())) else { continue };
        for reference in References::of(file) {
            let other = reference.path.get(1).filter(|_| reference.path[0] == "app");
            if let Some(other) = other.filter(|other| *other != own && AGGREGATES.contains(&other.as_str())) {
                violations.push(file.violation(reference.line, format!("{own} imports {other}")));
            }
        }
    }
    check("only app/reactor and app/commands import two aggregates", &violations, &TWO_AGGREGATES);
}

/// Collects the lines in which a path begins with a name, or an identifier equals it.
struct Mentions<'a> {
    is: &'a dyn Fn(&str) -> bool,
    found: Vec<(usize, String)>,
}

impl<'ast> Visit<'ast> for Mentions<'_> {
    fn visit_ident(&mut self, ident: &'ast syn::Ident) {
        if (self.is)(&ident.to_string()) {
            self.found.push((ident.span().start().line, ident.to_string()));
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }
}

fn mentions(file: &'static SourceFile, is: &dyn Fn(&str) -> bool) -> Vec<Violation> {
    let mut mentions = Mentions { is, found: Vec::new() };
    visit_code(&mut mentions, file);
    mentions.found.into_iter().map(|(line, name)| file.violation(line, format!("names {name}"))).collect()
}

#[test]
fn rusqlite_stays_in_the_engine_of_the_store() {
    let outside = sources().filter(|file| !file.path.starts_with("src/store/engine/"));
    let violations: Vec<Violation> = outside.flat_map(|file| mentions(file, &|name| name == "rusqlite")).collect();
    check("rusqlite only in store/engine", &violations, &RUSQLITE);
}

/// Files outside `store/engine` that name rusqlite.
const RUSQLITE: [&str; 0] = [];

#[test]
fn the_domain_names_no_chat_platform_and_no_api_schema() {
    let wrong = |name: &str| {
        let name = name.to_lowercase();
        ["discord", "slack", "utoipa"].iter().any(|word| name.contains(word))
    };
    let domain = sources().filter(|file| file.area() == Some("domain"));
    let violations: Vec<Violation> = domain.flat_map(|file| mentions(file, &wrong)).collect();
    check("src/domain names no chat platform and no utoipa", &violations, &DOMAIN_NAMES);
}

/// Files of the domain that name a chat platform or utoipa.
const DOMAIN_NAMES: [&str; 0] = [];

#[test]
fn only_main_reads_the_clock() {
    let mut violations = Vec::new();
    for file in all_sources().iter().filter(|file| file.path != "src/main.rs") {
        for (number, line) in file.text.lines().enumerate() {
            if ["Utc::now(", "SystemTime::now(", "Local::now("].iter().any(|call| line.contains(call)) {
                violations.push(file.violation(number + 1, "reads the clock"));
            }
        }
    }
    check("only main reads the clock", &violations, &[]);
}

/// Matches both `use tokio::time::sleep` and `tokio::time::sleep(…)`.
struct Sleeps(Vec<usize>);

impl<'ast> Visit<'ast> for Sleeps {
    fn visit_use_name(&mut self, name: &'ast syn::UseName) {
        if name.ident == "sleep" {
            self.0.push(name.ident.span().start().line);
        }
    }

    fn visit_use_rename(&mut self, rename: &'ast syn::UseRename) {
        if rename.ident == "sleep" {
            self.0.push(rename.ident.span().start().line);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 && names.last().is_some_and(|name| name == "sleep") {
            self.0.push(path.span().start().line);
        }
        visit::visit_path(self, path);
    }
}

#[test]
fn nothing_sleeps_in_tests() {
    let mut violations = Vec::new();
    for path in super::rust_files(&super::root().join("tests")) {
        let syntax = syn::parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let mut sleeps = Sleeps(Vec::new());
        sleeps.visit_file(&syntax);
        let path = super::relative(&path);
        let wrong = sleeps.0.into_iter().map(|line| Violation { path: path.clone(), line, what: "sleeps".to_owned() });
        violations.extend(wrong);
    }
    check("nothing sleeps in tests", &violations, &SLEEPS);
}

/// Tests that sleep on a stopped clock.
const SLEEPS: [&str; 1] = ["tests/discord/stopped.rs"];
