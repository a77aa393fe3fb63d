//! A Discord that lives in the test: real REST and a real gateway on loopback, with Discord's memory, rules, refusals and
//! limits, and the ways in which it fails.
//!
//! Read in this order: [`Fake`] and [`driver`] are what a test uses; [`state`] is what is remembered; [`server`] takes
//! requests, [`rest`] carries them out, [`gateway`] tells what happened; [`spec`] and [`rules`] judge each request.
//!
//! What the clients of Discord do (slash commands, buttons, messages) is in [`driver`]. A request that Discord's own
//! description forbids is a *violation*: it is refused as Discord would, and dropping the fake panics unless the test
//! took it with [`House::violations`].
#![allow(dead_code, reason = "each test program uses the part it needs")]

pub mod answer;
pub mod clock;
pub mod compose;
pub mod control;
pub mod driver;
pub mod errors;
pub mod faults;
pub mod gateway;
pub mod hello;
pub mod interactions;
pub mod json;
pub mod limits;
pub mod line;
pub mod look;
pub mod multipart;
pub mod people;
pub mod permissions;
pub mod rest;
pub mod rules;
pub mod server;
#[path = "../../../src/shared_files.rs"]
mod shared_files;
pub mod spec;
pub mod state;
pub mod talk;

use std::{
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

pub use self::{answer::Answer, clock::Clock, faults::Fault, state::Id};

/// The token the bot logs in with.
pub const TOKEN: &str = "x";

/// What this Discord allows: the switches of the portal and how strict it is.
#[derive(Clone, Debug)]
pub struct Rules {
    pub token: String,
    /// The privileged intents, as switched in the portal.
    pub content_intent: bool,
    pub members_intent: bool,
    /// Whether a field that Discord would pass over is a mistake.
    pub strict: bool,
    /// Whether rate limits apply.
    pub limits: bool,
    /// How long after an IDENTIFY the next is granted; none for no wait.
    pub identify_pace: Option<Duration>,
    pub heartbeat: Duration,
    /// Address of the gateway; filled in when the fake starts.
    pub gateway: String,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            token: TOKEN.into(),
            content_intent: true,
            members_intent: true,
            strict: true,
            limits: true,
            identify_pace: Some(Duration::from_secs(5)),
            heartbeat: Duration::from_millis(41_250),
            gateway: String::new(),
        }
    }
}

/// Rings when the fake ends, for connections that outlive their listener.
#[derive(Clone)]
pub struct Gone(watch::Receiver<bool>);

impl Gone {
    /// Waits for the end.
    pub async fn ended(mut self) {
        self.0.wait_for(|gone| *gone).await.ok();
    }
}

/// What all connections share.
pub struct House {
    pub clock: Clock,
    pub gone: Gone,
    pub faults: Mutex<faults::Plan>,
    state: Mutex<state::State>,
    changed: watch::Sender<()>,
    base_url: String,
    /// The guild a test works in.
    guild: Id,
}

impl House {
    /// The state, its clock read.
    pub fn lock(&self) -> MutexGuard<'_, state::State> {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.now = self.clock.now();
        state.ticks = self.clock.ticks();
        state
    }

    /// Changes the state, and wakes everybody who waits for a change.
    pub fn change<T>(&self, change: impl FnOnce(&mut state::State) -> T) -> T {
        let changed = change(&mut self.lock());
        self.ring();
        changed
    }

    /// Wakes everybody who waits for a change.
    pub fn ring(&self) {
        self.changed.send_replace(());
    }

    /// An attachment by the path of its address.
    pub fn file(&self, path: &str) -> Option<Vec<u8>> {
        self.lock().files.get(&server::percent_decoded(path)).cloned()
    }

    /// What `base_url` of the bot is set to.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

/// A running Discord. It ends with the value.
pub struct Fake {
    house: Arc<House>,
    end: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Deref for Fake {
    type Target = House;

    fn deref(&self) -> &House {
        &self.house
    }
}

impl Fake {
    /// One guild `ops` with its owner `owner`, the bot, and a channel `general`, on a clock that runs.
    pub async fn start() -> Self {
        Self::with(Rules::default(), Clock::real()).await
    }

    /// With rules and a clock of the test's choice.
    pub async fn with(rules: Rules, clock: Clock) -> Self {
        Self::on("127.0.0.1:0", rules, clock).await
    }

    /// At an address of one's choice.
    pub async fn on(address: &str, mut rules: Rules, clock: Clock) -> Self {
        let listener = TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        rules.gateway = format!("ws://{address}");
        let mut state = state::State::new(rules, clock.now());
        let owner = state.user("owner", false);
        let guild = state.found_guild("ops", owner);
        let (end, gone) = watch::channel(false);
        let house = Arc::new(House {
            clock,
            gone: Gone(gone),
            faults: Mutex::default(),
            state: Mutex::new(state),
            changed: watch::Sender::new(()),
            base_url: format!("http://{address}"),
            guild,
        });
        let task = tokio::spawn(server::serve(Arc::clone(&house), listener));
        Self { house, end, task }
    }

    /// A second hand on the same Discord, for a task of its own.
    pub fn house(&self) -> Arc<House> {
        Arc::clone(&self.house)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.end.send_replace(true);
        self.task.abort();
        let violations = self.house.violations();
        assert!(
            violations.is_empty() || std::thread::panicking(),
            "against Discord's rules:\n{}",
            violations.join("\n")
        );
    }
}
