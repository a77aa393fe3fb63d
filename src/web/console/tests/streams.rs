//! Event streams through the router.

use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use serde_json::json;

use crate::web::{
    console::streams::MOST,
    server::Phase,
    world::{World, at, declare},
};

/// Reads frames until the text contains `wanted`.
async fn until(body: &mut Body, wanted: &str) -> String {
    let mut text = String::new();
    let read = async {
        while !text.contains(wanted) {
            match body.frame().await {
                Some(frame) => {
                    text.push_str(&String::from_utf8_lossy(frame.expect("a frame").data_ref().expect("data")))
                }
                None => break,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), read).await.unwrap_or_else(|_| panic!("no {wanted} in {text}"));
    text
}

/// True if the stream ends without another event.
async fn ends(body: &mut Body) -> bool {
    tokio::time::timeout(Duration::from_secs(20), body.frame()).await.expect("in time").is_none()
}

#[tokio::test]
async fn what_one_person_says_another_sees_and_after_a_gap_nothing_is_missed() {
    let world = World::new().await;
    let (ann, bob) = (world.browser("ann").await, world.browser("bob").await);
    let mut stream = bob.stream("/console/events").await;
    let greeting = until(&mut stream, "\"id\":\"ops\"").await;
    assert!(greeting.starts_with("event: hello\ndata: {\"rev\":0"), "{greeting}");
    let say = |delivery: &'static str, text: &'static str| {
        ann.post("/console/say", json!({"delivery": delivery, "room": "ops", "text": text}))
    };
    say("delivery-1", "hello @bob").await;
    let told = until(&mut stream, "\"edited_at\"").await;
    assert!(told.contains("event: room") && told.contains("\"mentioned\":1"), "{told}");
    assert!(told.contains("event: message") && told.contains("hello <@bob>"), "{told}");
    drop(stream);

    say("delivery-2", "said while away").await;
    let mut again = bob.stream("/console/events?since=1").await;
    let told = until(&mut again, "said while away").await;
    assert!(!told.contains("hello <@bob>"), "{told}");
    assert!(told.contains("id: 2"), "the last event of a look says where to go on: {told}");
}

#[tokio::test]
async fn a_stream_says_goodbye_when_the_server_stops_and_when_the_session_ends() {
    let world = World::new().await;
    let (ann, bob) = (world.browser("ann").await, world.browser("bob").await);
    let mut anns = ann.stream("/console/events").await;
    let mut bobs = bob.stream("/console/events").await;
    until(&mut anns, "\"id\":\"ops\"").await;
    until(&mut bobs, "\"id\":\"ops\"").await;

    let session = ann.session.clone();
    world.store.transact(move |tx| tx.end_session(&session)).await.expect("signs out");
    let told = until(&mut anns, "event: bye").await;
    assert!(told.contains("\"retry\":false"), "{told}");
    assert!(ends(&mut anns).await);
    world.declares(declare("after the end"), at(9)).await;

    world.phase.send_replace(Phase::Draining);
    let told = until(&mut bobs, "event: bye").await;
    assert!(told.contains("\"retry\":true"), "{told}");
    assert!(ends(&mut bobs).await);
    drop((anns, bobs));
    assert_eq!(world.state.streams.count(), 0);
}

#[tokio::test]
async fn a_person_holds_a_bounded_number_of_streams() {
    let world = World::new().await;
    let ann = world.browser("ann").await;
    let mut first = ann.stream("/console/events").await;
    until(&mut first, "\"id\":\"ops\"").await;
    let mut others = Vec::new();
    for _ in 0..MOST {
        others.push(ann.stream("/console/events").await);
    }
    let told = until(&mut first, "event: bye").await;
    assert!(told.contains("\"retry\":false"), "{told}");
    assert!(ends(&mut first).await);
    assert_eq!(world.state.streams.count(), MOST);
}

#[tokio::test]
async fn a_quiet_stream_beats_every_ten_seconds() {
    let world = World::new().await;
    let mut stream = world.browser("ann").await.stream("/console/events").await;
    until(&mut stream, "\"id\":\"ops\"").await;
    tokio::time::pause();
    let since = tokio::time::Instant::now();
    let told = until(&mut stream, "event: beat\ndata: {}").await;
    assert!(since.elapsed() <= Duration::from_secs(11), "{told}");
}
