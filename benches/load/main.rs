//! The end-to-end load bench: the real binary, real sockets, one run. `make bench` prints every figure of
//! `docs/performance.md`.

mod beside;
mod bot;
mod client;
mod crowd;
mod discord;
mod pages;
mod seed;
mod trackers;

#[path = "../../tests/fakes/http/mod.rs"]
mod fake_http;
#[path = "../../tests/fakes/jira/mod.rs"]
mod fake_jira;

use std::time::{Duration, Instant};

use bot::Bot;
use client::{Load, Summary, run_load};

/// How long each load runs.
const SPAN: Duration = Duration::from_secs(5);

fn main() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    // `cargo bench --bench load -- memory rates` runs only these parts.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wants = |part: &str| wanted.is_empty() || wanted.iter().any(|name| name == part);
    runtime.block_on(async {
        println!("hotroom load bench; {} cores", std::thread::available_parallelism().map_or(0, usize::from));
        if wants("intake") {
            intake().await;
        }
        if wants("batches") {
            batches().await;
        }
        if wants("commands") {
            commands().await;
        }
        if wants("discord") {
            discord::discord().await;
        }
        if wants("pages") {
            pages::pages().await;
        }
        if wants("rates") {
            beside::rates().await;
        }
        if wants("memory") {
            beside::memory().await;
        }
        if wants("curve") {
            beside::curve().await;
        }
        if wants("crowd") {
            crowd::crowd().await;
        }
        if wants("trackers") {
            trackers::trackers().await;
        }
        if wants("years") {
            large_file().await;
        }
    });
}

fn alert_body(n: u64, alerts: usize) -> String {
    let alerts: Vec<String> = (0..alerts)
        .map(|i| {
            format!(
                r#"{{"status":"firing","labels":{{"alertname":"Load{}","service":"api","severity":"warning","instance":"web-{n}-{i}"}},"annotations":{{"summary":"load"}},"startsAt":"2026-01-01T00:00:00Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://prometheus.example/graph","fingerprint":"{n:08x}{i:08x}"}}"#,
                n % 8
            )
        })
        .collect();
    format!(
        r#"{{"version":"4","groupKey":"{{}}:{{n=\"{n}\"}}","truncatedAlerts":0,"status":"firing","receiver":"hotroom","groupLabels":{{}},"commonLabels":{{}},"commonAnnotations":{{}},"externalURL":"http://alertmanager.example","alerts":[{}]}}"#,
        alerts.join(",")
    )
}

fn line(what: &str, summary: &Summary) {
    println!("{what:<58} {:>9.0}/s  p50 {:>7.2} ms  p99 {:>7.2} ms", summary.per_second, summary.p50, summary.p99);
}

/// Measures durable intake: each 202 is on disk. Compares group commit with one commit for each request.
async fn intake() {
    println!("\n## Durable intake, one alert a body");
    let mut grouped_at_64 = 0.0;
    let mut single_at_64 = 0.0;
    for (name, batch) in [("group commit", "512"), ("one commit a request", "1")] {
        for connections in [1, 16, 64] {
            let bot = Bot::start(&[("HOTROOM_STORE__BATCH", batch)]).await;
            let before = bot.commits().await;
            let load = Load::post("/intake/alertmanager", |n| alert_body(n, 1)).connections(connections).span(SPAN);
            let summary = run_load(bot.addr, &load).await;
            let commits = bot.commits().await - before;
            line(&format!("{name}, {connections} connections"), &summary);
            println!("{:<58} {:>9.1} requests a commit", "", summary.done as f64 / commits.max(1.0));
            if connections == 64 {
                *(if batch == "1" { &mut single_at_64 } else { &mut grouped_at_64 }) = summary.per_second;
            }
        }
    }
    println!("{:<58} {:>9.1} x", "group commit against single at 64 connections", grouped_at_64 / single_at_64);
}

/// Measures how fast bodies with many alerts are grouped.
async fn batches() {
    println!("\n## 50 alerts a body, 16 connections");
    let bot = Bot::start(&[]).await;
    let load = Load::post("/intake/alertmanager", |n| alert_body(n, 50)).connections(16).span(SPAN);
    let started = Instant::now();
    let summary = run_load(bot.addr, &load).await;
    line("bodies taken", &summary);
    println!("{:<58} {:>9.0} alerts/s", "alerts taken", summary.per_second * 50.0);
    bot.until_routed().await;
    let folded = summary.done as f64 * 50.0 / started.elapsed().as_secs_f64();
    println!("{:<58} {folded:>9.0} alerts/s", "alerts taken, routed and folded");
    println!("{:<58} {:>9.1} MB", "memory after it", bot.rss_mb());
}

/// Measures commands at a steady rate, each with a reply after its commit.
async fn commands() {
    println!("\n## Slash commands, 200 a second for 10 s");
    let bot = Bot::start(&[]).await;
    let declare = r#"{"text":"/incident declare \"Load test\" severity:sev4"}"#;
    let opened = Load::post("/api/v1/commands", |_| declare.to_owned()).connections(1).total(1);
    assert_eq!(run_load(bot.addr, &opened).await.failed, 0, "declaring works");
    let note = |n: u64| format!(r#"{{"text":"/incident note \"note {n}\" incident:HOT-1"}}"#);
    let load = Load::post("/api/v1/commands", note).connections(16).pace(200).span(Duration::from_secs(10));
    let summary = run_load(bot.addr, &load).await;
    line("command to committed answer", &summary);
    assert_eq!(summary.failed, 0, "every command is answered");
}

/// Measures startup, memory, lists and search with a large database.
async fn large_file() {
    println!("\n## 100,000 incidents, 1,000,000 events");
    let idle = Bot::start(&[]).await;
    println!("{:<58} {:>9.1} MB", "idle memory, empty file", idle.rss_mb());
    drop(idle);
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("large.db");
    let seeded = Instant::now();
    seed::large_file(&path).await;
    println!("{:<58} {:>9.1} s", "(writing the file took)", seeded.elapsed().as_secs_f64());
    let started = Instant::now();
    let bot = Bot::start(&[("HOTROOM_STORE__PATH", path.to_str().expect("a path"))]).await;
    println!("{:<58} {:>9.0} ms", "start to ready", started.elapsed().as_secs_f64() * 1000.0);
    println!("{:<58} {:>9.1} MB", "memory after start", bot.rss_mb());
    for (what, path) in [
        ("list of open incidents", "/api/v1/incidents?open=true&limit=50"),
        ("newest 50 of all", "/api/v1/incidents?limit=50"),
        ("search by text, rare", "/api/v1/incidents?q=needle&limit=50"),
        ("search by text, none", "/api/v1/incidents?q=nosuchword&limit=50"),
        ("one by key", "/api/v1/incidents/HOT-50000"),
    ] {
        let summary = run_load(bot.addr, &Load::get(path).connections(1).total(50)).await;
        assert_eq!(summary.failed, 0, "{path} answers");
        line(what, &summary);
    }
    println!("{:<58} {:>9.1} MB", "memory after it", bot.rss_mb());
}
