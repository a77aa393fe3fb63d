//! The subscription of a browser: where its push service takes messages, and the keys to encrypt them with.

use std::{fmt, net::IpAddr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use web_push_native::p256::PublicKey;

/// The longest endpoint; those of the known push services have 100 to 600 characters.
const LONGEST: usize = 2_048;
/// The length of an uncompressed point of P-256.
const POINT: usize = 65;

/// A subscription as a browser writes it (`PushSubscription.toJSON`), and as it is stored. Whoever has it and the VAPID key can
/// send messages to the browser.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionForm {
    /// The URL that messages are posted to.
    pub endpoint: String,
    /// The keys.
    pub keys: SubscriptionKeys,
}

/// The keys of a subscription, in base64url.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionKeys {
    /// The public key of the browser: an uncompressed point of P-256.
    pub p256dh: String,
    /// The authentication secret, 16 bytes.
    pub auth: String,
}

impl SubscriptionForm {
    /// The id of the subscription: a hash of its endpoint, which the script of the console computes too.
    pub fn id(&self) -> String {
        hex::encode(Sha256::digest(&self.endpoint))
    }
}

impl fmt::Debug for SubscriptionForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubscriptionForm(…)")
    }
}

impl fmt::Debug for SubscriptionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubscriptionKeys(…)")
    }
}

/// Why a subscription is refused. The words do not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscriptionFault {
    /// The endpoint cannot be used.
    #[error("the endpoint {0}")]
    Endpoint(&'static str),
    /// The public key cannot be used.
    #[error("the key p256dh is not an uncompressed point of P-256 in base64url")]
    PublicKey,
    /// The authentication secret cannot be used.
    #[error("the secret auth is not 16 bytes in base64url")]
    AuthSecret,
}

/// A subscription that was checked.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    endpoint: String,
    origin: String,
    receiver: PublicKey,
    auth: [u8; 16],
}

impl fmt::Debug for Subscription {
    /// The endpoint and the keys are secrets; its origin is not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Subscription {
    /// Checks a subscription. Plain http is accepted for an address of this machine, which may be called only if `[net] allow`
    /// lists it.
    ///
    /// # Errors
    /// [`SubscriptionFault`] when it is none, or when its endpoint can never be called.
    pub fn parse(form: &SubscriptionForm) -> Result<Self, SubscriptionFault> {
        let origin = check_endpoint(&form.endpoint)?;
        let point = decode(&form.keys.p256dh).filter(|bytes| bytes.len() == POINT);
        let receiver = point.and_then(|bytes| PublicKey::from_sec1_bytes(&bytes).ok());
        let auth = decode(&form.keys.auth).and_then(|bytes| bytes.try_into().ok());
        Ok(Self {
            endpoint: form.endpoint.clone(),
            origin,
            receiver: receiver.ok_or(SubscriptionFault::PublicKey)?,
            auth: auth.ok_or(SubscriptionFault::AuthSecret)?,
        })
    }

    /// The push service: `https://fcm.googleapis.com`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The same subscription at a push service that no browser would name.
    #[cfg(test)]
    pub(super) fn at(&self, endpoint: String) -> Self {
        let origin = Url::parse(&endpoint).expect("a URL").origin().ascii_serialization();
        Self { endpoint, origin, ..self.clone() }
    }

    /// Encrypts a message for this browser, with a key and a salt of its own.
    pub(super) fn encrypt(&self, payload: Vec<u8>) -> Result<Vec<u8>, String> {
        let auth = web_push_native::Auth::from(self.auth);
        web_push_native::encrypt(payload, &self.receiver, &auth).map_err(|error| error.to_string())
    }
}

/// Returns the origin of an endpoint that can be called.
fn check_endpoint(text: &str) -> Result<String, SubscriptionFault> {
    let refused = |why| Err(SubscriptionFault::Endpoint(why));
    if text.len() > LONGEST {
        return refused("is longer than 2,048 characters");
    }
    let Ok(url) = Url::parse(text) else { return refused("is no URL") };
    if !url.username().is_empty() || url.password().is_some() {
        return refused("has a user name or a password in it");
    }
    match url.scheme() {
        "https" if url.has_host() => Ok(url.origin().ascii_serialization()),
        "http" if url.host_str().is_some_and(is_this_machine) => Ok(url.origin().ascii_serialization()),
        _ => refused("is no https address"),
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}
