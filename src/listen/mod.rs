//! The ear on Discord: what people do there becomes commands and talk here, and is answered.
//!
//! The gateway's events come through one bounded queue. Interactions are kept in the store before they are answered and
//! run each in a task of its own, because Discord waits three seconds; messages are taken in one after the other, so
//! that a room's talk keeps its order. After every gap what was missed is fetched.

mod alerts;
mod answers;
mod files;
mod gap;
mod interactions;
mod look_back;
mod marks;
mod messages;
mod people;
mod ready;

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::{
    sync::{Semaphore, mpsc, watch},
    time::{Instant, interval, sleep},
};

use crate::{
    app::App,
    chat::discord::{
        Discord,
        client::{
            gateway,
            gateway::{Ended, Heard, Link, QUEUE},
            rest::Access,
            routes,
            snowflake::{ApplicationId, GuildId, InteractionId, UserId},
        },
    },
    config::Config,
};

/// How many interactions are answered at once. One that waits for Discord's limits to pass holds its place for minutes,
/// and must not keep a fresh one from being acknowledged.
const AT_ONCE: usize = 1_024;
/// The shortest and the longest wait before the connection is tried again.
const WAIT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));
/// How long a connection has to last to count as good.
const GOOD: Duration = Duration::from_secs(600);
/// How many sessions may begin within a day, over restarts. Discord takes the token away after 1,000.
const SESSIONS: usize = 500;
const DAY_MS: i64 = 24 * 3_600_000;
/// The name under which the database keeps when sessions have begun.
const BEGUN: &str = "discord_sessions";
/// How long serenity may try by itself, and how often that is looked at.
const LOST: Duration = Duration::from_secs(600);
const LOOK: Duration = Duration::from_secs(30);

/// Hears what people do on Discord.
#[derive(Clone)]
pub struct DiscordInbound {
    app: Arc<App>,
    discord: Arc<Discord>,
    home: Arc<Mutex<Home>>,
    slots: Arc<Semaphore>,
    under_way: Arc<Mutex<HashSet<InteractionId>>>,
    /// When refusals of outsiders were written down lately.
    noted: Arc<Mutex<Vec<Instant>>>,
}

/// The server that is served, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Home {
    guild: Option<GuildId>,
    /// All servers that the bot is on.
    guilds: BTreeSet<GuildId>,
    owner: Option<UserId>,
    application: Option<ApplicationId>,
    /// The bot's own account.
    me: Option<UserId>,
}

impl DiscordInbound {
    /// An ear for this bot.
    pub fn new(app: Arc<App>, discord: Arc<Discord>) -> Self {
        let (slots, under_way) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::default());
        Self { app, discord, home: Arc::default(), slots, under_way, noted: Arc::default() }
    }

    fn home(&self) -> Home {
        self.home.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn know(&self, learn: impl FnOnce(&mut Home)) {
        learn(&mut self.home.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Holds the connection until told to stop, and tries again with growing waits when it ends. What only a person can
    /// mend is said once, and not tried again before another token is set.
    pub async fn run(self, access: Access, mut stop: watch::Receiver<bool>) {
        let (mut access, mut wait) = (access, WAIT.0);
        while !*stop.borrow() {
            let began = Instant::now();
            let ended = tokio::select! {
                ended = self.once(&access, stop.clone()) => ended,
                token = self.other_token(&access.token) => {
                    self.takes(token, &mut access);
                    continue;
                }
            };
            let Err(ended) = ended else { return };
            let pause = self.said(&ended, wait);
            tokio::select! {
                () = told(&mut stop) => return,
                () = pause => {}
                token = self.other_token(&access.token) => self.takes(token, &mut access),
            }
            wait = if began.elapsed() > GOOD { WAIT.0 } else { (wait * 2).min(WAIT.1) };
        }
    }

    /// Says why the connection has ended, and gives the wait before it is tried again.
    fn said(&self, ended: &Ended, wait: Duration) -> impl Future<Output = ()> + use<> {
        let for_good = ended.for_good();
        if for_good {
            tracing::error!("{ended}");
            self.stands(Link::Stopped(ended.to_string()));
        } else {
            tracing::warn!(wait = ?wait, "{ended}");
            self.stands(Link::Lost(ended.to_string()));
        }
        async move {
            match for_good {
                true => std::future::pending().await,
                false => sleep(wait).await,
            }
        }
    }

    /// Waits until the configuration has another token than this.
    async fn other_token(&self, present: &SecretString) -> SecretString {
        let mut changes = self.app.config.changes();
        let found = |config: &Arc<Config>| {
            let token = config.chat.discord.as_ref().map(|settings| settings.token.clone());
            token.filter(|token| token.expose_secret() != present.expose_secret())
        };
        loop {
            if let Some(token) = found(&changes.borrow_and_update()) {
                return token;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Goes on with another token: what was connected with the last one ends.
    fn takes(&self, token: SecretString, access: &mut Access) {
        access.token = token;
        match self.discord.rest().use_token(&access.token) {
            Ok(()) => tracing::info!("another token for Discord is used from now on"),
            Err(error) => tracing::error!("[chat.discord] token: {error}"),
        }
    }

    /// One connection, from asking where the gateway is to its end.
    async fn once(&self, access: &Access, stop: watch::Receiver<bool>) -> Result<(), Ended> {
        if self.sessions().await >= SESSIONS {
            return Err(Ended::Other(format!("{SESSIONS} sessions within a day: waiting before another one")));
        }
        let found = self.discord.rest().call(routes::gateway()).await;
        let found = found.map_err(|failure| Ended::Other(failure.to_string()))?;
        let url =
            found["url"].as_str().ok_or_else(|| Ended::Other("it does not say where its gateway is".to_owned()))?;
        let (events, mut heard) = mpsc::channel(QUEUE);
        let (leave, left) = watch::channel(false);
        let holding = gateway::hold(access, url.to_owned(), events, left);
        let hearing = self.listen(&mut heard);
        let mut stop = stop;
        tokio::pin!(holding);
        tokio::select! {
            ended = &mut holding => return ended,
            () = told(&mut stop) => {}
            looped = hearing => {
                leave.send_replace(true);
                let _ = tokio::time::timeout(WAIT.1, &mut holding).await;
                return Err(looped);
            }
        }
        leave.send_replace(true);
        let _ = tokio::time::timeout(Duration::from_secs(5), holding).await;
        Ok(())
    }

    /// Takes in what comes, until the connection has to be given up: serenity loops, or does not get through.
    async fn listen(&self, heard: &mut mpsc::Receiver<Heard>) -> Ended {
        let mut lost: Option<Instant> = None;
        let mut look = interval(LOOK);
        loop {
            let heard = tokio::select! {
                // Before anything newer moves the mark up to which the channel was read.
                biased;
                () = self.discord.new_channel() => {
                    self.fill_gaps().await;
                    self.tell_space().await;
                    continue;
                }
                heard = heard.recv() => heard,
                _ = look.tick() => match lost {
                    Some(since) if since.elapsed() > LOST => {
                        return Ended::Other(format!("no connection for {} minutes", LOST.as_secs() / 60));
                    }
                    Some(_) | None => continue,
                },
            };
            match heard {
                // The connection has ended; its end says why.
                None => std::future::pending().await,
                Some(Heard::Connected(true)) => lost = None,
                Some(Heard::Connected(false)) => {
                    lost = lost.or(Some(Instant::now()));
                    // Where no server is served, why not is the more useful word.
                    if self.home().guild.is_some() {
                        self.stands(Link::Lost("the connection is made again".to_owned()));
                    }
                }
                Some(heard) => {
                    if is_ready(&heard) && self.count_session().await > SESSIONS {
                        return Ended::Other(format!("{SESSIONS} sessions within a day: waiting before another one"));
                    }
                    self.hear(heard).await;
                }
            }
        }
    }

    /// Counts the beginning of a session in the store, so that a program that is started again and again is seen as well;
    /// answers how many there were within a day.
    async fn count_session(&self) -> usize {
        let now = self.app.clock.now().timestamp_millis();
        let count = move |tx: &mut crate::store::Tx<'_>| {
            let known = tx.meta(BEGUN)?.and_then(|known| serde_json::from_str::<Vec<i64>>(&known).ok());
            let mut begun = known.unwrap_or_default();
            begun.retain(|at| now - at < DAY_MS);
            begun.push(now);
            tx.set_meta(BEGUN, serde_json::to_string(&begun).ok().as_deref())?;
            Ok(begun.len())
        };
        self.app.store.transact_urgent(count).await.unwrap_or_default()
    }

    /// How many sessions there were within a day.
    async fn sessions(&self) -> usize {
        let since = self.app.clock.now().timestamp_millis() - DAY_MS;
        let known = self.app.store.read(|reads| reads.meta(BEGUN)).await.ok().flatten();
        let begun = known.and_then(|known| serde_json::from_str::<Vec<i64>>(&known).ok()).unwrap_or_default();
        begun.into_iter().filter(|at| *at > since).count()
    }

    /// Takes one event in. What goes wrong with it is its own affair.
    pub async fn hear(&self, heard: Heard) {
        let (name, data) = match heard {
            Heard::Gap => {
                self.fill_gaps().await;
                return self.look_back().await;
            }
            Heard::Connected(_) => return,
            Heard::Event { name, data } => (name, data),
        };
        match name.as_str() {
            "READY" => self.on_ready(&data).await,
            "RESUMED" => self.on_resumed(),
            "GUILD_CREATE" => self.on_guild(&data).await,
            "GUILD_DELETE" => self.on_guild_gone(&data).await,
            "INTERACTION_CREATE" => self.begin(data, true),
            "MESSAGE_CREATE" => self.on_message(&data).await,
            "MESSAGE_UPDATE" => self.on_edit(&data).await,
            "MESSAGE_DELETE" => self.on_delete(&data).await,
            "MESSAGE_DELETE_BULK" => self.on_bulk_delete(&data).await,
            "MESSAGE_REACTION_ADD" => self.on_reaction(&data),
            "CHANNEL_DELETE" | "THREAD_DELETE" => self.on_channel_gone(&data).await,
            "THREAD_UPDATE" => self.on_thread(&data).await,
            _ => {}
        }
    }

    /// Notes how the connection stands.
    fn stands(&self, link: Link) {
        self.discord.standing().set(link, self.app.clock.now());
    }

    /// The session goes on as it was: a bot that serves no server serves none now either.
    fn on_resumed(&self) {
        if self.home().guild.is_some() {
            self.stands(Link::Ready);
        }
    }

    /// Runs an interaction in a task of its own.
    fn begin(&self, data: Value, fresh: bool) {
        let listener = self.clone();
        tokio::spawn(async move {
            let Ok(_slot) = Arc::clone(&listener.slots).acquire_owned().await else { return };
            listener.on_interaction(data, fresh).await;
        });
    }
}

/// Comes back when it is time to stop.
async fn told(stop: &mut watch::Receiver<bool>) {
    stop.wait_for(|stop| *stop).await.ok();
}

fn is_ready(heard: &Heard) -> bool {
    matches!(heard, Heard::Event { name, .. } if name == "READY")
}
