//! A storm of alerts: what it costs on Discord is bounded, and the one that is new is shown first.
//!
//! The storm takes a minute of stopped time ([`crate::stopped`]), so that Discord's limits open and close in it as they
//! would, and a slow machine sees the same calls as a fast one.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    bot::{Bot, alert},
    discord::{answer::text, server::Request},
    stopped::Stopped,
};

/// How many alerts come in, in bodies of so many, one body each so often: a minute in all.
const ALERTS: usize = 10_000;
const IN_ONE: usize = 250;
const EVERY: Duration = Duration::from_millis(1_500);
/// After how many bodies the new critical one comes: the messages of the storm's first groups wait for Discord by then.
const NEW_AFTER: usize = 8;
/// The most calls that such a storm may cost, as `docs/performance.md` says.
const CALLS: usize = 100;
/// Discord takes 5 messages in 5 seconds for a channel: the new one waits for one such window at most.
const WINDOW: (usize, Duration) = (5, Duration::from_secs(5));

/// The n-th body of warnings that differ by their host, of so many names.
fn body(n: usize, names: usize) -> Value {
    let mut body = alert("DiskFull", "website");
    let one = |n: usize| {
        let mut one = body["alerts"][0].clone();
        one["labels"]["alertname"] = json!(format!("DiskFull{}", n % names));
        one["labels"]["instance"] = json!(format!("web-{n}"));
        one["labels"]["severity"] = json!("warning");
        one["fingerprint"] = json!(format!("{n:016x}"));
        one
    };
    body["alerts"] = (n * IN_ONE..(n + 1) * IN_ONE).map(one).collect();
    body
}

/// One group that was never seen before, on a service that matters.
fn new() -> Value {
    let mut new = alert("PaymentsDown", "checkout");
    new["alerts"][0]["fingerprint"] = json!("00000000deadbeef");
    new
}

/// What a storm of alerts of so many names comes to on Discord.
struct Told {
    calls: usize,
    /// How long the new one took from its body to its message.
    seen: Duration,
    /// How many messages of the storm went out while it waited, and how many after it.
    overtook: usize,
    after: usize,
}

/// Lets the storm pass, and what it leaves behind.
async fn storm(names: usize) -> Told {
    let bot = Bot::start().await;
    bot.settled().await;
    let (before, time) = (bot.requests_made(), Stopped::at(&bot));
    let mut came = bot.clock.now();
    for n in 0..ALERTS / IN_ONE {
        assert_eq!(bot.posts("alertmanager", &body(n, names)).await, 202);
        if n == NEW_AFTER {
            came = bot.clock.now();
            assert_eq!(bot.posts("alertmanager", &new()).await, 202);
        }
        time.passes(EVERY).await;
    }
    // Whatever waits for Discord's limits still, and the groups' next look.
    time.passes(Duration::from_secs(75)).await;
    let requests = bot.requests().split_off(before);
    let alerts = bot.find_channel("alerts").expect("the feed is there");
    let made = |one: &&Request| one.method == "POST" && one.path == format!("/channels/{alerts}/messages");
    let messages: Vec<&Request> = requests.iter().filter(made).collect();
    let is_new = |one: &&Request| one.body.to_string().contains("PaymentsDown");
    let place = messages.iter().position(is_new).expect("it is told");
    let seen = Duration::from_millis((messages[place].at - came).unsigned_abs());
    let room = bot.find_channel("hot-1").expect("the new one has its incident");
    assert!(bot.pinned(room).iter().any(|card| text(card).contains("PaymentsDown")));
    let overtook = messages[..place].iter().filter(|one| one.at > came).count();
    let told = Told { calls: requests.len(), seen, overtook, after: messages.len() - place - 1 };
    eprintln!(
        "{ALERTS} alerts of {names} names in 60 s: {} calls; the new one after {seen:?}, {} messages went out meanwhile, {} later",
        told.calls, told.overtook, told.after
    );
    drop(time);
    bot.end().await;
    told
}

async fn is_bounded_and_shows_the_new_one_first(names: usize) {
    let told = storm(names).await;
    assert!(told.calls <= CALLS, "{} calls", told.calls);
    assert!(told.seen <= WINDOW.1, "after {:?}", told.seen);
    assert!(told.overtook < WINDOW.0, "{} messages of the storm went before it", told.overtook);
    assert!(told.after > 0, "nothing of the storm waited, so that nothing was proved");
}

#[tokio::test]
async fn ten_thousand_alerts_in_a_minute_make_a_bounded_number_of_calls_and_the_new_critical_one_is_seen_first() {
    is_bounded_and_shows_the_new_one_first(20).await;
}

#[tokio::test]
async fn ten_thousand_alerts_of_a_thousand_groups_cost_no_more() {
    is_bounded_and_shows_the_new_one_first(1_000).await;
}
