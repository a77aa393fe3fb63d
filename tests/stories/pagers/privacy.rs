//! Private incidents and drills at outside pagers.

use super::{REST, asked, declare, page, settings};
use crate::{
    fake_pagerduty::{CHECKOUT_KEY, FakePagerDuty, SECRETS},
    world::{World, done, minutes},
};

#[tokio::test]
async fn a_private_incident_and_a_drill_are_paged_by_hotroom() {
    for more in ["private:yes", "drill:yes"] {
        let fake = FakePagerDuty::start().await;
        let world = World::with_secrets(&settings(&fake, REST), &SECRETS).await;
        let key = declare(&world, more).await;
        assert_eq!(asked(&world, &key).await, ["cho"], "{more}");
        world.advance(minutes(2)).await;
        assert!(fake.http.lines().is_empty(), "{more}: {:?}", fake.http.lines());
        world.end().await;
    }
}

#[tokio::test]
async fn where_it_is_allowed_a_private_incident_is_a_key_a_severity_and_a_link() {
    let fake = FakePagerDuty::start().await;
    let world = World::with_secrets(&settings(&fake, &format!("{REST}\nprivate = true")), &SECRETS).await;
    let key = declare(&world, "private:yes").await;
    world.advance(minutes(1)).await;
    let sent = fake.incidents().remove(0);
    assert_eq!(sent.event["payload"]["summary"], "SEV1 HOT-1");
    assert_eq!(sent.routing_key, CHECKOUT_KEY);
    let text = sent.event.to_string();
    assert!(!text.contains("Checkout is down") && !text.contains("checkout"), "{text}");
    assert_eq!(asked(&world, &key).await, Vec::<String>::new());
    world.end().await;
}

#[tokio::test]
async fn where_it_is_allowed_a_drill_says_so_in_its_summary() {
    let fake = FakePagerDuty::start().await;
    let world = World::with_secrets(&settings(&fake, &format!("{REST}\ndrills = true")), &SECRETS).await;
    declare(&world, "drill:yes").await;
    world.advance(minutes(1)).await;
    assert_eq!(fake.incidents()[0].event["payload"]["summary"], "DRILL: SEV1 HOT-1 Checkout is down");
    world.end().await;
}

#[tokio::test]
async fn an_incident_that_became_private_before_the_vendor_was_back_is_paged_by_hotroom() {
    let fake = FakePagerDuty::start().await;
    fake.react_always(Some(crate::fake_http::Reaction::answer(503, "")));
    let world = World::with_secrets(&settings(&fake, REST), &SECRETS).await;
    let key = declare(&world, "").await;
    done(&world.says("dee", &format!("/incident private yes incident:{key}")).await);
    fake.react_always(None);
    world.advance(minutes(1)).await;
    assert!(fake.incidents().is_empty());
    assert_eq!(asked(&world, &key).await, ["cho"]);
    assert!(page(&world, &key).await.outside.is_some_and(|outside| outside.builtin));
    let room = world.room(&key.to_lowercase()).await;
    assert!(room.contains("PagerDuty may not be told of this incident"), "{room}");
    world.end().await;
}
