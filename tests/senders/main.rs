//! Real senders against the real binary: Debian's `prometheus-alertmanager`, fed by `amtool`.
//!
//! Skipped with a line where the package is absent, unless `HOTROOM_SHARED=required` is set.

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

const CONFIG: &str = "[alerts.route]\nfeed = \"alerts\"\ngroup_wait = \"0s\"\ngroup_interval = \"1s\"\n";

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port")
}

fn log(dir: &Path, name: &str) -> Stdio {
    std::fs::File::create(dir.join(name)).expect("a log file").into()
}

fn bot(dir: &Path, address: SocketAddr) -> Running {
    std::fs::write(dir.join("bot.toml"), CONFIG).expect("written");
    let child = Command::new(env!("CARGO_BIN_EXE_hotroom"))
        .args(["--config", "bot.toml"])
        .current_dir(dir)
        .env("HOTROOM_SERVER__LISTEN", address.to_string())
        .env("HOTROOM_STORE__PATH", "bot.db")
        .stdin(Stdio::null())
        .stdout(log(dir, "bot.out"))
        .stderr(log(dir, "bot.err"))
        .spawn();
    Running(child.expect("the bot starts"))
}

/// The configuration of `docs/senders/alertmanager.md`, with short intervals.
fn alertmanager(program: &Path, dir: &Path, (address, bot): (SocketAddr, SocketAddr)) -> Running {
    let config = format!(
        "route:\n  receiver: hotroom\n  group_by: ['alertname']\n  group_wait: 0s\n  group_interval: 1s\n  repeat_interval: 1h\n\
         receivers:\n- name: hotroom\n  webhook_configs:\n  - url: http://{bot}/intake/alertmanager\n    send_resolved: true\n"
    );
    std::fs::write(dir.join("alertmanager.yml"), config).expect("written");
    let child = Command::new(program)
        .args(["--config.file=alertmanager.yml", "--storage.path=alertmanager", "--cluster.listen-address="])
        .arg(format!("--web.listen-address={address}"))
        .current_dir(dir)
        .stdout(log(dir, "alertmanager.out"))
        .stderr(log(dir, "alertmanager.err"))
        .spawn();
    Running(child.expect("Alertmanager starts"))
}

/// Feeds Alertmanager; it may still be starting, so it is tried until it answers.
async fn feed(amtool: &Path, address: SocketAddr, more: &[&str]) {
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    let fed = async {
        loop {
            tick.tick().await;
            let run = Command::new(amtool)
                .arg(format!("--alertmanager.url=http://{address}"))
                .args(["alert", "add", "alertname=Down", "service=checkout", "severity=critical", "instance=web-1"])
                .arg("--annotation=summary=Nobody can pay <@1> @everyone")
                .args(more)
                .output();
            if run.expect("amtool runs").status.success() {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, fed).await.expect("Alertmanager takes the alert");
}

/// Now, as amtool reads it.
fn now() -> String {
    let age = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("it is later than 1970");
    let now = chrono::DateTime::from_timestamp(i64::try_from(age.as_secs()).expect("in range"), 0).expect("in range");
    now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn count(file: &Path, sql: &str) -> i64 {
    let open = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY);
    open.and_then(|file| file.query_row(sql, [], |row| row.get(0))).unwrap_or(-1)
}

async fn until(dir: &Path, sql: &str, wanted: i64) {
    let file = dir.join("bot.db");
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    let so = async {
        while count(&file, sql) != wanted {
            tick.tick().await;
        }
    };
    if tokio::time::timeout(PATIENCE, so).await.is_err() {
        let said = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap_or_default();
        let logs = [said("bot.out"), said("bot.err"), said("alertmanager.err")].join("\n---\n");
        panic!("{sql} is {} and not {wanted}\n{logs}", count(&file, sql));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_alertmanager_fires_and_resolves() {
    let (Some(sender), Some(amtool)) = (program("prometheus-alertmanager"), program("amtool")) else {
        assert!(
            std::env::var("HOTROOM_SHARED").is_ok_and(|value| value != "required"),
            "install prometheus-alertmanager"
        );
        println!("skipped: prometheus-alertmanager is not installed");
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let (address, listen) = (free_address(), free_address());
    let _bot = bot(dir, listen);
    let _sender = alertmanager(&sender, dir, (address, listen));

    let start = format!("--start={}", now());
    feed(&amtool, address, &[&start]).await;
    until(dir, "SELECT count(*) FROM alerts WHERE firing = 1", 1).await;
    until(dir, "SELECT count(*) FROM incidents WHERE is_open = 1 AND number = 1", 1).await;
    until(dir, "SELECT count(*) FROM messages WHERE room = 'alerts' AND body LIKE '%Nobody can pay%HOT-1%'", 1).await;
    until(dir, "SELECT count(*) FROM messages WHERE room = 'alerts' AND body LIKE '%<@1>%'", 0).await;

    let end = format!("--end={}", now());
    feed(&amtool, address, &[&start, &end]).await;
    until(dir, "SELECT count(*) FROM alerts WHERE firing = 0", 1).await;
    until(dir, "SELECT count(*) FROM alerts", 1).await;
    until(dir, "SELECT count(*) FROM messages WHERE room = 'alerts' AND body LIKE '%Resolved%'", 1).await;
    until(dir, "SELECT count(*) FROM events WHERE body LIKE '%alerts_cleared%'", 1).await;
    until(dir, "SELECT count(*) FROM incidents WHERE is_open = 1", 1).await;
    until(dir, "SELECT count(*) FROM inbox WHERE state <> 'done'", 0).await;
}
