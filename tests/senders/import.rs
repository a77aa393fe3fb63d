//! Configurations shaped like those of real installations: hotroom, after `hotroom import alertmanager`, sends each alert
//! where `amtool config routes test` sends it.

use std::{collections::BTreeMap, path::Path, process::Command};

use hotroom::{
    cli::{ImportResult, alertmanager},
    config::Config,
    domain::{alert::Matcher, text::Untrusted},
};

use crate::rig::{program, root, run};

/// The files, each with label sets in the lines that begin with this.
const FOLDER: &str = "tests/senders/import";
const CASE: &str = "#: ";

/// Returns where Alertmanager sends an alert with these labels: receivers by name.
fn by_amtool(tool: &Path, file: &Path, labels: &[&str]) -> Vec<String> {
    let config = format!("--config.file={}", file.display());
    let said = run(Command::new(tool).args(["config", "routes", "test"]).arg(config).args(labels));
    let said = said.unwrap_or_else(|error| panic!("{}: {labels:?}: {error}", file.display()));
    said.trim().split(',').map(str::to_owned).collect()
}

/// Returns the feed of a receiver, as the import reports it.
fn feed_of(imported: &ImportResult, receiver: &str) -> String {
    let start = format!("receiver {receiver:?} is the feed \"");
    let told = imported.remarks.iter().find_map(|remark| remark.text.strip_prefix(&start));
    let feed = told.and_then(|rest| rest.split_once('"')).map(|(feed, _)| feed.to_owned());
    feed.unwrap_or_else(|| panic!("the import does not say what becomes of {receiver}: {:?}", imported.remarks))
}

fn by_hotroom(config: &Config, labels: &[&str]) -> Vec<String> {
    let pair = |text: &&str| {
        let matcher = Matcher::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        (matcher.label, Untrusted::new(matcher.value))
    };
    let labels: BTreeMap<String, Untrusted> = labels.iter().map(pair).collect();
    config.alerts.route.matching(&labels).iter().map(|route| route.feed.as_str().to_owned()).collect()
}

#[test]
fn imported_routes_send_each_alert_where_alertmanager_sends_it() {
    let Some(tool) = program(&["amtool", "usr/bin/amtool"]) else { return };
    let mut files: Vec<_> =
        std::fs::read_dir(root().join(FOLDER)).expect("files").flatten().map(|e| e.path()).collect();
    files.sort();
    assert!(files.len() >= 12, "{} files", files.len());
    let mut differences = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a file");
        let imported = alertmanager(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let config = Config::from_text("imported.toml", &imported.toml, []);
        let config = config.unwrap_or_else(|mistakes| panic!("{}: {mistakes}\n{}", file.display(), imported.toml));
        let lost: Vec<_> = imported.remarks.iter().filter(|remark| remark.lost).collect();
        assert!(lost.is_empty(), "{}: {lost:?}", file.display());
        let cases: Vec<Vec<&str>> =
            text.lines().filter_map(|line| line.strip_prefix(CASE)).map(|line| line.split(" | ").collect()).collect();
        assert!(!cases.is_empty(), "{} has no labels to try", file.display());
        for labels in cases {
            let expected = by_amtool(&tool, &file, &labels);
            let expected: Vec<String> = expected.iter().map(|receiver| feed_of(&imported, receiver)).collect();
            let found = by_hotroom(&config, &labels);
            if found != expected {
                differences.push(format!("{}: {labels:?}: {found:?}, Alertmanager {expected:?}", file.display()));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
