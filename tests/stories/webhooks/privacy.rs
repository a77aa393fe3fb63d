//! What webhooks get of private incidents and drills.

use std::time::Duration;

use serde_json::json;

use super::{Receiver, shapes::assert_valid};
use crate::world::{World, alert, done};

#[tokio::test]
async fn a_private_incident_is_sent_only_where_it_may_be_shown() {
    let (open, closed) = (Receiver::start("open").await, Receiver::start("closed").await);
    let world = World::with(&(open.webhook("[\"*\"]", "") + &closed.webhook("[\"*\"]", "private = true"))).await;
    world.posts("alertmanager", &alert("TooManyReads", "website", "warning", false)).await;
    let groups = world.get("/api/v1/groups").await;
    let group = groups["items"][0]["id"].as_str().expect("a group").to_owned();
    let fired = open.ids();
    let declare = "/incident declare \"Leak of customers' data\" severity:sev1 service:checkout private:yes";
    done(&world.says("ann", declare).await);
    done(&world.says("ann", &format!("/incident link {group} incident:HOT-1")).await);
    done(&world.says("ann", "/incident update \"Leak confirmed\" incident:HOT-1").await);
    world.advance(Duration::from_secs(60)).await;

    let pages: Vec<_> = open.bodies().into_iter().skip(fired.len()).collect();
    assert!(!pages.is_empty());
    for body in &pages {
        assert_valid(body);
        assert!(body["type"].as_str().expect("a type").starts_with("page."), "{body}");
        let link = "http://127.0.0.1:8080/incidents/HOT-1";
        assert_eq!(body["data"], json!({"incident": {"key": "HOT-1", "severity": "sev1", "url": link}}));
    }
    let shown = closed.bodies();
    assert!(shown.iter().any(|body| body["data"]["incident"]["title"] == "Leak of customers' data"), "{shown:?}");
    assert!(shown.iter().any(|body| body["type"] == "alert_group.linked"), "{:?}", closed.events());
    assert!(closed.ids().starts_with(&fired), "an event has the same id for each webhook");
    world.end().await;
}

#[tokio::test]
async fn what_waits_is_not_sent_once_its_incident_is_private() {
    let receiver = Receiver::start("crm").await;
    let world = World::with(&receiver.webhook("[\"incident.*\"]", "")).await;
    receiver.answers(503);
    super::declare(&world, "Leak of customers' data").await;
    let tries = receiver.ids().len();
    done(&world.says("ann", "/incident private yes incident:HOT-1").await);
    receiver.answers(200);
    world.advance(Duration::from_secs(600)).await;
    assert_eq!(receiver.ids().len(), tries);
    world.end().await;
}

#[tokio::test]
async fn drills_are_never_sent() {
    let receiver = Receiver::start("crm").await;
    let world = World::with(&receiver.webhook("[\"*\"]", "private = true")).await;
    done(&world.says("ann", "/incident declare \"Practice\" severity:sev1 service:checkout drill:yes").await);
    done(&world.says("ann", "/incident resolve \"well done\" incident:HOT-1").await);
    world.advance(Duration::from_secs(600)).await;
    assert_eq!(receiver.events(), Vec::<String>::new());
    world.end().await;
}
