//! What was missed while the bot was not connected is fetched beside everything that happens meanwhile.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    bot::{Bot, fake},
    discord::Fault,
};

/// Alertmanager's message about one alert.
fn message(name: &str) -> Value {
    let listed = format!(
        "Alerts Firing:\nLabels:\n - alertname = {name}\n - instance = db-1\n - severity = warning\nAnnotations:\n \
         - summary = {name}\nSource: http://prometheus.example/graph\n"
    );
    json!({"username": "Alertmanager", "embeds": [{"title": format!("[FIRING:1] {name} (db-1)"), "description": listed}]})
}

/// The connection is lost, and the next session is a new one.
async fn loses_its_session(bot: &Bot) {
    bot.gateway_down(true);
    bot.disconnected().await;
    bot.forgets_sessions();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missed_message_is_fetched_although_the_first_try_failed_and_a_newer_one_came() {
    let fake = fake().await;
    let channel = fake.makes_channel("monitoring");
    let webhook = fake.change(|state| state.fresh_id());
    let toml = format!(
        "[alerts.route]\ngroup_wait = \"0s\"\ngroup_interval = \"1s\"\n[[sources]]\nid = \"chat\"\nkind = \"discord\"\n\
         [sources.discord]\nchannels = [\"{channel}\"]\nsenders = [\"{webhook}\"]\n"
    );
    let bot = Bot::with(fake, &toml).await;
    bot.webhook_says(channel, webhook, &message("DownOne"));
    let alerts = bot.channel("alerts").await;
    bot.posted(alerts, "DownOne").await;
    loses_its_session(&bot).await;
    bot.webhook_says(channel, webhook, &message("DownTwo"));
    bot.fail(&format!("GET /channels/{channel}/messages"), Fault::Status(500), 1);
    bot.gateway_down(false);
    bot.connected().await;
    bot.webhook_says(channel, webhook, &message("DownThree"));
    bot.posted(alerts, "DownThree").await;
    bot.posted(alerts, "DownTwo").await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_answered_while_missed_messages_are_being_fetched() {
    const SLOW: Duration = Duration::from_secs(8);
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    bot.settled().await;
    loses_its_session(&bot).await;
    // The incidents feed, the other feeds and the hot room: one call each, then one each for edits.
    bot.fail("GET /channels/*/messages", Fault::Slow(SLOW), 50);
    bot.gateway_down(false);
    bot.connected().await;
    let begun = Instant::now();
    let answered = bot.says("ann", room, "incident info", &[]).await;
    bot.until_answered(&answered, "Slow").await;
    assert!(begun.elapsed() < SLOW, "{:?}", begun.elapsed());
    bot.heal();
    bot.stop().await;
}
