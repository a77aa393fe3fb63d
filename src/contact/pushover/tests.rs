//! The client against a Pushover that remembers and fails.

use super::*;
use crate::{
    fake_http::{
        Reaction,
        table::{AdapterUnderTest, client, run_failure_table},
    },
    fake_pushover::{ANN, FakePushover, NOBODY, TOKEN},
};

fn settings(base_url: &str) -> PushoverSettings {
    PushoverSettings { token: SecretString::from(TOKEN), base_url: base_url.to_owned(), private: false }
}

fn message(alarm: PushoverAlarm) -> PushoverMessage {
    let link = PushoverLink { url: "https://hot.example.com/a/x?y=1&z".to_owned(), title: "Acknowledge".to_owned() };
    PushoverMessage {
        user: ANN.to_owned(),
        title: "SEV1 shop".to_owned(),
        text: "Checkout <fails> & \"smokes\"".to_owned(),
        link: Some(link),
        alarm,
    }
}

fn alarm(tag: &str) -> PushoverAlarm {
    PushoverAlarm::Repeated {
        every: Duration::from_secs(60),
        until: Duration::from_secs(1_800),
        tag: tag.to_owned(),
        callback: Some("https://hot.example.com/contact/pushover/abc".to_owned()),
    }
}

fn why(failure: PushoverFailure) -> String {
    let outcome = failure.outcome::<()>(Timestamp::UNIX_EPOCH);
    let Outcome::Rejected { why } = outcome else { panic!("{outcome:?}") };
    why
}

#[tokio::test]
async fn an_alarm_rings_until_it_is_cancelled() {
    let (pushover, http) = (FakePushover::start().await, client());
    let settings = settings(&pushover.http.url);
    let receipt = settings.send(&http, &message(alarm("page-1"))).await.expect("accepted").expect("a receipt");
    let sent = pushover.messages().remove(0);
    assert_eq!((sent.text.as_str(), sent.priority), ("Checkout <fails> & \"smokes\"", 2));
    assert_eq!((sent.retry, sent.expire, sent.tags.as_str()), (60, 1_800, "page-1"));
    assert_eq!(sent.url.as_deref(), Some("https://hot.example.com/a/x?y=1&z"));
    assert!(pushover.is_ringing(&receipt));
    settings.cancel(&http, &receipt).await.expect("cancelled");
    assert!(!pushover.is_ringing(&receipt));
    settings.cancel(&http, &receipt).await.expect("a second time is no failure");
    let state = settings.receipt(&http, &receipt).await.expect("a state");
    assert_eq!((state.acknowledged, state.expired), (None, true));
}

#[tokio::test]
async fn an_alarm_whose_receipt_was_lost_is_cancelled_by_its_tag() {
    let (pushover, http) = (FakePushover::start().await, client());
    let settings = settings(&pushover.http.url);
    pushover.react_next(Reaction::Close, true);
    let failure = settings.send(&http, &message(alarm("page-1"))).await.expect_err("lost");
    assert!(matches!(failure.outcome::<()>(Timestamp::UNIX_EPOCH), Outcome::Unknown { .. }));
    let other = settings.send(&http, &message(alarm("page-2"))).await.expect("accepted").expect("a receipt");
    assert_eq!(pushover.ringing(), 2);
    settings.cancel_tag(&http, "page-1").await.expect("cancelled");
    assert_eq!(pushover.ringing(), 1);
    assert!(pushover.is_ringing(&other));
    settings.cancel_tag(&http, "page-1").await.expect("nothing left is no failure");
}

#[tokio::test]
async fn a_receipt_says_who_acknowledged() {
    let (pushover, http) = (FakePushover::start().await, client());
    let settings = settings(&pushover.http.url);
    let receipt = settings.send(&http, &message(alarm("page-1"))).await.expect("accepted").expect("a receipt");
    let state = settings.receipt(&http, &receipt).await.expect("a state");
    assert_eq!((state.acknowledged, state.expired), (None, false));
    pushover.acknowledge(&receipt, "iphone", 1_772_445_660);
    let answer = settings.receipt(&http, &receipt).await.expect("a state").acknowledged.expect("an answer");
    assert_eq!((answer.user.as_str(), answer.device.as_str()), (ANN, "iphone"));
    assert_eq!(answer.at.timestamp(), 1_772_445_660);
    assert!(!pushover.is_ringing(&receipt));
    let unknown = settings.receipt(&http, &"x".repeat(30)).await.expect_err("unknown");
    assert_eq!(why(unknown), "Pushover: receipt not found; may be invalid or expired");
}

#[tokio::test]
async fn an_alarm_stays_within_what_pushover_accepts() {
    let (pushover, http) = (FakePushover::start().await, client());
    let settings = settings(&pushover.http.url);
    let alarm = |every, until| PushoverAlarm::Repeated {
        every: Duration::from_secs(every),
        until: Duration::from_secs(until),
        tag: "page-1".to_owned(),
        callback: None,
    };
    for (every, until, retry, expire) in
        [(1, 10, 30, 30), (60, 86_400, 60, 10_800), (300, 60, 300, 300), (99_999, 1, 10_800, 10_800)]
    {
        settings.send(&http, &message(alarm(every, until))).await.expect("accepted");
        let sent = pushover.messages().pop().expect("a message");
        assert_eq!((sent.retry, sent.expire), (retry, expire), "{every} {until}");
    }
    let link = PushoverLink { url: format!("https://hot.example.com/{}", "x".repeat(600)), title: "t".repeat(200) };
    let long = PushoverMessage {
        title: "👩‍👩‍👧 ".repeat(200),
        text: "ü".repeat(2_000),
        link: Some(link),
        ..message(PushoverAlarm::Once)
    };
    assert_eq!(settings.send(&http, &long).await.expect("accepted"), None, "no alarm, no receipt");
    let sent = pushover.messages().pop().expect("a message");
    assert_eq!((sent.priority, sent.url, sent.text.chars().count()), (0, None, 1_024));
    assert!(sent.title.ends_with("👩‍👩‍👧 …") && sent.title.chars().count() <= 250, "{}", sent.title);
}

#[tokio::test]
async fn a_refusal_says_what_is_wrong() {
    let (pushover, http) = (FakePushover::start().await, client());
    let good = settings(&pushover.http.url);
    let to = |user: &str| PushoverMessage { user: user.to_owned(), ..message(PushoverAlarm::Once) };
    let failure = good.send(&http, &to(NOBODY)).await.expect_err("refused");
    assert_eq!(why(failure), "Pushover: the user key is wrong, or the user has no active device");
    let empty = PushoverMessage { text: String::new(), ..to(ANN) };
    assert_eq!(why(good.send(&http, &empty).await.expect_err("refused")), "Pushover: message cannot be blank");
    let other = PushoverSettings { token: SecretString::from("x".repeat(30)), ..good.clone() };
    let failure = other.send(&http, &to(ANN)).await.expect_err("refused");
    assert_eq!(why(failure), "Pushover: the token of [pushover] is wrong");
    pushover.use_quota_up();
    let failure = good.send(&http, &to(ANN)).await.expect_err("refused");
    assert_eq!(failure.to_string(), "Pushover: the application has sent all messages of this month");
    assert!(matches!(failure.outcome::<()>(Timestamp::UNIX_EPOCH), Outcome::Retry { .. }));
}

#[tokio::test]
async fn keys_and_the_quota_are_checked() {
    let (pushover, http) = (FakePushover::start().await, client());
    let settings = settings(&pushover.http.url);
    assert_eq!(settings.validate(&http, ANN).await, Ok(()));
    assert!(matches!(settings.validate(&http, NOBODY).await, Err(PushoverFailure::User(_))));
    let quota = settings.quota(&http).await.expect("a quota");
    assert_eq!((quota.limit, quota.remaining), (10_000, 10_000));
    settings.send(&http, &message(PushoverAlarm::Once)).await.expect("accepted");
    assert_eq!(settings.quota(&http).await.expect("a quota").remaining, 9_999);
    let wrong = PushoverSettings { token: SecretString::from("y".repeat(30)), ..settings };
    assert!(matches!(wrong.quota(&http).await, Err(PushoverFailure::Token(_))));
}

#[tokio::test]
async fn a_success_that_is_none_is_a_refusal() {
    let (pushover, http) = (FakePushover::start().await, client());
    let settings = settings(&pushover.http.url);
    pushover.react_next(Reaction::answer(200, r#"{"status":0,"errors":["no\u0007 way\nat all"]}"#), false);
    let failure = settings.send(&http, &message(PushoverAlarm::Once)).await.expect_err("refused");
    assert_eq!(why(failure), "Pushover: no way at all");
}

#[test]
fn settings_show_no_secret() {
    assert!(!format!("{:?}", settings("https://api.pushover.net")).contains(TOKEN));
}

struct Alarm;

impl AdapterUnderTest for Alarm {
    fn class(&self) -> EffectClass {
        EffectClass::Neither
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        match settings(url).send(http, &message(alarm("page-1"))).await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        format!(r#"{{"status":1,"request":"5042853c","receipt":"{}"}}"#, "r".repeat(30)).into_bytes()
    }

    fn refusal(&self, status: u16) -> Vec<u8> {
        match status {
            400 => br#"{"user":"invalid","errors":["user identifier is invalid"],"status":0}"#.to_vec(),
            401 => br#"{"token":"invalid","errors":["application token is invalid"],"status":0}"#.to_vec(),
            422 => b"<html>".to_vec(),
            _ => br#"{"errors":["no"],"status":0}"#.to_vec(),
        }
    }
}

struct Cancellation;

impl AdapterUnderTest for Cancellation {
    fn class(&self) -> EffectClass {
        EffectClass::Keyed
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        match settings(url).cancel_tag(http, "page-1").await {
            Ok(()) => Outcome::Delivered(()),
            Err(failure) => failure.repeatable_outcome(Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        br#"{"status":1,"request":"5042853c"}"#.to_vec()
    }
}

#[tokio::test]
async fn an_alarm_that_fails_has_the_outcome_of_the_table() {
    run_failure_table(&Alarm, &[]).await;
}

#[tokio::test]
async fn a_cancellation_that_fails_is_repeated_because_it_does_no_harm() {
    run_failure_table(&Cancellation, &[]).await;
}
