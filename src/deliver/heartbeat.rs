//! The heartbeat to a dead man's switch outside: it calls for help when hotroom cannot page any more.

use std::time::Duration;

use chrono::TimeDelta;
use reqwest::Method;
use secrecy::ExposeSecret;

use crate::{
    app::App,
    domain::Timestamp,
    net::{HttpCall, HttpClients, UrlOrigin},
    store::{Reads, StoreError},
};

/// How often it is sent.
pub const EVERY: Duration = Duration::from_secs(60);
/// How late a page may be before the heartbeat stops: a retry takes at most 15 s, so that a minute means that something hangs.
const LATE: TimeDelta = TimeDelta::minutes(1);

/// What became of one heartbeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeartbeatResult {
    /// No address is configured.
    Off,
    /// It was sent.
    Sent,
    /// It was not sent, because people might not be paged; this is why.
    Withheld(String),
    /// The other side did not take it.
    Failed(String),
}

/// Sends one heartbeat, unless people might not be paged.
pub async fn beat(app: &App, clients: &HttpClients) -> HeartbeatResult {
    let config = app.config.current();
    let Some(url) = &config.pager.heartbeat_url else { return HeartbeatResult::Off };
    let now = app.clock.now();
    match app.store.read(move |reads| reason_to_withhold(reads, now)).await {
        Ok(None) => {}
        Ok(Some(why)) => return HeartbeatResult::Withheld(why),
        Err(error) => return HeartbeatResult::Withheld(format!("the database cannot be read: {error}")),
    }
    if let Some(why) = app.store.health().trouble() {
        return HeartbeatResult::Withheld(why);
    }
    let call = HttpCall::new(Method::GET, url.expose_secret(), UrlOrigin::Config);
    let sent = match clients.client(&config.net) {
        Ok(client) => client.send(call).await.map(|_| ()),
        Err(failure) => Err(failure),
    };
    match sent {
        Ok(()) => HeartbeatResult::Sent,
        Err(failure) => HeartbeatResult::Failed(failure.to_string()),
    }
}

/// Why people might not be paged; `None` if they are.
fn reason_to_withhold(reads: &Reads<'_>, now: Timestamp) -> Result<Option<String>, StoreError> {
    if let Some(why) = reads.sending_paused()? {
        return Ok(Some(format!("sending is paused: {why}")));
    }
    if let Some(ready) = reads.oldest_ready_page()?.filter(|ready| now - *ready > LATE) {
        return Ok(Some(format!("a page has been ready to be sent since {}", ready.to_rfc3339())));
    }
    if let Some(due) = reads.oldest_due_step()?.filter(|due| now - *due > LATE) {
        return Ok(Some(format!("the next step of a page has been due since {}", due.to_rfc3339())));
    }
    Ok(None)
}
