//! Monitoring that posts into a channel on Discord: its messages are alerts, and nobody else's are.

use serde_json::{Value, json};

use crate::{
    bot::{Bot, fake},
    discord::{Fake, answer::text, state::Id},
};

/// A Discord with a channel that a webhook posts into, and the `bot.toml` that has it read.
async fn watched() -> (Fake, Id, Id, String) {
    let fake = fake().await;
    let channel = fake.makes_channel("monitoring");
    let webhook = fake.change(|state| state.fresh_id());
    let toml = format!(
        "[alerts.route]\ngroup_wait = \"0s\"\ngroup_interval = \"1s\"\n[[sources]]\nid = \"chat\"\nkind = \"discord\"\n\
         [sources.discord]\nchannels = [\"{channel}\"]\nsenders = [\"{webhook}\"]\n"
    );
    (fake, channel, webhook, toml)
}

const LISTED: &str = "Labels:\n - alertname = DiskFull\n - instance = db-1\n - severity = warning\nAnnotations:\n \
    - summary = 97 % used\nSource: http://prometheus.example/graph\n";

/// Alertmanager's message about one alert.
fn message(firing: bool) -> Value {
    let (title, heading) =
        if firing { ("[FIRING:1] DiskFull (db-1)", "Firing") } else { ("[RESOLVED] DiskFull", "Resolved") };
    json!({"username": "Alertmanager", "embeds": [{"title": title, "description": format!("Alerts {heading}:\n{LISTED}")}]})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_message_of_a_trusted_webhook_is_an_alert_and_its_edit_resolves_it() {
    let (fake, channel, webhook, toml) = watched().await;
    let bot = Bot::with(fake, &toml).await;
    let posted = bot.webhook_says(channel, webhook, &message(true));
    let alerts = bot.channel("alerts").await;
    let group = bot.posted(alerts, "DiskFull").await;
    assert!(!text(&group).contains("Resolved"), "{}", text(&group));
    bot.rewrites(posted, &json!({"embeds": message(false)["embeds"]}));
    bot.until("the group is resolved", |state| {
        state.messages.get(&group.id).filter(|group| text(group).contains("Resolved")).map(drop)
    })
    .await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_makes_an_alert_by_the_same_words() {
    let (fake, channel, webhook, toml) = watched().await;
    let elsewhere = fake.makes_channel("elsewhere");
    let stranger = fake.change(|state| state.fresh_id());
    let bot = Bot::with(fake, &toml).await;
    let pasted = message(true)["embeds"][0]["description"].as_str().unwrap().to_owned();
    bot.fake.says(bot.person("bob"), channel, &format!("[FIRING:1] Pasted\n{pasted}"));
    bot.webhook_says(channel, stranger, &message(true));
    bot.webhook_says(elsewhere, webhook, &message(true));
    // Messages are taken in one after the other: when this one is read, those before it were passed over.
    bot.webhook_says(channel, webhook, &json!({"content": "good morning", "embeds": []}));
    let unreadable = bot.until_unreadable("good morning").await;
    assert_eq!(unreadable, ["no rule of this source fits `good morning` at /content"]);
    assert_eq!(bot.deliveries("chat").await, 1);
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_posted_while_nobody_listened_is_taken_in_once() {
    let (fake, channel, webhook, toml) = watched().await;
    let bot = Bot::with(fake, &toml).await;
    bot.webhook_says(channel, webhook, &json!({"content": "before", "embeds": []}));
    bot.until_unreadable("before").await;
    bot.gateway_down(true);
    bot.disconnected().await;
    bot.webhook_says(channel, webhook, &message(true));
    bot.gateway_down(false);
    bot.connected().await;
    let alerts = bot.channel("alerts").await;
    bot.posted(alerts, "DiskFull").await;
    bot.settled().await;
    // A message can come live and be fetched as well: it is stored once.
    let shown = bot.texts(alerts).into_iter().filter(|text| text.contains("DiskFull")).count();
    assert_eq!((shown, bot.until_unreadable("before").await.len()), (1, 1));
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_in_components_are_fetched_and_read() {
    let (fake, channel, webhook, toml) = watched().await;
    let bot = Bot::with(fake, &toml).await;
    let components = json!({"flags": 1 << 15, "components": [{"type": 10, "content": "🔴 Shop is down."}]});
    bot.webhook_says(channel, webhook, &components);
    let alerts = bot.channel("alerts").await;
    bot.posted(alerts, "Shop").await;
    assert!(bot.calls("GET /channels/{channel_id}/messages/{message_id}") > 0, "it was fetched");
    bot.end().await;
}
