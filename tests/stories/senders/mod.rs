//! What senders post, through the front door: from their bodies to what people see.

mod acknowledged;
mod amazon;
mod changes;
mod doors;
mod heartbeats;
mod rounds;
mod signatures;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::Value;

use crate::world::World;

/// A request as some sender makes it, from this machine.
fn request(line: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Request<Body> {
    let (method, path) = line.split_once(' ').expect("a method and a path");
    let request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Body::from(body.into())).expect("a request")
}

impl World {
    /// Sends what a sender sends, lets it be routed, and answers with what the sender is told.
    async fn takes(&self, line: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> (StatusCode, Value) {
        let told = self.asks(request(line, headers, body)).await;
        self.settle().await;
        told
    }

    /// `DiskFull firing, Ping resolved`: the alerts by name.
    async fn alerts(&self) -> String {
        let listed = self.get("/api/v1/alerts").await;
        let line = |alert: &Value| format!("{} {}", alert["name"].as_str().unwrap(), alert["state"].as_str().unwrap());
        let mut lines: Vec<String> = listed["items"].as_array().unwrap().iter().map(line).collect();
        lines.sort();
        lines.join(", ")
    }

    /// What could not be read of what came.
    async fn unreadable(&self) -> Vec<String> {
        let read = self.app.store.read(|reads| reads.unreadable_deliveries(10)).await;
        read.expect("read").into_iter().map(|delivery| delivery.why).collect()
    }
}
