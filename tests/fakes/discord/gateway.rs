//! The gateway: sessions that outlive their connection, who is told what, and the frames of one connection.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message as Socket,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use super::{
    House,
    clock::Millis,
    hello, json, permissions,
    state::{Id, State},
};

pub const GUILDS: u64 = 1;
pub const GUILD_MEMBERS: u64 = 1 << 1;
pub const GUILD_PRESENCES: u64 = 1 << 8;
pub const GUILD_MESSAGES: u64 = 1 << 9;
pub const GUILD_REACTIONS: u64 = 1 << 10;
pub const DIRECT_MESSAGES: u64 = 1 << 12;
pub const DIRECT_REACTIONS: u64 = 1 << 13;
pub const MESSAGE_CONTENT: u64 = 1 << 15;

/// How many events a session keeps for a resume.
const REPLAY: usize = 1_000;
/// How many frames a client may send in a minute.
const SENDS: usize = 120;

/// What goes down a connection.
#[derive(Debug)]
pub enum Frame {
    Text(String),
    /// A close frame with its code.
    Close(u16),
    /// The connection is cut without a word.
    Cut,
}

/// A session: it lives on when its connection is gone, so that it can be resumed.
#[derive(Debug)]
pub struct Session {
    pub id: String,
    pub intents: u64,
    pub seq: u64,
    /// Events by sequence number.
    pub buffer: VecDeque<(u64, String)>,
    /// The connection, when there is one.
    pub line: Option<(u64, UnboundedSender<Frame>)>,
}

impl Session {
    pub fn send(&mut self, event: &str, data: &Value) {
        self.seq += 1;
        let text = json!({"op": 0, "t": event, "s": self.seq, "d": data}).to_string();
        if self.buffer.len() == REPLAY {
            self.buffer.pop_front();
        }
        self.buffer.push_back((self.seq, text.clone()));
        if let Some((_, line)) = &self.line {
            line.send(Frame::Text(text)).ok();
        }
    }

    /// Whether every event after `seq` is still kept.
    fn keeps(&self, seq: u64) -> bool {
        seq <= self.seq && self.buffer.front().is_none_or(|(first, _)| *first <= seq + 1)
    }
}

/// All sessions, what was counted, and how the gateway misbehaves at the moment.
#[derive(Debug, Default)]
pub struct Hub {
    pub sessions: Vec<Session>,
    /// When clients identified, in ticks, whether or not it was granted.
    pub identifies: Vec<Millis>,
    pub resumes: usize,
    pub heartbeats: usize,
    /// A zombie: takes heartbeats and does not answer them.
    pub mute: bool,
    /// Takes connections and cuts them at once.
    pub down: bool,
    /// Closes the next connection that identifies with this code.
    pub refuse: Option<u16>,
    /// Refuses every resume with op 9.
    pub no_resume: bool,
    connections: u64,
}

impl Hub {
    /// Sessions that have a connection.
    pub fn live(&self) -> impl Iterator<Item = &Session> {
        self.sessions.iter().filter(|session| session.line.is_some())
    }

    /// Sends a frame down every live connection.
    pub fn broadcast(&mut self, frame: impl Fn() -> Frame) {
        for (_, line) in self.sessions.iter().filter_map(|session| session.line.as_ref()) {
            line.send(frame()).ok();
        }
    }

    fn hang_up(&mut self, connection: u64) {
        for session in &mut self.sessions {
            session.line.take_if(|(at, _)| *at == connection);
        }
    }
}

/// Who is told of an event.
#[derive(Clone, Copy)]
pub struct Audience {
    /// The intent it takes; 0 for none.
    pub intent: u64,
    /// The channel the bot must see.
    pub channel: Option<Id>,
}

impl State {
    /// Tells every session that asked for such events and may see the channel.
    pub fn tell(&mut self, event: &str, audience: Audience, data: &Value) {
        if let Some(channel) = audience.channel.and_then(|id| self.channels.get(&id))
            && permissions::in_channel(self, channel, self.bot) & permissions::VIEW_CHANNEL == 0
        {
            return;
        }
        let blanked = self.blanked(event, data);
        let wanted = |session: &&mut Session| audience.intent == 0 || session.intents & audience.intent != 0;
        for session in self.hub.sessions.iter_mut().filter(wanted) {
            let blind = session.intents & MESSAGE_CONTENT == 0;
            session.send(event, blanked.as_ref().filter(|_| blind).unwrap_or(data));
        }
    }

    /// A message event as it is for somebody without message content: own messages, direct messages and mentions are
    /// shown to everybody.
    fn blanked(&self, event: &str, data: &Value) -> Option<Value> {
        let bot = self.bot.to_string();
        let mentioned = data["mentions"].as_array().is_some_and(|users| users.iter().any(|user| user["id"] == bot));
        let shown = data["guild_id"].is_null() || data["author"]["id"] == bot || mentioned;
        if !event.starts_with("MESSAGE_") || data.get("author").is_none() || shown {
            return None;
        }
        let mut blanked = data.clone();
        json::blank(&mut blanked);
        Some(blanked)
    }
}

/// One connection of a client, from HELLO to its end.
pub struct Connection {
    house: Arc<House>,
    id: u64,
    line: UnboundedSender<Frame>,
    /// When frames came in, in ticks.
    sends: VecDeque<Millis>,
    known: bool,
}

impl Connection {
    /// Speaks with a client until one of the two hangs up.
    pub async fn run<S: AsyncRead + AsyncWrite + Unpin>(house: Arc<House>, mut socket: WebSocketStream<S>) {
        let (line, frames) = unbounded_channel();
        let id = {
            let mut state = house.lock();
            state.hub.connections += 1;
            state.hub.connections
        };
        let heartbeat = house.lock().rules.heartbeat;
        line.send(Frame::Text(hello::hello(heartbeat))).ok();
        let mut connection = Self { house, id, line, sends: VecDeque::new(), known: false };
        connection.speak(&mut socket, frames, heartbeat).await;
        connection.house.lock().hub.hang_up(id);
        connection.house.ring();
    }

    async fn speak<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        socket: &mut WebSocketStream<S>,
        mut frames: UnboundedReceiver<Frame>,
        heartbeat: Duration,
    ) {
        let silence = heartbeat * 2;
        loop {
            tokio::select! {
                frame = frames.recv() => match frame {
                    Some(Frame::Text(text)) => if socket.send(Socket::text(text)).await.is_err() { return },
                    Some(Frame::Close(code)) => return close(socket, code).await,
                    Some(Frame::Cut) | None => return,
                },
                heard = tokio::time::timeout(silence, socket.next()) => match heard {
                    Ok(Some(Ok(said))) => if !self.heard(said) { return },
                    Ok(Some(Err(_)) | None) => return,
                    Err(_) => return close(socket, 4009).await,
                },
            }
        }
    }

    /// Takes a frame; false when the client has hung up.
    fn heard(&mut self, said: Socket) -> bool {
        if let Socket::Close(frame) = &said {
            self.left(frame.as_ref());
            return false;
        }
        if !(said.is_text() || said.is_binary()) {
            return true;
        }
        let Ok(text) = said.to_text() else { return self.close(4002) };
        let Ok(payload) = serde_json::from_str::<Value>(text) else { return self.close(4002) };
        if self.too_fast() {
            return self.close(4008);
        }
        let house = Arc::clone(&self.house);
        let going = self.operation(&mut house.lock(), &payload);
        house.ring();
        going
    }

    /// A client that leaves with 1000 or 1001 ends its session.
    fn left(&mut self, frame: Option<&CloseFrame>) {
        if frame.is_some_and(|frame| [1000, 1001].contains(&u16::from(frame.code))) {
            let mut state = self.house.lock();
            let here = |session: &Session| session.line.as_ref().is_some_and(|(at, _)| *at == self.id);
            state.hub.sessions.retain(|session| !here(session));
        }
    }

    fn too_fast(&mut self) -> bool {
        let now = self.house.clock.ticks();
        self.sends.push_back(now);
        while self.sends.front().is_some_and(|at| now - at >= 60_000) {
            self.sends.pop_front();
        }
        self.sends.len() > SENDS
    }

    fn operation(&mut self, state: &mut State, payload: &Value) -> bool {
        let data = &payload["d"];
        match payload["op"].as_u64() {
            Some(1) => self.heartbeat(state),
            Some(2) => self.identify(state, data),
            Some(6) => self.resume(state, data),
            Some(3 | 4) if self.known => true,
            Some(8) if self.known => self.members(state, data),
            Some(3 | 4 | 8) => self.close(4003),
            Some(_) | None => self.close(4001),
        }
    }

    fn close(&self, code: u16) -> bool {
        self.line.send(Frame::Close(code)).ok();
        true
    }

    fn say(&self, text: String) -> bool {
        self.line.send(Frame::Text(text)).ok();
        true
    }

    fn heartbeat(&self, state: &mut State) -> bool {
        state.hub.heartbeats += 1;
        state.hub.mute || self.say(json!({"op": 11}).to_string())
    }

    fn identify(&mut self, state: &mut State, data: &Value) -> bool {
        if self.known {
            return self.close(4005);
        }
        let last = state.hub.identifies.last().copied();
        state.hub.identifies.push(state.ticks);
        if let Some(code) = hello::refused(state, data) {
            return self.close(code);
        }
        let early = |pace: Duration| last.is_some_and(|last| state.ticks - last < hello::millis(pace));
        if state.rules.identify_pace.is_some_and(early) {
            return self.say(json!({"op": 9, "d": false}).to_string());
        }
        self.known = true;
        let session = Session {
            id: format!("session-{}", state.hub.identifies.len()),
            intents: data["intents"].as_u64().unwrap_or(0),
            seq: 0,
            buffer: VecDeque::new(),
            line: Some((self.id, self.line.clone())),
        };
        hello::greet(state, session, &data["shard"]);
        true
    }

    fn resume(&mut self, state: &mut State, data: &Value) -> bool {
        state.hub.resumes += 1;
        if data["token"].as_str().map(|token| token.trim_start_matches("Bot ")) != Some(state.rules.token.as_str()) {
            return self.close(4004);
        }
        let seq = data["seq"].as_u64().unwrap_or(u64::MAX);
        let open = !state.hub.no_resume;
        let found = state.hub.sessions.iter_mut().find(|session| open && data["session_id"] == session.id);
        let Some(session) = found.filter(|session| session.keeps(seq)) else {
            return self.say(json!({"op": 9, "d": false}).to_string());
        };
        for (_, text) in session.buffer.iter().filter(|(at, _)| *at > seq) {
            self.line.send(Frame::Text(text.clone())).ok();
        }
        if let Some((_, old)) = session.line.replace((self.id, self.line.clone())) {
            old.send(Frame::Cut).ok();
        }
        session.send("RESUMED", &json!({"_trace": []}));
        self.known = true;
        true
    }

    /// Request Guild Members: one chunk, for our guilds are small.
    fn members(&self, state: &mut State, data: &Value) -> bool {
        let id = super::state::id_of(&data["guild_id"]).unwrap_or(0);
        let Some(guild) = state.guilds.get(&id) else { return true };
        let members: Vec<Value> = guild.members.values().map(|member| json::member(state, member)).collect();
        let chunk = json!({
            "guild_id": id.to_string(), "members": members, "chunk_index": 0, "chunk_count": 1, "not_found": [],
            "nonce": data["nonce"],
        });
        let here = |session: &&mut Session| session.line.as_ref().is_some_and(|(at, _)| *at == self.id);
        if let Some(session) = state.hub.sessions.iter_mut().find(here) {
            session.send("GUILD_MEMBERS_CHUNK", &chunk);
        }
        true
    }
}

/// Says goodbye with a code, and listens a moment for the answer.
async fn close<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocketStream<S>, code: u16) {
    let frame = CloseFrame { code: CloseCode::from(code), reason: "".into() };
    if socket.close(Some(frame)).await.is_ok() {
        tokio::time::timeout(Duration::from_millis(500), socket.next()).await.ok();
    }
}
