//! VAPID (RFC 8292): the key that push services know this hotroom by, and the token that it signs.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::SecretString;
use serde_json::json;
use web_push_native::p256::{
    SecretKey,
    ecdsa::{Signature, SigningKey, signature::Signer},
    elliptic_curve::sec1::ToEncodedPoint,
};

use crate::domain::Timestamp;

const HOUR: i64 = 3_600;
/// How many hours a token is valid; RFC 8292 allows 24.
const VALID_HOURS: i64 = 12;

/// The key. Browsers bind a subscription to it: with another key every subscription ends.
#[derive(Clone, PartialEq, Eq)]
pub struct VapidKey(SecretKey);

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VapidKey(…)")
    }
}

impl VapidKey {
    /// Makes a key.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn generate() -> Result<Self, getrandom::Error> {
        loop {
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes)?;
            // One of 2^32 values is no key of this curve.
            if let Ok(key) = SecretKey::from_slice(&bytes) {
                return Ok(Self(key));
            }
        }
    }

    /// Reads a key that [`VapidKey::encode`] wrote. `None` if it is none.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok()?;
        SecretKey::from_slice(&bytes).ok().map(Self)
    }

    /// Returns the private key in base64url, to be stored.
    pub fn encode(&self) -> SecretString {
        URL_SAFE_NO_PAD.encode(self.0.to_bytes()).into()
    }

    /// Returns the public key in base64url: the `applicationServerKey` of a subscription.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.public_key().to_encoded_point(false).as_bytes())
    }
}

/// Who sends: the key, and whom a push service may contact about it.
#[derive(Clone, Copy, Debug)]
pub struct VapidIdentity<'a> {
    /// The key.
    pub key: &'a VapidKey,
    /// A `mailto:` or `https:` address.
    pub subject: &'a str,
}

impl VapidIdentity<'_> {
    /// Returns the value of `Authorization` for the push service at `origin`. Within an hour it is the same, as the services
    /// ask for: the end is on the full hour, and the signature needs no random number (RFC 6979).
    pub(super) fn authorization(&self, origin: &str, now: Timestamp) -> SecretString {
        let end = (now.timestamp().div_euclid(HOUR) + VALID_HOURS) * HOUR;
        let claims = json!({ "aud": origin, "exp": end, "sub": self.subject });
        let encode = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", encode(json!({ "typ": "JWT", "alg": "ES256" })), encode(claims));
        let signature: Signature = SigningKey::from(&self.key.0).sign(signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
        format!("vapid t={signed}.{signature}, k={}", self.key.public()).into()
    }
}
