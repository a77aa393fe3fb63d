//! Every event arrives, and its body matches the documented schema.

use std::collections::BTreeSet;

use hotroom::domain::webhook::WebhookEvent;
use serde_json::Value;

use super::Receiver;
use crate::world::{World, alert, done, minutes};

/// Fails unless a body matches the schema of its event in `docs/webhooks/`.
pub fn assert_valid(body: &Value) {
    let event = body["type"].as_str().expect("a type");
    let path = format!("{}/docs/webhooks/{event}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{event} has no schema: {path}: {error}"));
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{event} does not match its schema: {errors:#?}\n{body:#}");
    assert_described(event, &schema, &schema, body);
}

/// Fails for a field that the schema does not describe: receivers could not know what it means.
fn assert_described(at: &str, root: &Value, schema: &Value, value: &Value) {
    let schema = resolve(root, schema);
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let known = schema["properties"].get(name).or_else(|| schema.get("additionalProperties"));
                let known = known.unwrap_or_else(|| panic!("{at}.{name} is not in the schema: {schema:#}"));
                assert_described(&format!("{at}.{name}"), root, known, inner);
            }
        }
        Value::Array(items) => {
            for item in items {
                assert_described(&format!("{at}[]"), root, &schema["items"], item);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Follows a reference into the definitions; of an optional type, the one that is not null.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(options) = schema["oneOf"].as_array() {
        let some = options.iter().find(|option| option["type"] != "null").expect("a type");
        return resolve(root, some);
    }
    match schema["$ref"].as_str() {
        Some(reference) => resolve(root, root.pointer(reference.trim_start_matches('#')).expect("a definition")),
        None => schema,
    }
}

async fn group_of(world: &World, name: &str) -> String {
    let groups = world.get("/api/v1/groups?state=firing").await;
    let groups = groups["items"].as_array().expect("groups");
    let group = groups.iter().find(|group| group["title"].as_str().is_some_and(|title| title.contains(name)));
    group.expect("the group")["id"].as_str().expect("an id").to_owned()
}

async fn page_of(world: &World, key: &str) -> String {
    let id = world.incident(key).await.id;
    let pages = world.app.store.read(move |reads| reads.pages_of_incident(id)).await.unwrap();
    pages.last().expect("a page").id().to_string()
}

async fn all(world: &World, lines: &[&str]) {
    for line in lines {
        done(&world.says("ann", line).await);
    }
}

async fn alerts_come_and_go(world: &World) {
    world.posts("alertmanager", &alert("TooManyReads", "website", "warning", false)).await;
    world.posts("alertmanager", &alert("TooManyReads", "website", "error", false)).await;
    let group = group_of(world, "TooManyReads").await;
    all(world, &[&format!("/alert ack {group}")]).await;
    world.advance(minutes(11)).await;
    let declared = "/incident declare \"Reads pile up\" severity:sev3";
    all(world, &[declared, &format!("/incident link {group} incident:HOT-1")]).await;
    all(world, &[&format!("/alert shelve {group} 1h the vendor mends it")]).await;
    for severity in ["error", "warning"] {
        world.posts("alertmanager", &alert("TooManyReads", "website", severity, true)).await;
    }
}

async fn pages_are_answered_and_not(world: &World) {
    all(world, &["/incident declare \"Checkout is down\" severity:sev1 service:checkout"]).await;
    let page = page_of(world, "HOT-2").await;
    done(&world.says("cho", &format!("/page decline {page}")).await);
    done(&world.says("bob", &format!("/page ack {page}")).await);
    all(world, &["/incident resolve \"rolled back\" incident:HOT-2"]).await;
    all(world, &["/incident declare \"Nobody hears\" severity:sev1"]).await;
    world.advance(minutes(40)).await;
}

async fn an_incident_lives(world: &World) {
    let lines = [
        "/incident status identified \"the deploy of 13:50\" incident:HOT-1",
        "/incident severity sev2 \"all regions\" incident:HOT-1",
        "/incident rename \"Reads fail\" incident:HOT-1",
        "/incident private yes incident:HOT-1",
        "/incident private no incident:HOT-1",
        "/incident update \"We are on it\" impact:\"slow pages\" next:30m incident:HOT-1",
        "/incident role tech_lead @bob incident:HOT-1",
        "/incident role tech_lead nobody incident:HOT-1",
        "/incident statuspage investigating \"Some pages are slow\" components:website=degraded_performance incident:HOT-1",
        "/incident resolve \"rolled back\" incident:HOT-1",
        "/incident close \"nothing is left\" incident:HOT-1",
        "/incident reopen \"it is back\" incident:HOT-1",
        "/incident declare \"The same again\" severity:sev3",
        "/incident merge HOT-1 incident:HOT-4",
    ];
    all(world, &lines).await;
}

#[tokio::test]
async fn every_event_arrives_and_matches_its_schema() {
    let receiver = Receiver::start("all").await;
    let settings = "[alerts]\nacknowledge_expires = \"10m\"\n";
    let world = World::with(&format!("{settings}{}", receiver.webhook("[\"*\"]", "private = true"))).await;
    alerts_come_and_go(&world).await;
    pages_are_answered_and_not(&world).await;
    an_incident_lives(&world).await;
    let bodies = receiver.bodies();
    bodies.iter().for_each(assert_valid);
    let arrived: BTreeSet<WebhookEvent> =
        receiver.events().iter().map(|name| WebhookEvent::parse(name).expect("an event")).collect();
    let missing: Vec<&str> = WebhookEvent::ALL
        .iter()
        .filter(|event| **event != WebhookEvent::WebhookTest && !arrived.contains(event))
        .map(|event| event.name())
        .collect();
    assert!(missing.is_empty(), "these events did not arrive: {missing:?}; only {:?}", receiver.events());
    let ids: BTreeSet<String> = receiver.ids().into_iter().collect();
    assert_eq!(ids.len(), bodies.len(), "each event has an id of its own");
    world.end().await;
}

#[tokio::test]
async fn a_body_says_what_happened_and_how_things_are_now() {
    let receiver = Receiver::start("crm").await;
    let world = World::with(&receiver.webhook("[\"incident.severity_changed\"]", "")).await;
    all(&world, &["/incident declare \"Checkout is \u{202e}down\" severity:sev2"]).await;
    all(&world, &["/incident severity sev3 \"one region\" incident:HOT-1"]).await;
    let [body]: [Value; 1] = receiver.bodies().try_into().expect("one message: nothing else was chosen");
    let incident = &body["data"]["incident"];
    assert_eq!(
        (&body["type"], &body["timestamp"]),
        (&"incident.severity_changed".into(), &"2026-03-02T10:00:00Z".into())
    );
    assert_eq!((&incident["key"], &incident["severity"]), (&"HOT-1".into(), &"sev3".into()));
    assert_eq!(incident["title"], "Checkout is down", "deceptive characters are removed");
    assert_eq!(incident["url"], "http://127.0.0.1:8080/incidents/HOT-1");
    assert_eq!(body["data"]["change"], serde_json::json!({"from": "sev2", "to": "sev3", "reason": "one region"}));
    assert_eq!(body["data"]["actor"], "ann");
    let request = &receiver.http.received()[0];
    assert_eq!((request.line().as_str(), request.headers["content-type"].as_str()), ("POST /hook", "application/json"));
    world.end().await;
}
