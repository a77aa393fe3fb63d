//! An export of PagerDuty: what is carried means the same, and everything else is named.

use std::path::PathBuf;

use super::super::import_pagerduty;
use crate::{
    cli::Exit,
    config::Config,
    domain::{Timestamp, oncall::who_is_on_call},
};

fn sample() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/import/pagerduty")
}

fn now() -> Timestamp {
    "2026-12-01T09:00:00Z".parse().expect("a time")
}

fn imported() -> (String, Vec<String>) {
    let (toml, report) = import_pagerduty(&sample(), None, now());
    assert_eq!(report.exit, Exit::Failed, "something is not carried");
    (toml.split_once('\n').expect("a comment").1.to_owned(), report.lines)
}

#[test]
fn settings_and_findings_look_like_this() {
    let (toml, findings) = imported();
    insta::assert_snapshot!("settings", toml);
    insta::assert_snapshot!("findings", findings.join("\n"));
}

/// By PagerDuty's rules: one layer hides the others while it has somebody, and hand-offs are on the wall clock of the schedule.
#[test]
fn the_same_people_are_on_call() {
    let config = Config::from_text("bot.toml", &imported().0, []).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let on_call = |schedule: &str, at: &str| {
        let schedule = config.schedules.iter().find(|known| known.id.as_str() == schedule).expect("a schedule");
        let people: Vec<String> =
            who_is_on_call(schedule, &[], at.parse().expect("a time")).iter().map(ToString::to_string).collect();
        people.join(" ")
    };
    // In the export of December, Cho has the night in Ann's week.
    assert_eq!(on_call("core-primary", "2026-12-07T12:00:00Z"), "ann.lee");
    assert_eq!(on_call("core-primary", "2026-12-07T18:59:00Z"), "ann.lee");
    assert_eq!(on_call("core-primary", "2026-12-07T19:00:00Z"), "cho");
    assert_eq!(on_call("core-primary", "2026-12-08T06:59:00Z"), "cho");
    assert_eq!(on_call("core-primary", "2026-12-08T07:00:00Z"), "ann.lee");
    // The clocks change on 28 March 2027: the night still begins at eight in Berlin.
    assert_eq!(on_call("core-primary", "2027-03-29T17:59:00Z"), "ben");
    assert_eq!(on_call("core-primary", "2027-03-29T18:00:00Z"), "cho");
    assert_eq!(on_call("core-primary", "2027-04-05T12:00:00Z"), "", "the turn of somebody who is gone");
    // From Monday, nine, until Friday, seventeen, in New York, and four hours from Sunday, ten in the evening.
    assert_eq!(on_call("web-office-hours", "2026-12-07T13:59:00Z"), "", "the Sunday shift is over at two");
    assert!(!on_call("web-office-hours", "2026-12-11T21:59:00Z").is_empty());
    assert_eq!(on_call("web-office-hours", "2026-12-11T22:00:00Z"), "");
    assert!(!on_call("web-office-hours", "2026-12-14T06:59:00Z").is_empty());
    assert_eq!(on_call("web-office-hours", "2026-12-14T07:00:00Z"), "");
}

#[test]
fn a_folder_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (toml, report) = import_pagerduty(folder.path(), None, now());
    assert_eq!((toml.as_str(), report.exit), ("", Exit::Failed));
    assert!(report.text().contains("users.json"), "{}", report.text());
    std::fs::write(folder.path().join("users.json"), "{\"data\": []}").expect("written");
    let (_, report) = import_pagerduty(folder.path(), None, now());
    assert!(report.text().contains("users.json") && report.text().contains("\"users\""), "{}", report.text());
}
