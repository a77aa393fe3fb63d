//! A storm of alerts: what it costs on Discord is bounded, and the one that is new is shown first.

use std::time::Instant;

use serde_json::json;

use crate::{
    bot::{Bot, alert},
    discord::answer::text,
};

/// How many alerts come in, in bodies of so many, of so many names.
const ALERTS: usize = 10_000;
const IN_ONE: usize = 250;
const NAMES: usize = 20;
/// The most calls that such a storm may cost, as `docs/performance.md` says.
const CALLS: usize = 100;

/// A body of alerts that differ by their host.
fn body(first: usize) -> serde_json::Value {
    let name = format!("DiskFull{}", first / IN_ONE % NAMES);
    let mut body = alert(&name, "website");
    let one = |n: usize| {
        let mut one = body["alerts"][0].clone();
        one["labels"]["instance"] = json!(format!("web-{n}"));
        one["labels"]["severity"] = json!("warning");
        one["fingerprint"] = json!(format!("{n:016x}"));
        one
    };
    body["alerts"] = (first..first + IN_ONE).map(one).collect();
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_alerts_make_a_bounded_number_of_calls_and_the_new_critical_one_is_seen_at_once() {
    let bot = Bot::start().await;
    bot.settled().await;
    let (before, began) = (bot.requests().len(), Instant::now());
    for first in (0..ALERTS).step_by(IN_ONE) {
        assert_eq!(bot.posts("alertmanager", &body(first)).await, 202);
        if first == ALERTS / 2 {
            let mut new = alert("PaymentsDown", "checkout");
            new["alerts"][0]["fingerprint"] = json!("00000000deadbeef");
            assert_eq!(bot.posts("alertmanager", &new).await, 202);
        }
    }
    // From here on it is Discord's turn: what waits for it of the storm does not stand in the way.
    bot.until_shown_in("alerts", "PaymentsDown").await;
    let told = Instant::now();
    let alerts = bot.channel("alerts").await;
    bot.posted(alerts, "PaymentsDown").await;
    let seen = told.elapsed();
    let of_storm = |one: &&crate::discord::state::Message| text(one).contains("DiskFull");
    let shown = bot.messages(alerts).iter().filter(of_storm).count();
    assert!(shown < NAMES, "all {shown} messages of the storm went before it");
    let room = bot.channel("hot-1").await;
    bot.until_card(room, "PaymentsDown").await;
    bot.settled().await;
    let calls = bot.requests().len() - before;
    let texts = bot.texts(alerts);
    let first = bot.messages(alerts).iter().position(|one| text(one).contains("PaymentsDown"));
    eprintln!(
        "{ALERTS} alerts: {calls} calls in {:?}; the new one seen after {seen:?}, as message {first:?}",
        began.elapsed()
    );
    assert!(calls <= CALLS, "{calls} calls: {texts:#?}");
    bot.end().await;
}
