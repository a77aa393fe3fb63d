//! A client with nothing of its own: what it sends is what is written in the test.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use crate::discord::{Fake, TOKEN, gateway};

/// Every intent that the tests need.
pub const INTENTS: u64 = gateway::GUILDS
    | gateway::GUILD_MEMBERS
    | gateway::GUILD_MESSAGES
    | gateway::GUILD_REACTIONS
    | gateway::DIRECT_MESSAGES
    | gateway::MESSAGE_CONTENT;

/// Asks the REST side.
pub async fn ask(fake: &Fake, method: &str, path: &str, body: Value) -> (u16, Value) {
    let url = format!("{}/api/v10{path}", fake.base_url());
    let method = method.parse().expect("a method");
    let mut request = hotroom::net::tls::client()
        .build()
        .expect("a client")
        .request(method, url)
        .header("authorization", format!("Bot {TOKEN}"))
        .header("user-agent", "DiscordBot (https://example.org, 1)");
    if !body.is_null() {
        request = request.json(&body);
    }
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// A connection of the gateway.
pub struct Line {
    socket: WebSocketStream<TcpStream>,
    /// The last sequence number.
    pub seq: u64,
}

impl Line {
    /// Connects and hears HELLO.
    pub async fn open(fake: &Fake) -> Self {
        let address = fake.base_url().trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&address).await.expect("connected");
        let (socket, _) = tokio_tungstenite::client_async(format!("ws://{address}/?v=10&encoding=json"), stream)
            .await
            .expect("a gateway");
        let mut line = Self { socket, seq: 0 };
        assert_eq!(line.hears().await["op"], 10);
        line
    }

    /// Connects and identifies; gives the session's id.
    pub async fn identified(fake: &Fake) -> (Self, String) {
        let mut line = Self::open(fake).await;
        line.identifies(INTENTS).await;
        let ready = line.event("READY").await;
        (line, ready["session_id"].as_str().expect("an id").to_owned())
    }

    pub async fn identifies(&mut self, intents: u64) {
        let properties = json!({"os": "linux", "browser": "test", "device": "test"});
        self.says(json!({"op": 2, "d": {"token": TOKEN, "intents": intents, "properties": properties}})).await;
    }

    pub async fn resumes(&mut self, session: &str, seq: u64) {
        self.says(json!({"op": 6, "d": {"token": TOKEN, "session_id": session, "seq": seq}})).await;
    }

    pub async fn says(&mut self, payload: Value) {
        self.socket.send(Message::text(payload.to_string())).await.expect("sent");
    }

    /// The next payload; a close frame is `{"close": code}`, a cut connection `{"close": null}`.
    pub async fn hears(&mut self) -> Value {
        let next = tokio::time::timeout(std::time::Duration::from_secs(20), self.socket.next());
        match next.await.expect("something is said") {
            Some(Ok(Message::Text(text))) => {
                let payload: Value = serde_json::from_str(&text).expect("JSON");
                self.seq = payload["s"].as_u64().unwrap_or(self.seq);
                payload
            }
            Some(Ok(Message::Close(frame))) => json!({"close": frame.map(|frame| u16::from(frame.code))}),
            Some(Ok(_) | Err(_)) | None => json!({"close": null}),
        }
    }

    /// The data of the next event of this name; others are passed over.
    pub async fn event(&mut self, name: &str) -> Value {
        loop {
            let payload = self.hears().await;
            assert!(payload.get("close").is_none(), "closed before {name}: {payload}");
            if payload["t"] == name {
                return payload["d"].clone();
            }
        }
    }
}
