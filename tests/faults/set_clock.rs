//! The wall clock of the machine is set while the real binary runs. Debian's libfaketime sets it for this process alone;
//! monotonic time goes on.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::bot::{Bot, PATIENCE, check_invariants, rows};

/// The library of the package `libfaketime`; `None`, with a printed line, where it is not installed. With
/// `HOTROOM_SENDERS=required` that is a failure.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let found = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1")).find(|file| file.is_file());
    let required = std::env::var("HOTROOM_SENDERS").is_ok_and(|value| value == "required");
    assert!(found.is_some() || !required, "libfaketime is required: scripts/setup-tests");
    if found.is_none() {
        println!("skipped: libfaketime is not here (scripts/setup-tests)");
    }
    found
}

/// Sets the clock by an offset in libfaketime's notation, at once.
fn set(dir: &Path, offset: &str) {
    let (new, file) = (dir.join("offset.new"), dir.join("offset"));
    fs::write(&new, offset).and_then(|()| fs::rename(&new, &file)).expect("the offset is written");
}

/// Starts the program with the clock of its folder.
async fn starts(dir: &Path, library: &Path) -> Bot {
    let (library, file) = (library.display().to_string(), dir.join("offset").display().to_string());
    let env = [
        ("LD_PRELOAD", library.as_str()),
        ("FAKETIME_TIMESTAMP_FILE", file.as_str()),
        ("FAKETIME_NO_CACHE", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
    ];
    Bot::start_with(dir, None, &env).await
}

fn wire(time: &Value) -> DateTime<Utc> {
    time.as_str().unwrap_or_else(|| panic!("{time} is no time")).parse().expect("a time")
}

/// The page of the incident: how often somebody was paged, and when its next step is due.
async fn page(bot: &Bot) -> (usize, DateTime<Utc>) {
    let pages = bot.get("/api/v1/pages").await.expect("the pages");
    let page = &pages["items"][0];
    assert_eq!(page["state"], "triggered", "{page}");
    (page["attempts"].as_array().expect("attempts").len(), wire(&page["next_at"]))
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let wait = async {
        while !is_so() {
            tick.tick().await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_under_the_running_program_resolves_no_alert_and_hurries_no_page() {
    let Some(library) = library() else { return };
    let steps = [("+1d", TimeDelta::days(1)), ("-1h", TimeDelta::hours(-1)), ("+25h", TimeDelta::hours(25))];
    for (offset, by) in steps {
        let dir = tempfile::tempdir().expect("a folder");
        set(dir.path(), "+0d");
        let mut bot = starts(dir.path(), &library).await;
        let down = json!({"name": "Down", "state": "firing", "severity": "critical", "service": "checkout"});
        assert_eq!(bot.post("/intake/generic", "down", "ann", &down).await, Some(202));
        let database = dir.path().join("bot.db");
        until("somebody is paged", || !rows(&database, "SELECT id FROM pages").is_empty()).await;
        let before = page(&bot).await;

        // A process that was stopped finds another time when it goes on.
        bot.signal("STOP");
        set(dir.path(), offset);
        bot.signal("CONT");
        let notices = || rows(&database, "SELECT body FROM messages WHERE room = 'incidents'").concat();
        until("the change is announced", || notices().contains("The clock of this machine was set")).await;
        let log = fs::read_to_string(dir.path().join("log")).expect("a log");
        assert!(log.contains("the time is disturbed"), "{log}");
        let after = page(&bot).await;
        assert_eq!(after.0, before.0, "{offset}: no step is taken early");
        let moved = after.1 - before.1;
        assert!((moved - by).abs() < TimeDelta::seconds(30), "{offset}: the next step is due {moved} later");
        let groups = bot.get("/api/v1/groups").await.expect("the groups");
        assert_eq!(groups["items"][0]["state"], "firing", "{offset}: {groups}");
        bot.kill().await;
        check_invariants(&database).await;
    }
}

/// A machine that starts with a wrong clock gives earlier times to what is entered later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_overrides_the_one_entered_later_wins_although_the_clock_was_set_back_between_two_starts() {
    let Some(library) = library() else { return };
    let dir = tempfile::tempdir().expect("a folder");
    #[expect(clippy::disallowed_methods, reason = "the bot of this test reads the clock of the machine")]
    let now = Utc::now();
    let until = (now + TimeDelta::hours(10)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    for (offset, person) in [("+0d", "@bob"), ("-2h", "@dee")] {
        set(dir.path(), offset);
        let mut bot = starts(dir.path(), &library).await;
        let shift = json!({"person": person, "until": until});
        assert_eq!(bot.post("/api/v1/oncall/overrides", person, "ann", &shift).await, Some(201));
        bot.kill().await;
    }
    set(dir.path(), "+1h");
    let mut bot = starts(dir.path(), &library).await;
    let on_call = bot.get("/api/v1/oncall").await.expect("who is on call");
    assert_eq!(on_call["items"][0]["people"], json!(["dee"]), "{on_call}");
    bot.kill().await;
    check_invariants(&dir.path().join("bot.db")).await;
}
