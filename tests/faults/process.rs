//! The process: signals, a second process, a wrong or changed configuration.

use std::{path::Path, process::Command, time::Duration};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::bot::{Bot, PATIENCE, check_invariants, count, rows};

fn generic(n: u32) -> serde_json::Value {
    json!({"name": format!("Alert{n}"), "state": "firing", "severity": "warning", "service": "api", "summary": "slow"})
}

fn log(dir: &Path) -> String {
    std::fs::read_to_string(dir.join("log")).expect("a log")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_finishes_what_it_has_and_ends_with_success() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut bot = Bot::start(dir.path(), None).await;
    for n in 0..50 {
        assert_eq!(bot.post("/intake/generic", &format!("d{n}"), "ann", &generic(n)).await, Some(202));
    }
    bot.signal("TERM");
    let status = bot.until_dead().await;
    assert!(status.success(), "{status}: {}", log(dir.path()));
    let path = dir.path().join("bot.db");
    assert_eq!(count(&path, "SELECT count(*) FROM inbox WHERE source = 'generic'"), 50, "acknowledged means on disk");
    check_invariants(&path).await;
}

/// A sender whose request the bot has begun to read: it was told to go on with the body (RFC 9110, section 10.1.1), of which
/// one byte comes.
async fn half_a_request(bot: &Bot) -> TcpStream {
    let mut half = TcpStream::connect(bot.addr).await.expect("a connection");
    let head = format!(
        "POST /intake/generic HTTP/1.1\r\nHost: {}\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n",
        bot.addr
    );
    half.write_all(head.as_bytes()).await.expect("it is sent");
    let mut answer = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    let whole = tokio::time::timeout(PATIENCE, half.read_exact(&mut answer)).await;
    whole.expect("an answer comes").expect("the connection is open");
    assert!(answer.starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&answer));
    half.write_all(b"{").await.expect("it is sent");
    half
}

async fn until_closed_to_newcomers(bot: &Bot) {
    let mut tick = tokio::time::interval(Duration::from_millis(10));
    let closed = async {
        while TcpStream::connect(bot.addr).await.is_ok() {
            tick.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, closed).await.expect("nobody new is let in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_sent_request_does_not_hold_up_the_end_and_a_second_sigterm_ends_at_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut bot = Bot::start_with(dir.path(), None, &[("HOTROOM_SERVER__DRAIN_TIMEOUT", "50s")]).await;
    let mut half = half_a_request(&bot).await;
    bot.signal("TERM");
    until_closed_to_newcomers(&bot).await;
    assert!(!bot.is_dead(), "the sender may finish within the time to drain");
    let open = tokio::time::timeout(Duration::from_millis(100), half.read_u8()).await;
    assert!(open.is_err(), "its connection stays open: {open:?}");
    let second = std::time::Instant::now();
    bot.signal("TERM");
    let status = bot.until_dead().await;
    assert_eq!(status.code(), Some(130));
    assert!(second.elapsed() < Duration::from_secs(40), "the second signal does not wait for the time to drain");
    check_invariants(&dir.path().join("bot.db")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drained_connections_are_cut_off_when_the_time_is_up() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut bot = Bot::start_with(dir.path(), None, &[("HOTROOM_SERVER__DRAIN_TIMEOUT", "1s")]).await;
    let mut half = TcpStream::connect(bot.addr).await.expect("a connection");
    half.write_all(b"GET / HTTP/1.1\r\nHost: ").await.expect("it is sent");
    bot.signal("TERM");
    let status = bot.until_dead().await;
    assert!(status.success(), "{status}");
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(PATIENCE, half.read_to_end(&mut rest)).await;
    assert!(closed.is_ok(), "the half-open connection is closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_on_the_same_file_is_refused_with_the_reason() {
    let dir = tempfile::tempdir().expect("a folder");
    let bot = Bot::start(dir.path(), None).await;
    let other = Command::new(env!("CARGO_BIN_EXE_hotroom"))
        .current_dir(dir.path())
        .env("HOTROOM_SERVER__LISTEN", "127.0.0.1:0")
        .env("HOTROOM_STORE__PATH", dir.path().join("bot.db"))
        .output()
        .expect("it runs");
    assert!(!other.status.success());
    let said = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(said.contains("open in another process"), "{said}");
    assert!(bot.get("/readyz").await.is_some(), "the first goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_copy_says_in_its_log_and_its_metrics_that_nothing_is_sent() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut bot = Bot::start(dir.path(), None).await;
    let numbers = bot.get("/metrics").await.expect("numbers").to_string();
    assert!(numbers.contains("hotroom_sending_paused 0"), "{numbers}");
    let copy = dir.path().join("copy.db");
    let backup = Command::new(env!("CARGO_BIN_EXE_hotroom"))
        .arg("backup")
        .arg(&copy)
        .env("HOTROOM_STORE__PATH", dir.path().join("bot.db"))
        .status();
    assert!(backup.expect("it runs").success());
    bot.kill().await;
    assert!(!log(dir.path()).contains("sending is paused"));

    let restored = tempfile::tempdir().expect("a folder");
    std::fs::rename(&copy, restored.path().join("bot.db")).expect("restored");
    let bot = Bot::spawn(restored.path());
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let up = async {
        while bot.get("/healthz").await.is_none() {
            tick.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, up).await.expect("it starts");
    assert!(bot.get("/readyz").await.is_none(), "it is not ready");
    let numbers = bot.get("/metrics").await.expect("numbers").to_string();
    assert!(numbers.contains("hotroom_sending_paused 1"), "{numbers}");
    let said = log(restored.path());
    assert!(said.contains("sending is paused: nobody is called") && said.contains("doctor --resume-sending"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_configuration_stops_the_start_and_names_every_mistake_with_its_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("bot.toml");
    std::fs::write(&path, "[server]\nlisten = \"127.0.0.1:0\"\nmax_bodi = \"1MiB\"\n\n[pager]\nfallback = \"zoe\"\n")
        .expect("written");
    let run = Command::new(env!("CARGO_BIN_EXE_hotroom"))
        .args(["--config", path.to_str().expect("a path")])
        .current_dir(dir.path())
        .output()
        .expect("it runs");
    assert!(!run.status.success());
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    for part in ["bot.toml:3", "max_bodi", "max_body", "bot.toml:6", "zoe"] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
}

/// Files that are refused, each with what its mistake begins with: a syntax error, an unknown key, a wrong type, a secret
/// that is not there, people on call who do not exist, a policy that reaches nobody.
const BAD: [(&str, &str); 6] = [
    ("[status_page\nname = \"x\"\n", "bot.toml:1"),
    ("\n[status_page]\nnaem = \"x\"\n", "bot.toml:3"),
    ("[status_page]\nname = 7\n", "bot.toml:2"),
    ("\n\n\n[server]\napi_token = \"file:/nowhere/token\"\n", "bot.toml:5"),
    ("\n\n\n\n\n\n[pager]\nfallback = \"zoe\"\n", "bot.toml:8"),
    (
        "\n\n\n[[escalations]]\nid = \"x\"\n[[escalations.steps]]\ntargets = [\"schedule:nobody\"]\ndelay = \"5m\"\n",
        "bot.toml:7",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_reload_keeps_the_old_configuration_and_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("bot.toml");
    std::fs::write(&path, "[status_page]\nname = \"First\"\n").expect("written");
    let config = path.to_str().expect("a path").to_owned();
    let mut bot = Bot::start_with(dir.path(), None, &[("HOTROOM_CONFIG", &config)]).await;
    let name = async |bot: &Bot| {
        let page = bot.get("/status/api/v2/status.json").await.expect("the page");
        page["page"]["name"].as_str().map(str::to_owned)
    };
    assert_eq!(name(&bot).await.as_deref(), Some("First"));
    let file = dir.path().join("bot.db");
    let written = |event: &str| count(&file, &format!("SELECT count(*) FROM events WHERE body LIKE '%{event}%'"));
    let told = || rows(&file, "SELECT body FROM messages WHERE room IN ('incidents', 'dm-ann')").join("\n");
    for (n, (bad, mistake)) in BAD.iter().enumerate() {
        std::fs::write(&path, bad).expect("written");
        bot.signal("HUP");
        until(|| written("config_refused") == n as i64 + 1).await;
        assert!(log(dir.path()).contains(mistake), "{mistake} is in the log");
        // In the feed and to the fallback; the texts are escaped there.
        until(|| told().replace('\\', "").matches(mistake).count() == 2).await;
        assert_eq!(name(&bot).await.as_deref(), Some("First"), "the old one stays");
    }
    let numbers = bot.get("/metrics").await.expect("numbers").to_string();
    let refused = format!("hotroom_config_reloads_total{{outcome=\\\"refused\\\"}} {}", BAD.len());
    assert!(numbers.contains(&refused), "{numbers}");
    std::fs::write(&path, "[status_page]\nname = \"Second\"\n").expect("written");
    bot.signal("HUP");
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let taken = async {
        while name(&bot).await.as_deref() != Some("Second") {
            tick.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, taken).await.expect("the good one is taken");
    // Both are in the audit log, a moment after they took effect.
    until(|| written("config_reloaded") == 1).await;
    bot.kill().await;
    assert_eq!((written("config_refused"), written("config_reloaded")), (BAD.len() as i64, 1));
}

async fn until(is_so: impl Fn() -> bool) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let wait = async {
        while !is_so() {
            tick.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("it becomes so");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hangup_while_the_bot_starts_does_not_end_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut bot = Bot::spawn(dir.path());
    let mut tick = tokio::time::interval(Duration::from_millis(1));
    let started = async {
        // The signal is handled before the database is opened.
        while !dir.path().join("bot.db").exists() && !bot.is_dead() {
            tick.tick().await;
        }
        bot.signal("HUP");
        while bot.get("/readyz").await.is_none() {
            assert!(!bot.is_dead(), "{}", log(dir.path()));
            tick.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, started).await.expect("it comes up");
    bot.signal("TERM");
    assert!(bot.until_dead().await.success(), "{}", log(dir.path()));
}
