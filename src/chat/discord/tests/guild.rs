//! A fake guild with state: the routes that the mirror uses, Discord's error codes, and injected failures.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

use serde_json::{Value, json};

use super::peer::{Peer, Reaction, Seen, answer, refusal};

pub const GUILD: u64 = 1;
pub const BOT: u64 = 2;

/// The failure of the next matching request.
pub enum Fault {
    /// The request has no effect and gets this response.
    Instead(u16, u64),
    /// The request takes effect and the connection closes before the response.
    DoneAndDropped,
}

#[derive(Default)]
pub struct State {
    next: u64,
    pub channels: BTreeMap<u64, Value>,
    /// Each channel's messages, and its pins.
    pub messages: BTreeMap<u64, BTreeMap<u64, Value>>,
    pub pins: Vec<u64>,
    nonces: BTreeMap<String, u64>,
    faults: VecDeque<(&'static str, Fault)>,
    /// The bodies of first responses and replies to interactions.
    pub responses: Vec<Value>,
    /// The time of the next message, in milliseconds of Discord's epoch.
    pub clock: u64,
}

pub struct Guild {
    pub peer: Peer,
    state: Arc<Mutex<State>>,
}

impl Guild {
    pub async fn start() -> Self {
        let state: Arc<Mutex<State>> = Arc::new(Mutex::new(State { next: 1000, ..State::default() }));
        let held = Arc::clone(&state);
        let peer = Peer::start(move |seen| held.lock().unwrap().react(seen)).await;
        Self { peer, state }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Injects a failure into the next request that begins with `line`.
    pub fn breaks(&self, line: &'static str, fault: Fault) {
        self.state().faults.push_back((line, fault));
    }

    /// Returns the requests since the last call, without reads.
    pub fn writes(&self) -> Vec<String> {
        self.peer.take().into_iter().filter(|seen| seen.method != "GET").map(|seen| seen.line()).collect()
    }

    /// Returns the channel with this name.
    pub fn channel(&self, name: &str) -> Value {
        let state = self.state();
        let found = state.channels.values().find(|channel| channel["name"] == name);
        found.unwrap_or_else(|| panic!("there is no {name}")).clone()
    }

    /// Returns the messages of a channel, oldest first.
    pub fn messages(&self, name: &str) -> Vec<Value> {
        let id = number(&self.channel(name)["id"]);
        self.state().messages.get(&id).map(|all| all.values().cloned().collect()).unwrap_or_default()
    }

    pub fn texts(&self, name: &str) -> Vec<String> {
        let text = |message: &Value| {
            message["embeds"][0]["description"].as_str().unwrap_or_default().trim_start_matches("-# ").to_owned()
        };
        self.messages(name).iter().map(text).collect()
    }
}

pub fn number(id: &Value) -> u64 {
    id.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{id} is no id"))
}

impl State {
    fn react(&mut self, seen: &Seen) -> Reaction {
        let line = seen.line();
        let fault = self.faults.iter().position(|(begin, _)| line.starts_with(begin));
        match fault.and_then(|at| self.faults.remove(at)) {
            Some((_, Fault::Instead(status, code))) => refusal(status, code, "as ordered"),
            Some((_, Fault::DoneAndDropped)) => {
                self.act(seen);
                Reaction::Drop
            }
            None => self.act(seen),
        }
    }

    fn act(&mut self, seen: &Seen) -> Reaction {
        let path = seen.path.trim_start_matches("/api/v10/");
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let parts: Vec<&str> = path.split('/').collect();
        match (seen.method.as_str(), parts.as_slice()) {
            ("GET", ["users", "@me"]) => answer(200, &json!({ "id": BOT.to_string() })),
            ("GET", ["guilds", _, "channels"]) => {
                let listed = self.channels.values().filter(|channel| channel["type"] != 1).cloned().collect();
                answer(200, &Value::Array(listed))
            }
            ("POST", ["guilds", _, "channels"]) => self.make(&seen.body),
            ("GET", ["guilds", _, "threads", "active"]) => answer(200, &json!({ "threads": [] })),
            ("PUT", ["applications", _, "guilds", _, "commands"]) => answer(200, &json!([])),
            ("POST", ["interactions", _, _, "callback"]) => {
                self.responses.push(seen.body.clone());
                answer(204, &Value::Null)
            }
            ("PATCH", ["webhooks", _, _, "messages", "@original"]) => {
                self.responses.push(seen.body.clone());
                answer(200, &seen.body)
            }
            ("POST", ["users", "@me", "channels"]) => {
                let name = format!("dm-{}", seen.body["recipient_id"].as_str().unwrap());
                self.make(&json!({ "name": name, "type": 1 }))
            }
            (method, ["channels", channel, rest @ ..]) => {
                let channel: u64 = channel.parse().unwrap();
                if !self.channels.contains_key(&channel) {
                    return refusal(404, 10003, "Unknown Channel");
                }
                self.in_channel(method, channel, rest, (&seen.body, query))
            }
            other => panic!("nobody expected {other:?}"),
        }
    }

    fn id(&mut self) -> u64 {
        self.next += 1;
        (self.clock << 22) + self.next
    }

    fn make(&mut self, body: &Value) -> Reaction {
        let inside = self.channels.values().filter(|other| other["parent_id"] == body["parent_id"]).count();
        if !body["parent_id"].is_null() && inside >= 50 {
            let errors = json!({ "parent_id": { "_errors": [{ "code": "CHANNEL_PARENT_MAX_CHANNELS" }] } });
            return answer(400, &json!({ "code": 50035, "message": "Invalid Form Body", "errors": errors }));
        }
        let id = self.id();
        let mut channel =
            json!({ "id": id.to_string(), "permission_overwrites": [], "topic": null, "parent_id": null });
        merge(&mut channel, body);
        self.channels.insert(id, channel.clone());
        answer(201, &channel)
    }

    fn in_channel(&mut self, method: &str, channel: u64, rest: &[&str], (body, query): (&Value, &str)) -> Reaction {
        match (method, rest) {
            ("PATCH", []) => {
                let is = self.channels.get_mut(&channel).unwrap();
                merge(is, body);
                answer(200, is)
            }
            ("PUT", ["permissions", user]) => {
                let mut overwrite = json!({ "id": user });
                merge(&mut overwrite, body);
                let is = self.channels.get_mut(&channel).unwrap();
                is["permission_overwrites"].as_array_mut().unwrap().push(overwrite);
                answer(204, &Value::Null)
            }
            ("POST", ["messages"]) => self.post(channel, body),
            ("POST", ["threads"]) => {
                let mut thread = body.clone();
                thread["parent_id"] = channel.to_string().into();
                self.make(&thread)
            }
            ("PUT", ["thread-members", _]) => answer(204, &Value::Null),
            ("GET", ["messages"]) => {
                let bound = |name: &str| -> Option<u64> {
                    query.split('&').find_map(|part| part.strip_prefix(name)).map(|id| id.parse().unwrap())
                };
                let all = self.messages.entry(channel).or_default();
                let page: Vec<Value> = match (bound("after="), bound("before=")) {
                    (Some(after), _) => all.range(after + 1..).take(100).map(|(_, one)| one.clone()).collect(),
                    (None, before) => {
                        let newest = all.range(..before.unwrap_or(u64::MAX)).rev().take(100);
                        let mut page: Vec<Value> = newest.map(|(_, one)| one.clone()).collect();
                        page.reverse();
                        page
                    }
                };
                answer(200, &Value::Array(page.into_iter().rev().collect()))
            }
            ("PUT", ["messages", "pins", message]) => {
                self.pins.push(message.parse().unwrap());
                answer(204, &Value::Null)
            }
            ("PATCH", ["messages", message]) => {
                let message: u64 = message.parse().unwrap();
                let Some(is) = self.messages.entry(channel).or_default().get_mut(&message) else {
                    return refusal(404, 10008, "Unknown Message");
                };
                merge(is, body);
                answer(200, is)
            }
            ("DELETE", ["messages", message]) => {
                self.messages.entry(channel).or_default().remove(&message.parse().unwrap());
                answer(204, &Value::Null)
            }
            other => panic!("nobody expected {other:?}"),
        }
    }

    fn post(&mut self, channel: u64, body: &Value) -> Reaction {
        let nonce = body["nonce"].as_str().unwrap().to_owned();
        assert!(body["enforce_nonce"] == true && nonce.len() <= 25, "{body}");
        if let Some(there) = self.nonces.get(&nonce).and_then(|id| self.messages.get(&channel)?.get(id)) {
            return answer(200, there);
        }
        let id = self.id();
        let mut message = json!({ "id": id.to_string(), "author": { "id": BOT.to_string() } });
        merge(&mut message, body);
        // The nonce is only in the response.
        message.as_object_mut().unwrap().remove("nonce");
        self.nonces.insert(nonce, id);
        self.messages.entry(channel).or_default().insert(id, message.clone());
        answer(200, &message)
    }

    /// Lets the time pass in which Discord remembers a nonce.
    pub fn forget_nonces(&mut self) {
        self.nonces.clear();
    }
}

fn merge(is: &mut Value, change: &Value) {
    for (key, value) in change.as_object().unwrap() {
        is[key] = value.clone();
    }
}
