//! A Statuspage on loopback: one page with components and incidents, which refuses what the vendor's description refuses, and
//! fails as a test says.
//!
//! A program that uses it has the module `fake_http` at its root.
#![allow(dead_code, reason = "each test program uses the part it needs")]

mod rules;
mod state;

use std::sync::{Arc, Mutex, MutexGuard};

pub use state::StatuspageIncident;
use state::{StatuspageState, respond};

use crate::fake_http::{FakeHttp, Reaction};

/// The key of its API.
pub const TOKEN: &str = "89a229ce1a8dbcf9ff30430fbe35eb4c";
/// The id of its page.
pub const PAGE: &str = "kctbh9vrtdwd";
/// Its components: id and name. The last one is a group.
pub const COMPONENTS: [(&str, &str); 4] =
    [("8kbf7d35c070", "Checkout"), ("vtnh60py4yd7", "API"), ("q3hc1l2v9zkp", "Mobile app"), ("gr0up0000001", "Shop")];

/// The service.
pub struct FakeStatuspage {
    /// The connections.
    pub http: FakeHttp,
    state: Arc<Mutex<StatuspageState>>,
}

impl FakeStatuspage {
    /// Starts the service.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(StatuspageState::default()));
        let shared = Arc::clone(&state);
        let http = FakeHttp::start(move |request| respond(&mut shared.lock().expect("no panic"), request)).await;
        Self { http, state }
    }

    /// Where its API is.
    pub fn api(&self) -> String {
        format!("{}/v1", self.http.url)
    }

    /// The section of `bot.toml` that uses it; the token is `env:STATUSPAGE_TOKEN`.
    pub fn toml(&self) -> String {
        format!(
            "[[status_mirrors]]\nid = \"statuspage\"\nkind = \"statuspage\"\nurl = \"{}\"\ntoken = \"env:STATUSPAGE_TOKEN\"\n\
             page = \"{PAGE}\"\n[status_mirrors.components]\ncheckout = \"{}\"\napi = \"{}\"\n",
            self.api(),
            COMPONENTS[0].0,
            COMPONENTS[1].0,
        )
    }

    fn state(&self) -> MutexGuard<'_, StatuspageState> {
        self.state.lock().expect("no panic")
    }

    /// Its incidents, oldest first.
    pub fn incidents(&self) -> Vec<StatuspageIncident> {
        self.state().incidents.clone()
    }

    /// The status of a component.
    pub fn component(&self, id: &str) -> String {
        self.state().components[id].clone()
    }

    /// Reacts so to every request until further notice; `None`: as usual.
    pub fn react_always(&self, reaction: Option<Reaction>) {
        self.state().always = reaction;
    }

    /// Reacts so to the next change. `false`: as if nothing had come; `true`: after it was made.
    pub fn react_next_change(&self, reaction: Reaction, made: bool) {
        self.state().next_change = Some((reaction, made));
    }

    /// Somebody deletes an incident by hand.
    pub fn delete(&self, id: &str) {
        self.state().incidents.retain(|incident| incident.id != id);
    }

    /// The key may read and not write.
    pub fn revoke_writing(&self) {
        self.state().read_only = true;
    }
}
