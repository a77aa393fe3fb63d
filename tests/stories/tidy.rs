//! The rules of the house, executed: sizes, the import line, the clock, sleeps.

use std::{
    fs,
    path::{Path, PathBuf},
};

use syn::{
    spanned::Spanned,
    visit::{self, Visit},
};

/// The longest function, in lines from its name to its closing brace.
const FUNCTION_LINES: usize = 60;
/// The most arguments, `self` not counted.
const ARGUMENTS: usize = 5;
/// The longest source file, in lines.
const FILE_LINES: usize = 400;

/// Each module with what it may import. The line of `docs/architecture.md`.
const MAY_IMPORT: [(&str, &[&str]); 12] = [
    ("domain", &[]),
    ("net", &["domain"]),
    ("command", &["domain", "net"]),
    ("config", &["domain", "net"]),
    ("intake", &["domain", "net", "config"]),
    ("store", &["domain", "net"]),
    ("chat", &["domain", "net", "command", "config", "store"]),
    ("render", &["domain", "net", "command", "config", "chat", "store"]),
    ("app", &["domain", "net", "command", "config", "intake", "store", "chat", "render"]),
    ("deliver", &["domain", "net", "command", "config", "intake", "store", "chat", "render", "app"]),
    ("web", &["domain", "net", "command", "config", "intake", "store", "chat", "render", "app"]),
    ("cli", &["domain", "net", "command", "config", "intake", "store", "chat", "render", "app", "deliver", "web"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let Ok(entries) = fs::read_dir(dir) else { return out };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            out.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            out.push(path);
        }
    }
    out.sort();
    out
}

fn named(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

#[derive(Default)]
struct Functions {
    found: Vec<String>,
    lengths: Vec<usize>,
}

impl Functions {
    fn look(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let lines = block.span().end().line - signature.span().start().line + 1;
        self.lengths.push(lines);
        if lines > FUNCTION_LINES {
            self.found.push(format!("{} has {lines} lines, at most {FUNCTION_LINES}", signature.ident));
        }
        let arguments = signature.inputs.iter().filter(|input| matches!(input, syn::FnArg::Typed(_))).count();
        if arguments > ARGUMENTS {
            self.found.push(format!("{} takes {arguments} arguments, at most {ARGUMENTS}", signature.ident));
        }
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.look(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.look(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }
}

#[test]
fn functions_and_files_stay_small() {
    let mut wrong = Vec::new();
    let mut lengths = Vec::new();
    for path in rust_files(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        if lines > FILE_LINES {
            wrong.push(format!("{}: {lines} lines, at most {FILE_LINES}", named(&path)));
        }
        let mut functions = Functions::default();
        functions.visit_file(&syn::parse_file(&text).unwrap());
        wrong.extend(functions.found.iter().map(|found| format!("{}: {found}", named(&path))));
        lengths.extend(functions.lengths);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= 15, "the median function has {median} lines");
}

#[derive(Default)]
struct Imports {
    of: Vec<String>,
}

impl Imports {
    fn tree(&mut self, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => self.of.push(path.ident.to_string()),
            syn::UseTree::Name(name) => self.of.push(name.ident.to_string()),
            syn::UseTree::Rename(rename) => self.of.push(rename.ident.to_string()),
            syn::UseTree::Glob(_) => self.of.push("*".into()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(item)),
        }
    }
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let test = item.attrs.iter().any(|attr| {
            attr.path().is_ident("cfg") && attr.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
        });
        if !test {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if let syn::UseTree::Path(path) = &item.tree
            && path.ident == "crate"
        {
            self.tree(&path.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let mut segments = path.segments.iter().map(|segment| segment.ident.to_string());
        if segments.next().as_deref() == Some("crate") {
            self.of.extend(segments.next());
        }
        visit::visit_path(self, path);
    }
}

#[test]
fn imports_run_one_way() {
    let mut wrong = Vec::new();
    for (module, allowed) in MAY_IMPORT {
        for path in rust_files(&root().join("src").join(module)) {
            if path.file_name().is_some_and(|name| name.to_string_lossy().contains("test")) {
                continue;
            }
            let mut imports = Imports::default();
            imports.visit_file(&syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap());
            imports.of.retain(|name| MAY_IMPORT.iter().any(|(module, _)| module == name));
            imports.of.sort();
            imports.of.dedup();
            let bad = imports.of.iter().filter(|name| *name != module && !allowed.contains(&name.as_str()));
            wrong.extend(bad.map(|name| format!("{}: {module} may not import {name}", named(&path))));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_of_the_house_is_on_the_import_line() {
    let dirs = fs::read_dir(root().join("src")).unwrap().flatten().filter(|entry| entry.path().is_dir());
    let unknown: Vec<String> = dirs
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| MAY_IMPORT.iter().all(|(module, _)| module != name))
        .collect();
    assert!(unknown.is_empty(), "not on the import line: {unknown:?}");
}

#[test]
fn rusqlite_stays_in_the_store() {
    let outside = rust_files(&root().join("src")).into_iter().filter(|path| !named(path).starts_with("src/store"));
    let wrong: Vec<String> = outside
        .filter(|path| fs::read_to_string(path).unwrap().contains("rusqlite::"))
        .map(|path| named(&path))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn only_main_reads_the_clock() {
    let mut wrong = Vec::new();
    for path in rust_files(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let reads = ["Utc::now(", "SystemTime::now(", "Local::now("].iter().any(|call| text.contains(call));
        if reads && named(&path) != "src/main.rs" {
            wrong.push(named(&path));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn nothing_sleeps_in_tests_and_nothing_is_left_for_later() {
    let mut wrong = Vec::new();
    for dir in ["src", "tests", "benches"] {
        for path in rust_files(&root().join(dir)).into_iter().filter(|path| !path.ends_with("tidy.rs")) {
            let text = fs::read_to_string(&path).unwrap();
            let sleeps = dir == "tests" && (text.contains("thread::sleep(") || text.contains("time::sleep("));
            let later = ["todo!(", "unimplemented!(", "FIXME", "#[ignore"].iter().any(|word| text.contains(word));
            if sleeps || later {
                wrong.push(named(&path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn migrations_are_numbered_from_one_without_a_gap() {
    let files = fs::read_dir(root().join("migrations")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut numbers: Vec<u32> = names
        .map(|name| {
            name.strip_prefix('V').and_then(|rest| rest.split_once("__")?.0.parse().ok()).expect("V1__name.sql")
        })
        .collect();
    numbers.sort_unstable();
    let expected: Vec<u32> = (1..).take(numbers.len()).collect();
    assert_eq!(numbers, expected);
}
