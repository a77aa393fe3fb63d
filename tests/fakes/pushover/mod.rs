//! A Pushover on loopback: it takes messages, rings until an alarm is acknowledged or cancelled, and fails as a test says.
//! It checks what Pushover's documentation says of every field, because there is no machine-readable description.
//!
//! A program that uses it has the module `fake_http` at its root.
#![allow(dead_code, reason = "each test program uses the part it needs")]

mod rules;
mod state;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
};

pub use state::PushoverNote;
use state::{PushoverState, respond};

use crate::fake_http::{FakeHttp, Reaction};

/// The token of the application.
pub const TOKEN: &str = "azGDORePK8gMaC0QOYAMyEEuzJnyUi";
/// A user with one device.
pub const ANN: &str = "uQiRzpo4DXghDmr9QzzfQu27cmVRsG";
/// Another user.
pub const BEN: &str = "uBenBenBenBenBenBenBenBenBenBe";
/// A key that belongs to nobody.
pub const NOBODY: &str = "uNobodyNobodyNobodyNobodyNobod";

/// The service.
pub struct FakePushover {
    /// The connections.
    pub http: FakeHttp,
    state: Arc<Mutex<PushoverState>>,
}

/// Reactions in their order, each with whether the request was accepted before.
type Reactions = VecDeque<(Reaction, bool)>;

impl FakePushover {
    /// Starts the service.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(PushoverState::default()));
        let shared = Arc::clone(&state);
        let http = FakeHttp::start(move |request| respond(&mut shared.lock().expect("no panic"), request)).await;
        Self { http, state }
    }

    /// The section of `bot.toml` that uses it; the token is `env:PUSHOVER_TOKEN`.
    pub fn toml(&self) -> String {
        format!("[pushover]\ntoken = \"env:PUSHOVER_TOKEN\"\nbase_url = \"{}\"\n", self.http.url)
    }

    fn state(&self) -> MutexGuard<'_, PushoverState> {
        self.state.lock().expect("no panic")
    }

    /// Every message that was accepted.
    pub fn messages(&self) -> Vec<PushoverNote> {
        self.state().messages.clone()
    }

    /// Reacts so to the next message or cancellation. `false`: as if nothing had come; `true`: after it was accepted.
    pub fn react_next(&self, reaction: Reaction, accepted: bool) {
        self.state().reactions.push_back((reaction, accepted));
    }

    /// How many alarms ring.
    pub fn ringing(&self) -> usize {
        self.state().messages.iter().filter(|message| message.is_ringing()).count()
    }

    /// True if the alarm with this receipt rings.
    pub fn is_ringing(&self, receipt: &str) -> bool {
        let rings = |message: &PushoverNote| message.receipt.as_deref() == Some(receipt) && message.is_ringing();
        self.state().messages.iter().any(rings)
    }

    /// The user acknowledges an alarm on a device at a time. Returns the form that the service posts to the callback,
    /// without any signature.
    pub fn acknowledge(&self, receipt: &str, device: &str, at: i64) -> String {
        self.state().acknowledge(receipt, device, at)
    }

    /// The application has no messages left.
    pub fn use_quota_up(&self) {
        self.state().remaining = 0;
    }
}
