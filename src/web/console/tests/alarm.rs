//! The pages that wait for a reader: in the state, and in the events of an open page.

use serde_json::{Value, json};

use super::{look, person};
use crate::{
    domain::incident::{Command, Severity},
    web::{
        console::watch::StreamState,
        world::{Browser, World, at, declare},
    },
};

async fn says(browser: &Browser, delivery: &str, text: &str) {
    let (_, reply) = browser.post("/console/say", json!({"delivery": delivery, "room": "hot-1", "text": text})).await;
    assert_eq!(reply["reply"]["outcome"], "done", "{reply}");
}

async fn waiting(browser: &Browser) -> Value {
    let (status, text) = browser.get("/console/state").await;
    assert_eq!(status, 200);
    serde_json::from_str::<Value>(&text).expect("JSON")["pages"].clone()
}

/// The events about pages among those that a stream sends next.
async fn told(world: &World, stream: StreamState) -> (StreamState, Vec<String>) {
    let (stream, told) = look(world, stream).await;
    (stream, told.into_iter().filter(|told| told.starts_with("pages")).collect())
}

#[tokio::test]
async fn a_page_waits_for_those_it_pages_until_somebody_acknowledges_it() {
    let world = World::new().await;
    world.declares(declare("Checkout is slow"), at(1)).await;
    let (stream, _) = look(&world, StreamState::new(person("bob"), None)).await;
    let (ann, bob) = (world.browser("ann").await, world.browser("bob").await);
    says(&ann, "page-0001", "/incident page @bob please look").await;
    let (stream, pages) = told(&world, stream).await;
    assert_eq!(pages, ["pages: HOT-1"]);
    let page = waiting(&bob).await[0].clone();
    let shown = [&page["key"], &page["title"], &page["severity"], &page["severity_name"], &page["open"]];
    assert_eq!(shown, ["HOT-1", "Checkout is slow", "sev2", "SEV2", "/rooms/hot-1"], "{page}");
    assert_eq!((&page["attempt"], &page["exhausted"], &page["drill"]), (&json!(1), &json!(false), &json!(false)));
    assert_eq!(waiting(&ann).await, json!([]), "it was not sent to ann");

    let (stream, pages) = told(&world, stream).await;
    assert_eq!(pages, Vec::<String>::new(), "nothing has changed");
    let id = page["id"].as_str().expect("an id").to_owned();
    says(&bob, "ack-00001", &format!("/page ack {id}")).await;
    assert_eq!(told(&world, stream).await.1, ["pages: "]);
    assert_eq!(waiting(&bob).await, json!([]));
}

#[tokio::test]
async fn whoever_declines_a_page_is_left_alone() {
    let world = World::new().await;
    world.declares(declare("Checkout is slow"), at(1)).await;
    let bob = world.browser("bob").await;
    says(&world.browser("ann").await, "page-0001", "/incident page @bob please look").await;
    let id = waiting(&bob).await[0]["id"].as_str().expect("an id").to_owned();
    says(&bob, "decline-1", &format!("/page decline {id}")).await;
    assert_eq!(waiting(&bob).await, json!([]));
}

#[tokio::test]
async fn a_new_severity_is_shown_and_whoever_is_paged_sees_a_private_incident() {
    let world = World::new().await;
    let incident = world.declares(declare("Checkout is slow"), at(1)).await;
    let bob = world.browser("bob").await;
    says(&world.browser("ann").await, "page-0001", "/incident page @bob please look").await;
    let (stream, _) = look(&world, StreamState::new(person("bob"), None)).await;
    let worse = Command::SetSeverity { to: Severity::Sev1, reason: None };
    let incident = world.does(&incident, worse, at(2)).await;
    let (stream, pages) = told(&world, stream).await;
    assert_eq!((pages.len(), waiting(&bob).await[0]["severity"].clone()), (1, json!("sev1")));
    world.does(&incident, Command::SetPrivate { private: true }, at(3)).await;
    assert_eq!(told(&world, stream).await.1, Vec::<String>::new());
    assert_eq!(waiting(&bob).await[0]["title"], "Checkout is slow", "whoever is paged is a member");
}
