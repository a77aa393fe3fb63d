//! Checks the values of secrets: their length, and that no two uses share one.

use secrecy::{ExposeSecret, SecretString};

use crate::config::{
    model::{Server, Source},
    read::Section,
};

/// The least length of a secret, in characters.
const LEAST: usize = 16;

/// Refuses an API token that can be guessed or that a sender has, and warns about secrets of sources.
pub(super) fn check(root: &Section<'_>, server: Option<&Server>, sources: &[Source]) {
    let token = server.and_then(|server| server.api_token.as_ref());
    if let Some(token) = token {
        root.look("server", |s| {
            if is_short(token) {
                s.wrong(
                    "api_token",
                    format!("is shorter than {LEAST} characters; make one with: openssl rand -hex 32"),
                );
            }
        });
    }
    root.each("sources", "id", |s| {
        let Some(source) = s.id().and_then(|id| sources.iter().find(|source| source.id.as_str() == id)) else { return };
        for (key, secret) in secrets(source) {
            if token.is_some_and(|token| token.expose_secret() == secret.expose_secret()) {
                s.wrong(
                    key,
                    "is also [server] api_token: whoever sends alerts here would be an admin; make another one",
                );
            } else if is_short(secret) {
                s.warn(key, format!("is shorter than {LEAST} characters; make one with: openssl rand -hex 32"));
            }
            let shared = sources.iter().find(|other| {
                other.id != source.id && secrets(other).any(|(_, one)| one.expose_secret() == secret.expose_secret())
            });
            if let Some(other) = shared {
                s.warn(key, format!("is also a secret of the source {}: each can send as the other", other.id));
            }
        }
    });
}

fn is_short(secret: &SecretString) -> bool {
    secret.expose_secret().chars().count() < LEAST
}

/// The secrets that a source accepts now, by their keys. Old ones go away by themselves.
fn secrets(source: &Source) -> impl Iterator<Item = (&'static str, &SecretString)> {
    [("token", &source.token), ("signing_secret", &source.signing_secret)]
        .into_iter()
        .filter_map(|(key, secret)| Some((key, secret.as_ref()?)))
}
