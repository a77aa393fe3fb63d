//! Providers that fail and people who do not answer: no page waits for a provider, nothing is sent three times, and in the end
//! the fallback is paged.

use hotroom::domain::oncall::PageState;

use super::{Providers, declare, link, next_paged, opens, page, statuses};
use crate::world::{World, done, minutes};

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
    assert!(texts.len() >= 2, "{texts:?}");
    assert!(
        !texts[0].1.contains("possible repeat") && texts[1].1.to_lowercase().contains("possible repeat"),
        "{texts:?}"
    );
    let asked = page(&world, &key).await;
    assert_eq!(statuses(&asked)[0], "cho gateway failed");
    let repeats = texts.iter().filter(|(_, text)| text.to_lowercase().contains("possible repeat")).count();
    assert!(repeats * 2 <= texts.len(), "at most once for each step: {texts:?}");
    assert!(world.room("hot-1").await.contains("text message by gateway **failed**"), "{}", world.room("hot-1").await);
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_refused_message_fails_at_once_and_is_known_to_readiness() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(&[("cho", &["gateway:+4915100000003"])], false)).await;
    providers.gateway_answers(400);
    let key = declare(&world, "").await;
    assert_eq!(statuses(&page(&world, &key).await)[0], "cho gateway failed");
    let readiness = done(&world.says("ann", "/oncall readiness").await).post.text.clone();
    assert!(readiness.contains("the last text message by gateway failed"), "{readiness}");
    world.end_with_given_up().await;
}

/// A policy of two steps that is gone through twice, and a fallback that is in neither.
const SLEEPERS: &str = "[[escalations]]\nid = \"default\"\nrepeat = 1\n\
    [[escalations.steps]]\ntargets = [\"person:cho\"]\ndelay = \"5m\"\n\
    [[escalations.steps]]\ntargets = [\"person:bob\"]\ndelay = \"5m\"\n[pager]\nfallback = \"ann\"\n";
const TELEPHONES: &[(&str, &[&str])] =
    &[("ann", &["gateway:+4915100000001"]), ("bob", &["gateway:+4915100000002"]), ("cho", &["gateway:+4915100000003"])];

fn numbers(providers: &Providers) -> Vec<String> {
    let last = |(number, _): (String, String)| number.chars().last().map(String::from).unwrap_or_default();
    providers.texts().into_iter().map(last).collect()
}

#[tokio::test]
async fn when_everybody_is_asleep_the_policy_repeats_and_the_fallback_is_paged_last() {
    let providers = Providers::start().await;
    let world = World::with(&format!("{}\n{SLEEPERS}", providers.settings(TELEPHONES, false))).await;
    let key = declare(&world, "").await;
    assert!(next_paged(&world, "hot-1").await.ends_with(": Bob."), "{}", next_paged(&world, "hot-1").await);
    world.advance(minutes(20)).await;
    assert_eq!(numbers(&providers), ["3", "2", "3", "2", "1"], "each step twice, then the fallback");
    let room = world.room("hot-1").await;
    assert!(room.contains("Nobody has responded, and every step was tried"), "{room}");
    assert!(world.page("dee", "/health").await.contains("Healthy"), "ann may still respond");
    world.advance(minutes(5)).await;
    assert!(page(&world, &key).await.is_exhausted());
    assert!(world.room("hot-1").await.contains("Nobody acknowledged the page"), "{}", world.room("hot-1").await);
    let health = world.page("dee", "/health").await;
    assert!(health.contains("Act now") && health.contains("Nobody acknowledged"), "{health}");
    let (status, _) = opens(&world, "POST", &link(&providers.texts()[4].1)).await;
    assert_eq!(status, 200, "late is better than never");
    assert_eq!(page(&world, &key).await.taken_by, Some("ann".into()));
    assert!(world.page("dee", "/health").await.contains("Healthy"));
    world.settle().await;
    world.end().await;
}

#[tokio::test]
async fn when_no_contact_method_works_the_fallback_is_paged_at_once_and_health_is_red() {
    let providers = Providers::start().await;
    let world = World::with(&format!("{}\n{SLEEPERS}", providers.settings(TELEPHONES, false))).await;
    providers.gateway_answers(400);
    let key = declare(&world, "").await;
    let asked = page(&world, &key).await;
    let people: Vec<&str> = asked.people().iter().map(|person| person.as_str()).collect();
    assert_eq!(
        (people, asked.state),
        (vec!["cho", "bob", "ann"], PageState::Triggered),
        "nobody waits for a dead line"
    );
    let room = world.room("hot-1").await;
    assert!(room.contains("reaching Cho by any contact method") && room.contains("gateway **failed**"), "{room}");
    let health = world.page("dee", "/health").await;
    assert!(health.contains("Act now") && health.contains("No message arrives"), "{health}");
    done(&world.says("bob", &format!("/page ack {}", asked.id())).await);
    let health = world.page("dee", "/health").await;
    assert!(!health.contains("No message arrives"), "{health}");
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_method_that_is_removed_while_a_page_runs_is_not_used_any_more() {
    let providers = Providers::start().await;
    let settings = providers.settings(&[("cho", BOTH)], false);
    let world = World::with(&settings).await;
    let key = declare(&world, "").await;
    world.rewrites(&providers.settings(&[("cho", &["ntfy:cho-topic-1"])], false));
    done(&world.says("ann", "/admin reload").await);
    world.advance(minutes(3)).await;
    assert!(providers.texts().is_empty());
    assert!(statuses(&page(&world, &key).await).contains(&"cho gateway failed".to_owned()));
    assert!(world.room("hot-1").await.contains("no contact method"), "{}", world.room("hot-1").await);
    world.end().await;
}
