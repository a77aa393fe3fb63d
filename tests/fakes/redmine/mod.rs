//! A Redmine on loopback: a project with issues, a workflow, custom fields, watchers and journals. It answers 204 to changes
//! that it does not apply, as Redmine does, and fails as a test says.
//!
//! A program that uses it has the module `fake_http` at its root.
#![allow(dead_code, reason = "each test program uses the part it needs")]

mod respond;
mod state;
mod update;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
};

pub use state::RedmineState;

use crate::fake_http::{FakeHttp, Reaction, Received};

/// The API key of hotroom's account.
pub const KEY: &str = "0123456789abcdef0123456789abcdef01234567";
/// The number of hotroom's account.
pub const BOT: u64 = 5;
/// People.
pub const ANN: u64 = 6;
pub const BEN: u64 = 7;
/// The custom field of the mark.
pub const MARK_FIELD: u64 = 4;
/// The project.
pub const PROJECT: &str = "shop";

/// The service.
pub struct FakeRedmine {
    /// The connections.
    pub http: FakeHttp,
    state: Arc<Mutex<RedmineState>>,
}

/// A reaction to the next write, and whether the write was carried out before.
type Reactions = VecDeque<(Reaction, bool)>;

impl FakeRedmine {
    /// Starts the service with one empty project.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(RedmineState::new()));
        let shared = Arc::clone(&state);
        let http =
            FakeHttp::start(move |request| respond::respond(&mut shared.lock().expect("no panic"), request)).await;
        Self { http, state }
    }

    /// The state, to read it or to change it as people do on Redmine's pages.
    pub fn state(&self) -> MutexGuard<'_, RedmineState> {
        self.state.lock().expect("no panic")
    }

    /// Reacts so to the next write. `false`: as if nothing had come; `true`: after it was carried out.
    pub fn react_next(&self, reaction: Reaction, carried_out: bool) {
        self.state().reactions.push_back((reaction, carried_out));
    }
}

/// The answer to a request in a state, for a test that has connections of its own.
pub fn answer(state: &mut RedmineState, request: &Received) -> Reaction {
    respond::respond(state, request)
}
