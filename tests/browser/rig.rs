//! The bot, the browser's driver, and where screenshots go.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// How long anything may take before the test says what it waited for.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How often a condition is looked at.
pub const LOOK: Duration = Duration::from_millis(40);

/// Chromedriver, ended with the test.
pub struct Driver {
    child: Child,
    /// Where it listens.
    pub url: String,
}

impl Driver {
    /// Starts Debian's chromedriver on a port of its choice; none when it is not installed.
    pub fn start() -> Option<Self> {
        let spawned = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut child) = spawned else {
            let required = std::env::var("HOTROOM_SHARED").is_ok_and(|v| v == "required");
            assert!(!required, "chromedriver is not installed: apt-get install chromium chromium-driver");
            eprintln!("skipped: chromedriver is not installed (apt-get install chromium chromium-driver)");
            return None;
        };
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        // Chromedriver stops when nobody reads what it says.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { child, url: format!("http://127.0.0.1:{}", port.expect("chromedriver names its port")) })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Asked to stop, it ends its browsers too; killed, it would leave them behind.
        let address = self.url.trim_start_matches("http://");
        let asked = TcpStream::connect(address)
            .and_then(|mut to| to.write_all(format!("GET /shutdown HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()));
        if asked.is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// Only what differs from the shipped configuration: bob alone is on call, and groups show at once.
const CONFIG: &str = r#"
[net]
allow = ["127.0.0.0/8"]

[alerts.route]
group_wait = "0s"
group_interval = "1s"

[[schedules]]
id = "primary"
timezone = "Europe/Berlin"

[[schedules.layers]]
people = ["bob"]
start = "2026-01-05 09:00"
turn = "1w"
"#;

/// The real binary on a port and a database of its own.
pub struct Bot {
    child: Child,
    port: u16,
    home: TempDir,
    /// The address people reach it at.
    pub url: String,
}

impl Bot {
    /// Starts it with more in its `bot.toml`, and waits until it is ready.
    pub async fn start(more: &str) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(home.path().join("bot.toml"), format!("{CONFIG}{more}")).expect("bot.toml can be written");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let child = Self::spawn(&home, port);
        let bot = Self { child, port, home, url: format!("http://127.0.0.1:{port}") };
        bot.ready().await;
        bot
    }

    fn spawn(home: &TempDir, port: u16) -> Child {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(home.path().join("log")).expect("a log");
        Command::new(env!("CARGO_BIN_EXE_hotroom"))
            .arg("run")
            .arg("--config")
            .arg(home.path().join("bot.toml"))
            .current_dir(home.path())
            .env("HOTROOM_SERVER__LISTEN", format!("127.0.0.1:{port}"))
            .env("HOTROOM_STORE__PATH", home.path().join("hotroom.db"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle of the log"))
            .stderr(log)
            .spawn()
            .expect("the binary starts")
    }

    async fn ready(&self) {
        let http = client();
        let until = Instant::now() + PATIENCE;
        let mut ticks = tokio::time::interval(LOOK);
        loop {
            ticks.tick().await;
            let answer = http.get(format!("{}/readyz", self.url)).send().await;
            if answer.is_ok_and(|a| a.status().is_success()) {
                return;
            }
            assert!(Instant::now() < until, "the bot is not ready; its log:\n{}", self.log());
        }
    }

    /// What it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    /// Its database.
    pub fn database(&self) -> PathBuf {
        self.home.path().join("hotroom.db")
    }

    /// Ends it without a warning.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Stops its process without ending it, or lets it go on.
    pub fn freezes(&self, stop: bool) {
        let signal = if stop { "-STOP" } else { "-CONT" };
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|sent| sent.success()), "kill {signal} works");
    }

    /// Starts it again on the same port and database.
    pub async fn start_again(&mut self) {
        self.child = Self::spawn(&self.home, self.port);
        self.ready().await;
    }

    /// Posts a body as Alertmanager does.
    pub async fn alert(&self, name: &str, service: &str, firing: bool) {
        let (status, ends) =
            if firing { ("firing", "0001-01-01T00:00:00Z") } else { ("resolved", "2026-11-01T10:30:00Z") };
        let body = serde_json::json!({
            "version": "4", "status": status, "receiver": "hotroom", "groupKey": format!("{{}}:{{alertname=\"{name}\"}}"),
            "groupLabels": {"alertname": name}, "commonLabels": {"alertname": name}, "commonAnnotations": {},
            "externalURL": "http://alertmanager.example:9093", "truncatedAlerts": 0,
            "alerts": [{
                "status": status, "startsAt": "2026-11-01T10:00:00Z", "endsAt": ends,
                "generatorURL": "http://prometheus.example:9090/graph?g0.expr=up", "fingerprint": format!("f-{name}"),
                "labels": {"alertname": name, "service": service, "severity": "critical", "instance": "web-1"},
                "annotations": {"summary": format!("{name}: answers 500 to everyone")},
            }],
        });
        let request = client().post(format!("{}/intake/alertmanager", self.url)).json(&body);
        let answer = request.send().await.expect("the bot takes alerts");
        assert_eq!(answer.status().as_u16(), 202, "{}", answer.text().await.unwrap_or_default());
    }

    /// Reads JSON from the API or the status page.
    pub async fn json(&self, path: &str) -> serde_json::Value {
        let answer = client().get(format!("{}{path}", self.url)).send().await.expect("the bot answers");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.expect("it is JSON")
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("the bot's log:\n{}", self.log());
        }
    }
}

/// `target/screenshots/{name}.png`
pub fn picture(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target").join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    folder.join(format!("{name}.png"))
}

fn client() -> reqwest::Client {
    hotroom::net::tls::client().build().expect("a client")
}
