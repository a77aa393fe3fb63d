//! The API answers as its description says, errors included.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{body::Body, http::Request};
use hotroom::chat::ReplyOutcome;
use jsonschema::Validator;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::world::{World, alert, minutes};

static DESCRIPTION: OnceCell<Description> = OnceCell::const_new();

/// The OpenAPI document.
pub struct Description {
    document: Value,
    /// Compiled schemas of responses, by path, method and status.
    schemas: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Description {
    /// The document that a bot serves; it is the same for each.
    pub async fn of(world: &World) -> &'static Self {
        let read = async || Self { document: world.get("/api/openapi.json").await, schemas: Mutex::default() };
        DESCRIPTION.get_or_init(read).await
    }

    /// The described path that an address belongs to.
    fn path(&self, address: &str) -> &str {
        let asked: Vec<&str> = address.split('?').next().unwrap_or_default().split('/').collect();
        let fits = |path: &&String| {
            let parts: Vec<&str> = path.split('/').collect();
            parts.len() == asked.len()
                && parts.iter().zip(&asked).all(|(part, word)| part.starts_with('{') || part == word)
        };
        let paths = self.document["paths"].as_object().expect("paths").keys().filter(fits);
        paths.min_by_key(|path| path.matches('{').count()).unwrap_or_else(|| panic!("{address} is not described"))
    }

    /// The described response: its media type and its schema.
    fn response(&self, line: &str, status: u16) -> (&str, &Value) {
        let (method, address) = line.split_once(' ').expect("a method and a path");
        let method = &self.document["paths"][self.path(address)][method.to_lowercase()];
        let responses = method["responses"].as_object().unwrap_or_else(|| panic!("{line} is not described"));
        let one = responses.get(&status.to_string()).or_else(|| responses.get("default").filter(|_| status >= 400));
        let one = one.unwrap_or_else(|| panic!("{line}: status {status} is not described"));
        let (kind, content) = one["content"].as_object().and_then(|all| all.iter().next()).expect("a content");
        (kind, &content["schema"])
    }

    /// Checks the body of a response.
    pub fn check(&self, line: &str, status: u16, body: &Value) {
        let (_, schema) = self.response(line, status);
        let key = schema.to_string();
        let mut schemas = self.schemas.lock().expect("nothing panicked");
        let compiled = schemas.entry(key).or_insert_with(|| {
            let mut whole = schema.clone();
            whole["components"] = self.document["components"].clone();
            Arc::new(jsonschema::draft202012::options().should_validate_formats(true).build(&whole).expect("a schema"))
        });
        let wrong: Vec<String> =
            compiled.iter_errors(body).map(|wrong| format!("{}: {wrong}", wrong.instance_path())).collect();
        assert!(wrong.is_empty(), "{line} {status}: {wrong:#?} in {body:#}");
    }
}

/// Sends a request and checks the response, its media type included.
async fn asks(world: &World, line: &str, body: Value) -> (u16, Value) {
    let description = Description::of(world).await;
    let (method, path) = line.split_once(' ').expect("a method and a path");
    let request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080");
    let request = request.header("content-type", "application/json");
    let sent = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let response = world.answers(request.body(sent).unwrap()).await;
    let (status, kind) = (response.status().as_u16(), response.headers()["content-type"].to_str().unwrap().to_owned());
    let bytes = axum::body::to_bytes(response.into_body(), 16 << 20).await.unwrap();
    let told: Value = serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{line}: {error}"));
    assert_eq!(kind.split(';').next(), Some(description.response(line, status).0), "{line} {status}");
    description.check(line, status, &told);
    world.settle().await;
    (status, told)
}

#[tokio::test]
async fn what_the_api_answers_is_what_its_description_says() {
    let world = World::new().await;
    let asks = async |line: &str, body: Value, status: u16| {
        let (was, told) = asks(&world, line, body).await;
        assert_eq!(was, status, "{line}: {told}");
        told
    };
    let none = Value::Null;
    asks("POST /api/v1/incidents", json!({"title": "a", "severity": "sev4", "service": "checkout"}), 201).await;
    let note = asks("POST /api/v1/incidents/HOT-1/commands/note", json!({"text": "x"}), 200).await;
    assert_eq!(note["data"], none, "a reply without data is described as well");
    let page = asks("POST /api/v1/pages", json!({"whom": "@bob", "incident": "HOT-1"}), 201).await;
    let page = page["id"].as_str().expect("an id").to_owned();
    asks(&format!("POST /api/v1/pages/{page}/ack"), json!({}), 200).await;
    let shift = json!({"person": "@bob", "until": "2026-03-02T18:00:00Z"});
    let shift = asks("POST /api/v1/oncall/overrides", shift, 201).await;
    let shift = shift["data"]["override"].as_str().expect("an id").to_owned();
    asks("GET /api/v1/oncall/overrides", none.clone(), 200).await;
    asks(&format!("POST /api/v1/oncall/overrides/{shift}/cancel"), json!({}), 200).await;
    world.posts("alertmanager", &alert("CheckoutSlow", "website", "warning", false)).await;
    world.advance(minutes(1)).await;
    let groups = asks("GET /api/v1/groups", none.clone(), 200).await;
    let group = groups["items"][0]["id"].as_str().expect("a group").to_owned();
    asks(&format!("POST /api/v1/groups/{group}/ack"), json!({}), 200).await;
    let silence = json!({"match": "service=\"website\"", "wait": "1h", "sure": true});
    let silence = asks("POST /api/v1/silences", silence, 201).await;
    let silence = silence["id"].as_str().expect("a silence").to_owned();
    asks(&format!("POST /api/v1/silences/{silence}/expire"), json!({}), 200).await;

    asks("GET /api/v1/incidents/HOT-9", none.clone(), 404).await;
    asks("GET /api/v1/incidents?cursor=nonsense", none.clone(), 400).await;
    asks("POST /api/v1/incidents", json!({"title": ""}), 422).await;
    asks("POST /api/v1/incidents", json!({"title": "b", "since": "in 2h"}), 422).await;
    asks("POST /api/v1/incidents/HOT-1/commands/reopen", json!({"reason": "x"}), 409).await;
    asks("POST /api/v1/commands", json!({"text": "/incident severty sev1"}), 422).await;
    asks("POST /api/v1/pages/nonsense/ack", json!({}), 404).await;
    world.end().await;
}

/// People copy examples.
#[tokio::test]
async fn the_example_of_a_command_line_works() {
    let world = World::new().await;
    let described = world.get("/api/openapi.json").await;
    let line =
        described["components"]["schemas"]["Line"]["properties"]["text"]["example"].as_str().expect("an example");
    world.says("ann", "/incident declare \"a\" severity:sev3").await;
    let reply = world.says("ann", line).await;
    assert_eq!(reply.outcome, ReplyOutcome::Done, "{line}: {reply:?}");
    world.end().await;
}
