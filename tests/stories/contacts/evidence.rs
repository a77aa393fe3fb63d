//! What is said of how people were reached: by which method they acknowledged, when they were last proven to be reached, how
//! fast they are, and by how much a message is overdue.

use axum::http::StatusCode;

use super::{Providers, declare, link, opens};
use crate::world::{World, done, minutes, show};

const CHO: &[(&str, &[&str])] = &[("cho", &["gateway:+4915100000003"]), ("dee", &["gateway:+4915100000004"])];

#[tokio::test]
async fn the_record_names_the_message_by_whose_link_a_page_was_acknowledged() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    let key = declare(&world, "").await;
    let (status, _) = opens(&world, "POST", &link(&providers.texts()[0].1)).await;
    assert_eq!(status, StatusCode::OK);
    world.settle().await;
    let said = "acknowledged the page by the link sent to Cho by text message";
    assert!(world.room("hot-1").await.contains(said), "{}", world.room("hot-1").await);
    let (_, timeline) = world.get_as("dee", &format!("/api/v1/incidents/{key}/timeline")).await;
    assert!(timeline.contains("gateway"), "{timeline}");
    world.end().await;
}

#[tokio::test]
async fn whoever_pages_sees_when_the_person_was_last_proven_to_be_reached() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    let reply = world.says_in("ops", "bob", "/page @cho \"the fax\"").await;
    assert!(show(&done(&reply).post).contains("Cho: never proven"), "{}", show(&reply.post));
    world.end().await;
}

#[tokio::test]
async fn how_fast_a_person_acknowledges_is_shown_to_that_person_alone() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    declare(&world, "").await;
    world.advance(minutes(1)).await;
    opens(&world, "POST", &link(&providers.texts()[0].1)).await;
    world.settle().await;
    let (_, own) = world.get_as("cho", "/api/v1/profile").await;
    assert!(own.contains("\"answer_seconds\":60") && own.contains("\"answers\":1"), "{own}");
    let (_, other) = world.get_as("dee", "/api/v1/profile").await;
    assert!(other.contains("\"answers\":0"), "{other}");
    let mine = world.says("cho", "/oncall contact").await;
    assert!(show(&mine.post).contains("You acknowledge pages within 60 s, median of 1"), "{}", show(&mine.post));
    world.end().await;
}

#[tokio::test]
async fn what_is_sent_after_downtime_says_by_how_much_it_is_overdue() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    declare(&world, "").await;
    world.was_down(minutes(125));
    world.settle().await;
    let texts = providers.texts();
    let late: Vec<&str> =
        texts.iter().filter(|(number, _)| number.ends_with('4')).map(|(_, text)| text.as_str()).collect();
    assert!(late.iter().any(|text| text.contains("overdue by 2 h")), "{texts:?}");
    assert!(!texts[0].1.contains("overdue"), "what was sent in time says nothing of it: {texts:?}");
    assert!(world.room("dm-dee").await.contains("Overdue by"), "{}", world.room("dm-dee").await);
    world.end().await;
}
