//! The heartbeat to a dead man's switch outside.

use hotroom::{
    deliver::heartbeat::{HeartbeatResult, beat},
    net::HttpClients,
};

use crate::{
    fake_http::{FakeHttp, Reaction},
    world::{World, minutes},
};

#[tokio::test]
async fn the_heartbeat_goes_out_while_people_can_be_paged_and_stops_when_they_cannot() {
    let switch = FakeHttp::start(|_| Reaction::answer(200, "OK")).await;
    let secrets = tempfile::tempdir().unwrap();
    let file = secrets.path().join("url");
    std::fs::write(&file, format!("{}/ping/1", switch.url)).unwrap();
    let world =
        World::with(&format!("[pager]\nfallback = \"ann\"\nheartbeat_url = \"file:{}\"\n", file.display())).await;
    let clients = HttpClients::default();
    assert_eq!(beat(&world.app, &clients).await, HeartbeatResult::Sent);
    assert_eq!(switch.lines(), ["GET /ping/1"]);

    // A page is ready and nobody sends it: the delivery loop hangs.
    world.hears("dee", None, "/incident declare \"Checkout is down\" severity:sev1 service:checkout").await;
    assert_eq!(beat(&world.app, &clients).await, HeartbeatResult::Sent, "it has just become ready");
    world.pass(minutes(2));
    let withheld = beat(&world.app, &clients).await;
    assert!(matches!(&withheld, HeartbeatResult::Withheld(why) if why.contains("ready to be sent")), "{withheld:?}");
    world.settle().await;
    assert_eq!(beat(&world.app, &clients).await, HeartbeatResult::Sent);

    // The next step of a page is overdue: its timer is not handled.
    world.pass(minutes(10));
    let withheld = beat(&world.app, &clients).await;
    assert!(matches!(&withheld, HeartbeatResult::Withheld(why) if why.contains("2026-03-02T10:05")), "{withheld:?}");
    world.settle().await;
    assert_eq!(switch.lines().len(), 3, "what is withheld does not arrive");
    world.end().await;
}

#[tokio::test]
async fn a_switch_that_refuses_the_heartbeat_is_reported_without_its_address() {
    let switch = FakeHttp::start(|_| Reaction::answer(404, "no such check")).await;
    let secrets = tempfile::tempdir().unwrap();
    let file = secrets.path().join("url");
    std::fs::write(&file, format!("{}/ping/secret", switch.url)).unwrap();
    let world = World::with(&format!("[pager]\nheartbeat_url = \"file:{}\"\n", file.display())).await;
    let failed = beat(&world.app, &HttpClients::default()).await;
    assert!(
        matches!(&failed, HeartbeatResult::Failed(why) if why.contains("404") && !why.contains("secret")),
        "{failed:?}"
    );
    world.end().await;
    let off = World::new().await;
    assert_eq!(beat(&off.app, &HttpClients::default()).await, HeartbeatResult::Off);
    off.end().await;
}
