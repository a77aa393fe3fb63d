//! Checks the invariants of `docs/architecture.md` on the source text. A message names file, line and rule.
//!
//! A list of exceptions may only shrink: an exception that is no longer needed fails the test too.

// The enums of syn gain variants in minor versions, so a match on them needs a wildcard.
#![allow(clippy::wildcard_enum_match_arm)]

mod files;
mod imports;
mod shapes;
mod words;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use syn::visit::Visit;

/// A parsed file of `src/`.
struct SourceFile {
    /// The path, such as `src/store/mod.rs`.
    path: String,
    /// The module, such as `["store"]`.
    module: Vec<String>,
    text: String,
    syntax: syn::File,
    /// True for unit tests: a file of tests, or in a folder of tests.
    test: bool,
}

/// A violation of a rule.
#[derive(Clone, Debug)]
struct Violation {
    path: String,
    line: usize,
    what: String,
}

/// Returns all files of `src/`. The syntax trees cannot leave their thread, so each test that needs them parses them
/// once.
fn all_sources() -> &'static [SourceFile] {
    thread_local! {
        static SOURCES: &'static [SourceFile] = {
            let paths = rust_files(&root().join("src"));
            paths.iter().map(|path| SourceFile::read(path)).collect::<Vec<_>>().leak()
        };
    }
    SOURCES.with(|sources| *sources)
}

impl SourceFile {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", relative(path)));
        let path = relative(path);
        let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
        let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
        if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
            module.pop();
        }
        let test = module.iter().any(|part| part == "tests" || part.starts_with("test_"));
        Self { path, module, text, syntax, test }
    }

    /// Returns the top-level module, such as `store`; `None` for `lib.rs` and `main.rs`.
    fn area(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }

    fn violation(&self, line: usize, what: impl Into<String>) -> Violation {
        Violation { path: self.path.clone(), line, what: what.into() }
    }
}

/// Returns the files of `src/` without unit tests.
fn sources() -> impl Iterator<Item = &'static SourceFile> {
    all_sources().iter().filter(|file| !file.test)
}

/// Visits the items of a file without unit tests.
fn visit_code<V: Visit<'static>>(visitor: &mut V, file: &'static SourceFile) {
    for item in &file.syntax.items {
        match item {
            syn::Item::Mod(module) if is_test(&module.attrs) => {}
            other => visitor.visit_item(other),
        }
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test")))
    })
}

/// Fails for each violation without an exception, and for each exception without a violation. An exception is `path` or
/// `path: what`.
fn check(rule: &str, violations: &[Violation], exceptions: &[&str]) {
    let mut needed = BTreeSet::new();
    let mut wrong = Vec::new();
    for violation in violations {
        let Violation { path, line, what } = violation;
        let excepted = exceptions.iter().find(|known| **known == path || **known == format!("{path}: {what}"));
        match excepted {
            Some(known) => drop(needed.insert(*known)),
            None => wrong.push(format!("{path}:{line}: {what} ({rule})")),
        }
    }
    let unneeded = exceptions.iter().filter(|known| !needed.contains(*known));
    wrong.extend(unneeded.map(|known| format!("{known}: remove this exception, it is not needed ({rule})")));
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{} violations:\n{}", wrong.len(), wrong.join("\n"));
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let Ok(entries) = fs::read_dir(dir) else { return out };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            out.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
    out.sort();
    out
}
