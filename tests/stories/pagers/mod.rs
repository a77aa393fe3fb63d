//! Pages at outside pagers.

mod pagerduty;
mod privacy;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use hotroom::domain::oncall::Page;

pub use pagerduty::settings;

use crate::{
    fake_pagerduty::PagerDutyHook,
    world::{World, done},
};

/// Who has which account: Cho alone has one.
const PEOPLE: &str = r#"
[[people]]
id = "ann"
name = "Ann"
access = "admin"
[[people]]
id = "bob"
name = "Bob"
access = "responder"
[[people]]
id = "cho"
name = "Cho"
access = "responder"
accounts = { pagerduty = "PCHO001" }
[[people]]
id = "dee"
name = "Dee"
access = "responder"
"#;

/// The webhooks alone confirm and answer.
const WEBHOOK: &str = "webhook_secrets = [\"env:PD_SECRET\"]";
/// hotroom asks.
const REST: &str = "api_token = \"env:PD_TOKEN\"";

async fn declare(world: &World, more: &str) -> String {
    let line = format!("/incident declare \"Checkout is down\" severity:sev1 service:checkout {more}");
    done(&world.says("dee", &line).await).incident.clone().expect("an incident").to_string()
}

/// The only page of an incident.
async fn page(world: &World, key: &str) -> Page {
    let id = world.incident(key).await.id;
    let mut pages = world.app.store.read(move |reads| reads.pages_of_incident(id)).await.unwrap();
    assert_eq!(pages.len(), 1);
    pages.remove(0)
}

/// Whom the built-in engine has paged.
async fn asked(world: &World, key: &str) -> Vec<String> {
    page(world, key).await.attempts.iter().map(|attempt| attempt.person.to_string()).collect()
}

/// Delivers a webhook of PagerDuty.
async fn delivers(world: &World, hook: &PagerDutyHook) -> StatusCode {
    let request = Request::builder()
        .method("POST")
        .uri("/hooks/pagerduty")
        .header("host", "127.0.0.1:8080")
        .header("content-type", "application/json")
        .header("x-pagerduty-signature", &hook.signature)
        .body(Body::from(hook.body.clone()))
        .unwrap();
    let (status, _) = world.asks(request).await;
    world.settle().await;
    status
}
