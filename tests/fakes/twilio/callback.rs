//! What Twilio posts, and how it signs it. The signature is made here from Twilio's documentation, apart from the code
//! that checks it.

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;

use super::TOKEN;

/// A request that Twilio makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// Its whole address.
    pub url: String,
    /// The fields of its form.
    pub fields: Vec<(String, String)>,
    /// The value of `X-Twilio-Signature`.
    pub signature: String,
}

impl Callback {
    /// A callback that is signed with a token.
    pub fn signed(url: &str, fields: Vec<(String, String)>, token: &str) -> Self {
        let mut sorted = fields.clone();
        sorted.sort();
        let mut text = url.to_owned();
        for (name, value) in sorted {
            text.push_str(&name);
            text.push_str(&value);
        }
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
        Self { url: url.to_owned(), fields, signature: STANDARD.encode(hmac::sign(&key, text.as_bytes())) }
    }

    /// The same fields with a signature that somebody without the token has made.
    pub fn forged(&self) -> Self {
        Self::signed(&self.url, self.fields.clone(), "not the token")
    }

    /// The same signature over another field.
    pub fn changed(&self, name: &str, value: &str) -> Self {
        let mut changed = self.clone();
        for (given, old) in &mut changed.fields {
            if given == name {
                value.clone_into(old);
            }
        }
        changed
    }

    /// The path and query.
    pub fn path(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').map_or("/", |at| &rest[at..])
    }

    /// The body.
    pub fn body(&self) -> String {
        let escape =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let pairs: Vec<String> =
            self.fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        pairs.join("&")
    }

    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn of_account(url: &str, fields: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let common = [("AccountSid", super::ACCOUNT), ("ApiVersion", "2010-04-01")];
        Self::signed(url, common.iter().chain(fields).map(owned).collect(), TOKEN)
    }
}
