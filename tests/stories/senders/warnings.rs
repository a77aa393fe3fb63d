//! What is unusual in deliveries that are read nevertheless, from the body to what people see.

use serde_json::json;

use crate::world::{World, minutes};

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

#[tokio::test]
async fn what_is_unusual_is_read_and_counted_on_the_health_page() {
    let world = World::new().await;
    assert!(!world.page("ann", "/health").await.contains("Read with a warning"));
    for body in [
        json!({"name": "Full", "state": "firing", "severity": "Katastrophe"}),
        json!({"name": "Full", "state": "firing", "severity": "Katastrophe"}),
        json!({"name": "Odd", "state": "purple"}),
        json!({"name": "Number", "labels": 7}),
    ] {
        assert_eq!(world.takes("POST /intake/generic", &JSON, body.to_string()).await.0, 202);
    }
    assert_eq!(world.alerts().await, "Full firing, Number firing, Odd firing");
    assert_eq!(world.unreadable().await, [""; 0]);
    let health = world.page("ann", "/health").await;
    for said in [
        "Severity <code>Katastrophe</code> is not known",
        "2 alerts",
        "State <code>purple</code>",
        "Field <code>labels</code>",
    ] {
        assert!(health.contains(said), "{said} is not on the page: {health}");
    }
    world.end().await;
}

#[tokio::test]
async fn alerts_that_the_sender_cut_are_named_in_the_message_until_it_cuts_none() {
    let world = World::new().await;
    let body = |truncated: u32| {
        json!({"version": "4", "receiver": "hot", "truncatedAlerts": truncated, "status": "firing", "alerts": [
            {"status": "firing", "labels": {"alertname": "Trunc"}, "annotations": {}, "startsAt": "2026-03-02T09:50:00Z"}]})
    };
    world.takes("POST /intake/alertmanager", &JSON, body(13).to_string()).await;
    world.advance(minutes(1)).await;
    assert!(world.room("alerts").await.contains("and 13 more that the sender cut"));
    let health = world.page("ann", "/health").await;
    assert!(health.contains("13 alerts were cut by the sender (receiver <code>hot</code>)"), "{health}");
    world.advance(minutes(10)).await;
    world.takes("POST /intake/alertmanager", &JSON, body(0).to_string()).await;
    world.advance(minutes(10)).await;
    assert!(!world.room("alerts").await.contains("that the sender cut"));
    world.end().await;
}

#[tokio::test]
async fn clients_of_the_first_version_of_alertmanagers_api_are_answered_as_there() {
    let world = World::new().await;
    let alerts =
        json!([{"labels": {"alertname": "V1", "severity": "critical"}, "annotations": {"summary": "old client"}}]);
    let (status, told) = world.takes("POST /api/v1/alerts", &JSON, alerts.to_string()).await;
    assert_eq!((status.as_u16(), told), (200, json!({"status": "success"})));
    assert_eq!(world.alerts().await, "V1 firing");
    let (status, told) = world.takes("POST /api/v1/alerts", &JSON, "[{}]").await;
    assert_eq!((status.as_u16(), &told["status"], &told["errorType"]), (400, &json!("error"), &json!("bad_data")));
    assert_eq!(told["error"].as_str(), Some("an alert without labels has no name at /labels"));
    world.end().await;
    let closed = World::with_secrets(
        "[server]\napi_token = \"env:A\"\n[[sources]]\nid = \"api\"\nkind = \"alertmanager-api\"\ntoken = \"env:T\"\n",
        &[("A", "an api token of some length"), ("T", "the token of a source")],
    )
    .await;
    for (token, expected) in [("wrong", 401), ("the token of a source", 200), ("an api token of some length", 200)] {
        let bearer = format!("Bearer {token}");
        let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
        assert_eq!(closed.takes("POST /api/v1/alerts", &headers, alerts.to_string()).await.0, expected, "{token}");
    }
    closed.end().await;
}

#[tokio::test]
async fn a_sender_that_posts_forms_fires_and_resolves() {
    let world = World::new().await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let said = |status: &str, code: u16| {
        format!(
            "URL=https%3A%2F%2Fshop.example&Token=5ebe2294&Name=Shop&StatusCode={code}&Status={status}&Tags=prod%2Cservice%3Acheckout"
        )
    };
    assert_eq!(world.takes("POST /intake/statuscake", &form, said("Down", 502)).await.0, 202);
    assert_eq!(world.alerts().await, "Shop firing");
    assert_eq!(world.takes("POST /intake/statuscake", &form, said("Up", 200)).await.0, 202);
    assert_eq!(world.alerts().await, "Shop resolved");
    assert_eq!(world.takes("POST /intake/generic", &form, "name=Dump&state=down").await.0, 202);
    assert_eq!(world.alerts().await, "Dump firing, Shop resolved");
    assert_eq!(world.takes("GET /intake/generic?name=Dump", &[], "").await.0, 405, "a GET stays closed");
    world.end().await;
}
