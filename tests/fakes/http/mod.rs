//! An outside system that speaks HTTP over real sockets, remembers every request, and fails as a test says. All adapters
//! are tested against it; [`table`] is the table of failures that each of them must pass.
#![allow(dead_code, reason = "each test program uses the part it needs")]

pub mod certificate;
mod serve;
pub mod table;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::watch,
    task::JoinHandle,
};

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: String,
    /// With its query.
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Received {
    /// `POST /hook`.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// What the system does with a request.
#[derive(Clone, Debug)]
pub enum Reaction {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// The request is read and the connection closed.
    Close,
    /// The request is read and nothing follows.
    Hang,
    /// These bytes, whatever they are, and then the end of the connection.
    Raw(Vec<u8>),
    /// A successful answer without an end.
    Endless,
    /// These bytes at once, and then the byte again and again, a second after the other.
    Drip {
        start: Vec<u8>,
        drop: u8,
    },
}

impl Reaction {
    /// An answer with a body.
    pub fn answer(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer { status, headers: vec![("content-type", "application/json".to_owned())], body: body.into() }
    }

    /// An answer with a header and no body.
    pub fn with_header(status: u16, name: &'static str, value: impl Into<String>) -> Self {
        Self::Answer { status, headers: vec![(name, value.into())], body: Vec::new() }
    }
}

type React = Arc<Mutex<dyn FnMut(&Received) -> Reaction + Send>>;

/// The system. It ends when it is dropped.
pub struct FakeHttp {
    /// Where it listens: `http://127.0.0.1:41234`.
    pub url: String,
    received: watch::Receiver<Vec<Received>>,
    task: JoinHandle<()>,
}

impl Drop for FakeHttp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FakeHttp {
    /// A system that reacts to each request as `react` says.
    pub async fn start(react: impl FnMut(&Received) -> Reaction + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (notes, received) = watch::channel(Vec::new());
        let (react, notes): (React, _) = (Arc::new(Mutex::new(react)), Arc::new(notes));
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                connections.spawn(serve::connection(socket, Arc::clone(&react), Arc::clone(&notes)));
            }
        });
        Self { url, received, task }
    }

    /// Every request so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.borrow().clone()
    }

    /// `POST /hook` for each request so far.
    pub fn lines(&self) -> Vec<String> {
        self.received.borrow().iter().map(Received::line).collect()
    }

    /// Waits until such a request has come.
    pub async fn until(&self, condition: impl Fn(&Received) -> bool) {
        let mut received = self.received.clone();
        received.wait_for(|received| received.iter().any(&condition)).await.expect("the system runs");
    }
}

/// A port that refuses connections for as long as this lives: it is bound, and nobody listens.
pub struct RefusingPort(TcpSocket);

impl RefusingPort {
    pub fn open() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
        Self(socket)
    }

    /// `127.0.0.1:41234`.
    pub fn address(&self) -> String {
        self.0.local_addr().expect("an address").to_string()
    }
}

/// A port that accepts connections, takes what is sent, and never says a word: a TLS handshake with it never ends.
pub struct SilentPort {
    /// `127.0.0.1:41234`.
    pub address: String,
    accepted: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl Drop for SilentPort {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl SilentPort {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (count, accepted) = watch::channel(0);
        let task = tokio::spawn(async move {
            let mut sockets = Vec::new();
            while let Ok((socket, _)) = listener.accept().await {
                sockets.push(socket);
                count.send_modify(|count| *count += 1);
            }
        });
        Self { address, accepted, task }
    }

    /// Waits until a connection has been accepted.
    pub async fn until_accepted(&self) {
        self.accepted.clone().wait_for(|count| *count > 0).await.expect("the port is open");
    }
}
