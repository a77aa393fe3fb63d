//! Incidents and their issues in an outside tracker: GitHub stands for any of them, and Jira has its own story.

mod boards;
mod follow_ups;
mod inbound;
mod jira;
mod keys;
mod outbound;
mod own;
mod previews;
mod privacy;
mod pull_requests;
mod relations;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    fake_github::{FakeGitHub, REPOSITORY, TOKEN},
    world::World,
};

const SECRET: &str = "the-secret-of-the-webhook";

/// Who has which account: cho and dee have none.
const PEOPLE: &str = r#"
[[people]]
id = "ann"
name = "Ann"
access = "admin"
accounts = { github = "ann" }
[[people]]
id = "bob"
name = "Bob"
access = "responder"
accounts = { github = "ben" }
[[people]]
id = "cho"
name = "Cho"
access = "responder"
[[people]]
id = "dee"
name = "Dee"
access = "responder"
"#;

/// What the settings of [`settings`] take from the environment.
pub const SECRETS: [(&str, &str); 2] = [("TOKEN", TOKEN), ("SECRET", SECRET)];

/// `bot.toml` with GitHub as the tracker; `more` are settings of `[tracker]`.
pub fn settings(github: &FakeGitHub, more: &str) -> String {
    let url = &github.http.url;
    format!(
        r#"{PEOPLE}
[tracker]
kind = "github"
{more}
[tracker.github]
url = "{url}"
token = "env:TOKEN"
webhook_secret = "env:SECRET"
write_interval = "0s"
interval = "10m"
[[tracker.github.projects]]
repository = "{REPOSITORY}"
prefix = "SHOP"
status = {{ investigating = "investigating", identified = "identified", resolved = "Closed", closed = "Closed" }}
severity = {{ sev1 = "sev1", sev2 = "sev2", sev3 = "sev3", sev4 = "sev4" }}
"#
    )
}

/// The bot with GitHub as its tracker.
pub async fn world(github: &FakeGitHub, more: &str) -> World {
    // The labels are there, so that the first write is that of the issue.
    for label in ["sev1", "sev2", "sev3", "sev4", "checkout", "investigating", "identified"] {
        github.state().labels.insert(label.to_owned(), "ededed".to_owned());
    }
    World::with_secrets(&settings(github, more), &SECRETS).await
}

/// GitHub posts that something happened to an issue.
pub async fn reports(world: &World, delivery: &str, event: &str, number: u64, body: Value) -> StatusCode {
    let mut body = body;
    body["issue"] = json!({"number": number});
    body["repository"] = json!({"full_name": REPOSITORY});
    body["sender"] = json!({"login": "ben"});
    let body = body.to_string();
    let signature = signature(&body);
    posts(world, delivery, event, &signature, body).await
}

/// What GitHub sends in `X-Hub-Signature-256`.
pub fn signature(body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

pub async fn posts(world: &World, delivery: &str, event: &str, signature: &str, body: String) -> StatusCode {
    let request = Request::builder()
        .method("POST")
        .uri("/hooks/github")
        .header("host", "127.0.0.1:8080")
        .header("content-type", "application/json")
        .header("x-github-event", event)
        .header("x-github-delivery", delivery)
        .header("x-hub-signature-256", signature)
        .body(Body::from(body))
        .unwrap();
    let (status, _) = world.asks(request).await;
    world.settle().await;
    status
}
