//! How a GitHub App signs in: by a token that its key signs, for the token of an installation that ends after an hour.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta};
use reqwest::header::{DATE, HeaderMap};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::settings::GitHubApp;
use crate::domain::Timestamp;

/// A clock that is off by less does no harm.
const SKEW: TimeDelta = TimeDelta::seconds(60);
/// How long a signed token is good. GitHub takes at most 10 minutes.
const LIFE: TimeDelta = TimeDelta::minutes(9);

/// Signs the token with which an App signs in at `now`, which is GitHub's time.
///
/// # Errors
/// Says what is wrong with the key.
pub(super) fn signed_token(app: &GitHubApp, now: Timestamp) -> Result<SecretString, String> {
    let key = parse_key(&app.private_key)?;
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({"iat": (now - SKEW).timestamp(), "exp": (now + LIFE).timestamp(), "iss": app.client_id});
    let text = format!("{}.{}", part(json!({"alg": "RS256", "typ": "JWT"})), part(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
        .map_err(|_| "the private key of the App cannot sign".to_owned())?;
    Ok(SecretString::from(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))))
}

/// Checks the private key of an App.
///
/// # Errors
/// Says what is wrong with it.
pub fn check_private_key(key: &SecretString) -> Result<(), String> {
    parse_key(key).map(|_| ())
}

fn parse_key(key: &SecretString) -> Result<RsaKeyPair, String> {
    let wrong = |what: &str| format!("must be the private key that GitHub made for the App, in PEM: {what}");
    let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes()).map_err(|e| wrong(&e.to_string()))?;
    let pair = if let PrivateKeyDer::Pkcs1(der) = &key {
        RsaKeyPair::from_der(der.secret_pkcs1_der())
    } else if let PrivateKeyDer::Pkcs8(der) = &key {
        RsaKeyPair::from_pkcs8(der.secret_pkcs8_der())
    } else {
        return Err(wrong("it is no RSA key"));
    };
    pair.map_err(|rejected| wrong(&rejected.to_string()))
}

/// GitHub's time, by the header of an answer. Ours may be off, and a token from the future is refused.
pub(super) fn date_of(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get(DATE)?.to_str().ok()?;
    Some(DateTime::parse_from_rfc2822(date).ok()?.to_utc())
}
