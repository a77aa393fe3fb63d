//! The whole bot behind its own front door, in this process, on a real socket.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use hotroom::{
    app::{App, Clock},
    config::{Config, Live},
    store::{Reads, StoreError},
    web::{
        self,
        server::{Limits, Phase, serve_live},
    },
};
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch};

use crate::wire::{Answer, Client};

/// Saturday 2026-11-21 09:00 UTC, in seconds.
const START: i64 = 1_795_251_600;

/// The bot. No loop runs in it: what is asked of it is all that happens.
pub struct House {
    pub app: Arc<App>,
    pub at: SocketAddr,
    pub state: web::State,
    _phase: watch::Sender<Phase>,
    clock: Arc<AtomicI64>,
    _dir: tempfile::TempDir,
}

impl House {
    /// The shipped configuration.
    pub async fn new() -> Self {
        Self::with("", &[]).await
    }

    /// The shipped configuration with this `bot.toml` and this environment over it.
    pub async fn with(toml: &str, env: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut env: Vec<(String, String)> = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        env.push(("HOTROOM_STORE__PATH".into(), dir.path().join("bot.db").display().to_string()));
        let config = Config::from_text("bot.toml", toml, env).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let clock = Arc::new(AtomicI64::new(0));
        let told = Arc::clone(&clock);
        let tell = move || DateTime::<Utc>::from_timestamp(START + told.load(Ordering::SeqCst), 0).unwrap();
        let (app, _courier) = hotroom::cli::prepare(Live::new(config), Clock::new(tell)).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (phase, watched) = watch::channel(Phase::Serving);
        let state = web::State::new(Arc::clone(&app), watched.clone());
        let router = web::router(state.clone());
        let limits = Limits::of(&app.config.current().server);
        tokio::spawn(serve_live(listener, router, limits, watched, app.config.clone()));
        Self { app, at, state, _phase: phase, clock, _dir: dir }
    }

    /// Lets time pass.
    pub fn later(&self, time: TimeDelta) {
        self.clock.fetch_add(time.num_seconds(), Ordering::SeqCst);
    }

    /// Sends one request on a connection of its own. A `Host` that is not given is `localhost`.
    pub async fn ask(&self, line: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Answer {
        let body = body.as_ref();
        let mut head = format!("{line} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head.push_str("host: localhost\r\n");
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let framed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("transfer-encoding"));
        if !framed && (!body.is_empty() || line.starts_with("POST")) {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        let mut client = Client::open(self.at).await;
        client.send(format!("{head}\r\n")).await.send(body).await;
        client.answer().await
    }

    /// Reads something.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), &[], "").await
    }

    /// Sends JSON as a person.
    pub async fn post(&self, path: &str, person: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json"), ("x-hotroom-person", person)];
        self.ask(&format!("POST {path}"), &headers, body.to_string()).await
    }

    /// Looks into the store.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Reads<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.app.store.read(query).await.unwrap()
    }

    /// Changes the file past the bot.
    pub fn damages(&self, sql: &str) {
        let file = rusqlite::Connection::open(&self.app.config.current().store.path).unwrap();
        file.execute_batch(sql).unwrap();
    }

    /// How many bodies of a source are stored.
    pub async fn stored(&self, source: &'static str) -> usize {
        self.read(move |reads| reads.pending_deliveries(&[source], 10_000, usize::MAX)).await.len()
    }

    /// Signs in at the console; the cookie as a browser sends it back, and the session's token.
    pub async fn signs_in(&self, person: &str) -> (String, String) {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let answer = self.ask("POST /sign-in", &form, format!("person={person}")).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let session = cookie.split_once('=').unwrap().1.to_owned();
        (cookie, web::auth::csrf_of(&session))
    }
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The last part of a problem's type; panics unless the answer is a whole problem document.
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        for member in ["title", "detail", "what_to_do", "request_id"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
        }
        problem["type"].as_str().unwrap().strip_prefix("urn:hotroom:problem:").unwrap().to_owned()
    }
}
