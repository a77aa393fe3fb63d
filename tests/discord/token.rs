//! A token that is replaced while the bot runs, as after a leak: the old one is worth nothing, the new one is taken from its
//! file at the next reload, and what happened in between reaches Discord.

use std::{path::Path, time::Duration};

use serde_json::json;

use crate::{
    bot::fake,
    discord::{TOKEN, answer::text},
    process::{Bot, PATIENCE},
};

/// A bot that has its token in a file, and a file of settings so that it can read them again.
async fn with_a_file(fake: &crate::discord::Fake, dir: &Path) -> Bot {
    let (token, settings) = (dir.join("token"), dir.join("bot.toml"));
    std::fs::write(&token, TOKEN).expect("written");
    std::fs::write(&settings, "[chat.discord]\ntoken = \"file:token\"\n").expect("written");
    let ann = fake.member("ann").to_string();
    let env = [
        ("HOTROOM_CONFIG", settings.to_str().expect("a path")),
        ("HOTROOM_CHAT__DISCORD__BASE_URL", fake.base_url()),
        ("HOTROOM_CHAT__DISCORD__ROOM_NAMES", "key"),
        ("HOTROOM_PEOPLE__ANN__DISCORD", ann.as_str()),
    ];
    Bot::start_with(dir, None, &env).await
}

/// Waits until `/readyz` says this of the connection.
async fn until_told(bot: &Bot, words: &str) {
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let told = async {
        while !bot.get("/readyz").await.is_some_and(|ready| ready["discord"].to_string().contains(words)) {
            tick.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, told).await.unwrap_or_else(|_| panic!("{words} is not told"));
}

/// Declares an incident in the console.
async fn declares(bot: &Bot, title: &str) {
    let line = json!({"text": format!("/incident declare \"{title}\" severity:sev3")});
    assert_eq!(bot.post("/api/v1/commands", title, "ann", &line).await, Some(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_replaced_is_taken_at_the_next_reload_and_nothing_is_lost() {
    let (fake, dir) = (fake().await, tempfile::tempdir().expect("a folder"));
    let mut bot = with_a_file(&fake, dir.path()).await;
    fake.registered("incident").await;
    declares(&bot, "Before").await;
    fake.channel("hot-1").await;
    bot.until_quiet().await;
    fake.change(|state| state.rules.token = "another".to_owned());
    fake.closes(4004);
    until_told(&bot, "close code 4004").await;
    let ready = bot.get("/readyz").await.expect("it goes on without Discord");
    assert!(ready["problems"].to_string().contains("Discord is not connected"), "{ready}");
    assert_eq!(ready["ready"], true, "alerts are still taken");
    declares(&bot, "Between").await;
    fake.until("a call with the old token", |state| {
        state.requests.iter().any(|request| request.status == 401).then_some(())
    })
    .await;
    std::fs::write(dir.path().join("token"), "another").expect("written");
    bot.signal("HUP");
    let room = fake.channel("hot-2").await;
    fake.until("the card of the incident in between", |state| {
        state.history(room).any(|message| message.pinned.is_some() && text(message).contains("Between")).then_some(())
    })
    .await;
    until_told(&bot, "connected").await;
    let general = fake.channel("general").await;
    let after = [("title", "After"), ("severity", "sev3")];
    fake.slash(fake.member("ann"), general, "incident declare", &after).await;
    fake.channel("hot-3").await;
    bot.until_quiet().await;
    for name in ["hot-1", "hot-2", "hot-3"] {
        let made = fake.lock().channels.values().filter(|one| one.name == name).count();
        assert_eq!(made, 1, "{name}");
    }
    let refused = fake.requests().iter().filter(|request| request.status == 401).count();
    assert!(refused < 5, "{refused} calls with a token that was refused");
    bot.kill().await;
}
