//! The gateway of the fake: sessions, how they end, and who is told what.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    discord::{Clock, Fake, Rules, gateway, permissions::VIEW_CHANNEL, state::Overwrite},
    raw::{INTENTS, Line, ask},
};

async fn unpaced() -> Fake {
    Fake::with(Rules { identify_pace: None, ..Rules::default() }, Clock::real()).await
}

#[tokio::test]
async fn a_second_identify_waits_five_seconds() {
    let fake = Fake::start().await;
    Line::identified(&fake).await;
    let mut early = Line::open(&fake).await;
    early.identifies(INTENTS).await;
    assert_eq!(early.hears().await, json!({"op": 9, "d": false}));
    fake.clock.advance(Duration::from_secs(5));
    early.identifies(INTENTS).await;
    early.event("READY").await;
    assert_eq!(fake.line_counts().0, 3);
}

#[tokio::test]
async fn a_wrong_token_and_a_second_identify_close_the_line() {
    let fake = unpaced().await;
    let mut line = Line::open(&fake).await;
    line.says(json!({"op": 2, "d": {"token": "wrong", "intents": 1, "properties": {}}})).await;
    assert_eq!(line.hears().await, json!({"close": 4004}));
    let (mut line, _) = Line::identified(&fake).await;
    line.event("GUILD_CREATE").await;
    line.identifies(1).await;
    assert_eq!(line.hears().await, json!({"close": 4005}));
    let mut early = Line::open(&fake).await;
    early.says(json!({"op": 8, "d": {}})).await;
    assert_eq!(early.hears().await, json!({"close": 4003}));
    let mut odd = Line::open(&fake).await;
    odd.says(json!({"op": 99})).await;
    assert_eq!(odd.hears().await, json!({"close": 4001}));
}

#[tokio::test]
async fn more_than_120_sends_in_a_minute_close_the_line() {
    let fake = unpaced().await;
    let mut line = Line::open(&fake).await;
    for _ in 0..121 {
        line.says(json!({"op": 1, "d": null})).await;
    }
    for _ in 0..120 {
        assert_eq!(line.hears().await["op"], 11);
    }
    assert_eq!(line.hears().await, json!({"close": 4008}));
}

#[tokio::test]
async fn heartbeats_are_answered_until_the_gateway_is_a_zombie() {
    let fake = unpaced().await;
    let (mut line, _) = Line::identified(&fake).await;
    line.event("GUILD_CREATE").await;
    line.says(json!({"op": 1, "d": line.seq})).await;
    assert_eq!(line.hears().await["op"], 11);
    fake.acknowledges_heartbeats(false);
    line.says(json!({"op": 1, "d": line.seq})).await;
    fake.until("the second heartbeat", |state| (state.hub.heartbeats == 2).then_some(())).await;
    fake.asks_to_reconnect();
    assert_eq!(line.hears().await["op"], 7, "nothing came in between");
}

#[tokio::test]
async fn a_close_of_4009_ends_the_session_and_one_of_4000_does_not() {
    let fake = unpaced().await;
    let (mut line, session) = Line::identified(&fake).await;
    line.event("GUILD_CREATE").await;
    fake.closes(4000);
    assert_eq!(line.hears().await, json!({"close": 4000}));
    let mut next = Line::open(&fake).await;
    next.resumes(&session, line.seq).await;
    next.event("RESUMED").await;
    fake.closes(4009);
    assert_eq!(next.hears().await, json!({"close": 4009}));
    let mut last = Line::open(&fake).await;
    last.resumes(&session, next.seq).await;
    assert_eq!(last.hears().await, json!({"op": 9, "d": false}));
}

#[tokio::test]
async fn a_gateway_that_is_down_takes_nobody() {
    let fake = unpaced().await;
    let (mut line, session) = Line::identified(&fake).await;
    line.event("GUILD_CREATE").await;
    fake.gateway_down(true);
    assert_eq!(line.hears().await, json!({"close": null}));
    let stream = tokio::net::TcpStream::connect(fake.base_url().trim_start_matches("http://")).await.unwrap();
    assert!(tokio_tungstenite::client_async(fake.base_url().replace("http", "ws"), stream).await.is_err());
    fake.gateway_down(false);
    let mut next = Line::open(&fake).await;
    next.resumes(&session, line.seq).await;
    next.event("RESUMED").await;
}

#[tokio::test]
async fn without_the_content_intent_messages_are_blank() {
    let fake = unpaced().await;
    let (ann, channel) = (fake.member("ann"), fake.channel("general").await);
    let mut line = Line::open(&fake).await;
    line.identifies(gateway::GUILDS | gateway::GUILD_MESSAGES).await;
    line.event("READY").await;
    fake.says(ann, channel, "secret");
    assert_eq!(line.event("MESSAGE_CREATE").await["content"], "");
    fake.says(ann, channel, &format!("<@{}> to you", fake.bot()));
    assert_ne!(line.event("MESSAGE_CREATE").await["content"], "");
}

#[tokio::test]
async fn a_portal_without_the_content_switch_blanks_rest_too_and_refuses_the_intent() {
    let rules = Rules { content_intent: false, identify_pace: None, ..Rules::default() };
    let fake = Fake::with(rules, Clock::real()).await;
    let (ann, channel) = (fake.member("ann"), fake.channel("general").await);
    fake.says(ann, channel, "secret");
    let (_, list) = ask(&fake, "GET", &format!("/channels/{channel}/messages"), Value::Null).await;
    assert_eq!(list[0]["content"], "");
    let mut line = Line::open(&fake).await;
    line.identifies(INTENTS).await;
    assert_eq!(line.hears().await, json!({"close": 4014}));
}

#[tokio::test]
async fn nothing_is_told_of_channels_that_the_bot_does_not_see() {
    let fake = unpaced().await;
    let (ann, channel) = (fake.member("ann"), fake.channel("general").await);
    let secret = fake.makes_channel("secret");
    fake.change(|state| {
        let blind = Overwrite { id: state.bot, kind: 1, allow: 0, deny: VIEW_CHANNEL };
        state.channels[&secret].overwrites.push(blind);
    });
    let (mut line, _) = Line::identified(&fake).await;
    let guild = line.event("GUILD_CREATE").await;
    assert_eq!(guild["channels"].as_array().unwrap().len(), 1, "{guild}");
    fake.says(ann, secret, "unheard");
    fake.says(ann, channel, "heard");
    assert_eq!(line.event("MESSAGE_CREATE").await["content"], "heard");
    let (status, error) = ask(&fake, "GET", &format!("/channels/{secret}/messages"), Value::Null).await;
    assert_eq!((status, &error["code"]), (403, &json!(50001)));
}
