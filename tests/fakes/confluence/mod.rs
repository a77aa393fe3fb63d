//! A Confluence on loopback, Cloud or Data Center: one space with pages, their labels and properties, each edition with its own
//! paths and shapes. It refuses what Confluence refuses, and fails as a test says.
//!
//! A program that uses it has the module `fake_http` at its root.
#![allow(dead_code, reason = "each test program uses the part it needs")]

mod cloud;
mod data_center;
mod state;
mod storage;

use std::sync::{Arc, Mutex, MutexGuard};

pub use state::ConfluencePage;
use state::{ConfluenceState, PlannedReaction};
#[allow(unused_imports, reason = "each test program uses the part it needs")]
pub use storage::check_storage;

use crate::fake_http::{FakeHttp, Reaction, Received};

/// The key of its space.
pub const SPACE: &str = "OPS";
/// The id of its space.
pub const SPACE_ID: &str = "98306";
/// The page that post-mortems are below.
pub const PARENT: &str = "1001";
/// The account that may write.
pub const MAIL: &str = "bot@example.com";
/// Its token.
pub const TOKEN: &str = "ATATT3xFfGF0";
/// The secret of `bot.toml` that has the token.
pub const SECRET: (&str, &str) = ("CONFLUENCE_TOKEN", TOKEN);

/// The service.
pub struct FakeConfluence {
    /// The connections.
    pub http: FakeHttp,
    cloud: bool,
    state: Arc<Mutex<ConfluenceState>>,
}

impl FakeConfluence {
    /// Starts the service.
    pub async fn start(cloud: bool) -> Self {
        let state = Arc::new(Mutex::new(ConfluenceState::new()));
        let shared = Arc::clone(&state);
        let http = FakeHttp::start(move |request| respond(&mut shared.lock().expect("no panic"), cloud, request)).await;
        Self { http, cloud, state }
    }

    /// The address that `bot.toml` has.
    pub fn url(&self) -> String {
        if self.cloud { format!("{}/wiki", self.http.url) } else { self.http.url.clone() }
    }

    /// The section of `bot.toml` that uses it, with further lines; the token is [`SECRET`].
    pub fn toml(&self, more: &str) -> String {
        let (edition, email) =
            if self.cloud { ("cloud", format!("email = \"{MAIL}\"\n")) } else { ("data_center", String::new()) };
        format!(
            "[documents.confluence]\nurl = \"{}\"\nedition = \"{edition}\"\n{email}token = \"env:CONFLUENCE_TOKEN\"\n\
             space = \"{SPACE}\"\nparent = \"{PARENT}\"\nlabels = [\"postmortem\"]\n{more}",
            self.url()
        )
    }

    fn state(&self) -> MutexGuard<'_, ConfluenceState> {
        self.state.lock().expect("no panic")
    }

    /// The pages besides the parent, oldest first.
    pub fn pages(&self) -> Vec<ConfluencePage> {
        self.state().pages.iter().filter(|page| page.id != PARENT && !page.trashed).cloned().collect()
    }

    /// A person edits a page.
    pub fn edit(&self, id: &str, body: &str) {
        self.state().edit(id, body);
    }

    /// A person edits a page in the moment before the next change comes in.
    pub fn edit_before_next_change(&self, id: &str, body: &str) {
        self.state().edit_first = Some((id.to_owned(), body.to_owned()));
    }

    /// A person creates a page. Returns its id.
    pub fn add_page(&self, title: &str, body: &str) -> String {
        self.state().add(title, body, None)
    }

    /// A person moves a page to the trash.
    pub fn delete(&self, id: &str) {
        self.state().page(id).expect("a page").trashed = true;
    }

    /// Reacts so to the n-th change from now, counted from 1. `false`: as if nothing had come; `true`: after it was made.
    pub fn react_change(&self, nth: u32, reaction: Reaction, made: bool) {
        self.state().planned = Some(PlannedReaction { left: nth, reaction, made });
    }

    /// Reacts so to every request until further notice; `None`: as usual.
    pub fn react_always(&self, reaction: Option<Reaction>) {
        self.state().always = reaction;
    }

    /// Whether searches find pages that were created meanwhile.
    pub fn search_is_behind(&self, behind: bool) {
        self.state().search_is_behind = behind;
    }

    /// Our account may read and not write.
    pub fn forbid_writing(&self) {
        self.state().read_only = true;
    }
}

fn respond(state: &mut ConfluenceState, cloud: bool, request: &Received) -> Reaction {
    if let Some(reaction) = &state.always {
        return reaction.clone();
    }
    let changes = request.method != "GET";
    let react = |state: &mut ConfluenceState| {
        if !state::is_signed_in(request, cloud) {
            return state::error(cloud, 401, "Unauthorized");
        }
        if changes && state.read_only {
            return state::error(cloud, 403, "Not permitted to use confluence");
        }
        let edit = if changes { state.edit_first.take() } else { None };
        if let Some((id, body)) = edit {
            state.edit(&id, &body);
        }
        if cloud { cloud::respond(state, request) } else { data_center::respond(state, request) }
    };
    if changes && let Some(planned) = &mut state.planned {
        planned.left -= 1;
        if planned.left == 0 {
            let planned = state.planned.take().expect("it is there");
            if planned.made {
                react(state);
            }
            return planned.reaction;
        }
    }
    react(state)
}
