//! A Cachet on loopback, of version 2 or 3: components, incidents and their updates, each version with its own paths, header
//! and shapes. It fails as a test says.
//!
//! A program that uses it has the module `fake_http` at its root.
#![allow(dead_code, reason = "each test program uses the part it needs")]

mod shapes;
mod state;

use std::sync::{Arc, Mutex, MutexGuard};

pub use state::CachetIncident;
use state::{CachetState, respond};

use crate::fake_http::{FakeHttp, Reaction};

/// The token of its API.
pub const TOKEN: &str = "9yMHsdioQosnyVK4iCVR";
/// Its components: id and name.
pub const COMPONENTS: [(u64, &str); 3] = [(1, "Checkout"), (2, "API"), (3, "Mobile app")];

/// A version of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CachetVersion {
    V2,
    V3,
}

/// The service.
pub struct FakeCachet {
    /// The connections.
    pub http: FakeHttp,
    state: Arc<Mutex<CachetState>>,
}

impl FakeCachet {
    /// Starts the service.
    pub async fn start(version: CachetVersion) -> Self {
        let state = Arc::new(Mutex::new(CachetState::new(version)));
        let shared = Arc::clone(&state);
        let http = FakeHttp::start(move |request| respond(&mut shared.lock().expect("no panic"), request)).await;
        Self { http, state }
    }

    /// The section of `bot.toml` that uses it; the token is `env:CACHET_TOKEN`.
    pub fn toml(&self) -> String {
        format!(
            "[[status_mirrors]]\nid = \"cachet\"\nkind = \"cachet\"\nurl = \"{}\"\ntoken = \"env:CACHET_TOKEN\"\n\
             [status_mirrors.components]\ncheckout = \"1\"\napi = 2\n",
            self.http.url,
        )
    }

    fn state(&self) -> MutexGuard<'_, CachetState> {
        self.state.lock().expect("no panic")
    }

    /// Its incidents, oldest first.
    pub fn incidents(&self) -> Vec<CachetIncident> {
        self.state().incidents.clone()
    }

    /// The number of a component's status, as the page shows it.
    pub fn component(&self, id: u64) -> i64 {
        self.state().components[&id].status
    }

    /// True if a component is shown at all.
    pub fn is_enabled(&self, id: u64) -> bool {
        self.state().components[&id].enabled
    }

    /// The product is upgraded to another version.
    pub fn upgrade(&self, version: CachetVersion) {
        self.state().version = version;
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
    pub fn delete(&self, id: u64) {
        self.state().incidents.retain(|incident| incident.id != id);
    }
}
