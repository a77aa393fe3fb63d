//! The calls to a server.

use std::time::Duration;

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{
    answer::{PublishedMessage, explained, polled},
    message::NtfyMessage,
    target::{NtfySettings, NtfyTarget},
};
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome},
    },
    net::{HttpCall, HttpClient, HttpFailure, UrlOrigin},
};

/// The largest answer to a poll that is read.
const LARGEST_POLL: usize = 256 * 1024;
/// The longest time that a topic is polled for: servers keep messages for 12 hours by default.
const LONGEST_POLL: Duration = Duration::from_secs(12 * 3_600);
/// How much longer than necessary a topic is polled for, because seconds are rounded and requests take time.
const MARGIN: Duration = Duration::from_secs(60);

/// What a server says of a message that it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NtfyReceipt {
    /// The id of the message.
    pub id: String,
    /// True if the server keeps the sequence id, so that the message can be looked up and replaced.
    pub is_readable: bool,
}

/// What is known of a message after an unknown outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NtfyLookup {
    /// The server has it.
    Published(NtfyReceipt),
    /// The server has messages with sequence ids, and it is not among them.
    Absent,
    /// It cannot be known: the server keeps no sequence ids, or the topic may not be read.
    Unreadable,
}

/// Publishes a message.
pub async fn publish(
    http: &HttpClient,
    target: &NtfyTarget,
    message: &NtfyMessage,
    now: Timestamp,
) -> Outcome<NtfyReceipt> {
    let call = HttpCall::new(Method::POST, format!("{}/", target.server), target.origin);
    let call = authorized(call, target.token.as_ref()).json(message.body(target.topic.as_str()));
    let published = http.send(call).await.and_then(|response| PublishedMessage::parse(&response));
    match published {
        Ok(published) => Outcome::Delivered(receipt(message, &published)),
        Err(failure) => explained(failure).outcome(EffectClass::Readable, now),
    }
}

/// Looks for a message that may have been published during the last `age`.
///
/// # Errors
/// [`HttpFailure`] when the server does not answer: nothing was published by this call.
pub async fn look_up(
    http: &HttpClient,
    target: &NtfyTarget,
    message: &NtfyMessage,
    age: Duration,
) -> Result<NtfyLookup, HttpFailure> {
    // An age, not a time: the server counts it from its own clock.
    let since = (age + MARGIN).min(LONGEST_POLL).as_secs();
    let url = format!("{}/{}/json?poll=1&since={since}s", target.server, target.topic.as_str());
    let call = HttpCall::new(Method::GET, url, target.origin).at_most(LARGEST_POLL);
    let response = match http.send(authorized(call, target.token.as_ref())).await {
        Ok(response) => response,
        Err(failure) if cannot_be_read(&failure) => return Ok(NtfyLookup::Unreadable),
        Err(failure) => return Err(explained(failure)),
    };
    let messages = polled(&response);
    let is_it = |published: &&PublishedMessage| published.is(message, target.topic.as_str());
    Ok(match messages.iter().find(is_it) {
        Some(published) => NtfyLookup::Published(receipt(message, published)),
        None if messages.iter().any(|message| message.sequence_id.is_some()) => NtfyLookup::Absent,
        None => NtfyLookup::Unreadable,
    })
}

/// True if asking again would bring nothing either: the topic may not be read, or has more messages than are read.
fn cannot_be_read(failure: &HttpFailure) -> bool {
    failure.is_refusal() && failure.status().is_some() || matches!(failure.status(), Some(200..=299))
}

fn receipt(message: &NtfyMessage, published: &PublishedMessage) -> NtfyReceipt {
    let is_readable = published.sequence_id.as_deref() == Some(message.sequence_id.as_str());
    NtfyReceipt { id: published.id.clone(), is_readable }
}

fn authorized(call: HttpCall, token: Option<&SecretString>) -> HttpCall {
    match token {
        Some(token) => call.secret_header("authorization", &format!("Bearer {}", token.expose_secret()).into()),
        None => call,
    }
}

/// Checks that the configured server answers, and that it accepts the token. Publishes nothing.
///
/// # Errors
/// Says what is wrong and what to do.
pub async fn check_server(http: &HttpClient, settings: &NtfySettings) -> Result<(), String> {
    let get = |path: &str| HttpCall::new(Method::GET, format!("{}{path}", settings.server), UrlOrigin::Config);
    let said = |failure: HttpFailure| explained(failure).to_string();
    let health: Value = http.send(get("/v1/health")).await.and_then(|response| response.json()).map_err(said)?;
    if health["healthy"] != true {
        return Err("the server says that it is not healthy; look into its log".to_owned());
    }
    if settings.token.is_none() {
        return Ok(());
    }
    let account: Value = http
        .send(authorized(get("/v1/account"), settings.token.as_ref()))
        .await
        .and_then(|response| response.json())
        .map_err(|failure| format!("{}; check [ntfy] token", said(failure)))?;
    match account["username"].as_str() {
        Some(name) if name != "*" => Ok(()),
        Some(_) | None => Err("the server does not know the access token; check [ntfy] token".to_owned()),
    }
}
