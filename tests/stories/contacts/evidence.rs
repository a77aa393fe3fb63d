//! What is said of how people were reached: by which method they acknowledged, when they were last proven to be reached, how
//! fast they are, and by how much a message is overdue.

use axum::http::StatusCode;

use super::{Providers, declare, link, opens};
use crate::world::{World, alert, done, minutes, show};

const CHO: &[(&str, &[&str])] = &[("cho", &["gateway:+4915100000003"]), ("dee", &["gateway:+4915100000004"])];

#[tokio::test]
async fn the_record_names_the_message_by_whose_link_a_page_was_acknowledged() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    let key = declare(&world, "").await;
    let (status, _) = opens(&world, "POST", &link(&providers.texts()[0].1)).await;
    assert_eq!(status, StatusCode::OK);
    world.settle().await;
    let room = world.room("hot-1").await;
    for said in [
        "acknowledged the page by the link sent to Cho by text message",
        "**Cho** acknowledged after 0 s, by the link sent to Cho by text message",
    ] {
        assert!(room.contains(said), "{said}: {room}");
    }
    let record = world.page("dee", &format!("/incidents/{key}")).await;
    assert!(record.contains("text message by gateway accepted"), "the record shows each message: {record}");
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
    assert!(reply.post.text.contains("paging Cho."), "{}", reply.post.text);
    let duty = done(&world.says("bob", "/oncall now").await).post.footer.clone().unwrap_or_default();
    assert!(duty.contains("Cho: text message by gateway, never proven"), "{duty}");
    declare(&world, "").await;
    let card = world.room("hot-1").await;
    assert!(card.contains("Last proven to be reached") && card.contains("never proven"), "{card}");
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

/// A step that pages two people and asks a room.
const STEP: &str = "[[escalations]]\nid = \"default\"\nrepeat = 0\n[[escalations.steps]]\n\
    targets = [\"person:cho\", \"person:ann\", \"room:ops\"]\ndelay = \"5m\"\n\
    [[escalations.steps]]\ntargets = [\"person:bob\"]\ndelay = \"5m\"\n";

#[tokio::test]
async fn the_first_message_on_every_channel_says_what_since_when_where_and_who_else_was_paged() {
    let providers = Providers::start().await;
    let people: &[(&str, &[&str])] = &[("cho", &["gateway:+4915100000003", "ntfy:cho-topic-1"])];
    let world = World::with(&format!("{}\n{STEP}", providers.settings(people, false))).await;
    let mut body = alert("CheckoutDown", "checkout", "critical", false);
    body["alerts"][0]["annotations"]["runbook_url"] = "https://wiki.example.com/checkout".into();
    body["alerts"][0]["annotations"]["dashboard_url"] = "https://graphs.example.com/d/1".into();
    world.posts("alertmanager", &body).await;
    world.advance(minutes(2)).await;
    let (_, view) = opens(&world, "GET", &link(&providers.texts()[0].1)).await;
    let view = view.replace("&#x2f;", "/");
    for (channel, said) in [
        ("chat", world.room("dm-cho").await),
        ("room", world.room("ops").await),
        ("push", providers.bodies()),
        ("behind the link", view),
    ] {
        for fact in ["SEV1", "HOT-1", "https://wiki.example.com/checkout", "https://graphs.example.com/d/1", "Ann"] {
            assert!(said.contains(fact), "{channel} does not say {fact}: {said}");
        }
        assert!(said.contains("Checkout") && said.to_lowercase().contains("also paged"), "{channel}: {said}");
    }
    let next = super::next_paged(&world, "hot-1").await;
    assert!(next.starts_with("Next at") && next.ends_with(": Bob."), "{next}");
    let shape = world.get(&format!("/api/v1/pages/{}", super::page(&world, "HOT-1").await.id())).await;
    assert_eq!(shape["next_people"], serde_json::json!(["bob"]), "{shape}");
    world.end().await;
}
