//! Posts of senders through the HTTP API: from their bodies to what people see.

mod acknowledged;
mod amazon;
mod changes;
mod complete;
mod doors;
mod heartbeats;
mod rounds;
mod signatures;
mod snoozes;
mod warnings;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::Value;

use crate::world::World;

/// Returns a sender's request from this machine.
fn request(line: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Request<Body> {
    let (method, path) = line.split_once(' ').expect("a method and a path");
    let request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Body::from(body.into())).expect("a request")
}

impl World {
    /// Sends a request, lets it be routed, and returns the response to the sender.
    pub async fn takes(&self, line: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> (StatusCode, Value) {
        let told = self.asks(request(line, headers, body)).await;
        self.settle().await;
        told
    }

    /// Returns the alerts by name: `DiskFull firing, Ping resolved`.
    async fn alerts(&self) -> String {
        let listed = self.get("/api/v1/alerts").await;
        let line = |alert: &Value| format!("{} {}", alert["name"].as_str().unwrap(), alert["state"].as_str().unwrap());
        let mut lines: Vec<String> = listed["items"].as_array().unwrap().iter().map(line).collect();
        lines.sort();
        lines.join(", ")
    }

    /// Returns the deliveries that could not be read.
    async fn unreadable(&self) -> Vec<String> {
        let read = self.app.store.read(|reads| reads.unreadable_deliveries(10)).await;
        read.expect("read").into_iter().map(|delivery| delivery.why).collect()
    }
}
