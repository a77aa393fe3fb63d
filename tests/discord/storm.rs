//! A storm of alerts: what it costs on Discord is bounded, and the one that is new is shown first.

use std::time::Instant;

use serde_json::json;

use crate::bot::{Bot, alert};

/// How many alerts come in, in bodies of so many.
const ALERTS: usize = 5_000;
const IN_ONE: usize = 250;
/// The most calls that such a storm may cost, as `docs/discord.md` says.
const CALLS: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_alerts_make_a_bounded_number_of_calls() {
    let bot = Bot::start().await;
    let before = bot.requests().len();
    let began = Instant::now();
    let one = |n: usize| {
        let mut one = alert("DiskFull", "checkout")["alerts"][0].clone();
        one["labels"]["instance"] = json!(format!("web-{n}"));
        one["fingerprint"] = json!(format!("{n:016x}"));
        one
    };
    for first in (0..ALERTS).step_by(IN_ONE) {
        let mut body = alert("DiskFull", "checkout");
        body["alerts"] = (first..first + IN_ONE).map(one).collect();
        assert_eq!(bot.posts("alertmanager", &body).await, 202);
    }
    let mut other = alert("PaymentsDown", "payments");
    other["alerts"][0]["fingerprint"] = json!("00000000deadbeef");
    assert_eq!(bot.posts("alertmanager", &other).await, 202);
    let alerts = bot.channel("alerts").await;
    bot.posted(alerts, "PaymentsDown").await;
    let room = bot.channel("hot-1").await;
    bot.until_card(room, &format!("{ALERTS} firing")).await;
    bot.settled().await;
    let calls = bot.requests().len() - before;
    assert!(calls <= CALLS, "{ALERTS} alerts in {:?} made {calls} calls", began.elapsed());
    bot.end().await;
}
