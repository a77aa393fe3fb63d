//! Signatures of outgoing webhooks, as Standard Webhooks 1.0 defines them: HMAC-SHA256 over id, time and body.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;

use super::{HttpCall, HttpClient, HttpFailure, UrlOrigin};
use crate::domain::Timestamp;

/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// The length of a secret's key in bytes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that webhooks are signed with: `whsec_` and the key in base64.
#[derive(Clone, Debug)]
pub struct WebhookSecret {
    key: SecretSlice<u8>,
}

impl WebhookSecret {
    /// Parses a secret. The message does not repeat what was written, because most of a wrong secret is right.
    ///
    /// # Errors
    /// Says what is wrong and how to make a secret.
    pub fn parse(secret: &SecretString) -> Result<Self, String> {
        const MAKE: &str = "make one with: echo \"whsec_$(openssl rand -base64 32)\"";
        let Some(encoded) = secret.expose_secret().strip_prefix(PREFIX) else {
            return Err(format!("does not begin with {PREFIX}; {MAKE}"));
        };
        let Ok(key) = STANDARD.decode(encoded) else {
            return Err(format!("has no base64 after {PREFIX}; {MAKE}"));
        };
        if !KEY_BYTES.contains(&key.len()) {
            let (least, most) = (KEY_BYTES.start(), KEY_BYTES.end());
            return Err(format!("has a key of {} bytes, which must be {least} to {most}; {MAKE}", key.len()));
        }
        Ok(Self { key: key.into() })
    }

    /// Makes a secret with a key of 256 random bits, in the form that [`WebhookSecret::parse`] takes.
    ///
    /// # Errors
    /// Says that the system has no random bytes.
    pub fn generate() -> Result<SecretString, String> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| format!("no random bytes: {error}"))?;
        Ok(format!("{PREFIX}{}", STANDARD.encode(key)).into())
    }

    /// Returns the signature: `v1,` and the code in base64.
    fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose_secret()).ok()?;
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

/// A message to a webhook.
#[derive(Clone, Debug)]
pub struct WebhookMessage {
    /// The address of the webhook.
    pub url: String,
    /// Who wrote the address.
    pub origin: UrlOrigin,
    /// The id, the same in every attempt, by which the receiver knows a repeat.
    pub id: String,
    /// The body, JSON.
    pub body: Vec<u8>,
    /// The secrets: two during a rotation, each of which signs.
    pub secrets: Vec<WebhookSecret>,
}

impl WebhookMessage {
    /// Posts the message, signed and dated `now`. Any status of 2xx is a success: the body of the answer has no meaning, so
    /// that it may also break off.
    ///
    /// # Errors
    /// [`HttpFailure`] when the message was not taken, or nobody knows.
    pub async fn post(self, http: &HttpClient, now: Timestamp) -> Result<(), HttpFailure> {
        match http.send(self.into_call(now)).await {
            Ok(_) | Err(HttpFailure::Unclear { status: Some(200..=299), .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Returns the signed request: receivers refuse what was signed more than five minutes ago.
    fn into_call(self, now: Timestamp) -> HttpCall {
        let seconds = now.timestamp();
        let signatures: Vec<String> =
            self.secrets.iter().filter_map(|secret| secret.sign(&self.id, seconds, &self.body)).collect();
        HttpCall::new(Method::POST, self.url, self.origin)
            .json(self.body)
            .header("webhook-id", &self.id)
            .header("webhook-timestamp", &seconds.to_string())
            .header("webhook-signature", &signatures.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Result<WebhookSecret, String> {
        WebhookSecret::parse(&SecretString::from(text.to_owned()))
    }

    /// The example of the specification.
    #[test]
    fn a_message_is_signed_as_in_the_specification() {
        let secret = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b"{\"test\": 2432232314}");
        assert_eq!(signature.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn a_generated_secret_can_be_used_and_differs_from_the_one_before() {
        let (one, other) = (WebhookSecret::generate().expect("made"), WebhookSecret::generate().expect("made"));
        assert!(WebhookSecret::parse(&one).is_ok());
        assert_ne!(one.expose_secret(), other.expose_secret());
    }

    #[test]
    fn a_secret_that_cannot_be_used_is_refused_without_being_shown() {
        let long = format!("whsec_{}", STANDARD.encode([7; 65]));
        for (text, reason) in [
            ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "does not begin with whsec_"),
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "has no base64 after whsec_"),
            ("whsec_c2hvcnQ=", "has a key of 5 bytes, which must be 24 to 64"),
            (long.as_str(), "has a key of 65 bytes, which must be 24 to 64"),
        ] {
            let error = secret(text).expect_err(text);
            assert!(error.starts_with(reason) && !error.contains("MfKQ"), "{error}");
        }
        let debug = format!("{:?}", secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        assert!(!debug.contains("MfKQ") && !debug.contains("49"), "{debug}");
    }
}
