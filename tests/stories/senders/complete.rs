//! Every kind of source is shipped, documented, listed, and tested.

use std::{fs, path::Path};

use hotroom::{
    config::{SHIPPED, SourceKind},
    intake::samples,
};

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the text of all tests of a folder.
fn tests_in(folder: &str) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).expect("a folder").flatten() {
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            text += &tests_in(&path);
        } else if path.ends_with(".rs") && !path.ends_with("complete.rs") {
            text += &read(&path);
        }
    }
    text
}

#[test]
fn every_kind_of_source_is_shipped_documented_and_tested() {
    let (list, compatible) = (read("docs/senders/README.md"), read("docs/compatible.md"));
    let tests = tests_in("tests/stories") + &tests_in("tests/faults") + &tests_in("tests/discord");
    let mut missing = Vec::new();
    for (name, kind) in SourceKind::ALL {
        let mut must = |holds: bool, what: &str| {
            if !holds {
                missing.push(format!("{name}: {what}"));
            }
        };
        must(SHIPPED.contains(&format!("kind = \"{name}\"")), "no [[sources]] of this kind in bot.toml");
        if kind.has_own_paths() {
            // Clients speak another tool's API, which has its own page and no samples.
            must(compatible.contains(&format!("`{name}`")), "not in docs/compatible.md");
            must(tests.contains(name), "no test names it");
            continue;
        }
        let row = list.lines().find(|line| line.contains(&format!("| `{name}` |")));
        must(row.is_some(), "no row in docs/senders/README.md");
        let page = row.and_then(|row| row.split("](").nth(1)).and_then(|link| link.split(')').next());
        let page = page.map(|page| Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/senders").join(page));
        must(page.is_some_and(|page| page.exists()), "its row in docs/senders/README.md names no page that exists");
        // Each kind with samples goes through the stories of `rounds`.
        let sampled = samples::kinds().any(|sampled| sampled == *name);
        must(
            sampled || (*kind == SourceKind::Discord && tests.contains("kind = \\\"discord\\\"")),
            "no samples in docs/senders/samples",
        );
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
