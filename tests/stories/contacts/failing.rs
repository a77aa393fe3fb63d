//! Providers that fail: no page waits for one, and nothing is sent three times.

use super::{Providers, declare, page, statuses};
use crate::world::{World, minutes};

const BOTH: &[&str] = &["gateway:+4915100000003", "ntfy:cho-topic-1"];

#[tokio::test]
async fn a_provider_that_is_down_for_an_hour_holds_up_no_other_method() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(&[("cho", BOTH)], false)).await;
    providers.gateway_answers(503);
    let key = declare(&world, "").await;
    assert_eq!(providers.pushes().len(), 1, "the push does not wait");
    world.advance(minutes(60)).await;
    let over = page(&world, &key).await;
    assert!(statuses(&over).iter().any(|line| line == "cho ntfy accepted"), "{:?}", statuses(&over));
    assert!(over.is_exhausted(), "the steps went on in their time");
    world.end_with_given_up().await;
}

#[tokio::test]
async fn an_unknown_outcome_is_repeated_once_and_says_so() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(&[("cho", &["gateway:+4915100000003"])], false)).await;
    // A gateway that answers 500 may have sent the message.
    providers.gateway_answers(500);
    let key = declare(&world, "").await;
    world.advance(minutes(4)).await;
    let texts = providers.texts();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(
        !texts[0].1.contains("possible repeat") && texts[1].1.to_lowercase().contains("possible repeat"),
        "{texts:?}"
    );
    let asked = page(&world, &key).await;
    assert_eq!(statuses(&asked), ["cho gateway failed"]);
    assert!(world.room("hot-1").await.contains("text message by gateway **failed**"), "{}", world.room("hot-1").await);
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_refused_message_fails_at_once_and_the_chat_still_asks() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(&[("cho", &["gateway:+4915100000003"])], false)).await;
    providers.gateway_answers(400);
    let key = declare(&world, "").await;
    assert_eq!(providers.texts().len(), 1);
    let asked = page(&world, &key).await;
    assert_eq!(statuses(&asked), ["cho gateway failed"]);
    assert_eq!(asked.attempts.len(), 1, "the chat has reached cho, so the step goes on");
    let readiness = crate::world::done(&world.says("ann", "/oncall readiness").await).post.text.clone();
    assert!(readiness.contains("the last text message by gateway failed"), "{readiness}");
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_method_that_is_removed_while_a_page_runs_is_not_used_any_more() {
    let providers = Providers::start().await;
    let settings = providers.settings(&[("cho", BOTH)], false);
    let world = World::with(&settings).await;
    let key = declare(&world, "").await;
    world.rewrites(&providers.settings(&[("cho", &["ntfy:cho-topic-1"])], false));
    crate::world::done(&world.says("ann", "/admin reload").await);
    world.advance(minutes(3)).await;
    assert!(providers.texts().is_empty());
    assert!(statuses(&page(&world, &key).await).contains(&"cho gateway failed".to_owned()));
    assert!(world.room("hot-1").await.contains("no contact method"), "{}", world.room("hot-1").await);
    world.end().await;
}
