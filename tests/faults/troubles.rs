//! Trouble inside: a panic, a full disk, a foreign lock, a source that has left.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::bot::{Bot, PATIENCE, check_invariants, count, rows};

fn generic(name: &str) -> Value {
    json!({"name": name, "severity": "warning", "service": "api", "summary": "slow"})
}

async fn takes(bot: &Bot, delivery: &str) {
    assert_eq!(bot.post("/intake/generic", delivery, "ann", &generic(delivery)).await, Some(202), "{delivery}");
}

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let wait = async {
        while !is_so().await {
            tick.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("in vain: {what}"));
}

/// What the incidents feed says.
fn feed(path: &Path) -> String {
    rows(path, "SELECT body FROM messages WHERE room = 'incidents' ORDER BY id").join("\n")
}

#[cfg(feature = "failpoints")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_over_which_its_reader_panics_is_kept_and_harms_nothing_else() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut bot = Bot::start_with(dir.path(), None, &[("FAILPOINTS", "intake.read=1*panic")]).await;
    takes(&bot, "poison").await;
    bot.until_quiet().await;
    takes(&bot, "good").await;
    bot.until_quiet().await;
    bot.kill().await;
    let path = dir.path().join("bot.db");
    let why = rows(&path, "SELECT state || ': ' || COALESCE(why, '') FROM inbox WHERE source = 'generic' ORDER BY id");
    assert_eq!(why, ["unreadable: its reader panicked; please report this body as a bug", "done: "]);
    assert_eq!(count(&path, "SELECT count(*) FROM alerts"), 1);
    check_invariants(&path).await;
}

#[cfg(feature = "failpoints")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loop_that_panics_ends_the_process_with_a_reason_and_the_next_start_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut bot = Bot::start_with(dir.path(), None, &[("FAILPOINTS", "deliver.claiming=1*panic")]).await;
    takes(&bot, "d1").await;
    let status = bot.until_dead().await;
    assert_eq!(status.code(), Some(1), "{status}");
    let log = std::fs::read_to_string(dir.path().join("log")).expect("a log");
    assert!(log.contains("delivering has panicked"), "{log}");
    let mut bot = Bot::start(dir.path(), None).await;
    bot.until_quiet().await;
    bot.kill().await;
    check_invariants(&dir.path().join("bot.db")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_another_program_holds_the_write_lock_senders_wait_then_get_503_and_everyone_else_is_served() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut bot = Bot::start(dir.path(), None).await;
    takes(&bot, "before").await;
    bot.until_quiet().await;
    let shell = rusqlite::Connection::open(dir.path().join("bot.db")).expect("it opens");
    shell.execute_batch("BEGIN IMMEDIATE").expect("it locks");
    let begun = Instant::now();
    let waiting = async {
        let refused = bot.post("/intake/generic", "held", "ann", &generic("held")).await;
        (refused, begun.elapsed())
    };
    let meanwhile = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..50 {
            let asked = Instant::now();
            assert!(bot.get("/healthz").await.is_some() && bot.get("/status/api/v2/status.json").await.is_some());
            slowest = slowest.max(asked.elapsed());
        }
        slowest
    };
    let ((refused, waited), slowest) = tokio::join!(waiting, meanwhile);
    assert_eq!(refused, Some(503));
    assert!(waited >= Duration::from_secs(4), "it waits for the other program first: {waited:?}");
    assert!(slowest < waited, "nobody who only reads waits: {slowest:?}");
    shell.execute_batch("ROLLBACK").expect("it lets go");
    takes(&bot, "held").await;
    bot.until_quiet().await;
    bot.kill().await;
    let path = dir.path().join("bot.db");
    assert_eq!(count(&path, "SELECT count(*) FROM inbox WHERE source = 'generic'"), 2);
    check_invariants(&path).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_source_left_unread_when_it_left_the_configuration_is_kept_and_shown() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut bot = Bot::start(dir.path(), None).await;
    bot.until_quiet().await;
    bot.kill().await;
    let path = dir.path().join("bot.db");
    let file = rusqlite::Connection::open(&path).expect("it opens");
    let row = "INSERT INTO inbox (source, delivery, state, received_at, last_seen, repeats, mismatches, sha256, body)
        VALUES ('old-nagios', 'd1', 'pending', 1, 1, 0, 0, x'00', 'CRITICAL - disk')";
    file.execute(row, []).expect("it is left");
    drop(file);
    let mut bot = Bot::start(dir.path(), None).await;
    bot.until_quiet().await;
    bot.kill().await;
    let kept = rows(&path, "SELECT state || ': ' || why || ' / ' || body FROM inbox WHERE source = 'old-nagios'");
    assert_eq!(
        kept,
        ["unreadable: the source old-nagios is no longer in bot.toml; the body was not read / CRITICAL - disk"]
    );
}

/// Runs the test that is running in a folder that is a disk of its own of this size; none when that is not allowed here,
/// which is said. In the process that runs it alone, the folder.
fn disk_of(size: &str, test: &str) -> Option<std::path::PathBuf> {
    const INSIDE: &str = "HOTROOM_TEST_DISK";
    const NOT_HERE: i32 = 42;
    if let Some(folder) = std::env::var_os(INSIDE) {
        return Some(folder.into());
    }
    let folder = tempfile::tempdir().expect("a folder");
    let script = format!("mount -t tmpfs -o size={size} none \"$0\" || exit {NOT_HERE}; exec \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", &script]).arg(folder.path()).arg(std::env::current_exe().expect("this"));
    let ran = command.args(["--exact", test, "--nocapture"]).env(INSIDE, folder.path()).output();
    let Ok(ran) = ran else {
        println!("skipped: there is no `unshare`");
        return None;
    };
    let can = Command::new("unshare").args(["-rm", "true"]).status().is_ok_and(|status| status.success());
    if ran.status.code() == Some(NOT_HERE) || !can {
        println!("skipped: a mount of one's own is not allowed here");
        return None;
    }
    assert!(ran.status.success(), "{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_senders_get_503_people_are_told_in_chat_pages_go_out_and_it_recovers() {
    let test = "troubles::on_a_full_disk_senders_get_503_people_are_told_in_chat_pages_go_out_and_it_recovers";
    let Some(disk) = disk_of("14m", test) else { return };
    let path = disk.join("bot.db");
    let mut bot = Bot::start(&disk, None).await;
    takes(&bot, "first").await;
    bot.until_quiet().await;
    let other = disk.join("someone-elses.log");
    std::fs::write(&other, vec![b'x'; 3 << 20]).expect("there is room for this");
    let big = json!({"name": "Big", "severity": "warning", "summary": "x".repeat(200_000)});
    let mut refused = false;
    for n in 0..100 {
        match bot.post("/intake/generic", &format!("big-{n}"), "ann", &big).await {
            Some(202) => {}
            Some(503) => {
                refused = true;
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(refused, "the disk fills up");
    // Before anything else: a checkpoint may make room again by itself.
    assert!(bot.get("/readyz").await.is_none(), "readiness says so");
    until("the feed tells of the full disk", async || feed(&path).contains("disk of hotroom is full")).await;
    let direct = "SELECT body FROM messages WHERE room = 'dm-ann'";
    until("so does the fallback's room", async || rows(&path, direct).join("").contains("disk of hotroom is full"))
        .await;

    std::fs::remove_file(&other).expect("room is made");
    until("it recovers", async || bot.post("/intake/generic", "after", "ann", &generic("after")).await == Some(202))
        .await;
    until("the feed tells that there is room", async || feed(&path).contains("has space again")).await;
    assert!(bot.get("/readyz").await.is_some());
    bot.until_quiet().await;
    bot.kill().await;
    check_invariants(&path).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_on_a_full_disk_goes_well_and_what_is_owed_goes_out() {
    let Some(disk) = disk_of("14m", "troubles::a_start_on_a_full_disk_goes_well_and_what_is_owed_goes_out") else {
        return;
    };
    let path = disk.join("bot.db");
    let mut bot = Bot::start(&disk, None).await;
    takes(&bot, "first").await;
    bot.until_quiet().await;
    bot.kill().await;
    let other = disk.join("someone-elses.log");
    let mut filling = std::fs::File::create(&other).expect("a file");
    while std::io::Write::write_all(&mut filling, &[b'x'; 4096]).is_ok() {}
    let mut bot = Bot::spawn(&disk);
    let declare = json!({"text": "/incident declare \"Checkout is down\" severity:sev1 service:checkout"});
    until("a command is taken", async || {
        let declared = bot.post("/api/v1/commands", "declare-1", "ann", &declare).await;
        declared.is_some_and(|status| (200..300).contains(&status))
    })
    .await;
    let paged = "SELECT count(*) FROM messages WHERE body LIKE '%\"kind\":\"page\"%'";
    until("someone is paged", async || count(&path, paged) > 0).await;
    assert_eq!(bot.post("/intake/generic", "more", "ann", &generic("more")).await, Some(503), "the rest is refused");
    std::fs::remove_file(&other).expect("room is made");
    drop(filling);
    until("it recovers", async || bot.post("/intake/generic", "more", "ann", &generic("more")).await == Some(202))
        .await;
    bot.until_quiet().await;
    bot.kill().await;
    check_invariants(&path).await;
}

/// Connections that say nothing use up the files that the process may have.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_files_honest_requests_are_told_to_wait_and_the_bot_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut bot = Bot::start(dir.path(), None).await;
    takes(&bot, "before").await;
    let limit = ["--pid", &bot.id().to_string(), "--nofile=64:64"].map(str::to_owned);
    if !Command::new("prlimit").args(limit).status().is_ok_and(|status| status.success()) {
        println!("skipped: there is no `prlimit`");
        return;
    }
    let mut crowd = Vec::new();
    for _ in 0..100 {
        crowd.push(tokio::net::TcpStream::connect(bot.addr).await.expect("the system accepts it"));
    }
    for n in 0..10 {
        let answer = bot.post("/intake/generic", &format!("crowded-{n}"), "ann", &generic("crowded")).await;
        assert!(matches!(answer, Some(202 | 503) | None), "{answer:?}");
    }
    assert!(!bot.is_dead());
    drop(crowd);
    until("the crowd is forgotten", async || {
        bot.post("/intake/generic", "after", "ann", &generic("after")).await == Some(202)
    })
    .await;
    bot.until_quiet().await;
    bot.kill().await;
    check_invariants(&dir.path().join("bot.db")).await;
}

/// `/dev/full` refuses every write, as a full disk does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_cannot_be_written_stops_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let mut bot = Bot::logging_to(dir.path(), full).await;
    let declare = json!({"text": "/incident declare \"Checkout is down\" severity:sev1 service:checkout"});
    for n in 0..50 {
        assert!(bot.post("/intake/generic", "", "ann", &json!([n])).await.is_some());
    }
    assert_eq!(bot.post("/api/v1/commands", "declare-1", "ann", &declare).await, Some(200));
    bot.until_quiet().await;
    bot.kill().await;
    let path = dir.path().join("bot.db");
    assert_eq!(
        count(&path, "SELECT count(*) FROM messages WHERE body LIKE '%\"kind\":\"page\"%'"),
        1,
        "somebody is paged"
    );
}

/// Changes a text in the file as bits change on a disk: SQLite's own check sees the structure of pages, not their content.
fn rots(file: &Path, text: &[u8]) {
    let mut bytes = std::fs::read(file).expect("the file");
    let at: Vec<usize> =
        bytes.windows(text.len()).enumerate().filter(|(_, part)| *part == text).map(|(at, _)| at).collect();
    assert!(!at.is_empty(), "the text is in the file");
    for at in at {
        bytes[at] ^= 1;
    }
    std::fs::write(file, bytes).expect("written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_whose_content_changed_on_the_disk_is_reported_soon_after_the_start() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("bot.db");
    let mut bot = Bot::start(dir.path(), None).await;
    let declare = json!({"title": "Quince orchard is down", "severity": "sev3"});
    assert_eq!(bot.post("/api/v1/incidents", "declare", "ann", &declare).await, Some(201));
    bot.until_quiet().await;
    bot.signal("TERM");
    assert!(bot.until_dead().await.success());
    rots(&file, b"Quince orchard");

    let mut bot = Bot::spawn(dir.path());
    let log = || std::fs::read_to_string(dir.path().join("log")).expect("a log");
    until("the damage is reported", async || log().contains("the database is damaged; run hotroom doctor")).await;
    assert!(!bot.is_dead() && bot.get("/healthz").await.is_some(), "what can be read goes on");
    assert!(bot.get("/readyz").await.is_none(), "it says that it is not well");
}
