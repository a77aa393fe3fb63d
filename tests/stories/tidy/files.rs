//! Checks folders, docs and migrations.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use super::{SourceFile, Violation, all_sources, check, relative, root, rust_files, sources};

/// The most files of a folder.
const FOLDER_FILES: usize = 20;

/// Folders with more files, because each sender or each part of the alert model has its own.
const LARGE_FOLDERS: [&str; 2] = ["src/domain/alert", "src/intake"];

#[test]
fn a_folder_is_read_at_a_glance() {
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for file in all_sources().iter() {
        *folders.entry(file.path.rsplit_once('/').map_or("src", |(folder, _)| folder)).or_default() += 1;
    }
    let large = folders.into_iter().filter(|(_, files)| *files > FOLDER_FILES);
    let violations: Vec<Violation> = large
        .map(|(folder, files)| Violation {
            path: folder.to_owned(),
            line: 0,
            what: format!("has {files} files, at most {FOLDER_FILES}"),
        })
        .collect();
    check("at most 20 files a folder", &violations, &LARGE_FOLDERS);
}

/// Returns the tree in the first code block of `docs/architecture.md` that begins with `Cargo.toml`. Each line is a
/// path, indented by its depth, with its description.
fn documented_tree(text: &str) -> Vec<(usize, String, String)> {
    let mut stack: Vec<(usize, String)> = Vec::new();
    let mut found = Vec::new();
    let lines = text.lines().enumerate().skip_while(|(_, line)| !line.starts_with("Cargo.toml"));
    for (number, line) in lines.take_while(|(_, line)| !line.starts_with("```")) {
        let depth = line.len() - line.trim_start().len();
        // A line that begins right of the names continues the description above it.
        if depth > 12 || line.trim().is_empty() {
            continue;
        }
        let (names, about) = line.trim().split_once("  ").unwrap_or((line.trim(), ""));
        stack.retain(|(known, _)| *known < depth);
        let parent = stack.last().map_or("", |(_, path)| path.as_str()).to_owned();
        for name in names.split([' ', ',']).filter(|name| !name.is_empty()) {
            found.push((number + 1, format!("{parent}{name}"), about.to_owned()));
        }
        if names.ends_with('/') {
            stack.push((depth, format!("{parent}{names}")));
        }
    }
    found
}

#[test]
fn every_path_in_the_documented_tree_exists_or_is_planned() {
    let path = root().join("docs/architecture.md");
    let text = fs::read_to_string(&path).unwrap();
    let tree = documented_tree(&text);
    assert!(tree.len() > 20, "docs/architecture.md has no tree of paths that begins with Cargo.toml");
    let missing = tree.iter().filter(|(_, name, about)| !root().join(name).exists() && !about.contains("*planned*"));
    let violations: Vec<Violation> = missing
        .map(|(line, name, _)| Violation {
            path: relative(&path),
            line: *line,
            what: format!("{name} does not exist and its line does not say *planned*"),
        })
        .collect();
    check("the documented tree is true", &violations, &[]);
}

#[test]
fn every_path_that_the_architecture_names_exists() {
    let path = root().join("docs/architecture.md");
    let text = fs::read_to_string(&path).unwrap();
    let mut violations = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let quoted = line.split('`').skip(1).step_by(2);
        let paths =
            quoted.filter(|name| ["src/", "tests/", "docs/", "templates/"].iter().any(|dir| name.starts_with(dir)));
        for name in paths.filter(|name| !name.contains(['*', '<', '{', ' '])) {
            if !root().join(name).exists() && !line.contains("*planned*") {
                violations.push(Violation {
                    path: relative(&path),
                    line: number + 1,
                    what: format!("{name} does not exist"),
                });
            }
        }
    }
    check("paths of docs/architecture.md", &violations, &[]);
}

#[test]
fn nothing_is_left_for_later() {
    let mut violations = Vec::new();
    for dir in ["src", "tests", "benches"] {
        let files = rust_files(&root().join(dir));
        for path in files.into_iter().filter(|path| !relative(path).starts_with("tests/stories/tidy")) {
            let text = fs::read_to_string(&path).unwrap();
            for (number, line) in text.lines().enumerate() {
                if ["todo!(", "unimplemented!(", "FIXME", "#[ignore"].iter().any(|word| line.contains(word)) {
                    violations.push(Violation {
                        path: relative(&path),
                        line: number + 1,
                        what: "is left for later".to_owned(),
                    });
                }
            }
        }
    }
    check("nothing is left for later", &violations, &[]);
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

#[test]
fn the_documented_invariants_are_these() {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let own: BTreeSet<String> = ["files", "imports", "shapes", "words"]
        .iter()
        .map(|name| fs::read_to_string(root().join(format!("tests/stories/tidy/{name}.rs"))).unwrap())
        .flat_map(|text| tests_of(&text))
        .collect();
    let named: BTreeSet<String> =
        text.split('`').skip(1).step_by(2).filter(|name| own.contains(*name)).map(str::to_owned).collect();
    let missing: Vec<&String> = own.difference(&named).collect();
    assert!(missing.is_empty(), "docs/architecture.md, \"Invariants\", does not name these tests: {missing:#?}");
}

fn tests_of(text: &str) -> Vec<String> {
    let syntax = syn::parse_file(text).unwrap();
    let functions = syntax.items.iter().filter_map(|item| match item {
        syn::Item::Fn(function) if super::is_test(&function.attrs) => Some(function.sig.ident.to_string()),
        _ => None,
    });
    functions.collect()
}

#[test]
fn every_adapter_that_speaks_http_runs_the_table_of_failures() {
    let speaks_http = |file: &&SourceFile| file.text.contains("HttpClient") || file.text.contains("HttpCall::new");
    // The adapter of contact methods hands its messages to one client for each kind: each of those has a table.
    let is_adapter = |file: &&SourceFile| file.text.contains("impl Adapter for") && !client_of(file).is_empty();
    let adapters = sources().filter(is_adapter).filter(speaks_http);
    let is_client = |file: &&SourceFile| {
        let folders = ["src/contact/", "src/status_mirror/", "src/pager/", "src/wiki/"];
        folders.iter().any(|folder| file.path.starts_with(folder)) && !client_of(file).is_empty()
    };
    let clients = sources().filter(is_client).filter(speaks_http);
    let checked: Vec<&SourceFile> = adapters.chain(clients).collect();
    assert!(checked.len() > 1, "no adapters were found");
    let has_table = |client: &str| {
        all_sources().iter().any(|other| client_of(other) == client && other.text.contains("run_failure_table("))
    };
    let untested = checked.into_iter().filter(|file| !has_table(&client_of(file)));
    let violations: Vec<Violation> =
        untested.map(|file| file.violation(1, "does not call run_failure_table in its tests")).collect();
    check("an adapter that speaks HTTP runs the table of failures", &violations, &[]);
}

/// The file of an adapter, or the file or folder of a client that an adapter hands over to; empty for those adapters, and for
/// what the clients of one folder share.
fn client_of(file: &SourceFile) -> String {
    for folder in ["src/contact/", "src/status_mirror/", "src/pager/", "src/wiki/"] {
        if let Some(rest) = file.path.strip_prefix(folder) {
            let client = rest.split(['/', '.']).next().unwrap_or_default();
            return if client == "mod" { String::new() } else { format!("{folder}{client}") };
        }
    }
    let hands_over = [
        "src/deliver/contact/",
        "src/deliver/status_mirror",
        "src/deliver/tracker/",
        "src/deliver/pager",
        "src/deliver/documents",
    ];
    if hands_over.iter().any(|adapter| file.path.starts_with(adapter)) { String::new() } else { file.path.clone() }
}

#[test]
fn every_file_says_what_it_is_for() {
    let mute = |file: &&'static SourceFile| !file.text.trim_start().starts_with("//!");
    let violations: Vec<Violation> =
        sources().filter(mute).map(|file| file.violation(1, "does not begin with a line of `//!`")).collect();
    check("a file says what it is for", &violations, &[]);
}
