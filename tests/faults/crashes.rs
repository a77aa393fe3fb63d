//! kill -9 at each step of the way of a delivery: what the sender hears, what is in the file, and what the next start
//! does about it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    bot::{Bot, check_invariants, count},
    kill::{alert, check_alert},
};

const ALERTS: &str = "/intake/alertmanager";
const STORED: &str = "SELECT count(*) FROM inbox WHERE source = 'alertmanager'";

/// A folder with the file of a bot that died when its only alert came to the fail point.
struct Crash {
    dir: tempfile::TempDir,
    /// What the sender heard before.
    heard: Option<u16>,
}

impl Crash {
    async fn at(point: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let mut bot = Bot::start(dir.path(), Some(&format!("{point}#1"))).await;
        let heard = bot.post(ALERTS, "alert-1", "ann", &alert(false)).await;
        let status = bot.until_dead().await;
        assert!(!status.success(), "{point}: {status}");
        Self { dir, heard }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("bot.db")
    }

    fn count(&self, sql: &str) -> i64 {
        count(&self.path(), sql)
    }

    /// Sends the alert to the next process; answers whether that took it for a repeat.
    async fn sent_again(&self) -> bool {
        let mut bot = Bot::start(self.dir.path(), None).await;
        let (status, answer) = bot.asks(ALERTS, "alert-1", "ann", &alert(false)).await.expect("an answer");
        assert_eq!(status, 202);
        bot.until_quiet().await;
        bot.kill().await;
        answer["duplicate"].as_bool().expect("a flag")
    }

    /// Starts the bot and lets it do what is left, without the sender's help.
    async fn started_again(&self) {
        let mut bot = Bot::start(self.dir.path(), None).await;
        bot.until_quiet().await;
        bot.kill().await;
    }

    async fn all_is_well(&self, why: &str) {
        assert_eq!(self.count(STORED), 1, "{why}");
        check_alert(&self.path(), why);
        check_invariants(&self.path()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_cut_off_in_its_body_has_left_nothing_and_sends_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut bot = Bot::start(dir.path(), None).await;
    let mut half = TcpStream::connect(bot.addr).await.expect("a connection");
    let body = alert(false).to_string();
    let (begin, _) = body.split_at(body.len() / 2);
    let head = format!("POST {ALERTS} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n", bot.addr, body.len());
    half.write_all(format!("{head}{begin}").as_bytes()).await.expect("it is sent");
    assert!(bot.get("/readyz").await.is_some(), "the half is on its way");
    bot.kill().await;
    let mut rest = Vec::new();
    half.read_to_end(&mut rest).await.ok();
    assert!(rest.is_empty(), "no answer was made: {}", String::from_utf8_lossy(&rest));
    let crash = Crash { dir, heard: None };
    assert_eq!(crash.count(STORED), 0);
    assert!(!crash.sent_again().await, "it is new");
    crash.all_is_well("cut off in the body").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_its_commit_a_delivery_is_neither_stored_nor_acknowledged() {
    let crash = Crash::at("intake.writing").await;
    assert_eq!((crash.heard, crash.count(STORED)), (None, 0));
    assert!(!crash.sent_again().await, "it is new");
    crash.all_is_well("before the commit").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_its_commit_a_delivery_is_stored_and_its_repeat_is_known() {
    let crash = Crash::at("intake.written").await;
    assert_eq!((crash.heard, crash.count(STORED)), (None, 1));
    assert!(crash.sent_again().await, "it is a repeat");
    crash.all_is_well("after the commit").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_and_not_routed_is_routed_by_the_next_start() {
    let crash = Crash::at("route.read").await;
    assert_eq!((crash.count(STORED), crash.count("SELECT count(*) FROM alerts")), (1, 0));
    crash.started_again().await;
    crash.all_is_well("before routing").await;
}

/// The rows of the outbox when the process died, and what the chat had been made to do.
const TRIED: &str = "SELECT count(*) FROM outbox WHERE attempts > 0";
const ACTED: &str = "SELECT (SELECT count(*) FROM rooms WHERE kind = 'hot') + (SELECT count(*) FROM messages)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn effects_go_out_once_wherever_the_process_died_on_their_way() {
    for (point, tried, acted) in [
        ("deliver.claiming", false, false),
        ("deliver.claimed", true, false),
        ("deliver.prepared", true, false),
        ("deliver.acted", true, true),
        ("deliver.answered", true, true),
    ] {
        let crash = Crash::at(point).await;
        assert!(crash.count("SELECT count(*) FROM outbox") > 0, "{point}: what is to be done is on disk");
        assert_eq!(crash.count(TRIED) > 0, tried, "{point}: an attempt counts before it is made");
        assert_eq!(crash.count(ACTED) > 0, acted, "{point}");
        crash.started_again().await;
        crash.all_is_well(point).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_whose_answer_was_lost_is_done_once_and_its_repeat_gets_the_answer() {
    let dir = tempfile::tempdir().expect("a folder");
    let declare = json!({"text": "/incident declare \"Checkout is slow\" severity:sev3"});
    let mut bot = Bot::start(dir.path(), Some("command.decided#1")).await;
    assert_eq!(bot.post("/api/v1/commands", "declare-1", "ann", &declare).await, None);
    bot.until_dead().await;
    let mut bot = Bot::start(dir.path(), None).await;
    bot.until_quiet().await;
    let path = dir.path().join("bot.db");
    let card = "SELECT count(*) FROM messages WHERE room = 'hot-1' AND body LIKE '%\"kind\":\"card\"%'";
    assert_eq!(count(&path, card), 1, "whoever asked sees the room before asking again");
    let (status, answer) = bot.asks("/api/v1/commands", "declare-1", "ann", &declare).await.expect("an answer");
    assert!((200..300).contains(&status) && answer.to_string().contains("HOT-1"), "{status} {answer}");
    bot.until_quiet().await;
    bot.kill().await;
    assert_eq!(count(&path, "SELECT count(*) FROM incidents"), 1);
    check_invariants(&path).await;
}

/// Deliveries with three megabytes of text, so that copying and folding take several steps.
async fn filled(bot: &mut Bot) {
    for n in 0..6 {
        let body = json!({"name": format!("Big{n}"), "severity": "warning", "summary": "x".repeat(500_000)});
        assert_eq!(bot.post("/intake/generic", &format!("big-{n}"), "ann", &body).await, Some(202));
    }
    bot.until_quiet().await;
}

fn backup(dir: &Path, to: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hotroom"));
    command.arg("backup").arg(to).current_dir(dir).env("HOTROOM_STORE__PATH", dir.join("bot.db"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A backup is there and whole, or not there.
async fn whole_or_absent(copy: &Path) -> bool {
    if !copy.exists() {
        return false;
    }
    check_invariants(copy).await;
    let paused = "SELECT count(*) FROM meta WHERE name = 'sending_paused'";
    assert_eq!(count(copy, paused), 1, "a copy sends nothing by itself");
    for ending in ["", "-wal", "-shm", ".lock", ".ballast"] {
        std::fs::remove_file(format!("{}{ending}", copy.display())).ok();
    }
    true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_is_killed_leaves_a_whole_copy_or_none_and_the_bot_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut bot = Bot::start(dir.path(), None).await;
    filled(&mut bot).await;
    let copy = dir.path().join("copy.db");
    for point in ["backup.step#1", "backup.step#2", "backup.copied#1", "backup.whole#1"] {
        let status = backup(dir.path(), &copy).env("HOTROOM_ABORT_AT", point).status().expect("it runs");
        assert!(!status.success(), "{point}: it dies");
        assert!(!whole_or_absent(&copy).await, "{point}: nothing stands under the name before it is whole");
        assert!(bot.get("/readyz").await.is_some(), "{point}: the bot goes on");
    }
    for wait in [1, 2, 3, 5, 8, 13, 21, 34, 55, 89].map(Duration::from_millis) {
        let mut child = tokio::process::Command::from(backup(dir.path(), &copy)).spawn().expect("it runs");
        tokio::time::timeout(wait, child.wait()).await.ok();
        child.kill().await.ok();
        whole_or_absent(&copy).await;
    }
    assert!(backup(dir.path(), &copy).status().expect("it runs").success(), "what was left behind is in nobody's way");
    let part = std::fs::read_dir(dir.path()).expect("a folder").flatten();
    let part: Vec<_> = part.filter(|file| file.file_name().to_string_lossy().contains(".part")).collect();
    assert!(part.is_empty(), "{part:?}");
    assert!(whole_or_absent(&copy).await);
    bot.kill().await;
    check_invariants(&dir.path().join("bot.db")).await;
}

/// Kills the process at the n-th write to a file whose name ends in `HOTROOM_DIE_IN`.
const DYING_WRITES: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void count(int fd) {
    static __thread int inside;
    static int passed;
    char link[64], name[4096];
    const char *in = getenv("HOTROOM_DIE_IN"), *at = getenv("HOTROOM_DIE_AT_WRITE");
    if (inside || !in || !at) return;
    inside = 1;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, name, sizeof name - 1);
    ssize_t end = (ssize_t) strlen(in);
    if (n >= end && memcmp(name + n - end, in, (size_t) end) == 0
        && __sync_add_and_fetch(&passed, 1) == atoi(at)) kill(getpid(), SIGKILL);
    inside = 0;
}
#define REAL(call, type) __typeof__((type) 0) real = (type) dlsym(RTLD_NEXT, call); count(fd)
ssize_t write(int fd, const void *b, size_t n) {
    REAL("write", ssize_t (*)(int, const void *, size_t)); return real(fd, b, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) {
    REAL("pwrite", ssize_t (*)(int, const void *, size_t, off_t)); return real(fd, b, n, o); }
ssize_t pwrite64(int fd, const void *b, size_t n, off_t o) {
    REAL("pwrite64", ssize_t (*)(int, const void *, size_t, off_t)); return real(fd, b, n, o); }
"#;

/// The library that counts writes; none where there is no C compiler, which is said.
fn dying_writes(dir: &Path) -> Option<String> {
    let (source, library) = (dir.join("dying.c"), dir.join("dying.so"));
    std::fs::write(&source, DYING_WRITES).expect("written");
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl").status();
    let Ok(built) = built else {
        println!("skipped: there is no C compiler");
        return None;
    };
    assert!(built.success(), "the library is not built");
    Some(library.display().to_string())
}

/// Folding the log into the file writes to the file itself; nothing else does. A kill at some of these writes is a kill in
/// the middle of a checkpoint, a kill at some of the log's writes one in the middle of a commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_a_checkpoint_or_of_a_commit_loses_nothing() {
    let tools = tempfile::tempdir().expect("a folder");
    let Some(library) = dying_writes(tools.path()) else { return };
    for (file, at) in [("bot.db", 1), ("bot.db", 20), ("bot.db", 400), ("bot.db-wal", 3), ("bot.db-wal", 500)] {
        let dir = tempfile::tempdir().expect("a folder");
        let mut first = Bot::start(dir.path(), None).await;
        first.until_quiet().await;
        first.kill().await;
        let at = at.to_string();
        let env = [("LD_PRELOAD", library.as_str()), ("HOTROOM_DIE_IN", file), ("HOTROOM_DIE_AT_WRITE", &at)];
        let mut bot = Bot::start_with(dir.path(), None, &env).await;
        let mut taken = 0;
        for n in 0..40 {
            let body = json!({"name": format!("Big{n}"), "severity": "warning", "summary": "x".repeat(400_000)});
            if bot.is_dead() || bot.post("/intake/generic", &format!("big-{n}"), "ann", &body).await != Some(202) {
                break;
            }
            taken += 1;
        }
        assert!(!bot.until_dead().await.success(), "{file} {at}");
        let path = dir.path().join("bot.db");
        let mut next = Bot::start(dir.path(), None).await;
        next.until_quiet().await;
        next.kill().await;
        let kept = count(&path, "SELECT count(*) FROM inbox WHERE source = 'generic'");
        assert!(kept == taken || kept == taken + 1, "{file} {at}: {taken} were acknowledged, {kept} are there");
        assert_eq!(count(&path, "SELECT count(*) FROM alerts"), kept, "{file} {at}");
        check_invariants(&path).await;
    }
}

/// The bot itself never rewrites its file. Whoever does so by hand while it is stopped may be killed as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_a_vacuum_by_hand_loses_nothing() {
    const INSIDE: &str = "HOTROOM_TEST_VACUUM";
    if let Some(path) = std::env::var_os(INSIDE) {
        let conn = rusqlite::Connection::open(path).expect("it opens");
        conn.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)").expect("it is done");
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let Some(library) = dying_writes(dir.path()) else { return };
    let mut bot = Bot::start(dir.path(), None).await;
    filled(&mut bot).await;
    assert_eq!(bot.post(ALERTS, "alert-1", "ann", &alert(false)).await, Some(202));
    bot.until_quiet().await;
    bot.kill().await;
    let path = dir.path().join("bot.db");
    for (file, at) in [("bot.db-wal", "2"), ("bot.db-wal", "300"), ("bot.db", "2"), ("bot.db", "300")] {
        let test = "crashes::a_kill_in_the_middle_of_a_vacuum_by_hand_loses_nothing";
        let mut vacuum = Command::new(std::env::current_exe().expect("this"));
        vacuum.args(["--exact", test]).env(INSIDE, &path).env("LD_PRELOAD", &library);
        vacuum.env("HOTROOM_DIE_IN", file).env("HOTROOM_DIE_AT_WRITE", at).stdout(Stdio::null());
        assert!(!vacuum.status().expect("it runs").success(), "{file} {at}: it dies");
        let mut bot = Bot::start(dir.path(), None).await;
        bot.until_quiet().await;
        bot.kill().await;
        assert_eq!(count(&path, "SELECT count(*) FROM inbox WHERE source = 'generic'"), 6, "{file} {at}");
        assert_eq!(count(&path, "SELECT count(*) FROM incidents"), 1, "{file} {at}");
        check_invariants(&path).await;
    }
}
