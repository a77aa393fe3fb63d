//! Contact methods: who gets which message when, what its link does, and what people see of it.

mod alarms;
mod bundles;
mod evidence;
mod failing;
mod heartbeat;
mod links;
mod mail;
mod ntfy;
mod phone;
mod policies;
mod privacy;
mod profile;
mod reach;
mod reminders;
mod requests;
mod rules;
mod sheet;
mod together;
mod webhook;

use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use hotroom::domain::oncall::Page;
use serde_json::Value;

use crate::{
    fake_http::{FakeHttp, Reaction, Received},
    world::{World, done},
};

/// The providers of a story: a gateway of text messages and an ntfy server, on one address.
pub struct Providers {
    pub http: FakeHttp,
    status: Arc<AtomicU16>,
}

impl Providers {
    pub async fn start() -> Self {
        let status = Arc::new(AtomicU16::new(200));
        let answer = Arc::clone(&status);
        let mut count = 0;
        let react = move |request: &Received| match answer.load(Ordering::SeqCst) {
            status if status != 200 && request.path == "/sms" => Reaction::answer(status, "{}"),
            _ if request.method == "GET" => Reaction::answer(200, ""),
            _ => {
                count += 1;
                let topic = request.json()["topic"].as_str().unwrap_or_default().to_owned();
                Reaction::answer(
                    200,
                    format!("{{\"id\":\"m{count}\",\"event\":\"message\",\"topic\":\"{topic}\",\"time\":1}}"),
                )
            }
        };
        Self { http: FakeHttp::start(react).await, status }
    }

    /// The gateway answers with this status from now on.
    pub fn gateway_answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// Settings with both providers, where these people have these methods.
    pub fn settings(&self, people: &[(&str, &[&str])], private: bool) -> String {
        let url = &self.http.url;
        let person = |id: &&str| {
            let given = people.iter().find(|(known, _)| known == id).map(|(_, contacts)| *contacts).unwrap_or_default();
            let access = if *id == "ann" { "admin" } else { "responder" };
            format!("[[people]]\nid = \"{id}\"\nname = \"{}\"\naccess = \"{access}\"\ncontacts = {given:?}\n", name(id))
        };
        let people: String = ["ann", "bob", "cho", "dee"].iter().map(person).collect();
        format!(
            "{people}\n[ntfy]\nserver = \"{url}\"\nprivate = {private}\n\n[[contact_gateways]]\nid = \"sms\"\nname = \"SMS\"\n\
             method = \"POST\"\nurl = \"{url}/sms\"\ncontent_type = \"application/json\"\nprivate = {private}\n\
             body = '{{\"to\": \"{{{{number}}}}\", \"text\": \"{{{{text}}}}\", \"id\": \"{{{{id}}}}\"}}'\n"
        )
    }

    /// The text messages so far: number and text.
    pub fn texts(&self) -> Vec<(String, String)> {
        let sent = self.http.received().into_iter().filter(|request| request.path == "/sms");
        sent.map(|request| (text_of(&request.json()["to"]), text_of(&request.json()["text"]))).collect()
    }

    /// The pushes so far: topic, title and priority.
    pub fn pushes(&self) -> Vec<(String, String, u64)> {
        let sent = self.http.received().into_iter().filter(|request| request.method == "POST" && request.path == "/");
        sent.map(|request| {
            let body = request.json();
            (text_of(&body["topic"]), text_of(&body["title"]), body["priority"].as_u64().unwrap_or(3))
        })
        .collect()
    }

    /// The whole bodies of everything that was sent.
    pub fn bodies(&self) -> String {
        self.http.received().iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect()
    }
}

fn name(id: &str) -> String {
    let mut name = id.to_owned();
    name[..1].make_ascii_uppercase();
    name
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Declares an incident that pages: on 2026-03-02 cho is on call.
pub async fn declare(world: &World, more: &str) -> String {
    let line = format!("/incident declare \"Checkout is down\" severity:sev1 service:checkout {more}");
    done(&world.says("dee", &line).await).incident.clone().expect("an incident").to_string()
}

pub async fn page(world: &World, key: &str) -> Page {
    let id = world.incident(key).await.id;
    world.app.store.read(move |reads| reads.pages_of_incident(id)).await.unwrap().remove(0)
}

/// The status of each message of a page: `cho ntfy accepted`.
pub fn statuses(page: &Page) -> Vec<String> {
    let of = |attempt: &hotroom::domain::oncall::Attempt| {
        let line = |c: &hotroom::domain::oncall::ContactAttempt| {
            format!("{} {} {}", attempt.person, c.kind.name(), c.outcome.name())
        };
        attempt.contacts.iter().map(line).collect::<Vec<_>>()
    };
    page.attempts.iter().flat_map(of).collect()
}

/// What the line of a page in a room says of whom it pages next.
pub async fn next_paged(world: &World, room: &str) -> String {
    let lines = world.posts_of(room).await;
    lines.into_iter().filter_map(|post| post.footer).find(|footer| footer.starts_with("Next at")).unwrap_or_default()
}

/// The path of the first link in a text.
pub fn link(text: &str) -> String {
    let at = text.find("/a/").unwrap_or_else(|| panic!("no link in {text}"));
    text[at..].chars().take("/a/".len() + 20).collect()
}

/// Opens a link, as a browser that nobody is signed in at.
pub async fn opens(world: &World, method: &str, path: &str) -> (StatusCode, String) {
    let request =
        Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080").header("accept", "text/html");
    let (status, view) = world.asks(request.body(Body::empty()).unwrap()).await;
    (status, view.as_str().map_or_else(|| view.to_string(), str::to_owned))
}
