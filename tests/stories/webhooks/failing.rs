//! Receivers that fail: events are sent again, and a webhook that fails for a day is disabled.

use std::time::Duration;

use tokio::sync::watch;

use super::{Receiver, declare};
use crate::world::{World, done, minutes, show};

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn an_event_is_sent_again_under_the_same_id_until_it_is_taken() {
    let receiver = Receiver::start("crm").await;
    let world = World::with(&receiver.webhook("[\"incident.declared\"]", "")).await;
    for status in [500, 400, 401, 404, 302] {
        receiver.answers(status);
        declare(&world, "Reads fail").await;
        let tries = receiver.ids().len();
        world.advance(minutes(5)).await;
        let ids = receiver.ids();
        assert!(ids.len() >= tries + 5, "{status} is tried again: {ids:?}");
        receiver.answers(200);
        world.advance(minutes(6)).await;
        let ids = receiver.ids();
        let last = ids.last().expect("an id");
        assert!(ids[tries - 1..].iter().all(|id| id == last), "the id stays: {ids:?}");
        assert_eq!(world.app.store.read(|reads| reads.webhook_troubles()).await.unwrap().len(), 0, "it is well again");
    }
    world.end().await;
}

#[tokio::test]
async fn the_receiver_may_ask_to_wait() {
    let receiver = Receiver::start("crm").await;
    let world = World::with(&receiver.webhook("[\"incident.declared\"]", "")).await;
    receiver.answers(429);
    declare(&world, "Reads fail").await;
    receiver.answers(200);
    world.advance(minutes(9)).await;
    assert_eq!(receiver.ids().len(), 1, "it asked for ten minutes");
    world.advance(minutes(2)).await;
    assert_eq!(receiver.ids().len(), 2);
    world.end().await;
}

#[tokio::test]
async fn events_of_one_incident_keep_their_order_and_a_restart_changes_no_id() {
    let receiver = Receiver::start("crm").await;
    let toml = receiver.webhook("[\"incident.declared\", \"incident.severity_changed\"]", "");
    let world = World::with(&toml).await;
    receiver.answers(503);
    declare(&world, "Reads fail").await;
    done(&world.says("ann", "/incident severity sev2 incident:HOT-1").await);
    let before = receiver.ids()[0].clone();
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy.db");
    world.damages(&format!("VACUUM INTO '{}'", copy.display()));
    let restarted = World::on(&copy, &toml, world.now() + chrono::TimeDelta::minutes(5)).await;
    receiver.answers(200);
    let failed = receiver.ids().len();
    restarted.advance(minutes(6)).await;
    assert_eq!(receiver.events()[failed..], ["incident.declared", "incident.severity_changed"]);
    assert_eq!(receiver.ids()[failed], before);
    restarted.end().await;
    world.end_with_given_up().await;
}

async fn state(world: &World) -> String {
    let page = world.page("ann", "/health").await;
    let (_, section) = page.split_once("h-webhooks").expect("the health page shows webhooks");
    section.split("</section>").next().expect("a section").to_owned()
}

#[tokio::test]
async fn after_a_day_of_failures_a_webhook_is_disabled_until_the_next_reload() {
    let (receiver, other) = (Receiver::start("crm").await, Receiver::start("audit").await);
    let toml = receiver.webhook("[\"incident.declared\"]", "") + &other.webhook("[\"incident.declared\"]", "");
    let world = World::with(&toml).await;
    receiver.answers(500);
    declare(&world, "Reads fail").await;
    world.advance(HOUR * 23).await;
    assert!(!world.room("incidents").await.contains("webhook"), "{}", world.room("incidents").await);
    assert!(state(&world).await.contains("Failing"));
    world.advance(HOUR * 2).await;
    let notices = world.room("incidents").await;
    assert_eq!(notices.matches("The webhook crm is disabled").count(), 1, "{notices}");
    assert!(notices.contains("HTTP 500") && notices.contains("/admin reload"), "{notices}");
    assert!(state(&world).await.contains("Disabled"));

    let (tries, taken) = (receiver.ids().len(), other.ids().len());
    receiver.answers(200);
    declare(&world, "Writes fail").await;
    world.advance(HOUR).await;
    assert_eq!(
        (receiver.ids().len(), other.ids().len()),
        (tries, taken + 1),
        "only the other webhook still gets events"
    );

    done(&world.says("ann", "/admin reload").await);
    declare(&world, "All fails").await;
    assert_eq!(receiver.events()[tries..], ["incident.declared"], "what happened in between is not sent later");
    assert!(state(&world).await.contains("Enabled"));
    world.end().await;
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_disabled_at_once() {
    let receiver = Receiver::start("crm").await;
    let world = World::with(&receiver.webhook("[\"incident.declared\"]", "")).await;
    receiver.answers(410);
    declare(&world, "Reads fail").await;
    let notices = world.room("incidents").await;
    assert!(notices.contains("The webhook crm is disabled") && notices.contains("410 Gone"), "{notices}");
    declare(&world, "Writes fail").await;
    world.advance(HOUR).await;
    assert_eq!(receiver.ids().len(), 1);
    world.end().await;
}

/// Failures with days of silence in between are no day of failures.
#[tokio::test]
async fn one_failure_now_and_then_disables_nothing() {
    let receiver = Receiver::start("crm").await;
    let world = World::with(&receiver.webhook("[\"incident.declared\"]", "")).await;
    receiver.answers(500);
    declare(&world, "Reads fail").await;
    // The event is not sent any more, so that no success follows the failure.
    done(&world.says("ann", "/incident private yes incident:HOT-1").await);
    world.advance(HOUR * 48).await;
    declare(&world, "Writes fail").await;
    receiver.answers(200);
    world.advance(minutes(1)).await;
    assert_eq!(receiver.events().last().map(String::as_str), Some("incident.declared"));
    assert!(!world.room("incidents").await.contains("The webhook"));
    world.end().await;
}

#[tokio::test]
async fn an_event_that_is_refused_for_two_days_is_given_up_while_others_arrive() {
    let receiver = Receiver::start("crm").await;
    let world = World::with(&receiver.webhook("[\"incident.declared\"]", "")).await;
    receiver.answers(400);
    declare(&world, "Reads fail").await;
    for _ in 0..50 {
        world.advance(HOUR).await;
        // Another event is taken.
        world.app.store.transact(|tx| tx.forget_webhook_trouble(&"crm".into())).await.unwrap();
    }
    let notices = world.room("incidents").await;
    assert!(notices.contains("sending an event to a webhook") && !notices.contains("is disabled"), "{notices}");
    let row = world.app.store.read(|reads| reads.stuck_rows(5)).await.unwrap().remove(0);
    assert_eq!((row.state.as_str(), row.why.as_deref()), ("dead", Some("HTTP 400")));
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_webhook_that_is_removed_gets_nothing_that_waited() {
    let receiver = Receiver::start("crm").await;
    let world = World::with(&receiver.webhook("[\"incident.declared\"]", "")).await;
    receiver.answers(500);
    declare(&world, "Reads fail").await;
    let tries = receiver.ids().len();
    world.rewrites("");
    let reload = world.says("ann", "/admin reload").await;
    done(&reload);
    world.advance(HOUR).await;
    assert_eq!(receiver.ids().len(), tries, "{}", show(&reload.post));
    world.end().await;
}

/// The loop of the running bot, with a receiver that takes requests and never answers.
#[tokio::test]
async fn a_receiver_that_hangs_delays_no_other_webhook_and_gets_four_requests_at_once() {
    let (slow, other) = (Receiver::start("slow").await, Receiver::start("other").await);
    slow.answers(0);
    let webhooks = slow.webhook("[\"incident.declared\"]", "") + &other.webhook("[\"incident.declared\"]", "");
    let world = World::with(&format!("[net]\ntimeout = \"3s\"\n{webhooks}")).await;
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(world.worker.clone().run(stopped));
    for n in 1..=12 {
        let who = if n % 2 == 0 { "ann" } else { "bob" };
        done(&world.hears(who, None, &format!("/incident declare \"Part {n} fails\" severity:sev3")).await);
    }
    for n in 1..=12 {
        let key = format!("HOT-{n}");
        other.http.until(|request| request.json()["data"]["incident"]["key"] == key.as_str()).await;
    }
    let hanging = slow.http.received().len();
    assert!((1..=4).contains(&hanging), "{hanging} requests wait for an answer");
    slow.answers(200);
    stop.send_replace(true);
    running.await.unwrap();
    world.end().await;
}
