//! Outgoing webhooks: what arrives, and what happens while the receiver fails.

mod failing;
mod privacy;
mod shapes;
mod verification;

use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use serde_json::Value;

use crate::{
    fake_http::{FakeHttp, Reaction, Received},
    world::World,
};

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A receiver whose answers a story can change, with the webhook that leads to it.
pub struct Receiver {
    pub http: FakeHttp,
    status: Arc<AtomicU16>,
    id: &'static str,
    secrets: tempfile::TempDir,
}

impl Receiver {
    /// A receiver that takes everything.
    pub async fn start(id: &'static str) -> Self {
        let status = Arc::new(AtomicU16::new(204));
        let answer = Arc::clone(&status);
        let react = move |_: &Received| match answer.load(Ordering::SeqCst) {
            // It takes the request and says nothing.
            0 => Reaction::Hang,
            429 => Reaction::with_header(429, "retry-after", "600"),
            status => Reaction::answer(status, ""),
        };
        let secrets = tempfile::tempdir().unwrap();
        std::fs::write(secrets.path().join("new"), SECRET).unwrap();
        std::fs::write(secrets.path().join("old"), "whsec_b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xk\n").unwrap();
        Self { http: FakeHttp::start(react).await, status, id, secrets }
    }

    /// Answers with this status from now on.
    pub fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// The webhook in bot.toml, with these events and more settings.
    pub fn webhook(&self, events: &str, more: &str) -> String {
        let secret = self.secrets.path().join("new");
        let (id, url, secret) = (self.id, &self.http.url, secret.display());
        format!(
            "[[webhooks]]\nid = \"{id}\"\nurl = \"{url}/hook\"\nsecrets = [\"file:{secret}\"]\nevents = {events}\n{more}\n"
        )
    }

    /// The same while its secret is rotated.
    pub fn webhook_in_rotation(&self) -> String {
        let (old, new) = (self.secrets.path().join("old"), self.secrets.path().join("new"));
        let secrets = format!("secrets = [\"file:{}\", \"file:{}\"]", old.display(), new.display());
        let webhook = self.webhook("[\"*\"]", "");
        let lines = webhook.lines().map(|line| if line.starts_with("secrets") { secrets.as_str() } else { line });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The bodies that came.
    pub fn bodies(&self) -> Vec<Value> {
        self.http.received().iter().map(Received::json).collect()
    }

    /// The names of the events that came, in order.
    pub fn events(&self) -> Vec<String> {
        self.bodies().iter().map(|body| body["type"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The ids of the messages that came.
    pub fn ids(&self) -> Vec<String> {
        self.http.received().iter().map(|request| request.headers["webhook-id"].clone()).collect()
    }
}

/// Declares an incident that pages nobody.
pub async fn declare(world: &World, title: &str) {
    crate::world::done(&world.says("ann", &format!("/incident declare \"{title}\" severity:sev3")).await);
}
