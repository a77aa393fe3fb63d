//! The limits of the fake: buckets, renames, categories, old messages, pins, nonces.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    discord::{Clock, Fake, Fault, Rules},
    raw::ask,
};

async fn unlimited() -> Fake {
    Fake::with(Rules { limits: false, ..Rules::default() }, Clock::real()).await
}

async fn post(fake: &Fake, channel: u64, body: Value) -> (u16, Value) {
    ask(fake, "POST", &format!("/channels/{channel}/messages"), body).await
}

#[tokio::test]
async fn a_bucket_is_emptied_refused_and_filled_again() {
    let fake = Fake::start().await;
    let channel = fake.channel("general").await;
    let other = fake.makes_channel("other");
    for n in 0..5 {
        assert_eq!(post(&fake, channel, json!({"content": n.to_string()})).await.0, 200);
    }
    let (status, limited) = post(&fake, channel, json!({"content": "6"})).await;
    assert_eq!((status, &limited["global"]), (429, &json!(false)));
    assert!(limited["retry_after"].as_f64().unwrap() > 1.0, "{limited}");
    assert_eq!(post(&fake, other, json!({"content": "another bucket"})).await.0, 200);
    assert_eq!(fake.invalid_requests(), 1);
    fake.clock.advance(Duration::from_secs(5));
    assert_eq!(post(&fake, channel, json!({"content": "6"})).await.0, 200);
}

#[tokio::test]
async fn fifty_requests_a_second_are_all() {
    let fake = Fake::with(Rules::default(), Clock::still(1_800_000_000_000)).await;
    let channels: Vec<u64> = (0..11).map(|n| fake.makes_channel(&format!("c{n}"))).collect();
    let mut seen = vec![];
    for n in 0..51 {
        seen.push(post(&fake, channels[n / 5], json!({"content": "x"})).await);
    }
    let limited = seen.iter().find(|(status, _)| *status == 429);
    // A slow machine may need more than a second for them; then none is refused, and the window is what is looked at.
    match limited {
        Some((_, body)) => assert_eq!(body["global"], true),
        None => assert!(fake.clock.ticks() >= 1_000),
    }
}

#[tokio::test]
async fn a_channel_is_renamed_twice_in_ten_minutes() {
    let fake = unlimited().await;
    let channel = fake.channel("general").await;
    let path = format!("/channels/{channel}");
    assert_eq!(ask(&fake, "PATCH", &path, json!({"name": "One Two"})).await.1["name"], "one-two");
    assert_eq!(ask(&fake, "PATCH", &path, json!({"topic": "t"})).await.0, 200);
    assert_eq!(ask(&fake, "PATCH", &path, json!({"topic": "t", "nsfw": false})).await.0, 200, "nothing is renamed");
    let (status, limited) = ask(&fake, "PATCH", &path, json!({"name": "three"})).await;
    assert_eq!(status, 429);
    assert!(limited["retry_after"].as_f64().unwrap() > 590.0, "{limited}");
    fake.clock.advance(Duration::from_secs(601));
    assert_eq!(ask(&fake, "PATCH", &path, json!({"name": "three"})).await.0, 200);
}

#[tokio::test]
async fn a_category_holds_fifty_channels_and_a_guild_five_hundred() {
    let fake = unlimited().await;
    let category = fake.makes_category("incidents");
    for n in 0..50 {
        fake.makes_channel_in(category, &format!("hot-{n}"));
    }
    let path = format!("/guilds/{}/channels", fake.guild());
    let one_more = json!({"name": "hot-50", "parent_id": category.to_string()});
    let (status, full) = ask(&fake, "POST", &path, one_more).await;
    assert_eq!((status, &full["code"]), (400, &json!(50035)));
    assert!(full.to_string().contains("CHANNEL_PARENT_MAX_CHANNELS"), "{full}");
    for n in 52..500 {
        fake.makes_channel(&format!("c{n}"));
    }
    let (status, full) = ask(&fake, "POST", &path, json!({"name": "one-more"})).await;
    assert_eq!((status, &full["code"]), (400, &json!(30013)));
}

#[tokio::test]
async fn an_old_message_is_edited_only_so_often() {
    let fake = unlimited().await;
    let channel = fake.channel("general").await;
    let (_, made) = post(&fake, channel, json!({"content": "x"})).await;
    let path = format!("/channels/{channel}/messages/{}", made["id"].as_str().unwrap());
    for n in 0..20 {
        assert_eq!(ask(&fake, "PATCH", &path, json!({"content": n.to_string()})).await.0, 200);
    }
    fake.clock.advance(Duration::from_secs(3_601));
    for n in 0..5 {
        assert_eq!(ask(&fake, "PATCH", &path, json!({"content": n.to_string()})).await.0, 200);
    }
    let (status, spent) = ask(&fake, "PATCH", &path, json!({"content": "once more"})).await;
    assert_eq!((status, &spent["code"]), (429, &json!(30046)));
}

#[tokio::test]
async fn a_channel_has_250_pins_and_each_pin_leaves_a_notice() {
    let fake = unlimited().await;
    let (ann, channel) = (fake.member("ann"), fake.channel("general").await);
    for n in 0..251 {
        let message = fake.says(ann, channel, &n.to_string());
        if n < 250 {
            fake.pins(ann, message);
        }
    }
    let last = fake.messages(channel).last().unwrap().id;
    let (status, full) = ask(&fake, "PUT", &format!("/channels/{channel}/messages/pins/{last}"), Value::Null).await;
    assert_eq!((status, &full["code"]), (400, &json!(30003)));
    assert_eq!(fake.messages(channel).iter().filter(|message| message.is_notice()).count(), 250);
    let path = format!("/channels/{channel}/messages/pins?limit=50");
    let (_, pins) = ask(&fake, "GET", &path, Value::Null).await;
    assert_eq!((pins["items"].as_array().unwrap().len(), &pins["has_more"]), (50, &json!(true)));
}

#[tokio::test]
async fn a_nonce_is_forgotten_after_some_minutes() {
    let fake = unlimited().await;
    let channel = fake.channel("general").await;
    let body = json!({"content": "x", "nonce": "n", "enforce_nonce": true});
    let first = post(&fake, channel, body.clone()).await.1;
    assert_eq!(post(&fake, channel, body.clone()).await.1["id"], first["id"]);
    fake.clock.advance(Duration::from_secs(200));
    assert_ne!(post(&fake, channel, body).await.1["id"], first["id"]);
    assert_eq!(fake.messages(channel).len(), 2, "a double is seen");
}

#[tokio::test]
async fn a_planned_limit_says_all_that_discord_says() {
    let fake = Fake::start().await;
    fake.fail("GET /gateway", Fault::Limited { retry_after: 1.25, scope: "user" }, 1);
    let url = format!("{}/api/v10/gateway", fake.base_url());
    let client = hotroom::net::tls::client().build().expect("a client");
    let answer = client.get(&url).send().await.unwrap();
    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("retry-after").as_deref(), Some("2"));
    assert_eq!(header("x-ratelimit-scope").as_deref(), Some("user"));
    assert_eq!(header("x-ratelimit-reset-after").as_deref(), Some("1.250"));
    assert_eq!(header("x-ratelimit-remaining").as_deref(), Some("0"));
    assert!(header("x-ratelimit-reset").is_some() && header("x-ratelimit-bucket").is_some());
}
