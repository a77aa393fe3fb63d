//! Policies: rooms and webhooks as targets, delays of targets, round robin, and several acknowledgements.

use hotroom::domain::oncall::PageState;

use super::{Providers, declare, page};
use crate::{
    webhooks::Receiver,
    world::{World, done, minutes},
};

/// The shipped policy with other steps.
fn policy(more: &str, steps: &str) -> String {
    format!("[[escalations]]\nid = \"default\"\nrepeat = 0\n{more}\n{steps}")
}

fn step(targets: &str, more: &str) -> String {
    format!("[[escalations.steps]]\ntargets = [{targets}]\ndelay = \"5m\"\n{more}\n")
}

fn asked(page: &hotroom::domain::oncall::Page) -> Vec<String> {
    page.attempts.iter().map(|attempt| format!("{} {}", attempt.person, attempt.n)).collect()
}

#[tokio::test]
async fn a_room_is_asked_and_somebody_there_acknowledges() {
    let world = World::with(&policy("", &step("\"room:ops\"", ""))).await;
    let key = declare(&world, "").await;
    let room = world.room("ops").await;
    assert!(room.contains("Can somebody here take this?") && room.contains("Checkout is down"), "{room}");
    assert!(page(&world, &key).await.attempts.is_empty(), "no fallback: the room is who it asks");
    done(&world.presses("bob", "ops", "Acknowledge page").await);
    assert_eq!(page(&world, &key).await.taken_by, Some("bob".into()));
    assert!(world.room("ops").await.contains("acknowledged this page"), "{}", world.room("ops").await);
    world.end().await;
}

#[tokio::test]
async fn no_room_hears_of_a_private_incident_or_of_a_drill() {
    for kind in ["private:yes", "drill:yes"] {
        let world = World::with(&policy("", &step("\"room:ops\"", ""))).await;
        let key = declare(&world, kind).await;
        assert!(world.room("ops").await.is_empty(), "{kind}: {}", world.room("ops").await);
        assert_eq!(asked(&page(&world, &key).await), ["ann 1"], "{kind}: the fallback is paged instead");
        world.end().await;
    }
}

#[tokio::test]
async fn what_a_room_was_asked_is_withdrawn_when_the_incident_becomes_private() {
    let world = World::with(&policy("", &step("\"room:ops\"", ""))).await;
    declare(&world, "").await;
    done(&world.says_in("hot-1", "dee", "/incident private yes").await);
    done(&world.says_in("hot-1", "dee", &format!("/page ack {}", page(&world, "HOT-1").await.id())).await);
    let room = world.room("ops").await;
    assert!(!room.contains("Checkout is down") && !room.contains("HOT-1"), "{room}");
    world.end().await;
}

#[tokio::test]
async fn a_webhook_gets_the_page_in_its_step_whatever_events_it_has_chosen() {
    let receiver = Receiver::start("crm").await;
    let steps = step("\"person:cho\"", "") + &step("\"webhook:crm\"", "");
    let toml = format!("{}\n{}", policy("", &steps), receiver.webhook("[\"status_page.updated\"]", ""));
    let world = World::with(&toml).await;
    let key = declare(&world, "").await;
    assert!(receiver.http.received().is_empty(), "it is not its turn");
    world.advance(minutes(5)).await;
    let sent = receiver.http.received();
    assert_eq!(sent.len(), 1);
    let body = sent[0].json();
    assert_eq!(
        (body["type"].as_str(), body["data"]["page"]["key"].as_str()),
        (Some("page.escalated"), Some("HOT-1")),
        "{body}"
    );
    assert!(sent[0].headers.contains_key("webhook-signature"), "it is signed as any other event");
    assert_eq!(page(&world, &key).await.state, PageState::Triggered);
    world.end().await;
}

#[tokio::test]
async fn a_target_with_a_delay_is_paged_that_much_later_and_not_after_an_acknowledgement() {
    let steps = step("\"person:cho\", \"person:bob after 2m\", \"room:ops after 3m\"", "");
    let world = World::with(&policy("", &steps)).await;
    let key = declare(&world, "").await;
    assert_eq!(asked(&page(&world, &key).await), ["cho 1"]);
    world.advance(minutes(2)).await;
    assert_eq!(asked(&page(&world, &key).await), ["cho 1", "bob 1"]);
    assert!(world.room("ops").await.is_empty());
    world.advance(minutes(1)).await;
    assert!(world.room("ops").await.contains("Can somebody here take this?"));
    done(&world.says("cho", &format!("/page ack {}", page(&world, &key).await.id())).await);

    let second = World::with(&policy("", &step("\"person:cho\", \"person:bob after 2m\"", ""))).await;
    let key = declare(&second, "").await;
    done(&second.says("cho", &format!("/page ack {}", page(&second, &key).await.id())).await);
    second.advance(minutes(10)).await;
    assert_eq!(asked(&page(&second, &key).await), ["cho 1"]);
    second.end().await;
    world.end().await;
}

#[tokio::test]
async fn round_robin_pages_the_next_person_for_each_page_and_each_round() {
    let world =
        World::with(&policy("", &step("\"person:ann\", \"person:bob\", \"person:cho\"", "round_robin = true"))).await;
    for (number, person) in [(1, "ann"), (2, "bob"), (3, "cho"), (4, "ann")] {
        declare(&world, "").await;
        assert_eq!(asked(&page(&world, &format!("HOT-{number}")).await), [format!("{person} 1")]);
    }
    world.end().await;
}

#[tokio::test]
async fn a_policy_may_need_two_acknowledgements() {
    let providers = Providers::start().await;
    let people =
        providers.settings(&[("cho", &["gateway:+4915100000003"]), ("bob", &["gateway:+4915100000002"])], false);
    let steps = step("\"person:cho\", \"person:bob\"", "") + &step("\"person:dee\"", "");
    let world = World::with(&format!("{people}\n{}", policy("acknowledgements = 2", &steps))).await;
    let key = declare(&world, "").await;
    done(&world.says("cho", &format!("/page ack {}", page(&world, &key).await.id())).await);
    let once = page(&world, &key).await;
    assert_eq!(once.state, PageState::Triggered);
    assert!(world.room("dm-cho").await.contains("it needs 1 more person"), "{}", world.room("dm-cho").await);
    world.advance(minutes(5)).await;
    assert_eq!(asked(&page(&world, &key).await), ["cho 1", "bob 1", "dee 1"], "it goes on");
    done(&world.says("bob", &format!("/page ack {}", once.id())).await);
    assert_eq!(page(&world, &key).await.state, PageState::Acknowledged);
    world.end().await;
}

#[tokio::test]
async fn a_page_keeps_the_policy_it_began_with() {
    let world = World::with(&policy("", &(step("\"person:cho\"", "") + &step("\"person:bob\"", "")))).await;
    let key = declare(&world, "").await;
    world.rewrites(&policy("", &step("\"person:dee\"", "")));
    done(&world.says("ann", "/admin reload").await);
    world.advance(minutes(5)).await;
    assert_eq!(asked(&page(&world, &key).await), ["cho 1", "bob 1"]);
    world.end().await;
}
