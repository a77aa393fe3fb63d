//! The HTTP client of the demo.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, bail};
use reqwest::{Client, RequestBuilder};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{BETWEEN, Demo, TRIES, script::Fire};
use crate::{
    cli::client,
    domain::{Timestamp, ids::uuid_at},
    net::tls::CertificateTrouble,
};

/// The largest response body.
const LARGEST: usize = 4 << 20;

/// The HTTP endpoints of the bot that the demo uses.
pub(super) struct DemoClient<'a> {
    demo: &'a Demo,
    http: Client,
    /// When each alert started: a sender repeats the same start until the alert is resolved.
    began: Mutex<BTreeMap<(&'static str, &'static str), Timestamp>>,
}

impl<'a> DemoClient<'a> {
    pub(super) fn new(demo: &'a Demo) -> anyhow::Result<Self> {
        Ok(Self { demo, http: client::client(demo.ca.as_deref())?, began: Mutex::default() })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.demo.url.trim_end_matches('/'))
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Value> {
        let request = match &self.demo.token {
            Some(token) => request.bearer_auth(token.expose_secret()),
            None => request,
        };
        let mut answer = client::send(request, &self.demo.url).await?;
        let status = answer.status();
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await? {
            body.extend_from_slice(&part);
            if body.len() > LARGEST {
                bail!("the answer is larger than {LARGEST} bytes");
            }
        }
        let said: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if !status.is_success() {
            bail!("{status}: {}", said["detail"].as_str().or(said["title"].as_str()).unwrap_or("no reason was given"));
        }
        Ok(said)
    }

    /// Waits until the bot responds.
    pub(super) async fn ready(&self) -> anyhow::Result<()> {
        let up = || async {
            match self.send(self.http.get(self.url("/readyz"))).await {
                Err(error) if error.is::<CertificateTrouble>() => Err(error),
                answer => Ok(answer.ok()),
            }
        };
        self.wait("an answer", up).await.map(drop).with_context(|| self.url("/readyz"))
    }

    /// Polls until a value is there.
    pub(super) async fn wait<F>(&self, what: &str, ask: impl Fn() -> F) -> anyhow::Result<Value>
    where
        F: Future<Output = anyhow::Result<Option<Value>>>,
    {
        for _ in 0..TRIES {
            if let Some(found) = ask().await? {
                return Ok(found);
            }
            tokio::time::sleep(BETWEEN).await;
        }
        bail!("the bot gave no sign of {what} within {} s", (BETWEEN * TRIES).as_secs())
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(self.http.get(self.url(path))).await
    }

    /// Sends a command as a person in a room.
    pub(super) async fn say(&self, person: &str, room: &str, command: &str) -> anyhow::Result<()> {
        let answer = self
            .send(
                self.http
                    .post(self.url("/api/v1/commands"))
                    .header("X-Hotroom-Person", person)
                    .header("Idempotency-Key", uuid_at(self.demo.clock.now()).to_string())
                    .json(&json!({ "room": room, "text": command })),
            )
            .await?;
        match answer["outcome"].as_str() {
            Some("done") => Ok(()),
            other => {
                bail!("{}: {}", other.unwrap_or("no outcome"), answer["post"]["text"].as_str().unwrap_or_default())
            }
        }
    }

    /// Writes a section of the post-mortem of an incident as a person.
    pub(super) async fn write(&self, person: &str, key: &str, section: &str, words: &str) -> anyhow::Result<()> {
        let document = self.get(&format!("/api/v1/incidents/{key}/postmortem")).await?;
        let sections = document["sections"].as_array().cloned().unwrap_or_default();
        let found = sections.into_iter().find(|one| one["id"] == section).context("there is no such section")?;
        let request = self
            .http
            .put(self.url(&format!("/api/v1/incidents/{key}/postmortem/sections/{section}")))
            .header("X-Hotroom-Person", person)
            .json(&json!({ "text": words, "version": found["version"] }));
        self.send(request).await.map(drop)
    }

    /// Posts alerts as Alertmanager 0.25 does.
    pub(super) async fn alerts(&self, alerts: &[Fire], now: Timestamp) -> anyhow::Result<()> {
        let request = self.http.post(self.url("/intake/alertmanager")).json(&self.body(alerts, now));
        self.send(request).await.map(drop)
    }

    /// Returns a webhook body of version 4.
    pub(super) fn body(&self, alerts: &[Fire], now: Timestamp) -> Value {
        let mut began = self.began.lock().unwrap_or_else(PoisonError::into_inner);
        let mut item = |alert: &Fire| one(alert, *began.entry((alert.name, alert.host)).or_insert(now), now);
        let items: Vec<Value> = alerts.iter().map(&mut item).collect();
        let firing = alerts.iter().any(|alert| !alert.over);
        json!({
            "version": "4",
            "groupKey": "{}:{}",
            "truncatedAlerts": 0,
            "status": if firing { "firing" } else { "resolved" },
            "receiver": "hotroom",
            "groupLabels": {},
            "commonLabels": {},
            "commonAnnotations": {},
            "externalURL": "http://alertmanager.example:9093",
            "alerts": items,
        })
    }
}

fn one(alert: &Fire, began: Timestamp, now: Timestamp) -> Value {
    let stamp = |at: Timestamp| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let ends = if alert.over { stamp(now) } else { "0001-01-01T00:00:00Z".to_owned() };
    // The fingerprint of an alert stays the same, as Alertmanager's hash of the labels does.
    let same = format!("{}/{}/{}", alert.name, alert.service, alert.host);
    json!({
        "status": alert.state(),
        "labels": {
            "alertname": alert.name,
            "severity": alert.severity,
            "service": alert.service,
            "instance": alert.host,
        },
        "annotations": { "summary": alert.summary },
        "startsAt": stamp(began),
        "endsAt": ends,
        "generatorURL": format!("http://prometheus.example:9090/graph?g0.expr={}", alert.name),
        "fingerprint": hex::encode(&<sha2::Sha256 as sha2::Digest>::digest(same)[..8]),
    })
}
