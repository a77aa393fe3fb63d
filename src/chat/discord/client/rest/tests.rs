//! The client against a server that fails in every way.

mod line;
mod table;

use serde_json::json;

use super::*;
use crate::chat::{
    Outcome,
    discord::{
        client::{routes, snowflake::ChannelId},
        tests::peer::{Peer, Reaction, answer, refusal},
    },
};

fn access(url: &str) -> RestOptions {
    RestOptions {
        base_url: Some(url.to_owned()),
        token: SecretString::from("hush.hush"),
        about: "https://hotroom.example (x)".to_owned(),
        net: NetSettings::direct(DEADLINE),
    }
}

/// Returns a client with short timeouts.
fn client(url: &str) -> Rest {
    Rest { deadline: Duration::from_millis(300), ..Rest::new(&access(url)).unwrap() }
}

fn channel() -> ChannelId {
    "7".parse().unwrap()
}

fn post() -> RestRequest {
    routes::create_message(channel(), &json!({ "content": "x" }))
}

fn read_back() -> RestRequest {
    routes::newest_messages(channel(), 50)
}

/// Returns the results of a POST and a GET when the server reacts like this.
async fn both(react: impl Fn() -> Reaction + Send + 'static) -> [Result<Value, Failure>; 2] {
    let peer = Peer::start(move |_| react()).await;
    let rest = client(&peer.url);
    [rest.call(post()).await, rest.call(read_back()).await]
}

fn is_unknown(result: &Result<Value, Failure>) -> bool {
    matches!(result, Err(Failure::Unknown(_)))
}

fn is_not_now(result: &Result<Value, Failure>) -> bool {
    matches!(result, Err(Failure::NotNow { .. }))
}

fn wait(result: Result<Value, Failure>) -> Option<Duration> {
    if let Err(Failure::NotNow { after, .. }) = result { after } else { panic!("{result:?}") }
}

#[tokio::test]
async fn a_call_carries_who_asks_and_why() {
    let peer = Peer::start(|_| answer(200, &json!({ "id": "9" }))).await;
    let rest = client(&peer.url);
    let made = rest.call(post().because("incident #1")).await.unwrap();
    assert_eq!(made, json!({ "id": "9" }));
    let seen = &peer.seen()[0];
    assert_eq!(seen.line(), "POST /channels/7/messages");
    assert_eq!(seen.path, "/api/v10/channels/7/messages");
    assert_eq!(seen.body, json!({ "content": "x" }));
    assert_eq!(seen.headers["authorization"], "Bot hush.hush");
    assert_eq!(seen.headers["content-type"], "application/json");
    assert_eq!(seen.headers["x-audit-log-reason"], "incident%20%231");
    let agent = format!("DiscordBot (https://hotroom.examplex, {})", env!("CARGO_PKG_VERSION"));
    assert_eq!(seen.headers["user-agent"], agent);
}

#[tokio::test]
async fn the_token_goes_only_where_it_is_needed_and_is_never_shown() {
    let peer = Peer::start(|_| answer(204, &Value::Null)).await;
    let rest = client(&peer.url);
    let token = SecretString::from("of.interaction");
    let answered = rest.call(routes::answer("5".parse().unwrap(), &token, &json!({ "type": 5 }))).await;
    assert_eq!(answered, Ok(Value::Null));
    assert!(!peer.seen()[0].headers.contains_key("authorization"));
    assert!(!format!("{rest:?} {:?}", access(&peer.url)).contains("hush"));

    let gone = Rest::new(&access("http://127.0.0.1:1")).unwrap();
    let refused = gone.call(routes::answer("5".parse().unwrap(), &token, &json!({}))).await.unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains("of.interaction"), "{refused:?}");
}

#[tokio::test]
async fn what_was_not_sent_may_be_tried_again() {
    for url in ["http://127.0.0.1:1", "http://no.such.host.invalid", "https://127.0.0.1:1"] {
        let result = client(url).call(post()).await;
        assert!(is_not_now(&result), "{url}: {result:?}");
    }
    let plain = Peer::start(|_| Reaction::Raw(b"not TLS at all".to_vec())).await;
    let result = client(&plain.url.replace("http:", "https:")).call(post()).await;
    assert!(is_not_now(&result), "{result:?}");
}

#[tokio::test]
async fn what_was_sent_and_not_wholly_answered_is_unknown_unless_it_may_be_repeated() {
    let broken = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":".to_vec();
    let html = || Reaction::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>".to_vec());
    for (what, [posted, read]) in [
        ("dropped", both(|| Reaction::Drop).await),
        ("hung", both(|| Reaction::Hang).await),
        ("broken off", both(move || Reaction::Raw(broken.clone())).await),
        ("no HTTP", both(|| Reaction::Raw(b"SSH-2.0-x\r\n".to_vec())).await),
        ("HTML", both(html).await),
        ("endless", both(|| Reaction::Endless).await),
        ("500", both(|| answer(500, &json!({}))).await),
        ("502", both(|| Reaction::Raw(b"HTTP/1.1 502 X\r\ncontent-length: 1\r\n\r\n<".to_vec())).await),
        ("503", both(|| answer(503, &Value::Null)).await),
    ] {
        assert!(is_unknown(&posted), "{what}: {posted:?}");
        assert!(is_not_now(&read), "{what}: {read:?}");
    }
}

#[tokio::test]
async fn an_answer_of_another_shape_is_unknown_as_well() {
    let peer = Peer::start(|_| answer(200, &json!({ "nothing": 1 }))).await;
    let rest = client(&peer.url);
    #[derive(serde::Deserialize, Debug)]
    #[allow(dead_code, reason = "only whether it can be read is asked")]
    struct CreatedChannel {
        id: ChannelId,
    }
    assert!(matches!(rest.ask::<CreatedChannel>(post()).await, Err(Failure::Unknown(_))));
    assert!(matches!(rest.ask::<CreatedChannel>(read_back()).await, Err(Failure::NotNow { .. })));
}

#[tokio::test]
async fn a_refusal_says_what_discord_says() {
    let body = json!({ "code": 50035, "message": "Invalid Form Body",
        "errors": { "parent_id": { "_errors": [{ "code": "CHANNEL_PARENT_MAX_CHANNELS", "message": "too many" }] } } });
    let peer = Peer::start(move |_| answer(400, &body)).await;
    let failure = client(&peer.url).call(post()).await.unwrap_err();
    assert_eq!(failure.code(), Some(50035));
    let Failure::Refused(refusal) = &failure else { panic!("{failure:?}") };
    assert!(refusal.details.contains("CHANNEL_PARENT_MAX_CHANNELS"));
    let Outcome::Rejected { why } = failure.outcome::<()>() else { panic!("it is final") };
    assert!(why.starts_with("Discord refused it: Invalid Form Body (HTTP 400, code 50035)"), "{why}");
}

#[tokio::test]
async fn what_stands_before_discord_is_not_discord() {
    let [posted, _] = both(|| Reaction::Raw(b"HTTP/1.1 403 X\r\ncontent-length: 6\r\n\r\n<html>".to_vec())).await;
    assert!(is_not_now(&posted), "{posted:?}");
}

#[tokio::test]
async fn nobody_follows_a_redirect() {
    let peer = Peer::start(|_| Reaction::Answer {
        status: 302,
        headers: vec![("location", "http://169.254.169.254/latest".to_owned())],
        body: vec![],
    })
    .await;
    assert!(is_not_now(&client(&peer.url).call(read_back()).await));
    assert_eq!(peer.lines().len(), 1);
}

#[tokio::test]
async fn a_long_wait_is_handed_back_and_nothing_is_sent_meanwhile() {
    let peer = Peer::start(|_| Reaction::Answer {
        status: 429,
        headers: vec![("retry-after", "65".to_owned()), ("x-ratelimit-scope", "user".to_owned())],
        body: json!({ "message": "slow down", "retry_after": 64.57, "global": false }).to_string().into_bytes(),
    })
    .await;
    let rest = client(&peer.url);
    assert_eq!(wait(rest.call(post()).await), Some(Duration::from_secs(65)));
    assert!(wait(rest.call(post()).await) > Some(Duration::from_secs(60)));
    assert_eq!(peer.lines().len(), 1);
    assert_eq!(rest.health(), (None, 1));
}

#[tokio::test]
async fn a_short_wait_is_waited_inside_the_call() {
    let mut calls = 0;
    let peer = Peer::start(move |_| {
        calls += 1;
        let headers = [("x-ratelimit-bucket", "b"), ("x-ratelimit-limit", "1"), ("x-ratelimit-remaining", "0")];
        let mut headers: Vec<_> = headers.map(|(name, value)| (name, value.to_owned())).to_vec();
        headers.push(("x-ratelimit-reset-after", "0.15".to_owned()));
        Reaction::Answer { status: 200, headers, body: json!({ "n": calls }).to_string().into_bytes() }
    })
    .await;
    let rest = client(&peer.url);
    let began = Instant::now();
    for n in 1..=3 {
        assert_eq!(rest.call(post()).await, Ok(json!({ "n": n })));
    }
    assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
}

#[tokio::test]
async fn the_edit_limit_of_old_messages_is_a_refusal_and_no_wait() {
    let peer = Peer::start(|_| refusal(429, TOO_MANY_EDITS, "Maximum number of edits reached")).await;
    let edit = || routes::edit_message(channel(), "8".parse().unwrap(), &json!({}));
    let rest = client(&peer.url);
    assert_eq!(rest.call(edit()).await.unwrap_err().code(), Some(TOO_MANY_EDITS));
    assert_eq!(rest.call(edit()).await.unwrap_err().code(), Some(TOO_MANY_EDITS));
    assert_eq!(peer.lines().len(), 2);
}

#[tokio::test]
async fn a_refused_token_is_sent_once() {
    let peer = Peer::start(|_| refusal(401, 0, "401: Unauthorized")).await;
    let rest = client(&peer.url);
    for _ in 0..20 {
        assert!(is_not_now(&rest.call(post()).await));
    }
    assert_eq!(peer.lines().len(), 1);
    assert_eq!(rest.health().0, Some(limits::Stop::TokenRefused));
}

#[tokio::test]
async fn another_token_is_tried_at_once_and_the_old_one_never_again() {
    let known = |seen: &str| if seen == "Bot new.new" { answer(204, &Value::Null) } else { refusal(401, 0, "401") };
    let peer = Peer::start(move |seen| known(&seen.headers["authorization"])).await;
    let rest = client(&peer.url);
    assert!(is_not_now(&rest.call(post()).await));
    rest.use_token(&SecretString::from("hush.hush")).unwrap();
    assert!(is_not_now(&rest.call(post()).await), "the same token is as bad as before");
    assert_eq!(rest.use_token(&SecretString::from("two\nlines")), Err(NoAccess::Token));
    rest.use_token(&SecretString::from("new.new")).unwrap();
    assert_eq!(rest.health().0, None);
    assert_eq!(rest.call(post()).await, Ok(Value::Null));
    let used: Vec<String> = peer.seen().iter().map(|seen| seen.headers["authorization"].clone()).collect();
    assert_eq!(used, ["Bot hush.hush", "Bot new.new"]);
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_frees_its_place() {
    let peer = Peer::start(|_| Reaction::Hang).await;
    let rest = client(&peer.url);
    let dropped = tokio::time::timeout(Duration::from_millis(50), rest.call(post())).await;
    assert!(dropped.is_err());
    assert!(is_unknown(&rest.call(post()).await), "the second call went out");
    assert_eq!(peer.lines().len(), 2);
}

#[tokio::test]
async fn an_address_has_to_be_one_and_a_token_too() {
    for wrong in ["discord.com", "ftp://x", "http://x/api", "http://u:p@x", "http://x?y", ""] {
        assert!(matches!(Rest::new(&access(wrong)), Err(NoAccess::BaseUrl(_))), "{wrong}");
    }
    let broken = RestOptions { token: SecretString::from("two\nlines"), ..access("http://x") };
    let refused = Rest::new(&broken).unwrap_err();
    assert_eq!(refused, NoAccess::Token);
    assert!(!refused.to_string().contains("lines\n"));
}
