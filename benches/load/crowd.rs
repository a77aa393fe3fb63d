//! Measures the time from an alert's post to its group, on disk, with many routes, silences and inhibition rules.

use std::{fmt::Write, time::Duration};

use super::line;
use crate::{
    bot::Bot,
    client::{Load, run_load},
};

const ROUTES: usize = 1_000;
const INHIBITIONS: usize = 200;
const SILENCES: u64 = 1_000;
/// How many alerts fire before the measurement, and how many are in one body.
const LIVE: u64 = 50_000;
const IN_ONE: u64 = 50;
/// How many alerts a second follow, and for how long.
const PACE: u64 = 200;
const SPAN: Duration = Duration::from_secs(10);

/// Returns the shipped configuration with a route for each of a thousand services, and inhibition rules.
fn config() -> String {
    let mut text = include_str!("../../bot.toml").to_owned();
    for n in 0..ROUTES {
        write!(
            text,
            "\n[[alerts.route.routes]]\nmatchers = [\"service=service-{n}\", \"severity=~warning|critical\"]\n"
        )
        .expect("it is written");
    }
    for n in 0..INHIBITIONS {
        let rule = format!(
            "\n[[alerts.inhibit]]\nsource = [\"alertname=Down{n}\"]\ntarget = [\"severity=warning\", \"zone=zone-{n}\"]\n\
             equal = [\"cluster\"]\n"
        );
        text.push_str(&rule);
    }
    text
}

fn alert(n: u64) -> String {
    let service = n % ROUTES as u64;
    format!(
        r#"{{"labels":{{"alertname":"Load","service":"service-{service}","severity":"warning","cluster":"eu-1","zone":"z","instance":"web-{n}"}},"annotations":{{"summary":"load"}},"startsAt":"2026-01-01T00:00:00Z","endsAt":"2036-01-01T00:00:00Z"}}"#
    )
}

fn body(first: u64, alerts: u64) -> String {
    format!("[{}]", (first..first + alerts).map(alert).collect::<Vec<_>>().join(","))
}

/// Returns a silence that matches no alert of the bench, because most silences match few alerts.
fn silence(n: u64) -> String {
    format!(
        r#"{{"matchers":[{{"name":"cluster","value":"eu-1","isRegex":false,"isEqual":true}},{{"name":"instance","value":"db-{n}|db-{n}-.*","isRegex":true,"isEqual":true}}],"startsAt":"2026-01-01T00:00:00Z","endsAt":"2036-01-01T00:00:00Z","createdBy":"bench","comment":"bench"}}"#
    )
}

/// Prints how long alerts take to reach their groups. The bot is restarted after it was filled, so that its metrics
/// count only the measured alerts.
pub async fn crowd() {
    println!("\n## {LIVE} live alerts, {ROUTES} routes, {INHIBITIONS} rules of inhibition, {SILENCES} silences");
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("bot.toml"), config()).expect("written");
    let bot = Bot::start_in(dir.path(), &[]).await;
    let silenced = run_load(bot.addr, &Load::post("/api/v2/silences", silence).connections(4).total(SILENCES)).await;
    assert_eq!(silenced.failed, 0, "every silence is taken");
    let fill = Load::post("/api/v2/alerts", |n| body(n * IN_ONE, IN_ONE)).connections(4).total(LIVE / IN_ONE);
    assert_eq!(run_load(bot.addr, &fill).await.failed, 0, "every alert is taken");
    bot.until_routed().await;
    drop(bot);
    let bot = Bot::start_in(dir.path(), &[]).await;
    let more = Load::post("/api/v2/alerts", |n| body(LIVE + n, 1)).connections(16).pace(PACE).span(SPAN);
    line("post to answer, on disk", &run_load(bot.addr, &more).await);
    bot.until_routed().await;
    for quantile in ["0.5", "0.99"] {
        let name = format!("hotroom_alerts_grouped_seconds{{quantile=\"{quantile}\"}}");
        let millis = bot.metric(&name).await * 1000.0;
        println!("{:<58} {millis:>9.1} ms", format!("post to group, on disk: p{quantile}"));
    }
    println!("{:<58} {:>9.1} MB", "memory after it", bot.rss_mb());
}
