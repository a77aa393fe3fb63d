//! The database file is taken away, replaced or shared under a running bot.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

use crate::bot::{Bot, check_invariants, count};

fn run(dir: &Path, args: &[&str], env: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hotroom"))
        .args(args)
        .current_dir(dir)
        .env("HOTROOM_SERVER__LISTEN", "127.0.0.1:0")
        .env("HOTROOM_STORE__PATH", dir.join("bot.db"))
        .envs(env.iter().copied())
        .output()
        .expect("it runs")
}

fn log(dir: &Path) -> String {
    std::fs::read_to_string(dir.join("log")).expect("a log")
}

/// Declares an incident and returns the status and the `Retry-After`.
async fn declares(bot: &Bot, delivery: &str) -> Option<u16> {
    let declare = json!({"title": "After the file", "severity": "sev1", "service": "checkout"});
    bot.post("/api/v1/incidents", delivery, "ann", &declare).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_after_the_file_was_replaced_or_deleted_and_the_bot_ends_with_the_reason() {
    for deleted in [true, false] {
        let dir = tempfile::tempdir().expect("a folder");
        let (file, copy) = (dir.path().join("bot.db"), dir.path().join("copy.db"));
        let mut bot = Bot::start(dir.path(), None).await;
        assert_eq!(declares(&bot, "before").await, Some(201));
        bot.until_quiet().await;
        assert!(run(dir.path(), &["backup", copy.to_str().expect("a path")], &[]).status.success());
        if deleted {
            std::fs::remove_file(&file).expect("deleted");
        } else {
            std::fs::rename(&copy, &file).expect("replaced");
        }
        // The bot may have noticed already, and be gone.
        let answer = declares(&bot, "after").await;
        assert!(matches!(answer, Some(503) | None), "{answer:?}");
        let status = bot.until_dead().await;
        assert_eq!(status.code(), Some(1));
        let said = log(dir.path());
        assert!(said.contains(if deleted { "it was deleted while" } else { "it was replaced by another" }), "{said}");

        if deleted {
            let refused = run(dir.path(), &[], &[]);
            let why = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert!(!refused.status.success() && why.contains("hotroom run --new"), "{why}");
            assert!(!file.exists(), "nothing was created");
        } else {
            assert_eq!(count(&file, "SELECT count(*) FROM incidents"), 1, "the copy is as it was");
            check_invariants(&file).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_name_of_the_file_or_a_deleted_lock_lets_no_second_process_in() {
    let dir = tempfile::tempdir().expect("a folder");
    let bot = Bot::start(dir.path(), None).await;
    let file = dir.path().join("bot.db");
    let (hard, soft) = (dir.path().join("hard.db"), dir.path().join("soft.db"));
    std::fs::hard_link(&file, &hard).expect("a hard link");
    std::os::unix::fs::symlink(&file, &soft).expect("a symbolic link");
    std::fs::remove_file(dir.path().join("bot.db.lock")).expect("the lock is deleted");
    for path in [&hard, &soft, &file] {
        let refused = run(dir.path(), &[], &[("HOTROOM_STORE__PATH", path.to_str().expect("a path"))]);
        let why = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && why.contains("open in another process"), "{}: {why}", path.display());
    }
    assert!(bot.get("/readyz").await.is_some(), "the first goes on");
}

/// As on a file system without locks.
#[cfg(feature = "failpoints")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_processes_on_one_file_the_older_one_stops_before_its_next_write() {
    let dir = tempfile::tempdir().expect("a folder");
    let unlocked = [("FAILPOINTS", "store.unlocked=return")];
    let mut old = Bot::start_with(dir.path(), None, &unlocked).await;
    assert_eq!(declares(&old, "first").await, Some(201));
    old.until_quiet().await;
    // It is stopped while the other one starts, as by a machine that hangs.
    old.signal("STOP");
    let mut new = Bot::start_with(dir.path(), None, &unlocked).await;
    assert_eq!(declares(&new, "second").await, Some(201));
    old.signal("CONT");
    let answer = declares(&old, "third").await;
    assert!(matches!(answer, Some(503) | None), "{answer:?}");
    assert_eq!(old.until_dead().await.code(), Some(1));
    assert!(log(dir.path()).contains("has opened the database; this one must stop"), "{}", log(dir.path()));
    new.until_quiet().await;
    assert_eq!(declares(&new, "third").await, Some(201), "the newer one goes on, and takes the repeat");
    new.until_quiet().await;
    new.kill().await;
    let file = dir.path().join("bot.db");
    assert_eq!(count(&file, "SELECT count(*) FROM incidents"), 3);
    check_invariants(&file).await;
}
