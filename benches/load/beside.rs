//! Compares hotroom with a real Alertmanager: the same bodies to the same path, one after the other in one run.
//! Alertmanager keeps alerts in memory only; hotroom responds when they are on disk.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};

use super::{SPAN, line};
use crate::{
    bot::{self, Bot, rss_mb},
    client::{self, Load, run_load},
};

/// How many alerts are live when memory is measured.
const LIVE: u64 = 180_000;
/// How many alerts a large body has.
const MANY: usize = 50;
/// The numbers of stored alerts at which the cost of one more is measured.
const CURVE: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// How many large bodies measure the cost.
const PROBE: u64 = 40;

/// A running Alertmanager, which is stopped on drop.
struct Alertmanager {
    child: Child,
    addr: SocketAddr,
    _dir: tempfile::TempDir,
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Alertmanager {
    /// Starts Alertmanager; `None` if it is not installed.
    async fn start() -> Option<Self> {
        let dir = tempfile::tempdir().expect("a folder");
        let (child, addr) = spawn(dir.path())?;
        client::until_up(addr, "/-/ready").await;
        Some(Self { child, addr, _dir: dir })
    }
}

fn spawn(dir: &Path) -> Option<(Child, SocketAddr)> {
    let config = dir.join("alertmanager.yml");
    let text = "route: { receiver: none, group_by: [alertname, service] }\nreceivers: [ { name: none } ]\n";
    std::fs::write(&config, text).ok()?;
    let addr = bot::free_port();
    let child = Command::new("prometheus-alertmanager")
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.path={}", dir.display()))
        .arg(format!("--web.listen-address={addr}"))
        .arg("--cluster.listen-address=")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    Some((child, addr))
}

/// Returns a body of `alerts` alerts as Prometheus posts it. Every body has different alerts.
fn body(n: u64, alerts: usize) -> String {
    let one = |i: usize| {
        format!(
            r#"{{"labels":{{"alertname":"Load{}","service":"api","severity":"warning","instance":"web-{n}-{i}"}},"annotations":{{"summary":"load"}},"startsAt":"2026-01-01T00:00:00Z","endsAt":"2036-01-01T00:00:00Z","generatorURL":"http://prometheus.example/graph"}}"#,
            n % 8
        )
    };
    format!("[{}]", (0..alerts).map(one).collect::<Vec<_>>().join(","))
}

fn load(alerts: usize) -> Load {
    Load::post("/api/v2/alerts", move |n| body(n, alerts)).connections(64)
}

/// Prints rates at 64 connections, with one alert in a request and with many.
pub async fn rates() {
    println!("\n## Beside Alertmanager: POST /api/v2/alerts, 64 connections");
    for alerts in [1, MANY] {
        let bot = Bot::start(&[]).await;
        let ours = run_load(bot.addr, &load(alerts).span(SPAN)).await;
        line(&format!("hotroom, {alerts} a request, on disk"), &ours);
        drop(bot);
        let Some(other) = Alertmanager::start().await else { return absent() };
        let theirs = run_load(other.addr, &load(alerts).span(SPAN)).await;
        line(&format!("Alertmanager, {alerts} a request, in memory"), &theirs);
        println!("{:<58} {:>9.2} x", "hotroom against it", ours.per_second / theirs.per_second);
    }
}

/// Prints memory with many live alerts.
pub async fn memory() {
    println!("\n## {LIVE} live alerts");
    let bodies = || load(MANY).connections(8).total(LIVE / MANY as u64);
    let bot = Bot::start(&[]).await;
    run_load(bot.addr, &bodies()).await;
    bot.until_routed().await;
    let ours = bot.rss_mb();
    println!("{:<58} {ours:>9.1} MB", "hotroom");
    drop(bot);
    let Some(other) = Alertmanager::start().await else { return absent() };
    run_load(other.addr, &bodies()).await;
    let theirs = rss_mb(other.child.id());
    println!("{:<58} {theirs:>9.1} MB", "Alertmanager");
    println!("{:<58} {:>9.2} x", "hotroom against it", ours / theirs);
}

/// Prints the cost of one more alert with a growing number of stored ones.
pub async fn curve() {
    println!("\n## Cost of an alert by how many are stored");
    let bot = Bot::start(&[]).await;
    let mut stored = 0;
    for mark in CURVE {
        let fill = (mark - stored) / MANY as u64;
        let from = stored / MANY as u64;
        let more = |from: u64| Load::post("/api/v2/alerts", move |n| body(from + n, MANY)).connections(4);
        run_load(bot.addr, &more(from).total(fill)).await;
        bot.until_routed().await;
        let (probe, began) = (PROBE, Instant::now());
        run_load(bot.addr, &more(from + fill).total(probe)).await;
        bot.until_routed().await;
        let micros = began.elapsed().as_secs_f64() * 1e6 / (probe * MANY as u64) as f64;
        println!("{:<58} {micros:>9.1} µs an alert   {:>7.1} MB", format!("{mark} stored"), bot.rss_mb());
        stored = mark + probe * MANY as u64;
    }
}

/// Prints why there is no comparison.
fn absent() {
    println!("prometheus-alertmanager is not installed: no comparison");
}
