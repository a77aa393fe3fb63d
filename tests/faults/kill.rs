//! kill -9 at named points and at any moment: nothing acknowledged is lost, nothing is doubled.

use std::{path::Path, time::Duration};

use serde_json::json;

use crate::bot::{Bot, check_invariants, count, rows};

/// Where the process dies. Each is passed several times in the story, so each is tried at several passes.
const POINTS: [&str; 6] = [
    "store.after_begin",
    "store.before_commit",
    "store.after_commit",
    "deliver.claimed",
    "deliver.prepared",
    "deliver.answered",
];

pub fn alert(resolved: bool) -> serde_json::Value {
    json!({
        "version": "4", "groupKey": "{}:{alertname=\"CheckoutDown\"}", "truncatedAlerts": 0, "receiver": "hotroom",
        "status": if resolved { "resolved" } else { "firing" },
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://alertmanager.example",
        "alerts": [{
            "status": if resolved { "resolved" } else { "firing" },
            "labels": {"alertname": "CheckoutDown", "service": "checkout", "severity": "critical", "instance": "web-1"},
            "annotations": {"summary": "Checkout answers 5xx"},
            "startsAt": "2026-01-01T00:00:00Z", "generatorURL": "http://prometheus.example",
            "endsAt": if resolved { "2026-01-01T01:00:00Z" } else { "0001-01-01T00:00:00Z" },
            "fingerprint": "a1b2c3d4e5f60718"
        }]
    })
}

/// What a sender and a person send, in order, each with the id it is repeated under.
fn story() -> Vec<(&'static str, &'static str, serde_json::Value)> {
    let line = |text: &str| json!({ "text": text });
    vec![
        ("/intake/alertmanager", "alert-1", alert(false)),
        ("/api/v1/commands", "note-1", line("/incident note \"looking\" incident:HOT-1")),
        ("/api/v1/commands", "status-1", line("/incident status identified incident:HOT-1")),
        (
            "/api/v1/commands",
            "public-1",
            line(
                "/incident statuspage status:identified message:\"We know why.\" components:checkout=major_outage incident:HOT-1",
            ),
        ),
        ("/intake/alertmanager", "alert-2", alert(true)),
        ("/api/v1/commands", "resolve-1", line("/incident resolve \"rolled back\" incident:HOT-1")),
        ("/api/v1/commands", "close-1", line("/incident status closed incident:HOT-1")),
    ]
}

/// Tells the whole story to bots that may die at any time: each step is repeated under its id until it is taken.
/// Answers how often the process died.
async fn tell(dir: &Path, abort_at: Option<&str>) -> u32 {
    let mut bot = Bot::start(dir, abort_at).await;
    let mut deaths = 0;
    for (path, delivery, body) in story() {
        for attempt in 0.. {
            assert!(attempt < 20, "{delivery} is never taken");
            if bot.is_dead() {
                deaths += 1;
                bot = Bot::start(dir, None).await;
            }
            let answer = bot.post(path, delivery, "ann", &body).await;
            if answer.is_some_and(|status| (200..300).contains(&status)) {
                break;
            }
            assert!(answer.is_none() || answer == Some(503), "{delivery}: {answer:?}");
            bot.until_quiet().await;
        }
        bot.until_quiet().await;
        if bot.is_dead() {
            deaths += 1;
            bot = Bot::start(dir, None).await;
            bot.until_quiet().await;
        }
    }
    bot.signal("TERM");
    bot.until_dead().await;
    deaths
}

/// What is true at the end of the story, however often the process died in it.
fn check_story(path: &Path, why: &str) {
    check_alert(path, why);
    let once = |what: &str, sql: &str| assert_eq!(count(path, sql), 1, "{why}: {what}");
    once("which is closed", "SELECT count(*) FROM incidents WHERE category = 'closed'");
    for delivery in ["note-1", "status-1", "resolve-1", "close-1"] {
        let sql = format!("SELECT count(*) FROM inbox WHERE delivery LIKE '%{delivery}' AND state = 'done'");
        once(delivery, &sql);
    }
    once("one note", "SELECT count(*) FROM events WHERE body LIKE '%note_added%'");
}

/// What is true once the alert of the story has been carried everywhere, however often the process died.
pub fn check_alert(path: &Path, why: &str) {
    let once = |what: &str, sql: &str| assert_eq!(count(path, sql), 1, "{why}: {what}");
    once("one incident", "SELECT count(*) FROM incidents");
    once("one hot room", "SELECT count(*) FROM rooms WHERE kind = 'hot'");
    once("one card", "SELECT count(*) FROM messages WHERE room = 'hot-1' AND body LIKE '%\"kind\":\"card\"%'");
    once("one page", "SELECT count(*) FROM pages");
    once("one alert", "SELECT count(*) FROM alerts");
    once("one group message", "SELECT count(*) FROM messages WHERE body LIKE '%\"kind\":\"group\"%'");
    let doubled = rows(
        path,
        "SELECT effect_key FROM messages WHERE effect_key IS NOT NULL GROUP BY effect_key HAVING count(*) > 1",
    );
    assert!(doubled.is_empty(), "{why}: {doubled:?}");
    let pages = "SELECT count(*) FROM messages m JOIN rooms r ON r.id = m.room WHERE r.kind = 'direct' AND m.body LIKE '%\"kind\":\"page\"%'";
    once("one direct message with the page", pages);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_story_survives_a_kill_at_every_named_point() {
    for point in POINTS {
        for pass in [1, 2, 3, 5, 8, 13] {
            let dir = tempfile::tempdir().expect("a folder");
            let abort_at = format!("{point}#{pass}");
            let deaths = tell(dir.path(), Some(&abort_at)).await;
            assert!(deaths <= 1 && (deaths == 1 || pass > 3), "{abort_at}: died {deaths} times");
            let path = dir.path().join("bot.db");
            check_story(&path, &abort_at);
            check_invariants(&path).await;
        }
    }
}

/// Each step is cut off by `kill -9` so many milliseconds after it was sent, then repeated to the next process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_story_survives_a_kill_at_any_moment() {
    let mut waits = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144].into_iter().cycle().map(Duration::from_millis);
    let dir = tempfile::tempdir().expect("a folder");
    for (path, delivery, body) in story() {
        for wait in waits.by_ref().take(4) {
            let mut bot = Bot::start(dir.path(), None).await;
            tokio::time::timeout(wait, bot.post(path, delivery, "ann", &body)).await.ok();
            bot.kill().await;
        }
        let mut bot = Bot::start(dir.path(), None).await;
        let answer = bot.post(path, delivery, "ann", &body).await;
        assert!(answer.is_some_and(|status| (200..300).contains(&status)), "{delivery}: {answer:?}");
        bot.until_quiet().await;
        bot.kill().await;
    }
    let path = dir.path().join("bot.db");
    check_story(&path, "kills at any moment");
    check_invariants(&path).await;
}
