//! An export of Opsgenie: what is carried means the same, and everything else is named.

use std::path::PathBuf;

use super::super::import_opsgenie;
use crate::{
    cli::Exit,
    config::Config,
    domain::{Timestamp, oncall::who_is_on_call},
};

fn sample() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/import/opsgenie")
}

fn now() -> Timestamp {
    "2026-12-01T09:00:00Z".parse().expect("a time")
}

fn imported() -> (String, Vec<String>) {
    let (toml, report) = import_opsgenie(&sample(), None, now());
    assert_eq!(report.exit, Exit::Failed, "something is not carried");
    (toml.split_once('\n').expect("a comment").1.to_owned(), report.lines)
}

#[test]
fn settings_and_findings_look_like_this() {
    let (toml, findings) = imported();
    insta::assert_snapshot!("settings", toml);
    insta::assert_snapshot!("findings", findings.join("\n"));
}

/// By Opsgenie's rules: rotations add up, each within its restriction, and hand-offs are on the wall clock of the schedule.
#[test]
fn the_same_people_are_on_call() {
    let config = Config::from_text("bot.toml", &imported().0, []).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let schedule =
        config.schedules.iter().find(|schedule| schedule.id.as_str() == "core-schedule").expect("a schedule");
    let on_call = |at: &str| {
        let mut people: Vec<String> =
            who_is_on_call(schedule, &[], at.parse().expect("a time")).iter().map(ToString::to_string).collect();
        people.sort();
        people.join(" ")
    };
    // Monday, 9:00 in Berlin is the hand-off, in summer as in winter.
    assert_eq!(on_call("2026-01-05T07:59:00Z"), "", "nothing has begun");
    assert_eq!(on_call("2026-01-05T08:00:00Z"), "ann.lee");
    assert_eq!(on_call("2026-01-12T08:00:00Z"), "ben");
    assert_eq!(on_call("2026-01-19T12:00:00Z"), "", "an empty turn");
    assert_eq!(on_call("2026-06-01T06:59:00Z"), "ann.lee ben", "the weekend lasts until nine");
    assert_eq!(on_call("2026-06-01T07:00:00Z"), "ann.lee");
    // Nights add Cho.
    assert_eq!(on_call("2026-01-05T21:00:00Z"), "ann.lee cho");
    assert_eq!(on_call("2026-01-06T05:29:00Z"), "ann.lee cho");
    assert_eq!(on_call("2026-01-06T05:30:00Z"), "ann.lee");
    // The whole team has the first two weekends, and nobody the next two.
    assert_eq!(on_call("2026-01-10T12:00:00Z"), "ann.lee ben");
    assert_eq!(on_call("2026-01-31T12:00:00Z"), "ann.lee");
    assert_eq!(on_call("2027-01-09T12:00:00Z"), "ben", "the weekends have ended");
}

#[test]
fn a_folder_that_cannot_be_read_is_named() {
    let empty = tempfile::tempdir().expect("a folder");
    let (toml, report) = import_opsgenie(empty.path(), None, now());
    assert_eq!((toml.as_str(), report.exit), ("", Exit::Failed));
    assert!(report.text().contains("users.json"), "{}", report.text());
    std::fs::write(empty.path().join("users.json"), "{\"data\": [{\"id\": 1}]}").expect("written");
    let (_, report) = import_opsgenie(empty.path(), None, now());
    assert!(report.text().contains("users.json") && report.text().contains("line 1"), "{}", report.text());
}

#[test]
fn a_second_import_does_not_overwrite_what_was_edited() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("oncall.toml");
    let (_, first) = import_opsgenie(&sample(), Some(&file), now());
    assert!(first.text().contains("holds the settings"), "{}", first.text());
    std::fs::write(&file, "# mine").expect("written");
    let (_, second) = import_opsgenie(&sample(), Some(&file), now());
    assert!(second.text().contains("was not written"), "{}", second.text());
    assert_eq!(std::fs::read_to_string(&file).expect("a file"), "# mine");
}
