//! Alerts that were acknowledged in the sender's system.

use serde_json::json;

use crate::world::{World, minutes};

#[tokio::test]
async fn a_group_counts_as_acknowledged_while_all_its_alerts_are_where_they_came_from() {
    let world = World::new().await;
    let post = async |host: &str, more: serde_json::Value| {
        let mut body = json!({"name": "DiskFull", "service": "api", "host": host, "fingerprint": host});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(world.posts("generic", &body).await, 202);
        world.advance(minutes(1)).await;
    };
    let states = async || {
        let listed = world.get("/api/v1/alerts").await;
        let mut states: Vec<String> =
            listed["items"].as_array().unwrap().iter().map(|alert| alert["state"].to_string()).collect();
        states.sort();
        (world.get("/api/v1/groups").await["items"][0]["state"].to_string(), states.join(" "))
    };
    post("web-1", json!({})).await;
    post("web-1", json!({"acknowledged_by": "eve @everyone"})).await;
    assert_eq!(states().await, ("\"acknowledged\"".into(), "\"acknowledged\"".into()));
    let shown = world.room("alerts").await;
    assert!(shown.contains("Firing, acknowledged") && shown.contains("Acknowledged where it came from"), "{shown}");

    post("web-2", json!({})).await;
    assert_eq!(states().await, ("\"firing\"".into(), "\"acknowledged\" \"firing\"".into()));
    assert!(world.room("alerts").await.contains("In part acknowledged where it came from: eve"));
    post("web-2", json!({"acknowledged_by": "fay"})).await;
    assert_eq!(states().await.0, "\"acknowledged\"");

    post("web-1", json!({"state": "resolved"})).await;
    assert_eq!(states().await.0, "\"acknowledged\"", "what still fires is acknowledged");
    post("web-2", json!({})).await;
    assert_eq!(states().await.0, "\"firing\"", "its sender no longer says that anybody has it");
    post("web-2", json!({"state": "resolved"})).await;
    assert_eq!(states().await, ("\"resolved\"".into(), "\"resolved\" \"resolved\"".into()));
    world.end().await;
}
