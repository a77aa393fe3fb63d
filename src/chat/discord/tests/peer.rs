//! A server on a real socket for client tests. It records every request and reacts as the test defines.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// A received request.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// Header names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

impl Seen {
    /// Returns the request as in `POST /channels/1/messages`.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path.trim_start_matches("/api/v10"))
    }
}

/// The reaction of the server to a request.
pub enum Reaction {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// Reads the request and closes the connection.
    Drop,
    /// Reads the request and sends nothing.
    Hang,
    /// Sends these bytes and closes the connection.
    Raw(Vec<u8>),
    /// Sends a response that never ends.
    Endless,
    /// Sends these bytes at once, and then the same byte repeatedly with a short pause.
    Drip(&'static str, u8),
}

pub fn answer(status: u16, body: &Value) -> Reaction {
    Reaction::Answer {
        status,
        headers: vec![],
        body: if body.is_null() { vec![] } else { body.to_string().into_bytes() },
    }
}

/// Returns a reaction with Discord's error body.
pub fn refusal(status: u16, code: u64, message: &str) -> Reaction {
    answer(status, &serde_json::json!({ "code": code, "message": message }))
}

type React = Arc<Mutex<dyn FnMut(&Seen) -> Reaction + Send>>;

pub struct Peer {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Peer {
    pub async fn start(react: impl FnMut(&Seen) -> Reaction + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (react, notes): (React, _) = (Arc::new(Mutex::new(react)), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&react), Arc::clone(&notes)));
            }
        });
        Self { url, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Returns the requests since the last call.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    pub fn lines(&self) -> Vec<String> {
        self.seen().iter().map(Seen::line).collect()
    }
}

async fn serve(socket: TcpStream, react: React, notes: Arc<Mutex<Vec<Seen>>>) {
    let mut socket = BufReader::new(socket);
    while let Some(seen) = request(&mut socket).await {
        notes.lock().unwrap().push(seen.clone());
        let reaction = (react.lock().unwrap())(&seen);
        let stays = match reaction {
            Reaction::Answer { status, headers, body } => {
                let extra: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
                let head = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{length}{extra}\r\n");
                socket.write_all(&[head.as_bytes(), &body].concat()).await.is_ok()
            }
            Reaction::Raw(bytes) => socket.write_all(&bytes).await.is_err(),
            Reaction::Drop => false,
            Reaction::Hang => std::future::pending().await,
            Reaction::Endless => endless(&mut socket).await,
            Reaction::Drip(start, drop) => drip(&mut socket, start, drop).await,
        };
        if !stays {
            return;
        }
    }
}

async fn endless(socket: &mut BufReader<TcpStream>) -> bool {
    let mut part = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n".to_vec();
    while socket.write_all(&part).await.is_ok() {
        part = vec![b' '; 1 << 16];
    }
    false
}

async fn drip(socket: &mut BufReader<TcpStream>, start: &str, drop: u8) -> bool {
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(20));
    let mut part = start.as_bytes().to_vec();
    while socket.write_all(&part).await.is_ok() {
        part = vec![drop];
        tick.tick().await;
    }
    false
}

async fn request(socket: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut line = String::new();
    socket.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        socket.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.ok()?;
    Some(Seen { method, path, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
}
