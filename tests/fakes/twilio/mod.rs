//! A Twilio on loopback: it takes messages and calls, remembers them, fails as a test says, and makes the callbacks that
//! Twilio would post, with its signature. Every request is held against Twilio's own description where that is at hand.
//!
//! A program that uses it has the module `fake_http` at its root.
#![allow(dead_code, reason = "each test program uses the part it needs")]

mod callback;
mod spec;
mod state;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
};

pub use callback::Callback;
pub use state::{PlacedCall, SentText};
use state::{TwilioState, respond};

use crate::fake_http::{FakeHttp, Reaction};

/// The account.
pub const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
/// Its token.
pub const TOKEN: &str = "fake-twilio-token-of-the-account";
/// Its number, for messages and calls.
pub const NUMBER: &str = "+15550100999";

/// The service. When it ends it fails the test if a request was not as Twilio describes it.
pub struct FakeTwilio {
    /// The connections.
    pub http: FakeHttp,
    state: Arc<Mutex<TwilioState>>,
}

impl FakeTwilio {
    /// Starts the service.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(TwilioState::default()));
        let shared = Arc::clone(&state);
        let http = FakeHttp::start(move |request| respond(&mut shared.lock().expect("no panic"), request)).await;
        Self { http, state }
    }

    /// The section of `bot.toml` that uses it; the token is `env:TWILIO_TOKEN`.
    pub fn toml(&self) -> String {
        format!(
            "[twilio]\naccount_sid = \"{ACCOUNT}\"\nauth_token = \"env:TWILIO_TOKEN\"\nfrom = \"{NUMBER}\"\n\
             countries = [\"1\", \"49\"]\nbase_url = \"{}\"\n",
            self.http.url
        )
    }

    fn state(&self) -> MutexGuard<'_, TwilioState> {
        self.state.lock().expect("no panic")
    }

    /// Every message that was accepted.
    pub fn texts(&self) -> Vec<SentText> {
        self.state().texts.clone()
    }

    /// Every call that was accepted.
    pub fn calls(&self) -> Vec<PlacedCall> {
        self.state().calls.clone()
    }

    /// Refuses everything for this number with a code.
    pub fn refuse(&self, number: &str, code: u32) {
        self.state().refused.insert(number.to_owned(), code);
    }

    /// Accepts everything for this number again.
    pub fn accept(&self, number: &str) {
        self.state().refused.remove(number);
    }

    /// Reacts so to the next request for a message or a call, and to as many after it. `false`: as if nothing had come;
    /// `true`: after the message or the call was accepted.
    pub fn react_next(&self, reaction: Reaction, accepted: bool) {
        self.state().reactions.push_back((reaction, accepted));
    }

    /// The reactions that nothing has met yet.
    pub fn pending_reactions(&self) -> usize {
        self.state().reactions.len()
    }

    /// Sets the state of the account: `active`, `suspended` or `closed`.
    pub fn set_account(&self, status: &str) {
        self.state().account = status.to_owned();
    }

    /// Sets where the number sends messages that come in.
    pub fn set_sms_url(&self, url: &str) {
        self.state().sms_url = url.to_owned();
    }

    /// What Twilio posts when the state of a message or call changes; `None` where no callback was wanted.
    pub fn report(&self, sid: &str, status: &str, code: Option<u32>) -> Option<Callback> {
        self.state().report(sid, status, code)
    }

    /// What Twilio posts when a person sends a message. After STOP it refuses messages to that number with 21610, until
    /// START.
    pub fn receive(&self, from: &str, body: &str, url: &str) -> Callback {
        self.state().receive(from, body, url)
    }

    /// What Twilio posts when somebody has taken a call, to learn what to say.
    pub fn answer(&self, call: &PlacedCall) -> Callback {
        self.state().call(call, &call.url, &[("CallStatus", "in-progress")])
    }

    /// What Twilio posts when a key was pressed in a call; `url` is the `action` of the `<Gather>`.
    pub fn press(&self, call: &PlacedCall, url: &str, digits: &str) -> Callback {
        self.state().call(call, url, &[("CallStatus", "in-progress"), ("Digits", digits), ("msg", "Gather End")])
    }
}

impl Drop for FakeTwilio {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let violations = self.state.lock().map(|state| state.violations.clone()).unwrap_or_default();
            assert!(violations.is_empty(), "Twilio would not take this: {violations:#?}");
        }
    }
}

/// Reactions in their order, each with whether the request was accepted before.
type Reactions = VecDeque<(Reaction, bool)>;
