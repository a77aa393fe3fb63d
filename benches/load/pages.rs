//! Measures how long a page takes from its due time to its acceptance by the provider: 200 people at once, while the bot is
//! idle, and in a storm of at least 10,000 alerts. Messages of a lower priority to the same people are due just before.

use std::{
    fmt::Write,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::alert_body;
use crate::{
    bot::Bot,
    client::{self, Load, run_load},
};

/// How many people one page reaches.
const PEOPLE: usize = 200;
/// How long all messages may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Prints the times from due to accepted.
pub async fn pages() {
    println!("\n## {PEOPLE} pages due at once, by text message through a gateway on loopback");
    let idle = Pager::start().await;
    idle.page("idle").await;
    drop(idle);
    let busy = Pager::start().await;
    let addr = busy.bot.addr;
    // 10,000 alerts, and more until the pages have left.
    let load = tokio::spawn(async move {
        let load = Load::post("/intake/alertmanager", |n| alert_body(n, 1)).connections(64);
        run_load(addr, &load.span(Duration::from_secs(15)).total(100_000)).await
    });
    let mut head_start = tokio::time::interval(Duration::from_secs(3));
    head_start.tick().await;
    head_start.tick().await;
    busy.page("intake at 64 connections").await;
    let summary = load.await.expect("the load ends");
    assert!(summary.done >= 10_000, "it is a storm: {} alerts", summary.done);
    println!("{:<58} {:>9} alerts, {:.0}/s", "taken meanwhile", summary.done, summary.per_second);
}

/// What a message to the gateway was about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MessageSort {
    Page,
    /// A test of the contact method, which has a lower priority.
    Test,
}

/// A bot whose team is paged, and the gateway that takes the messages.
struct Pager {
    bot: Bot,
    taken: Arc<Mutex<Vec<MessageSort>>>,
    _dir: tempfile::TempDir,
}

impl Pager {
    async fn start() -> Self {
        let (gateway, taken) = gateway().await;
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::write(dir.path().join("bot.toml"), settings(gateway)).expect("the configuration is written");
        let bot = Bot::start_in(dir.path(), &[]).await;
        Self { bot, taken, _dir: dir }
    }

    async fn says(&self, line: &'static str) {
        let asked = Load::post("/api/v1/commands", move |_| serde_json::json!({ "text": line }).to_string());
        let heard = run_load(self.bot.addr, &asked.connections(1).total(1)).await;
        assert_eq!(heard.failed, 0, "{line}");
    }

    /// Tests everybody's telephone, pages everybody, and prints the figures.
    async fn page(&self, what: &str) {
        self.says("/oncall test sure:yes").await;
        self.says("/page crowd \"bench\"").await;
        let delays = tokio::time::timeout(PATIENCE, self.delays()).await.expect("every page is accepted in time");
        let taken = self.taken.lock().expect("no panic").clone();
        let pages = taken.iter().filter(|taken| **taken == MessageSort::Page).count();
        assert_eq!((delays.len(), pages), (PEOPLE, PEOPLE), "none is lost, none twice");
        let last = taken.iter().rposition(|taken| *taken == MessageSort::Page).unwrap_or_default();
        let overtaken = PEOPLE - taken[..last].iter().filter(|taken| **taken == MessageSort::Test).count();
        println!("{:<58} {overtaken:>9} of {PEOPLE}", "tests, due before, that all pages have overtaken");
        let at = |share: usize| delays[(delays.len() * share / 100).min(delays.len() - 1)];
        println!("{:<58} p50 {:>7} ms  p99 {:>7} ms", format!("due to accepted, {what}"), at(50), at(99));
    }

    /// The milliseconds from due to accepted of each message, sorted, once all are accepted.
    async fn delays(&self) -> Vec<i64> {
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        loop {
            tick.tick().await;
            let (_, text) = client::get(self.bot.addr, "/api/v1/pages").await;
            let list: Value = serde_json::from_str(&text).unwrap_or_default();
            let attempts = list["items"][0]["attempts"].as_array().cloned().unwrap_or_default();
            let contacts = attempts.iter().flat_map(|attempt| attempt["contacts"].as_array().into_iter().flatten());
            let mut delays: Vec<i64> = contacts.filter(|c| c["status"] == "accepted").map(delay).collect();
            if delays.len() >= PEOPLE {
                delays.sort_unstable();
                return delays;
            }
        }
    }
}

fn delay(contact: &Value) -> i64 {
    let time = |name: &str| contact[name].as_str().and_then(|time| time.parse::<DateTime<Utc>>().ok()).expect("a time");
    (time("at") - time("due")).num_milliseconds()
}

/// Settings with a team of people who have a telephone each.
fn settings(gateway: SocketAddr) -> String {
    let mut toml = String::new();
    let names: Vec<String> = (0..PEOPLE).map(|n| format!("p{n}")).collect();
    for (n, name) in names.iter().enumerate() {
        let access = if n == 0 { "admin" } else { "responder" };
        let contact = format!("gateway:+49151{n:08}");
        writeln!(
            toml,
            "[[people]]\nid = \"{name}\"\nname = \"{name}\"\naccess = \"{access}\"\ncontacts = [\"{contact}\"]"
        )
        .expect("a text");
    }
    format!(
        "{toml}\n[[teams]]\nid = \"ops\"\nname = \"Operations\"\nmembers = [\"p0\"]\n\n[[teams]]\nid = \"crowd\"\nname = \"Crowd\"\nmembers = {names:?}\n\n[pager]\nfallback = \"p0\"\n\n\
         [[schedules]]\nid = \"primary\"\ntimezone = \"UTC\"\n\n[[schedules.layers]]\npeople = [{names:?}]\n\
         start = \"2026-01-05 09:00\"\nturn = \"1w\"\n\n[[escalations]]\nid = \"default\"\nrepeat = 0\n\n\
         [[escalations.steps]]\ntargets = [\"team:crowd\"]\ndelay = \"5m\"\n\n[[contact_gateways]]\nid = \"sms\"\n\
         name = \"SMS\"\nmethod = \"POST\"\nurl = \"http://{gateway}/sms\"\ncontent_type = \"application/json\"\n\
         body = '{{\"to\": \"{{{{number}}}}\", \"text\": \"{{{{text}}}}\"}}'\n"
    )
}

/// A gateway that takes every message at once. Returns its address and what it has taken, in order.
async fn gateway() -> (SocketAddr, Arc<Mutex<Vec<MessageSort>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let addr = listener.local_addr().expect("an address");
    let taken: Arc<Mutex<Vec<MessageSort>>> = Arc::default();
    let list = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, Arc::clone(&list)));
        }
    });
    (addr, taken)
}

async fn answer(mut stream: TcpStream, taken: Arc<Mutex<Vec<MessageSort>>>) {
    let mut buffer = Vec::new();
    let mut part = [0u8; 4096];
    loop {
        let Some(end) = whole(&buffer) else {
            match stream.read(&mut part).await {
                Ok(0) | Err(_) => return,
                Ok(read) => buffer.extend_from_slice(&part[..read]),
            }
            continue;
        };
        let request: Vec<u8> = buffer.drain(..end).collect();
        let is_test = String::from_utf8_lossy(&request).contains("hotroom test");
        taken.lock().expect("no panic").push(if is_test { MessageSort::Test } else { MessageSort::Page });
        let answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}

/// The length of the first request, if all of it is there.
fn whole(buffer: &[u8]) -> Option<usize> {
    let head = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&buffer[..head]).to_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    let end = head + length.unwrap_or(0);
    (buffer.len() >= end).then_some(end)
}
