//! The real binary as a child process, and what its file says.

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use hotroom::store::{Store, StoreOptions};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running bot. Dropping it kills it.
pub struct Bot {
    child: Child,
    pub addr: SocketAddr,
    path: PathBuf,
    client: reqwest::Client,
}

impl Bot {
    /// Starts the binary on the file in `dir`; it aborts at the n-th pass of a fail point such as `deliver.claimed#2`.
    pub async fn start(dir: &Path, abort_at: Option<&str>) -> Self {
        Self::start_with(dir, abort_at, &[]).await
    }

    /// The same with settings from the environment.
    pub async fn start_with(dir: &Path, abort_at: Option<&str>, env: &[(&str, &str)]) -> Self {
        let mut all = env.to_vec();
        all.extend(abort_at.map(|point| ("HOTROOM_ABORT_AT", point)));
        let mut bot = Self::spawn_with(dir, &all);
        bot.until_up_or_dead().await;
        bot
    }

    /// Starts the binary without waiting for it.
    pub fn spawn(dir: &Path) -> Self {
        Self::spawn_with(dir, &[])
    }

    /// Starts the binary with its output going to this file.
    #[allow(dead_code, reason = "each test program uses the part it needs")]
    pub async fn logging_to(dir: &Path, log: std::fs::File) -> Self {
        let mut bot = Self::spawn_logging(dir, &[], log);
        bot.until_up_or_dead().await;
        bot
    }

    /// The same with settings from the environment.
    pub fn spawn_with(dir: &Path, env: &[(&str, &str)]) -> Self {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(dir.join("log")).expect("a log file");
        Self::spawn_logging(dir, env, log)
    }

    fn spawn_logging(dir: &Path, env: &[(&str, &str)], log: std::fs::File) -> Self {
        let addr = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port");
        let path = dir.join("bot.db");
        let mut command = Command::new(env!("CARGO_BIN_EXE_hotroom"));
        command
            .current_dir(dir)
            .env("HOTROOM_SERVER__LISTEN", addr.to_string())
            .env("HOTROOM_STORE__PATH", &path)
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log);
        let child = command.spawn().expect("the binary starts");
        let client = hotroom::net::tls::client().timeout(Duration::from_secs(10)).build().expect("a client");
        Self { child, addr, path, client }
    }

    async fn until_up_or_dead(&mut self) {
        let mut tick = tokio::time::interval(Duration::from_millis(10));
        let up = async {
            while self.child.try_wait().expect("a child").is_none() && self.get("/readyz").await.is_none() {
                tick.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, up).await.expect("the bot comes up or dies");
    }

    /// Its process id.
    #[allow(dead_code, reason = "each test program uses the part it needs")]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process is gone.
    pub fn is_dead(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_some()
    }

    /// GET as JSON or text; none when it did not answer 2xx.
    pub async fn get(&self, path: &str) -> Option<Value> {
        let answer = self.client.get(format!("http://{}{path}", self.addr)).send().await.ok()?;
        let ok = answer.status().is_success();
        let text = answer.text().await.ok()?;
        ok.then(|| serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// POST; the status, or none when no answer came.
    pub async fn post(&self, path: &str, delivery: &str, person: &str, body: &Value) -> Option<u16> {
        Some(self.asks(path, delivery, person, body).await?.0)
    }

    /// POST; the status and the JSON of the answer, or none when no whole answer came.
    pub async fn asks(&self, path: &str, delivery: &str, person: &str, body: &Value) -> Option<(u16, Value)> {
        let request = self.client.post(format!("http://{}{path}", self.addr)).json(body);
        let request = request.header("Idempotency-Key", delivery).header("X-Hotroom-Person", person);
        let answer = request.send().await.ok()?;
        Some((answer.status().as_u16(), answer.json().await.ok()?))
    }

    /// Waits until the process is gone.
    pub async fn until_dead(&mut self) -> ExitStatus {
        let mut tick = tokio::time::interval(Duration::from_millis(10));
        let dead = async {
            loop {
                if let Some(status) = self.child.try_wait().expect("a child") {
                    return status;
                }
                tick.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, dead).await.expect("the bot ends")
    }

    /// kill -9.
    pub async fn kill(&mut self) {
        self.child.kill().ok();
        self.until_dead().await;
    }

    /// A signal by name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    /// Waits until nothing that is due is left to be done, or the process is gone.
    pub async fn until_quiet(&mut self) {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        let quiet = async {
            while !self.is_dead() && !file_is_quiet(&self.path) {
                tick.tick().await;
            }
        };
        if tokio::time::timeout(PATIENCE, quiet).await.is_err() {
            let rows = rows(
                &self.path,
                "SELECT key || ' ' || state || ' ' || COALESCE(why, '') FROM outbox WHERE settled_at IS NULL",
            );
            panic!("the bot did not come to rest: {rows:#?}");
        }
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn read_only(path: &Path) -> Option<Connection> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    conn.busy_timeout(Duration::from_secs(5)).ok()?;
    Some(conn)
}

fn file_is_quiet(path: &Path) -> bool {
    let Some(conn) = read_only(path) else { return false };
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |age| age.as_millis() as i64);
    let open =
        "SELECT (SELECT count(*) FROM outbox WHERE settled_at IS NULL AND (ready_at <= $1 OR state <> 'pending'))
                     + (SELECT count(*) FROM inbox WHERE state = 'pending')";
    conn.query_row(open, [now], |row| row.get::<_, i64>(0)).is_ok_and(|open| open == 0)
}

/// The one text column of a query.
pub fn rows(path: &Path, sql: &str) -> Vec<String> {
    let conn = read_only(path).expect("the file opens");
    let mut statement = conn.prepare(sql).expect("the query is right");
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).expect("the query runs");
    rows.map(|row| row.expect("a text")).collect()
}

/// How many rows a query counts.
pub fn count(path: &Path, sql: &str) -> i64 {
    let conn = read_only(path).expect("the file opens");
    conn.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// What holds after every fault, on the file of a bot that has stopped: the log is whole and chained, every record is
/// the fold of its events, no row was given up, and SQLite finds nothing wrong.
pub async fn check_invariants(path: &Path) {
    let options = StoreOptions { path: path.to_owned(), queue: 16, batch: 16 };
    let now = chrono::DateTime::from_timestamp_millis(1_800_000_000_000).expect("a time");
    let store = Store::open(&options, now).expect("the file opens again");
    assert_eq!(store.integrity_check().await.expect("it runs"), Vec::<String>::new());
    let report = store.read(|reads| reads.verify_log()).await.expect("it runs");
    assert!(report.fault.is_none(), "{:?}", report.fault);
    let wrong = store.read(hotroom::app::incidents::unfaithful_records).await.expect("it runs");
    assert!(wrong.is_empty(), "records that are not the fold of their events: {wrong:?}");
    let stuck = store.read(|reads| reads.stuck_rows(10)).await.expect("it runs");
    assert!(stuck.is_empty(), "{stuck:?}");
    store.close().await.expect("it closes");
}
