//! Private incidents and drills at contact methods.

use super::{Providers, declare, page, statuses};
use crate::world::{World, minutes};

const TWO: &[(&str, &[&str])] = &[("cho", &["gateway:+4915100000003"]), ("ann", &["ntfy:ann-topic-1"])];

#[tokio::test]
async fn a_private_incident_goes_to_no_method_that_may_not_carry_it_and_the_next_step_follows_at_once() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(TWO, false)).await;
    let key = declare(&world, "private:yes").await;
    assert!(providers.texts().is_empty() && providers.pushes().is_empty(), "{}", providers.bodies());
    let asked = page(&world, &key).await;
    let people: Vec<&str> = asked.people().iter().map(|person| person.as_str()).collect();
    assert!(people.len() > 1, "the next step is paged at once: {people:?}");
    assert!(statuses(&asked).iter().all(|line| line.ends_with("withheld")), "{:?}", statuses(&asked));
    assert!(world.room("hot-1").await.contains("not sent: the incident is private"), "{}", world.room("hot-1").await);
    world.advance(minutes(60)).await;
    assert!(providers.bodies().is_empty());
    world.end().await;
}

#[tokio::test]
async fn where_it_is_allowed_a_private_page_says_key_severity_and_link_only() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(TWO, true)).await;
    let key = declare(&world, "private:yes").await;
    world.advance(minutes(5)).await;
    assert_eq!(statuses(&page(&world, &key).await)[0], "cho gateway accepted");
    let bodies = providers.bodies();
    assert!(bodies.contains("HOT-1") && bodies.contains("SEV1") && bodies.contains("/a/"), "{bodies}");
    for secret in ["Checkout", "checkout", "down", "Dee"] {
        assert!(!bodies.contains(secret), "{secret} leaks: {bodies}");
    }
    world.end().await;
}

#[tokio::test]
async fn an_incident_that_became_private_meanwhile_keeps_back_what_is_not_sent_yet() {
    let providers = Providers::start().await;
    let both: &[&str] = &["ntfy:cho-topic-1", "gateway:+4915100000003"];
    let world = World::with(&providers.settings(&[("cho", both)], false)).await;
    let key = declare(&world, "").await;
    crate::world::done(&world.says("dee", &format!("/incident private yes incident:{key}")).await);
    world.advance(minutes(3)).await;
    assert!(providers.texts().is_empty());
    assert!(statuses(&page(&world, &key).await).contains(&"cho gateway withheld".to_owned()));
    world.end().await;
}

#[tokio::test]
async fn a_drill_reaches_only_the_people_paged_and_every_text_says_drill() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(TWO, false)).await;
    declare(&world, "drill:yes").await;
    let texts = providers.texts();
    assert!(texts.len() == 1 && texts[0].1.starts_with("DRILL"), "{texts:?}");
    world.advance(minutes(5)).await;
    let pushes = providers.pushes();
    assert!(!pushes.is_empty() && pushes.iter().all(|(_, title, _)| title.starts_with("DRILL")), "{pushes:?}");
    world.end().await;
}
