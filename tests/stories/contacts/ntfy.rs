//! Pages through ntfy: what a phone shows, and what happens when answers are lost.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use hotroom::domain::oncall::PageState;

use super::{declare, link, opens, page, statuses};
use crate::{
    fake_http::{FakeHttp, Reaction, Received},
    fake_ntfy::{FakeNtfy, NtfyFault},
    world::{World, alert, done, minutes},
};

const TOPIC: &str = "cho-topic-1";

/// A bot that pages cho by ntfy.
async fn world(ntfy: &FakeNtfy) -> World {
    world_with(ntfy, "").await
}

/// The same with more settings.
async fn world_with(ntfy: &FakeNtfy, more: &str) -> World {
    let people = ["ann", "bob", "cho", "dee"].map(|id| {
        let contacts = if id == "cho" { format!("contacts = [\"ntfy:{TOPIC}\"]\n") } else { String::new() };
        format!("[[people]]\nid = \"{id}\"\naccess = \"admin\"\n{contacts}")
    });
    World::with(&format!("{more}{}\n[ntfy]\nserver = \"{}\"\n", people.concat(), ntfy.url())).await
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
    assert_eq!(statuses(&page(&world, &key).await)[0], "cho ntfy failed");
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

/// What Grafana shows to hotroom inside the network, a phone outside reads by a signed link that ends.
#[tokio::test]
async fn behind_a_public_address_the_picture_comes_by_a_signed_link_that_expires() {
    let (ntfy, grafana) = (FakeNtfy::start().await, FakeHttp::start(picture).await);
    let public =
        "[server]\npublic_url = \"https://hot.example.com\"\ntrust_local = true\n[net]\nallow = [\"127.0.0.0/8\"]\n";
    let world = world_with(&ntfy, public).await;
    let mut body = alert("CheckoutDown", "checkout", "critical", false);
    body["alerts"][0]["annotations"]["image_url"] = format!("{}/render/1.png?token=secret", grafana.url).into();
    world.posts("alertmanager", &body).await;
    let sent = ntfy.messages(TOPIC).remove(0);
    let url = sent["attachment"]["url"].as_str().expect("a link");
    let path = url.strip_prefix("https://hot.example.com").expect("an address of hotroom");
    assert!(path.starts_with("/a/graph/") && !sent.to_string().contains("secret"), "{sent}");
    assert!(grafana.received().is_empty(), "it is fetched when a phone asks");

    let reads = async |path: &str| {
        let request = Request::get(path).header("host", "hot.example.com").body(Body::empty()).unwrap();
        world.answers(request).await
    };
    let shown = reads(path).await;
    assert_eq!((shown.status(), shown.headers()["content-type"].to_str().unwrap()), (StatusCode::OK, "image/png"));
    assert_eq!(grafana.lines(), ["GET /render/1.png?token=secret"]);
    let (whole, signature) = path.rsplit_once('/').expect("a signature");
    let (page_path, until) = whole.rsplit_once('/').expect("a time");
    let later: i64 = until.parse::<i64>().expect("seconds") + 1;
    for forged in [format!("{whole}/{}", "A".repeat(signature.len())), format!("{page_path}/{later}/{signature}")] {
        assert_eq!(reads(&forged).await.status(), StatusCode::NOT_FOUND, "{forged}");
    }
    assert_eq!(opens(&world, "POST", path).await.0, StatusCode::METHOD_NOT_ALLOWED, "it acts on nothing");
    done(&world.says("ann", "/incident private yes incident:HOT-1").await);
    assert_eq!(reads(path).await.status(), StatusCode::NOT_FOUND, "nothing of a private incident is shown");
    done(&world.says("ann", "/incident private no incident:HOT-1").await);
    assert_eq!(reads(path).await.status(), StatusCode::OK);
    world.pass(minutes(24 * 60));
    assert_eq!(reads(path).await.status(), StatusCode::NOT_FOUND, "it has expired");
    world.end().await;
}

/// What is no picture is not passed on: it would act in the name of hotroom's address.
#[tokio::test]
async fn what_is_no_picture_is_not_passed_on() {
    let page = |_: &Received| Reaction::answer(200, "<script>alert(1)</script>");
    let (ntfy, grafana) = (FakeNtfy::start().await, FakeHttp::start(page).await);
    let public =
        "[server]\npublic_url = \"https://hot.example.com\"\ntrust_local = true\n[net]\nallow = [\"127.0.0.0/8\"]\n";
    let world = world_with(&ntfy, public).await;
    let mut body = alert("CheckoutDown", "checkout", "critical", false);
    body["alerts"][0]["annotations"]["image_url"] = format!("{}/1.png", grafana.url).into();
    world.posts("alertmanager", &body).await;
    let sent = ntfy.messages(TOPIC).remove(0);
    let path = sent["attachment"]["url"].as_str().and_then(|url| url.strip_prefix("https://hot.example.com"));
    let request = Request::get(path.expect("a link")).header("host", "hot.example.com").body(Body::empty()).unwrap();
    assert_eq!(world.answers(request).await.status(), StatusCode::NOT_FOUND);
    world.end().await;
}

fn picture(_: &Received) -> Reaction {
    Reaction::answer(200, b"\x89PNG\r\n\x1a\n and so on".to_vec())
}
