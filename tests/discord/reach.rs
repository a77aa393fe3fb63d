//! A Discord that cannot be reached: the reason is told where people and monitoring look, and nobody has to start the bot
//! again.

use std::{net::TcpListener, time::Duration};

use crate::{
    discord::{Clock, Fake, Rules, TOKEN},
    process::{Bot, PATIENCE},
};

/// A bot that looks for Discord at this address.
async fn bot_at(base_url: &str, dir: &std::path::Path) -> Bot {
    let env = [("HOTROOM_DISCORD_TOKEN", TOKEN), ("HOTROOM_CHAT__DISCORD__BASE_URL", base_url)];
    Bot::start_with(dir, None, &env).await
}

/// Waits until `/readyz` says this of the connection to Discord.
async fn until_told(bot: &Bot, words: &str) {
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let told = async {
        loop {
            tick.tick().await;
            let ready = bot.get("/readyz").await.expect("the bot is ready: it goes on without Discord");
            if ready["discord"].as_str().is_some_and(|link| link.contains(words)) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, told).await.unwrap_or_else(|_| panic!("{words} is not told"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discord_that_cannot_be_reached_is_told_with_the_reason() {
    let plain = Fake::start().await;
    let secure = plain.base_url().replace("http:", "https:");
    for (base_url, reason) in [
        ("http://no.such.host.invalid", "lost, tried again: the connection to Discord ended: GET /gateway"),
        ("http://no.such.host.invalid", "dns error"),
        ("http://127.0.0.1:1", "Connection refused"),
        (secure.as_str(), "received corrupt message"),
    ] {
        let dir = tempfile::tempdir().expect("a folder");
        let mut bot = bot_at(base_url, dir.path()).await;
        until_told(&bot, reason).await;
        bot.kill().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discord_that_comes_up_after_the_bot_is_found_without_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let address = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port");
    let bot = bot_at(&format!("http://{address}"), dir.path()).await;
    until_told(&bot, "Connection refused").await;
    let rules = Rules { identify_pace: None, ..Rules::default() };
    let fake = Fake::on(&address.to_string(), rules, Clock::real()).await;
    fake.connected().await;
    fake.registered("incident").await;
    until_told(&bot, "connected").await;
}
