//! Several pages for one person within a short time: the first goes at once, the others in one message.

use axum::http::StatusCode;
use hotroom::domain::oncall::PageState;

use super::{Providers, declare, link, opens, page, statuses};
use crate::world::{World, done, minutes};

const CHO: &[(&str, &[&str])] = &[("cho", &["gateway:+4915100000003"])];

/// Declares as many incidents that page cho.
async fn storm(world: &World, count: usize, more: &str) {
    for _ in 0..count {
        declare(world, more).await;
    }
}

#[tokio::test]
async fn the_first_page_of_a_storm_goes_at_once_and_the_others_follow_in_one_message() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    storm(&world, 9, "").await;
    let texts = providers.texts();
    assert_eq!(texts.len(), 1, "the first is not held back: {texts:?}");
    assert!(texts[0].1.contains("HOT-1"), "{}", texts[0].1);
    assert_eq!(statuses(&page(&world, "HOT-2").await), ["cho gateway bundled"]);
    assert!(world.room("hot-2").await.contains("follows with other pages"), "{}", world.room("hot-2").await);

    world.advance(minutes(1)).await;
    let texts = providers.texts();
    assert_eq!(texts.len(), 2, "one message for all others: {texts:?}");
    assert!(texts[1].1.contains("7 more"), "{}", texts[1].1);
    assert_eq!(statuses(&page(&world, "HOT-9").await), ["cho gateway accepted"]);

    let path = link(&texts[1].1);
    let (status, view) = opens(&world, "GET", &path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(view.contains("Acknowledge all as Cho"), "{view}");
    let (status, view) = opens(&world, "POST", &path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(view.contains("You acknowledged these pages"), "{view}");
    for key in ["HOT-2", "HOT-5", "HOT-9"] {
        assert_eq!(page(&world, key).await.state, PageState::Acknowledged, "{key}");
    }
    assert_eq!(page(&world, "HOT-1").await.state, PageState::Triggered, "the first has a message of its own");
    world.end().await;
}

#[tokio::test]
async fn a_storm_of_200_pages_is_two_messages_and_none_is_lost() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    for number in 0..200 {
        done(&world.says_in("ops", "dee", &format!("/page @cho \"look {number}\"")).await);
    }
    world.advance(minutes(1)).await;
    let texts = providers.texts();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].1.contains("PAGE-1"), "the first page has its own: {}", texts[0].1);
    assert!(texts[1].1.contains("198 more"), "{}", texts[1].1);
    let pages = world.app.store.read(|reads| reads.asking_pages(1_000)).await.unwrap();
    assert_eq!(pages.len(), 200);
    assert!(pages.iter().all(|page| statuses(page)[0] == "cho gateway accepted"), "none is lost");
    let (status, _) = opens(&world, "POST", &link(&texts[1].1)).await;
    assert_eq!(status, StatusCode::OK);
    let left = world.app.store.read(|reads| reads.asking_pages(1_000)).await.unwrap();
    assert_eq!(left.len(), 1, "all but the first are acknowledged by one link");
    world.settle().await;
    world.end().await;
}

#[tokio::test]
async fn pages_that_end_while_the_others_wait_are_left_out() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    storm(&world, 4, "").await;
    done(&world.says("dee", "/incident resolve \"fixed\" incident:HOT-2").await);
    done(&world.says("dee", &format!("/page ack {}", page(&world, "HOT-3").await.id())).await);
    world.advance(minutes(1)).await;
    let texts = providers.texts();
    assert_eq!(texts.len(), 2);
    assert!(texts[1].1.contains("HOT-4") && !texts[1].1.contains("more"), "{}", texts[1].1);
    world.end().await;
}

#[tokio::test]
async fn nothing_is_sent_when_all_that_waited_is_over() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    storm(&world, 2, "").await;
    done(&world.says("dee", "/incident resolve \"fixed\" incident:HOT-2").await);
    world.advance(minutes(2)).await;
    assert_eq!(providers.texts().len(), 1);
    world.end().await;
}

#[tokio::test]
async fn pages_that_people_ask_for_wait_as_well_and_none_is_refused() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    for number in 0..5 {
        done(&world.says_in("ops", "dee", &format!("/page @cho \"look {number}\"")).await);
    }
    declare(&world, "").await;
    assert_eq!(providers.texts().len(), 1);
    world.advance(minutes(1)).await;
    let texts = providers.texts();
    assert_eq!(texts.len(), 2);
    assert!(texts[1].1.contains("PAGE-2") && texts[1].1.contains("4 more"), "{}", texts[1].1);
    world.end().await;
}

#[tokio::test]
async fn a_page_a_minute_later_goes_at_once_again() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    storm(&world, 1, "").await;
    world.advance(minutes(2)).await;
    storm(&world, 1, "").await;
    assert_eq!(providers.texts().len(), 2);
    world.end().await;
}

#[tokio::test]
async fn a_bundle_says_no_more_of_a_private_incident_than_its_key() {
    for private in [true, false] {
        let providers = Providers::start().await;
        let world = World::with(&providers.settings(CHO, private)).await;
        storm(&world, 1, "").await;
        storm(&world, 2, "private:yes").await;
        world.advance(minutes(1)).await;
        let bodies = providers.bodies();
        assert_eq!(bodies.matches("Checkout is down").count(), 1, "{bodies}");
        assert_eq!(bodies.contains("HOT-2"), private, "{bodies}");
        world.end().await;
    }
}

#[tokio::test]
async fn a_drill_is_never_mixed_with_what_is_real() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    storm(&world, 2, "").await;
    storm(&world, 1, "drill:yes").await;
    world.advance(minutes(1)).await;
    let texts = providers.texts();
    let drills = texts.iter().filter(|(_, text)| text.contains("DRILL")).count();
    assert!(texts.iter().all(|(_, text)| !(text.contains("DRILL") && text.contains("more"))), "{texts:?}");
    assert!(drills <= 1, "{texts:?}");
    world.end().await;
}

#[tokio::test]
async fn what_waits_is_sent_after_a_restart() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    storm(&world, 3, "").await;
    world.was_down(minutes(3));
    world.settle().await;
    let texts = providers.texts();
    assert!(texts.iter().any(|(_, text)| text.contains("1 more")), "{texts:?}");
    world.end().await;
}
