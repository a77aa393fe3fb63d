//! The bot under load: the real binary on a free port with its own database.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::client;

/// A running bot, which is stopped on drop.
pub struct Bot {
    child: Running,
    _dir: Option<tempfile::TempDir>,
    pub addr: SocketAddr,
}

impl Bot {
    /// Starts the binary of this build with the defaults and these settings.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let bot = Self::start_in(dir.path(), settings).await;
        Self { _dir: Some(dir), ..bot }
    }

    /// Starts the bot in a folder with a `bot.toml` and possibly the database of an earlier bot.
    pub async fn start_in(dir: &Path, settings: &[(&str, &str)]) -> Self {
        let addr = free_port();
        let child = Command::new(env!("CARGO_BIN_EXE_hotroom"))
            .current_dir(dir)
            .env("HOTROOM_SERVER__LISTEN", addr.to_string())
            .env("HOTROOM_STORE__PATH", dir.join("bench.db"))
            .env("HOTROOM_LOG__LEVEL", "warn")
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .expect("the binary starts");
        client::until_up(addr, "/readyz").await;
        Self { child: Running(child), _dir: None, addr }
    }

    /// Returns the number of committed transactions in the bot's metrics.
    pub async fn commits(&self) -> f64 {
        self.metric("hotroom_store_commits_total").await
    }

    /// Waits until every stored delivery is routed.
    pub async fn until_routed(&self) {
        let mut tick = tokio::time::interval(std::time::Duration::from_millis(20));
        while self.metric("hotroom_intake_unrouted").await > 0.0 {
            tick.tick().await;
        }
    }

    /// Returns a value of `/metrics`.
    pub async fn metric(&self, name: &str) -> f64 {
        let (_, text) = client::get(self.addr, "/metrics").await;
        let line = text.lines().find(|line| line.starts_with(name) && !line.starts_with('#'));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0.0)
    }

    /// Returns resident memory in MB.
    pub fn rss_mb(&self) -> f64 {
        rss_mb(self.child.0.id())
    }
}

/// A process that is killed on drop.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Returns the resident memory of a process in MB.
pub fn rss_mb(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// Returns an address with a free port.
pub fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port")
}
