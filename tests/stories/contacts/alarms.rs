//! Pushover: alarms that ring until somebody acknowledges, there or elsewhere.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use hotroom::{deliver::alarms::AlarmPoller, domain::oncall::PageState};

use super::{declare, page, statuses};
use crate::{
    fake_http::Reaction,
    fake_pushover::{self, ANN, BEN, FakePushover},
    fake_twilio::{self, FakeTwilio},
    world::{World, done, minutes},
};

const URL: &str = "https://hot.example.com";

/// A bot whose people have these methods, reached at a public address.
async fn house(pushover: &FakePushover, people: &[(&str, &[&str])], section: &str) -> World {
    let person = |id: &&str| {
        let given = people.iter().find(|(known, _)| known == id).map(|(_, contacts)| *contacts).unwrap_or_default();
        let access = if *id == "ann" { "admin" } else { "responder" };
        format!(
            "[[people]]\nid = \"{id}\"\nname = \"{}\"\naccess = \"{access}\"\ncontacts = {given:?}\n",
            id.to_uppercase()
        )
    };
    let people: String = ["ann", "bob", "cho", "dee"].iter().map(person).collect();
    let toml = format!("[server]\npublic_url = \"{URL}\"\n{people}\n{}{section}", pushover.toml());
    let secrets = [("PUSHOVER_TOKEN", fake_pushover::TOKEN), ("TWILIO_TOKEN", fake_twilio::TOKEN)];
    World::with_secrets(&toml, &secrets).await
}

fn cho() -> Vec<(&'static str, &'static [&'static str])> {
    vec![("cho", &["pushover:uQiRzpo4DXghDmr9QzzfQu27cmVRsG"])]
}

fn poller(world: &World) -> AlarmPoller {
    AlarmPoller::new(Arc::clone(&world.app), Arc::default())
}

/// Pushover calls back, or somebody who pretends to be Pushover.
async fn calls_back(world: &World, url: &str, form: &str) -> StatusCode {
    let request = Request::builder()
        .method("POST")
        .uri(url.strip_prefix(URL).expect("the public address"))
        .header("host", "hot.example.com")
        .header("content-type", "application/x-www-form-urlencoded");
    let (status, _) = world.asks(request.body(Body::from(form.to_owned())).unwrap()).await;
    world.settle().await;
    status
}

#[tokio::test]
async fn an_alarm_that_is_acknowledged_in_the_app_acknowledges_the_page() {
    let pushover = FakePushover::start().await;
    let world = house(&pushover, &cho(), "").await;
    let key = declare(&world, "").await;
    let alarm = pushover.messages().remove(0);
    assert_eq!((alarm.user.as_str(), alarm.priority, alarm.retry, alarm.expire), (ANN, 2, 60, 10_800));
    assert_eq!(alarm.title, "SEV1 HOT-1 Checkout is down");
    assert!(alarm.tags.starts_with(&page(&world, &key).await.id().to_string()), "{}", alarm.tags);
    let mut poller = poller(&world);
    assert_eq!(poller.poll().await, Ok(1));
    assert_eq!(page(&world, &key).await.state, PageState::Triggered);
    assert_eq!(statuses(&page(&world, &key).await), ["cho pushover delivered"]);
    pushover.acknowledge(&alarm.receipt.expect("a receipt"), "iphone", world.now().timestamp());
    assert_eq!(poller.poll().await, Ok(0), "no faster than every five seconds");
    assert_eq!(page(&world, &key).await.state, PageState::Triggered);
    world.pass(Duration::from_secs(5));
    assert_eq!(poller.poll().await, Ok(1));
    let taken = page(&world, &key).await;
    assert_eq!(
        (taken.state, taken.taken_by.map(|by| by.to_string())),
        (PageState::Acknowledged, Some("cho".to_owned()))
    );
    world.settle().await;
    assert!(world.room("hot-1").await.contains("Pushover"), "{}", world.room("hot-1").await);
    world.pass(minutes(1));
    assert_eq!(poller.poll().await, Ok(0), "nothing rings any more");
    world.end().await;
}

#[tokio::test]
async fn an_alarm_is_cancelled_when_somebody_acknowledges_elsewhere() {
    let pushover = FakePushover::start().await;
    let world = house(&pushover, &cho(), "").await;
    let key = declare(&world, "").await;
    assert_eq!(pushover.ringing(), 1);
    done(&world.says("bob", &format!("/page ack {}", page(&world, &key).await.id())).await);
    assert_eq!(pushover.ringing(), 0);
    assert!(pushover.http.lines().iter().any(|line| line.ends_with("/cancel.json")), "{:?}", pushover.http.lines());
    world.end().await;
}

#[tokio::test]
async fn an_alarm_whose_receipt_was_lost_is_cancelled_by_its_tag() {
    let pushover = FakePushover::start().await;
    let world = house(&pushover, &cho(), "").await;
    pushover.react_next(Reaction::Close, true);
    let key = declare(&world, "").await;
    world.advance(minutes(2)).await;
    assert_eq!(pushover.ringing(), 2, "the unknown one was repeated");
    done(&world.says("bob", &format!("/page ack {}", page(&world, &key).await.id())).await);
    assert_eq!(pushover.ringing(), 0);
    world.end().await;
}

#[tokio::test]
async fn a_cancellation_that_fails_is_repeated() {
    let pushover = FakePushover::start().await;
    let world = house(&pushover, &cho(), "").await;
    let key = declare(&world, "").await;
    pushover.react_next(Reaction::answer(500, "oops"), false);
    pushover.react_next(Reaction::Close, true);
    done(&world.says("bob", &format!("/incident resolve \"fixed\" incident:{key}")).await);
    assert_eq!(pushover.ringing(), 1);
    world.advance(minutes(5)).await;
    assert_eq!(pushover.ringing(), 0);
    world.end().await;
}

#[tokio::test]
async fn whoever_declines_stops_only_the_own_alarm() {
    let pushover = FakePushover::start().await;
    let bens: &[&str] = &["pushover:uBenBenBenBenBenBenBenBenBenBe"];
    let mut people = cho();
    people.push(("bob", bens));
    let world = house(&pushover, &people, "").await;
    let key = declare(&world, "").await;
    world.advance(minutes(5)).await;
    let ringing = || pushover.messages().into_iter().filter(|m| m.is_ringing()).map(|m| m.user).collect::<Vec<_>>();
    assert!(ringing().contains(&ANN.to_owned()) && ringing().contains(&BEN.to_owned()), "{:?}", ringing());
    done(&world.says("cho", &format!("/page decline {}", page(&world, &key).await.id())).await);
    assert!(!ringing().contains(&ANN.to_owned()) && ringing().contains(&BEN.to_owned()), "{:?}", ringing());
    world.end().await;
}

#[tokio::test]
async fn a_callback_is_only_a_hint() {
    let pushover = FakePushover::start().await;
    let world = house(&pushover, &cho(), "").await;
    let key = declare(&world, "").await;
    let alarm = pushover.messages().remove(0);
    let (callback, receipt) = (alarm.callback.expect("an address"), alarm.receipt.expect("a receipt"));
    let now = world.now().timestamp();
    let form = format!("receipt={receipt}&acknowledged=1&acknowledged_at={now}&acknowledged_by={ANN}");
    assert_eq!(calls_back(&world, &callback, &form).await, StatusCode::NO_CONTENT);
    assert_eq!(page(&world, &key).await.state, PageState::Triggered, "nobody has acknowledged it at Pushover");
    let elsewhere = format!("{URL}/contact/pushover/abcdefghijklmnopqrst");
    assert_eq!(calls_back(&world, &elsewhere, &form).await, StatusCode::NOT_FOUND);
    let form = pushover.acknowledge(&receipt, "iphone", now);
    assert_eq!(calls_back(&world, &callback, &form).await, StatusCode::NO_CONTENT);
    assert_eq!(page(&world, &key).await.state, PageState::Acknowledged);
    assert_eq!(calls_back(&world, &callback, &form).await, StatusCode::NOT_FOUND, "a replay finds nothing to do");
    world.end().await;
}

#[tokio::test]
async fn a_private_page_says_key_and_severity_only_and_nothing_where_that_is_not_allowed() {
    for private in [false, true] {
        let pushover = FakePushover::start().await;
        let world = house(&pushover, &cho(), if private { "private = true\n" } else { "" }).await;
        declare(&world, "private:yes").await;
        world.advance(minutes(5)).await;
        let sent: Vec<String> =
            pushover.messages().iter().map(|m| format!("{} {} {:?}", m.title, m.text, m.url)).collect();
        assert_eq!(sent.is_empty(), !private, "{sent:?}");
        for secret in ["Checkout", "checkout", "down", "DEE"] {
            assert!(sent.iter().all(|sent| !sent.contains(secret)), "{secret} leaks: {sent:?}");
        }
        assert!(!private || (sent[0].contains("SEV1 HOT-1") && sent[0].contains("/a/")), "{sent:?}");
        world.end().await;
    }
}

#[tokio::test]
async fn a_push_is_not_seen_a_text_message_fails_and_a_call_is_acknowledged() {
    let (pushover, twilio) = (FakePushover::start().await, FakeTwilio::start().await);
    let all: &[&str] = &["pushover:uQiRzpo4DXghDmr9QzzfQu27cmVRsG", "sms:+15550100003", "voice:+15550100003"];
    let world = house(&pushover, &[("cho", all)], &format!("\n{}", twilio.toml())).await;
    let key = declare(&world, "").await;
    world.advance(minutes(2)).await;
    let text = twilio.texts().remove(0);
    let report = twilio.report(&text.sid, "undelivered", Some(30003)).expect("a callback");
    let request = |callback: &fake_twilio::Callback| {
        let request = Request::builder().method("POST").uri(callback.path()).header("host", "hot.example.com");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request = request.header("x-twilio-signature", &callback.signature);
        request.body(Body::from(callback.body())).unwrap()
    };
    assert_eq!(world.asks(request(&report)).await.0, StatusCode::NO_CONTENT);
    world.advance(minutes(3)).await;
    let call = twilio.calls().remove(0);
    let digit = call.url.replace("/voice/", "/digit/");
    let (status, said) = world.asks(request(&twilio.press(&call, &digit, "4"))).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    world.settle().await;
    let taken = page(&world, &key).await;
    assert_eq!(taken.state, PageState::Acknowledged);
    let lines = statuses(&taken);
    assert_eq!(lines[..3], ["cho pushover accepted", "cho sms failed", "cho voice accepted"]);
    assert_eq!(pushover.ringing(), 0, "the alarm is cancelled");
    let room = world.room("hot-1").await;
    assert!(room.contains("30003 unreachable") && room.contains("call"), "{room}");
    world.end().await;
}
