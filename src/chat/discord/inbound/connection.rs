//! Opens and monitors the gateway connection, and reopens it with increasing waits.

use std::{sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, interval, sleep},
};

use super::DiscordInbound;
use crate::{
    chat::discord::client::{
        gateway,
        gateway::{ConnectionError, GatewayEvent, Link, QUEUE},
        rest::RestOptions,
        routes,
    },
    config::Config,
};

/// The shortest and the longest wait before the connection is tried again.
const MIN_WAIT: Duration = Duration::from_secs(1);
const MAX_WAIT: Duration = Duration::from_secs(300);
/// A connection that lasted this long resets the wait.
const STABLE: Duration = Duration::from_secs(600);
/// How many sessions may begin within a day, over restarts. Discord revokes the token after 1,000.
const SESSIONS: usize = 500;
const DAY_MS: i64 = 24 * 3_600_000;
/// The key under which the store records the starts of sessions.
const SESSION_STARTS: &str = "discord_sessions";
/// How long serenity may try to reconnect, and how often that is checked.
const LOST: Duration = Duration::from_secs(600);
const CHECK: Duration = Duration::from_secs(30);
/// How long a connection may take to close when the bot stops.
const CLOSE: Duration = Duration::from_secs(5);

impl DiscordInbound {
    /// Maintains the connection until `stop`, and reopens it with increasing waits. An error that only a person can fix
    /// is reported once, and the connection is not tried again until the token in the configuration changes.
    pub async fn run(self, access: RestOptions, mut stop: watch::Receiver<bool>) {
        let (mut access, mut wait) = (access, MIN_WAIT);
        while !*stop.borrow() {
            let began = Instant::now();
            let ended = tokio::select! {
                ended = self.connect(&access, stop.clone()) => ended,
                token = self.changed_token(&access.token) => {
                    self.use_token(token, &mut access);
                    continue;
                }
            };
            let Err(error) = ended else { return };
            let pause = self.report_end(&error, wait);
            tokio::select! {
                () = stopped(&mut stop) => return,
                () = pause => {}
                token = self.changed_token(&access.token) => self.use_token(token, &mut access),
            }
            wait = if began.elapsed() > STABLE { MIN_WAIT } else { (wait * 2).min(MAX_WAIT) };
        }
    }

    /// Reports why the connection ended and returns the wait before the next try.
    fn report_end(&self, error: &ConnectionError, wait: Duration) -> impl Future<Output = ()> + use<> {
        let permanent = error.is_permanent();
        if permanent {
            tracing::error!("{error}");
            self.set_link(Link::Stopped(error.to_string()));
        } else {
            tracing::warn!(wait = ?wait, "{error}");
            self.set_link(Link::Lost(error.to_string()));
        }
        async move { if permanent { std::future::pending().await } else { sleep(wait).await } }
    }

    /// Waits until the token in the configuration changes.
    async fn changed_token(&self, present: &SecretString) -> SecretString {
        let mut changes = self.core.config.changes();
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

    /// Uses another token from now on. The current connection ends.
    fn use_token(&self, token: SecretString, access: &mut RestOptions) {
        access.token = token;
        match self.discord.rest().use_token(&access.token) {
            Ok(()) => tracing::info!("the Discord token was changed; reconnecting"),
            Err(error) => tracing::error!("[chat.discord] token: {error}"),
        }
    }

    /// Opens a connection and processes its events until it ends.
    async fn connect(&self, access: &RestOptions, stop: watch::Receiver<bool>) -> Result<(), ConnectionError> {
        if self.sessions().await >= SESSIONS {
            return Err(too_many_sessions());
        }
        let found = self.discord.rest().call(routes::gateway()).await;
        let found = found.map_err(|failure| ConnectionError::Other(failure.to_string()))?;
        let url = found["url"]
            .as_str()
            .ok_or_else(|| ConnectionError::Other("Discord did not name its gateway address".to_owned()))?;
        let (events, mut received) = mpsc::channel(QUEUE);
        let (leave, left) = watch::channel(false);
        let connection = gateway::run_gateway(access, url.to_owned(), events, left);
        let receiving = self.receive_all(&mut received);
        let mut stop = stop;
        tokio::pin!(connection);
        tokio::select! {
            ended = &mut connection => return ended,
            () = stopped(&mut stop) => {}
            error = receiving => {
                leave.send_replace(true);
                let _ = tokio::time::timeout(MAX_WAIT, &mut connection).await;
                return Err(error);
            }
        }
        leave.send_replace(true);
        let _ = tokio::time::timeout(CLOSE, connection).await;
        Ok(())
    }

    /// Processes events until the connection must be abandoned: serenity loops, or cannot connect.
    async fn receive_all(&self, received: &mut mpsc::Receiver<GatewayEvent>) -> ConnectionError {
        let mut lost: Option<Instant> = None;
        let mut check = interval(CHECK);
        let (forward, mut queued) = mpsc::channel(QUEUE);
        let (in_order, catching_up) = (self.process_in_order(&mut queued), self.keep_up());
        tokio::pin!(in_order, catching_up);
        loop {
            let event = tokio::select! {
                // Events before an interaction come first as far as they need not wait for anything: the start of a
                // session says which server is served.
                biased;
                () = &mut in_order => continue,
                event = received.recv() => event,
                () = &mut catching_up => continue,
                _ = check.tick() => match lost {
                    Some(since) if since.elapsed() > LOST => {
                        return ConnectionError::Other(format!("no connection for {} minutes", LOST.as_secs() / 60));
                    }
                    Some(_) | None => continue,
                },
            };
            match event {
                // The connection has ended, and its own result says why.
                None => std::future::pending().await,
                Some(GatewayEvent::Connected(true)) => lost = None,
                Some(GatewayEvent::Connected(false)) => {
                    lost = lost.or(Some(Instant::now()));
                    // When no server is served, that reason is more useful than this one.
                    if self.guild().served.is_some() {
                        self.set_link(Link::Lost("reconnecting".to_owned()));
                    }
                }
                Some(event) => {
                    if is_ready(&event) && self.count_session().await > SESSIONS {
                        return too_many_sessions();
                    }
                    self.forward(event, &forward);
                }
            }
        }
    }

    /// Starts an interaction at once; any other event waits its turn. Messages that find the queue full are fetched later.
    fn forward(&self, event: GatewayEvent, to: &mpsc::Sender<GatewayEvent>) {
        match event {
            GatewayEvent::Dispatch { name, data } if name == "INTERACTION_CREATE" => self.spawn_interaction(data, true),
            other @ (GatewayEvent::Dispatch { .. } | GatewayEvent::Gap | GatewayEvent::Connected(_)) => {
                if to.try_send(other).is_err() {
                    self.catch_up_later(None);
                }
            }
        }
    }

    /// Processes events one after the other. Never returns.
    async fn process_in_order(&self, queued: &mut mpsc::Receiver<GatewayEvent>) {
        while let Some(event) = queued.recv().await {
            self.process(event).await;
        }
        std::future::pending().await
    }

    /// Records the start of a session, so that a program that restarts in a loop is noticed. Returns how many started
    /// within a day.
    async fn count_session(&self) -> usize {
        let now = self.core.bot.now().timestamp_millis();
        let count = move |tx: &mut crate::store::Tx<'_>| {
            let known = tx.meta(SESSION_STARTS)?.and_then(|known| serde_json::from_str::<Vec<i64>>(&known).ok());
            let mut starts = known.unwrap_or_default();
            starts.retain(|at| now - at < DAY_MS);
            starts.push(now);
            tx.set_meta(SESSION_STARTS, serde_json::to_string(&starts).ok().as_deref())?;
            Ok(starts.len())
        };
        self.core.store.transact_urgent(count).await.unwrap_or_default()
    }

    /// Returns how many sessions started within a day.
    async fn sessions(&self) -> usize {
        let since = self.core.bot.now().timestamp_millis() - DAY_MS;
        let known = self.core.store.read(|reads| reads.meta(SESSION_STARTS)).await.ok().flatten();
        let starts = known.and_then(|known| serde_json::from_str::<Vec<i64>>(&known).ok()).unwrap_or_default();
        starts.into_iter().filter(|at| *at > since).count()
    }
}

fn too_many_sessions() -> ConnectionError {
    ConnectionError::Other(format!("{SESSIONS} sessions within a day: waiting before another one"))
}

/// Returns when `stop` is set.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    stop.wait_for(|stop| *stop).await.ok();
}

fn is_ready(event: &GatewayEvent) -> bool {
    matches!(event, GatewayEvent::Dispatch { name, .. } if name == "READY")
}
