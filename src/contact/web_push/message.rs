//! One message to a subscription, and what the answer of its push service means.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use sha2::{Digest, Sha256};

use super::{Subscription, VapidIdentity};
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome, Receipt, SkipReason},
    },
    net::{HttpCall, HttpClient, HttpFailure, HttpResponse, UrlOrigin},
};

/// The largest payload in bytes before it is encrypted. Push services take 4,096 bytes with everything around it.
pub const LARGEST_PAYLOAD: usize = 3_900;
/// The longest time that a message may wait at the push service: four weeks, the longest that any of them keeps one.
const LONGEST_WAIT: Duration = Duration::from_secs(28 * 86_400);
/// The most that is read of an answer, in bytes.
const LARGEST_ANSWER: usize = 16 << 10;

/// How soon a device has to be woken (RFC 8030, 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushUrgency {
    /// At once, also to save no battery.
    High,
    /// When it is awake, or soon.
    Normal,
}

impl PushUrgency {
    fn word(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
        }
    }
}

/// The topic of a message: a newer message of the same topic replaces one that still waits at the push service. It does not
/// make a repeat harmless, because a message that was delivered is not replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushTopic(String);

impl PushTopic {
    /// The topic of this name, as a hash: 32 characters of base64url, the most that are allowed.
    pub fn of(name: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(&Sha256::digest(name)[..24]))
    }

    /// The topic as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A message to a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushMessage {
    /// What the service worker of the console gets, at most [`LARGEST_PAYLOAD`] bytes.
    pub payload: Vec<u8>,
    /// How long it may wait at the push service while the device is off. With zero it would be dropped at once, so that at least
    /// a second is sent.
    pub ttl: Duration,
    /// How soon the device is woken.
    pub urgency: PushUrgency,
    /// Its topic.
    pub topic: PushTopic,
}

/// Sends a message in one attempt. `now` dates the token, which push services refuse when it has ended.
///
/// An accepted message has not been shown yet. [`SkipReason::ContactGone`] means that the browser has unsubscribed.
pub async fn send(
    http: &HttpClient,
    identity: VapidIdentity<'_>,
    subscription: &Subscription,
    message: PushMessage,
    now: Timestamp,
) -> Outcome<Receipt> {
    if message.payload.len() > LARGEST_PAYLOAD {
        return Outcome::Rejected { why: too_large(&format!("{} bytes", message.payload.len())) };
    }
    match call(identity, subscription, message, now) {
        Ok(call) => outcome(http.send(call).await, subscription.origin(), now),
        Err(why) => Outcome::Rejected { why: format!("the message cannot be encrypted: {why}") },
    }
}

fn call(
    identity: VapidIdentity<'_>,
    subscription: &Subscription,
    message: PushMessage,
    now: Timestamp,
) -> Result<HttpCall, String> {
    let wait = message.ttl.clamp(Duration::from_secs(1), LONGEST_WAIT);
    let body = subscription.encrypt(message.payload)?;
    Ok(HttpCall::new(Method::POST, subscription.endpoint(), UrlOrigin::Outside)
        .body("application/octet-stream", body)
        .header("content-encoding", "aes128gcm")
        .header("ttl", &wait.as_secs().to_string())
        .header("urgency", message.urgency.word())
        .header("topic", message.topic.as_str())
        .secret_header("authorization", &identity.authorization(subscription.origin(), now))
        .at_most(LARGEST_ANSWER))
}

/// What the answer means. After a 5xx the message may have been taken; it is sent again all the same, because a second one
/// replaces the first notification by its tag.
fn outcome(answer: Result<HttpResponse, HttpFailure>, origin: &str, now: Timestamp) -> Outcome<Receipt> {
    let failure = match answer {
        // The status says that it was accepted; the body has no meaning.
        Ok(_) | Err(HttpFailure::Unclear { status: Some(200..=299), .. }) => {
            return Outcome::Delivered(Receipt::Nothing);
        }
        Err(failure) => failure,
    };
    match failure.status() {
        Some(404 | 410) => Outcome::Skipped(SkipReason::ContactGone),
        Some(400 | 401 | 403) => Outcome::Rejected {
            why: format!(
                "{origin} refuses messages of this hotroom: {failure}; check [web_push] subject and the clock of the \
                 machine, and whether the key is the one that browsers subscribed with"
            ),
        },
        Some(413) => Outcome::Rejected { why: too_large(&failure.to_string()) },
        Some(500..=599) => failure.outcome(EffectClass::Keyed, now),
        Some(_) | None => failure.outcome(EffectClass::Neither, now),
    }
}

fn too_large(what: &str) -> String {
    format!("a bug of hotroom: the message is too large for push services ({what}); please report it")
}
