//! A GitHub on loopback: repositories with issues, labels, comments, history and a board. It checks who calls and what is
//! written as GitHub does, and fails as a test says.
//!
//! A program that uses it has the module `fake_http` at its root.
#![allow(dead_code, unused_imports, reason = "each test program uses the part it needs")]

mod board;
mod issues;
mod respond;
mod state;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
};

use serde_json::Value;
pub use state::GitHubState;

use crate::fake_http::{FakeHttp, Reaction};

/// The token of hotroom's account.
pub const TOKEN: &str = "github_pat_0123456789";
/// The token of an installation of the App.
pub const INSTALLATION_TOKEN: &str = "ghs_0123456789";
/// The login of hotroom's account.
pub const BOT: &str = "hotroom-bot";
/// The repository.
pub const REPOSITORY: &str = "acme/shop";

/// The service.
pub struct FakeGitHub {
    /// The connections.
    pub http: FakeHttp,
    state: Arc<Mutex<GitHubState>>,
}

/// A reaction to the next write, and whether the write was carried out before.
type Reactions = VecDeque<(Reaction, bool)>;

impl FakeGitHub {
    /// Starts the service with one empty repository.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(GitHubState::new()));
        let shared = Arc::clone(&state);
        let http =
            FakeHttp::start(move |request| respond::respond(&mut shared.lock().expect("no panic"), request)).await;
        Self { http, state }
    }

    /// The state, to read it or to change it as people do on GitHub's pages.
    pub fn state(&self) -> MutexGuard<'_, GitHubState> {
        self.state.lock().expect("no panic")
    }

    /// Reacts so to the next write. `false`: as if nothing had come; `true`: after it was carried out.
    pub fn react_next(&self, reaction: Reaction, carried_out: bool) {
        self.state().reactions.push_back((reaction, carried_out));
    }

    /// An issue as the interface shows it.
    pub fn issue(&self, number: u64) -> Value {
        let state = self.state();
        state.shown(state.issue(number).expect("there is such an issue"))
    }
}
