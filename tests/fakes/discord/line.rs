//! The bot's connection to the gateway, as a test lets it break.

use serde_json::{Value, json};

use super::{
    House,
    gateway::{Audience, Frame, Hub},
};

impl House {
    /// Waits until the bot has a live session.
    pub async fn connected(&self) {
        self.until("a session of the bot", |state| state.hub.live().next().map(|_| ())).await;
    }

    /// Waits until the bot has none.
    pub async fn disconnected(&self) {
        self.until("the end of the bot's session", |state| state.hub.live().next().is_none().then_some(())).await;
    }

    /// Waits until this many clients have asked for a session, granted or not.
    pub async fn identified(&self, times: usize) {
        let enough = |hub: &Hub| hub.identifies.len() >= times;
        self.until(&format!("{times} IDENTIFYs"), |state| enough(&state.hub).then_some(())).await;
    }

    /// Waits until the bot has asked this many times to resume, and has a live session.
    pub async fn resumed(&self, times: usize) {
        let done = |hub: &Hub| hub.resumes >= times && hub.live().next().is_some();
        self.until(&format!("{times} RESUMEs"), |state| done(&state.hub).then_some(())).await;
    }

    /// How often clients asked for a session, asked to resume one, and sent a heartbeat.
    pub fn line_counts(&self) -> (usize, usize, usize) {
        let state = self.lock();
        (state.hub.identifies.len(), state.hub.resumes, state.hub.heartbeats)
    }

    /// Op 7: asks the bot to connect again and resume.
    pub fn asks_to_reconnect(&self) {
        self.change(|state| state.hub.broadcast(|| Frame::Text(json!({"op": 7, "d": null}).to_string())));
    }

    /// Op 9: the session is over, or can be resumed.
    pub fn invalidates_session(&self, resumable: bool) {
        self.change(|state| {
            state.hub.broadcast(|| Frame::Text(json!({"op": 9, "d": resumable}).to_string()));
            if !resumable {
                state.hub.sessions.clear();
            }
        });
    }

    /// Closes the bot's connections with a code. 4009 ends the session; so do 4004, 4007 and 4014.
    pub fn closes(&self, code: u16) {
        self.change(|state| {
            state.hub.broadcast(|| Frame::Close(code));
            if [4004, 4007, 4009, 4014].contains(&code) {
                state.hub.sessions.clear();
            }
        });
    }

    /// Cuts the bot's connections without a word; its session can be resumed.
    pub fn cuts(&self) {
        self.change(|state| state.hub.broadcast(|| Frame::Cut));
    }

    /// Whether heartbeats are answered. A gateway that does not is a zombie.
    pub fn acknowledges_heartbeats(&self, on: bool) {
        self.change(|state| state.hub.mute = !on);
    }

    /// An outage of the gateway: connections are cut and no new one is taken until it is up again. REST goes on.
    pub fn gateway_down(&self, down: bool) {
        self.change(|state| {
            state.hub.down = down;
            if down {
                state.hub.broadcast(|| Frame::Cut);
            }
        });
    }

    /// Forgets the sessions that have no connection: the next resume is answered with op 9.
    pub fn forgets_sessions(&self) {
        self.change(|state| state.hub.sessions.retain(|session| session.line.is_some()));
    }

    /// Closes the next connection that identifies, as 4004 or 4014.
    pub fn refuses_identify(&self, code: u16) {
        self.change(|state| state.hub.refuse = Some(code));
    }

    /// Sends an event of any name, such as one that no client knows.
    pub fn sends_event(&self, event: &str, data: &Value) {
        self.change(|state| state.tell(event, Audience { intent: 0, channel: None }, data));
    }
}
