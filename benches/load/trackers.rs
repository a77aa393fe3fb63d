//! A tracker after an hour of downtime: the real binary against a fake Jira on loopback that has the limits of Jira Cloud. What the
//! fake does in this process is part of each figure.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use hotroom::{
    domain::ids::TrackerId,
    store::{Store, StoreOptions, Tx},
};

use crate::{
    bot::Bot,
    client,
    fake_jira::{ANN, BUTTON_TOKEN, FakeJira, Flavor, HOOK_SECRET, MAIL, TOKEN},
};

/// How many incidents.
const INCIDENTS: usize = 500;
/// After this time without a call everything is considered in step.
const CALM: Duration = Duration::from_secs(5);
/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// Prints how long it takes until 500 incidents and their issues are in step again, and with how many calls.
pub async fn trackers() {
    println!("\n## {INCIDENTS} incidents and a tracker, after an hour of downtime");
    let jira = FakeJira::start(Flavor::Cloud).await;
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("bot.toml"), settings(&jira)).expect("bot.toml is written");
    synchronize(&jira);
    drop(start(dir.path()).await);

    // Tickets on a critical component: each opens a hot room.
    let keys: Vec<String> = (0..INCIDENTS).map(|n| jira.person_creates(ANN, "OPS", &format!("Ticket {n}"))).collect();
    keys.iter().for_each(|key| jira.person_sets_components(ANN, key, "shop"));
    jira.advance(6);
    measure(&jira, dir.path(), "hot rooms opened for tickets").await;
    let is_marked = |labels: Vec<String>| labels.iter().any(|label| label.starts_with("hotroom-"));
    let marked = jira.issues().into_iter().filter(|issue| is_marked(issue.labels())).count();
    assert_eq!(marked, INCIDENTS, "each ticket has its hot room");

    // Somebody moves each of them and comments on it.
    synchronize(&jira);
    for key in &keys {
        jira.person_moves(ANN, key, "In Progress");
        jira.person_comments(ANN, key, "We look into it");
    }
    let bot = measure(&jira, dir.path(), "changes taken over").await;
    for key in [&keys[0], &keys[INCIDENTS - 1]] {
        let (_, incident) = client::get(bot.addr, &format!("/api/v1/incidents/{key}")).await;
        assert!(incident.contains("\"identified\""), "{key} follows its ticket: {incident}");
    }
    println!("{:<58} {:>9.1} MB", "memory after it", bot.rss_mb());
}

fn settings(jira: &FakeJira) -> String {
    format!(
        r#"
[tracker]
kind = "jira"
[tracker.jira]
url = "{}"
email = "{MAIL}"
token = "env:TOKEN"
webhook_secrets = ["env:SECRET"]
button_secrets = ["env:BUTTON"]
[[tracker.jira.projects]]
key = "OPS"
issue_type = "Incident"
components = {{ checkout = "shop" }}
status = {{ investigating = "To Do", identified = "In Progress", resolved = "Done" }}
"#,
        jira.http.url
    )
}

/// The time by the clock of the machine, which the bot reads as well.
#[allow(clippy::disallowed_methods, reason = "the bot is another process, on the clock of the machine")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Sets the clock of the Jira.
fn synchronize(jira: &FakeJira) {
    jira.set_now(now().timestamp_millis());
}

async fn start(dir: &Path) -> Bot {
    Bot::start_in(dir, &[("TOKEN", TOKEN), ("SECRET", HOOK_SECRET), ("BUTTON", BUTTON_TOKEN)]).await
}

/// Makes the bot believe that it asked an hour ago, and starts it. Prints the calls until nothing more is asked.
async fn measure(jira: &FakeJira, dir: &Path, what: &str) -> Bot {
    let now = now();
    let options = StoreOptions { path: dir.join("bench.db"), queue: 64, batch: 64 };
    let store = Store::open(&options, now).expect("the store opens");
    let tracker = TrackerId::from("jira");
    let set_back = move |tx: &mut Tx<'_>| tx.set_tracker_known_until(&tracker, now - TimeDelta::hours(1));
    store.transact(set_back).await.expect("the cursor is set back");
    store.close().await.expect("the store closes");
    jira.enforce_limits();
    let (before, started) = (jira.http.lines().len(), Instant::now());
    let bot = start(dir).await;
    let (mut calls, mut last) = (before, Instant::now());
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    while last.elapsed() < CALM && started.elapsed() < PATIENCE {
        tick.tick().await;
        let seen = jira.http.lines().len();
        if seen > calls {
            (calls, last) = (seen, Instant::now());
        }
    }
    let (took, made) = ((last - started).as_secs_f64(), calls - before);
    let limits = jira.limits();
    println!("{what:<58} {took:>9.1} s  {made} calls, {:.1} for each incident", made as f64 / INCIDENTS as f64);
    println!("{:<58} {:>9} in a second; {} refused by a limit", "most calls", limits.peak, limits.refused);
    bot
}
