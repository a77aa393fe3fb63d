//! An ntfy server over real sockets: topics that keep their messages, sequence ids, access tokens, and failures that a test
//! asks for. It refuses what the real server refuses, with the same codes.
#![allow(dead_code, reason = "each test program uses the part it needs")]

mod publish;
mod read;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

use serde_json::{Value, json};

use crate::fake_http::{FakeHttp, Reaction, Received};

/// A failure of the next request that publishes.
#[derive(Clone, Debug)]
pub enum NtfyFault {
    /// The message is taken, and the connection closed without an answer.
    TakenWithoutAnswer,
    /// The connection is closed before the message is taken.
    NotTaken,
    /// A refusal with this status and code.
    Refused(u16, u32),
}

/// What a phone shows: one notification for each sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    pub title: String,
    pub text: String,
    pub priority: i64,
    /// The labels of the buttons with the addresses they post to.
    pub buttons: Vec<(String, String)>,
    pub click: Option<String>,
    pub attached: Option<String>,
}

#[derive(Default)]
struct State {
    /// From version 2.16 on sequence ids are kept.
    old_version: bool,
    /// Names by access token. With any token, topics need one.
    users: BTreeMap<String, String>,
    /// Every event of every topic, as the server sends it.
    events: Vec<Value>,
    faults: VecDeque<NtfyFault>,
    /// Unix time, moved by the test.
    now: i64,
}

/// The server. It ends when it is dropped.
pub struct FakeNtfy {
    pub http: FakeHttp,
    state: Arc<Mutex<State>>,
}

impl FakeNtfy {
    /// A server of version 2.16 that everybody may use.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State { now: 1_772_445_600, ..State::default() }));
        let served = Arc::clone(&state);
        let react = move |request: &Received| answer(&mut served.lock().expect("no test panicked"), request);
        Self { http: FakeHttp::start(react).await, state }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.http.url
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panicked")
    }

    /// From now on it knows nothing of sequence ids, like versions before 2.16.
    pub fn downgrade(&self) {
        self.state().old_version = true;
    }

    /// From now on topics need this token.
    pub fn require_token(&self, token: &str) {
        self.state().users.insert(token.to_owned(), "hotroom".to_owned());
    }

    /// The next requests that publish fail like this, one after another.
    pub fn fail_next(&self, fault: NtfyFault) {
        self.state().faults.push_back(fault);
    }

    /// Lets time pass.
    pub fn advance(&self, seconds: i64) {
        self.state().now += seconds;
    }

    /// Every message of a topic, in the order of arrival.
    pub fn messages(&self, topic: &str) -> Vec<Value> {
        let state = self.state();
        let of_topic = |event: &&Value| event["topic"] == topic && event["event"] == "message";
        state.events.iter().filter(of_topic).cloned().collect()
    }

    /// What the phone of somebody who follows the topic shows, the oldest sequence first.
    pub fn notifications(&self, topic: &str) -> Vec<Notification> {
        let state = self.state();
        let mut shown: Vec<(String, Notification)> = Vec::new();
        for event in state.events.iter().filter(|event| event["topic"] == topic) {
            let sequence = sequence_of(event).to_owned();
            if event["event"] == "message" {
                let notification = notification(event);
                match shown.iter_mut().find(|(known, _)| *known == sequence) {
                    Some((_, earlier)) => *earlier = notification,
                    None => shown.push((sequence, notification)),
                }
            } else {
                shown.retain(|(known, _)| *known != sequence);
            }
        }
        shown.into_iter().map(|(_, notification)| notification).collect()
    }
}

/// The sequence of an event: a message without one is its own.
fn sequence_of(event: &Value) -> &str {
    event["sequence_id"].as_str().or_else(|| event["id"].as_str()).unwrap_or_default()
}

fn notification(event: &Value) -> Notification {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let buttons = event["actions"].as_array().into_iter().flatten();
    Notification {
        title: text(&event["title"]),
        text: text(&event["message"]),
        priority: event["priority"].as_i64().unwrap_or(3),
        buttons: buttons.map(|action| (text(&action["label"]), text(&action["url"]))).collect(),
        click: event["click"].as_str().map(str::to_owned),
        attached: event["attachment"]["url"].as_str().map(str::to_owned),
    }
}

fn answer(state: &mut State, request: &Received) -> Reaction {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let done = match (request.method.as_str(), parts.as_slice()) {
        ("POST", []) => return publish::answer(state, request),
        ("GET", ["v1", "health"]) => Ok(json!({"healthy": true})),
        ("GET", ["v1", "version"]) => {
            let version = if state.old_version { "2.15.0" } else { "2.16.0" };
            Ok(json!({"version": version, "commit": "0000000", "date": "2026-01-20T00:00:00Z"}))
        }
        ("GET", ["v1", "stats"]) => Ok(json!({"messages": state.events.len(), "messages_rate": 0.5})),
        ("GET", ["v1", "account"]) => read::account(state, request),
        ("GET", [topics, "auth"]) => access(state, request, topics).map(|()| json!({"success": true})),
        ("GET", [topic, "json"]) => return read::poll(state, request, topic, query),
        ("PUT", [topic, sequence, "clear"]) => {
            read::end(state, request, "message_clear", &sequence_at(topic, sequence))
        }
        ("DELETE", [topic, sequence]) => read::end(state, request, "message_delete", &sequence_at(topic, sequence)),
        _ => Err((404, 40401)),
    };
    match done {
        Ok(body) => Reaction::answer(200, body.to_string()),
        Err((status, code)) => refusal(status, code),
    }
}

/// A sequence of a topic.
struct Sequence {
    topic: String,
    id: String,
}

fn sequence_at(topic: &str, id: &str) -> Sequence {
    Sequence { topic: topic.to_owned(), id: id.to_owned() }
}

/// A refusal: its status and its code.
type Refusal = (u16, u32);

fn refusal(status: u16, code: u32) -> Reaction {
    let link = "https://ntfy.sh/docs/";
    let body = json!({"code": code, "http": status, "error": "what the server says about it", "link": link});
    Reaction::answer(status, body.to_string())
}

/// The name of whoever sends the request; an unknown token is refused.
fn user<'a>(state: &'a State, request: &Received) -> Result<Option<&'a str>, Refusal> {
    let Some(header) = request.headers.get("authorization") else { return Ok(None) };
    let token = header.strip_prefix("Bearer ").unwrap_or_default();
    state.users.get(token).map(|name| Some(name.as_str())).ok_or((401, 40101))
}

/// Whether the request may use the topics.
fn access(state: &State, request: &Received, topics: &str) -> Result<(), Refusal> {
    if !topics.split(',').all(is_name) {
        return Err((400, 40009));
    }
    match user(state, request)? {
        None if !state.users.is_empty() => Err((403, 40301)),
        Some(_) | None => Ok(()),
    }
}

/// True for the name of a topic or of a sequence.
fn is_name(name: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=64).contains(&name.len()) && name.chars().all(fine)
}
