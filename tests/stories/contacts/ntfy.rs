//! Pages through ntfy: what a phone shows, and what happens when answers are lost.

use axum::http::StatusCode;
use hotroom::domain::oncall::PageState;

use super::{declare, link, opens, page, statuses};
use crate::{
    fake_ntfy::{FakeNtfy, NtfyFault},
    world::{World, alert, done, minutes},
};

const TOPIC: &str = "cho-topic-1";

/// A bot that pages cho by ntfy.
async fn world(ntfy: &FakeNtfy) -> World {
    let people = ["ann", "bob", "cho", "dee"].map(|id| {
        let contacts = if id == "cho" { format!("contacts = [\"ntfy:{TOPIC}\"]\n") } else { String::new() };
        format!("[[people]]\nid = \"{id}\"\naccess = \"admin\"\n{contacts}")
    });
    World::with(&format!("{}\n[ntfy]\nserver = \"{}\"\n", people.concat(), ntfy.url())).await
}

#[tokio::test]
async fn a_page_is_acknowledged_by_the_button_of_the_notification() {
    let ntfy = FakeNtfy::start().await;
    let world = world(&ntfy).await;
    let key = declare(&world, "").await;
    let shown = ntfy.notifications(TOPIC).remove(0);
    assert!(shown.title.contains("HOT-1") && shown.title.contains("Checkout is down"), "{shown:?}");
    assert_eq!(shown.priority, 5);
    let labels: Vec<&str> = shown.buttons.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, ["Acknowledge", "Escalate"]);
    // A tap opens the view of the page, which changes nothing.
    let (status, view) = opens(&world, "GET", &link(shown.click.as_deref().expect("a link"))).await;
    assert!(status == StatusCode::OK && view.contains("Acknowledge as cho"), "{view}");
    assert_eq!(page(&world, &key).await.state, PageState::Triggered);

    let (status, _) = opens(&world, "POST", &link(&shown.buttons[0].1)).await;
    assert_eq!(status, StatusCode::OK);
    world.settle().await;
    let taken = page(&world, &key).await;
    assert_eq!((taken.state, taken.taken_by), (PageState::Acknowledged, Some("cho".into())));
    assert!(world.room("hot-1").await.contains("ntfy"), "the room names the way: {}", world.room("hot-1").await);
    world.end().await;
}

#[tokio::test]
async fn the_notification_says_who_acknowledged_elsewhere() {
    let ntfy = FakeNtfy::start().await;
    let world = world(&ntfy).await;
    let key = declare(&world, "").await;
    let id = page(&world, &key).await.id();
    done(&world.says("bob", &format!("/page ack {id}")).await);
    let shown = ntfy.notifications(TOPIC);
    assert_eq!(shown.len(), 1, "the update replaces the page: {shown:?}");
    assert!(shown[0].title.to_lowercase().contains("bob acknowledged"), "{shown:?}");
    assert_eq!((shown[0].priority, shown[0].buttons.len()), (2, 0));
    world.end().await;
}

#[tokio::test]
async fn after_a_lost_answer_the_topic_is_looked_at_and_nothing_is_repeated() {
    let ntfy = FakeNtfy::start().await;
    let world = world(&ntfy).await;
    ntfy.fail_next(NtfyFault::TakenWithoutAnswer);
    let key = declare(&world, "").await;
    world.advance(minutes(2)).await;
    assert_eq!(ntfy.messages(TOPIC).len(), 1);
    assert!(ntfy.http.lines().iter().any(|line| line.starts_with(&format!("GET /{TOPIC}/json?poll=1&since="))));
    assert_eq!(statuses(&page(&world, &key).await), ["cho ntfy accepted"]);
    world.end().await;
}

#[tokio::test]
async fn what_is_known_not_to_have_arrived_is_no_possible_repeat() {
    let ntfy = FakeNtfy::start().await;
    let world = world(&ntfy).await;
    // An earlier message shows that the server keeps sequence ids.
    done(&world.says("cho", "/oncall contact test 1").await);
    assert_eq!(ntfy.messages(TOPIC).len(), 1);
    ntfy.fail_next(NtfyFault::NotTaken);
    declare(&world, "").await;
    world.advance(minutes(2)).await;
    let messages = ntfy.messages(TOPIC);
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(!messages[1].to_string().to_lowercase().contains("possible repeat"), "{messages:?}");
    world.end().await;
}

#[tokio::test]
async fn a_server_without_sequence_ids_gets_a_possible_repeat() {
    let ntfy = FakeNtfy::start().await;
    ntfy.downgrade();
    let world = world(&ntfy).await;
    ntfy.fail_next(NtfyFault::TakenWithoutAnswer);
    let key = declare(&world, "").await;
    world.advance(minutes(2)).await;
    let messages = ntfy.messages(TOPIC);
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[1]["title"].as_str().expect("a title").contains("possible repeat"), "{messages:?}");
    assert_eq!(statuses(&page(&world, &key).await), ["cho ntfy accepted"]);
    world.end().await;
}

#[tokio::test]
async fn a_refusal_is_shown_with_its_meaning() {
    let ntfy = FakeNtfy::start().await;
    let world = world(&ntfy).await;
    ntfy.require_token("tk_unknown");
    let key = declare(&world, "").await;
    assert_eq!(statuses(&page(&world, &key).await), ["cho ntfy failed"]);
    let profile = done(&world.says("cho", "/oncall contact attempts").await).post.text.clone();
    assert!(profile.contains("may not be used without an access token"), "{profile}");
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_picture_that_the_sender_attached_comes_with_the_notification() {
    let ntfy = FakeNtfy::start().await;
    let world = world(&ntfy).await;
    let mut body = alert("CheckoutDown", "checkout", "critical", false);
    body["alerts"][0]["annotations"]["image_url"] = "https://grafana.example/render/1.png?signature=abc".into();
    assert_eq!(world.posts("alertmanager", &body).await, StatusCode::ACCEPTED);
    let sent = ntfy.messages(TOPIC).remove(0);
    assert_eq!(sent["attachment"]["url"], "https://grafana.example/render/1.png?signature=abc", "{sent}");
    world.end().await;
}
