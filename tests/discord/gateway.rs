//! Connections that break: nothing is lost and nothing is doubled.

use std::time::Duration;

use crate::{
    bot::{Bot, fake},
    discord::{Clock, Fake, Rules},
};

/// Breaks the connection between a message and a command, says another in the gap, and looks whether all is there once.
async fn goes_on_after(bot: Bot, breaks: impl AsyncFn(&Bot)) -> Fake {
    let room = bot.in_a_room().await;
    bot.fake.says(bot.person("bob"), room, "said before");
    breaks(&bot).await;
    bot.fake.says(bot.person("bob"), room, "said meanwhile");
    bot.connected().await;
    bot.until_said("said before").await;
    bot.until_said("said meanwhile").await;
    let asked = bot.says("ann", room, "incident status", &[("to", "identified")]).await;
    bot.until_answered(&asked, "Identified").await;
    bot.until_card(room, "Identified").await;
    bot.settled().await;
    for words in ["said before", "said meanwhile"] {
        assert_eq!(bot.count_said(words).await, 1, "{words}");
    }
    assert_eq!(bot.pinned(room).len(), 1, "one card");
    let hot = bot.fake.lock().channels.values().filter(|one| one.name == "hot-1").count();
    assert_eq!(hot, 1, "one room");
    bot.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_comes_back_and_goes_on() {
    let fake = goes_on_after(Bot::start().await, async |bot| {
        bot.cuts();
        bot.resumed(1).await;
    });
    assert_eq!(fake.await.line_counts().0, 1, "no new session");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_asks_for_a_new_connection_gets_it() {
    let fake = goes_on_after(Bot::start().await, async |bot| {
        bot.asks_to_reconnect();
        bot.resumed(1).await;
    });
    assert_eq!(fake.await.line_counts().0, 1, "no new session");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_that_leaves_the_session_is_resumed() {
    for code in [4000, 1001] {
        let fake = goes_on_after(Bot::start().await, async |bot| {
            bot.closes(code);
            bot.resumed(1).await;
        });
        assert_eq!(fake.await.line_counts().0, 1, "{code}: no new session");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_timed_out_begins_anew() {
    goes_on_after(Bot::start().await, async |bot| {
        bot.closes(4009);
        bot.identified(2).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_session_begins_anew() {
    goes_on_after(Bot::start().await, async |bot| {
        bot.invalidates_session(false);
        bot.identified(2).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_session_that_can_be_resumed_is_resumed() {
    goes_on_after(Bot::start().await, async |bot| {
        bot.invalidates_session(true);
        bot.resumed(1).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_does_not_answer_heartbeats_is_left() {
    let heartbeat = Duration::from_millis(1_500);
    let fake = Fake::with(Rules { identify_pace: None, heartbeat, ..Rules::default() }, Clock::real()).await;
    goes_on_after(Bot::with(fake, "").await, async |bot| {
        bot.acknowledges_heartbeats(false);
        bot.identified(2).await;
        bot.acknowledges_heartbeats(true);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_fifteen_seconds_passes() {
    goes_on_after(Bot::start().await, async |bot| {
        bot.gateway_down(true);
        bot.forgets_sessions();
        tokio::time::timeout(Duration::from_secs(15), std::future::pending::<()>()).await.ok();
        bot.gateway_down(false);
        bot.identified(2).await;
    })
    .await;
}

/// The bot stops, says what to switch on, and does not ask again.
async fn stops_with(code: u16, words: &str) {
    let fake = fake().await;
    fake.refuses_identify(code);
    let bot = Bot::run(fake, "", tempfile::tempdir().unwrap()).await;
    bot.identified(1).await;
    let said = bot.until_stopped().await;
    assert!(said.contains(words), "{said}");
    bot.fake.cuts();
    let quiet = bot.fake.until("another IDENTIFY", |state| (state.hub.identifies.len() > 1).then_some(()));
    assert!(tokio::time::timeout(Duration::from_secs(7), quiet).await.is_err(), "it asked again");
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_discord_does_not_know_stops_the_bot_with_what_to_do() {
    stops_with(4004, "copy it again from the developer portal").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_intent_stops_the_bot_with_what_to_switch_on() {
    stops_with(4014, "switch on Message Content Intent").await;
}
