//! The gateway: serenity maintains the connection, and every event goes into one bounded queue.
//!
//! serenity starts a task for each event and does not order them. It therefore runs on its own thread with a
//! single-threaded runtime, where tasks start in the order of their creation. Each task puts its event into the queue
//! without waiting. Events that do not fit are not lost: the bot fetches them again, as after any gap.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use secrecy::ExposeSecret;
use serde_json::Value;
use serenity::{
    Error,
    all::{
        ClientBuilder, Context, Event, EventHandler, GatewayError, GatewayIntents, HttpBuilder, RawEventHandler,
        ShardManager, ShardStageUpdateEvent,
    },
    async_trait,
    gateway::ConnectionStage,
};
use tokio::sync::{mpsc, watch};

use super::rest::RestOptions;
use crate::domain::Timestamp;

/// How often the connection is checked.
const LOOK: Duration = Duration::from_secs(1);

/// The capacity of the event queue.
pub const QUEUE: usize = 4_096;

/// Returns the requested intents. The content of messages must be enabled in the developer portal.
pub fn intents() -> GatewayIntents {
    GatewayIntents::GUILDS
        | GatewayIntents::GUILD_MESSAGES
        | GatewayIntents::GUILD_MESSAGE_REACTIONS
        | GatewayIntents::DIRECT_MESSAGES
        | GatewayIntents::MESSAGE_CONTENT
}

/// What the gateway reports.
#[derive(Clone, Debug, PartialEq)]
pub enum GatewayEvent {
    /// An event: its name (`MESSAGE_CREATE`) and its data.
    Dispatch {
        /// Its name.
        name: String,
        /// Its data, as Discord's documentation describes it.
        data: Value,
    },
    /// The queue was full and some events are missing.
    Gap,
    /// The connection was established or lost. serenity reconnects by itself.
    Connected(bool),
}

/// Why a connection ended permanently.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    /// Close code 4004.
    #[error(
        "Discord does not know the bot's token (close code 4004): copy it again from the developer portal, page Bot, \
         and set it as [chat.discord] token"
    )]
    Token,
    /// Close code 4014.
    #[error(
        "Discord does not give this bot the content of messages (close code 4014): open the developer portal, page \
         Bot, and switch on Message Content Intent"
    )]
    Intents,
    /// Any other error; the connection may be tried again.
    #[error("the connection to Discord ended: {0}")]
    Other(String),
}

impl ConnectionError {
    /// True if only a person can fix it.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Token | Self::Intents)
    }
}

/// The state of the connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Connecting.
    #[default]
    Connecting,
    /// Connected.
    Ready,
    /// Lost, and tried again.
    Lost(String),
    /// Stopped, and not tried again.
    Stopped(String),
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connecting => f.write_str("connecting"),
            Self::Ready => f.write_str("connected"),
            Self::Lost(why) => write!(f, "lost, tried again: {why}"),
            Self::Stopped(why) => write!(f, "stopped: {why}"),
        }
    }
}

/// Maintains the connection until `stop` or until it ends. `url` is the address of the gateway and the only one that is
/// used, so that a bot that is configured for another host never connects to Discord.
pub async fn run_gateway(
    access: &RestOptions,
    url: String,
    events: mpsc::Sender<GatewayEvent>,
    stop: watch::Receiver<bool>,
) -> Result<(), ConnectionError> {
    let token = access.token.clone();
    let thread = std::thread::Builder::new().name("discord".to_owned());
    let (done, ended) = tokio::sync::oneshot::channel();
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let result = match runtime {
            Ok(runtime) => runtime.block_on(connected(token.expose_secret(), url, events, stop)),
            Err(error) => Err(ConnectionError::Other(error.to_string())),
        };
        // The caller may have stopped waiting.
        let _ = done.send(result);
    };
    thread.spawn(run).map_err(|error| ConnectionError::Other(error.to_string()))?;
    ended.await.unwrap_or_else(|_| Err(ConnectionError::Other("its thread panicked".to_owned())))
}

async fn connected(
    token: &str,
    url: String,
    events: mpsc::Sender<GatewayEvent>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), ConnectionError> {
    // serenity would ask for the gateway's address itself, through the proxy of the environment. It gets no address to
    // ask, so that every HTTP call is made by hotroom's client.
    let http = HttpBuilder::new(token).ratelimiter_disabled(true).proxy("");
    let (stages, looks) = (Stages { events: events.clone() }, events.clone());
    let ears = Ears { events, gap: AtomicBool::new(false) };
    let building = ClientBuilder::new_with_http(http.build(), intents());
    let building = building.raw_event_handler(ears).event_handler(stages);
    let mut client = building.await.map_err(|error| ended(&error))?;
    *client.ws_url.lock().await = url;
    let shards = Arc::clone(&client.shard_manager);
    let looking = report_disconnects(Arc::clone(&shards), looks);
    let leave = async move {
        let _ = stop.wait_for(|stop| *stop).await;
        shards.shutdown_all().await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        result = client.start() => result.map_err(|error| ended(&error)),
        () = leave => Ok(()),
        () = looking => Ok(()),
    }
}

/// Reports when the connection is lost. serenity itself reports it only just before it reconnects.
async fn report_disconnects(shards: Arc<ShardManager>, events: mpsc::Sender<GatewayEvent>) {
    let (mut tick, mut known) = (tokio::time::interval(LOOK), None);
    loop {
        tick.tick().await;
        let up = shards.runners.lock().await.values().any(|runner| runner.stage == ConnectionStage::Connected);
        if known != Some(up) && events.try_send(GatewayEvent::Connected(up)).is_ok() {
            known = Some(up);
        }
    }
}

#[allow(clippy::wildcard_enum_match_arm, reason = "serenity's errors are its own; two of them have a remedy")]
fn ended(error: &Error) -> ConnectionError {
    match error {
        Error::Gateway(GatewayError::InvalidAuthentication) => ConnectionError::Token,
        Error::Gateway(GatewayError::DisallowedGatewayIntents | GatewayError::InvalidGatewayIntents) => {
            ConnectionError::Intents
        }
        other => ConnectionError::Other(other.to_string()),
    }
}

/// Puts events into the queue.
struct Ears {
    events: mpsc::Sender<GatewayEvent>,
    gap: AtomicBool,
}

#[async_trait]
impl RawEventHandler for Ears {
    async fn raw_event(&self, _: Context, event: Event) {
        let Some(heard) = read(&event) else { return };
        if self.gap.load(Ordering::Relaxed) && self.events.try_send(GatewayEvent::Gap).is_ok() {
            self.gap.store(false, Ordering::Relaxed);
        }
        if self.events.try_send(heard).is_err() {
            self.gap.store(true, Ordering::Relaxed);
        }
    }
}

/// Reports the state of the connection.
struct Stages {
    events: mpsc::Sender<GatewayEvent>,
}

#[async_trait]
impl EventHandler for Stages {
    async fn shard_stage_update(&self, _: Context, event: ShardStageUpdateEvent) {
        // A report that does not fit is corrected by the next: READY comes through the same queue.
        self.events.try_send(GatewayEvent::Connected(event.new == ConnectionStage::Connected)).ok();
    }
}

/// Returns an event as Discord sent it. An event that serenity cannot decode keeps its raw data.
fn read(event: &Event) -> Option<GatewayEvent> {
    let mut whole = serde_json::to_value(event).ok()?;
    let name = whole.get("t")?.as_str()?.to_owned();
    Some(GatewayEvent::Dispatch { name, data: whole.get_mut("d")?.take() })
}

/// The state of the connection, shared.
#[derive(Debug, Default)]
pub struct Standing(Mutex<Stands>);

/// The state of the connection with its times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stands {
    /// The state.
    pub link: Link,
    /// Since when; `None` since startup.
    pub since: Option<Timestamp>,
    /// When the connection was last lost, and when it was restored.
    pub gap: Option<(Timestamp, Timestamp)>,
    lost: Option<Timestamp>,
}

impl Standing {
    /// Returns the state.
    pub fn link(&self) -> Link {
        self.stands().link
    }

    /// Returns the state with its times.
    pub fn stands(&self) -> Stands {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records the state.
    pub fn set(&self, link: Link, now: Timestamp) {
        let mut stands = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if stands.link == link {
            return;
        }
        if stands.link == Link::Ready {
            stands.lost = Some(now);
        }
        if link == Link::Ready {
            stands.gap = stands.lost.take().map(|lost| (lost, now)).or(stands.gap);
        }
        stands.since = Some(now);
        stands.link = link;
    }
}
