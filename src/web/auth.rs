//! Authenticates callers: people by their browser session, programs by the token of `[server] api_token`.
//!
//! Permissions are looked up in the current configuration on each request, never stored in a session: a person removed
//! from `bot.toml` loses access with the next request.
//!
//! | request | acts as |
//! |---|---|
//! | session cookie; writes with its token in `X-CSRF-Token` | the person who signed in |
//! | `Authorization: Bearer` with the API token | the person of `X-Hotroom-Person`, else the first admin |
//! | from this machine, while no API token is set | the same |

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use base64::{Engine, prelude::BASE64_STANDARD as STANDARD};
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{
    State,
    layers::host::Reach,
    problem::{Kind, Problem},
};
use crate::{
    config::{Config, Server},
    domain::{
        ids::PersonId,
        people::{Access, Person},
    },
};

/// The header with a session's CSRF token on writes.
pub const CSRF_HEADER: &str = "x-csrf-token";
/// The header that names the person a program acts for.
pub const PERSON_HEADER: &str = "x-hotroom-person";
const COOKIE: &str = "hotroom";
/// Browsers accept a cookie with this prefix only over TLS, for this host alone and for all paths.
const SECURE_COOKIE: &str = "__Host-hotroom";

/// A signed-in person in a browser. Extracting it from a request authenticates it, and checks the CSRF token of a
/// write.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The person, from the current configuration.
    pub person: Person,
    /// The CSRF token of the session.
    pub csrf: String,
}

impl Viewer {
    /// The person's id.
    pub fn id(&self) -> &PersonId {
        &self.person.id
    }

    /// The person's current access level.
    pub fn access(&self) -> Access {
        self.person.access
    }

    fn check_write(&self, parts: &Parts) -> Result<(), Problem> {
        let given = parts.headers.get(CSRF_HEADER).map_or(&[][..], HeaderValue::as_bytes);
        if parts.method.is_safe() { Ok(()) } else { check_csrf(&self.csrf, given) }
    }
}

impl FromRequestParts<State> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let viewer = viewer_of(&parts.headers, state).await?.ok_or_else(|| Problem::new(Kind::SignedOut))?;
        viewer.check_write(parts)?;
        Ok(viewer)
    }
}

impl OptionalFromRequestParts<State> for Viewer {
    type Rejection = Problem;

    /// For pages open to anyone; on a write the page checks the CSRF token itself.
    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Option<Self>, Problem> {
        viewer_of(&parts.headers, state).await
    }
}

/// Returns the person of the session cookie, if the session is valid and the person is still configured.
pub async fn viewer_of(headers: &HeaderMap, state: &State) -> Result<Option<Viewer>, Problem> {
    let Some(token) = session_token(headers) else { return Ok(None) };
    let csrf = csrf_of(&token);
    let now = state.app.clock.now();
    let wanted = token.clone();
    let session = state.app.store.read(move |reads| reads.session(&wanted, now)).await?;
    let config = state.app.config.current();
    let idle = TimeDelta::from_std(config.server.session_idle).unwrap_or(TimeDelta::MAX);
    let Some(session) = session.filter(|session| !session.is_idle(idle, now)) else { return Ok(None) };
    let Some(person) = config.person(&session.person).cloned() else { return Ok(None) };
    if session.needs_note(now) {
        // It is only noted: a request must not fail for it.
        state.app.store.transact(move |tx| tx.note_session_seen(&token, now)).await.ok();
    }
    Ok(Some(Viewer { person, csrf }))
}

/// Checks the CSRF token of a write, from its header or its form.
pub fn check_csrf(expected: &str, given: &[u8]) -> Result<(), Problem> {
    if same(expected.as_bytes(), given) { Ok(()) } else { Err(Problem::new(Kind::BadCsrf)) }
}

/// Derives the CSRF token from the session token, without revealing it.
pub fn csrf_of(session: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"hotroom csrf\0");
    hash.update(session.as_bytes());
    hex::encode(hash.finalize())
}

/// The session token, from either cookie.
pub fn session_token(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs: Vec<_> = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('=')).collect();
    let named = |wanted| pairs.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
    let token = named(SECURE_COOKIE).or_else(|| named(COOKIE))?;
    (token.len() == 64 && token.bytes().all(|b| b.is_ascii_hexdigit())).then(|| token.to_owned())
}

/// The `Set-Cookie` header that starts or ends a session.
pub fn session_cookie(token: Option<&str>, secure: bool, days: i64) -> HeaderValue {
    let (name, tail) = if secure { (SECURE_COOKIE, "; Secure") } else { (COOKIE, "") };
    let age = if token.is_some() { days * 86_400 } else { 0 };
    let token = token.unwrap_or_default();
    let text = format!("{name}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{tail}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// True if people reach this server over TLS.
pub fn is_secure(server: &Server, reach: Reach) -> bool {
    reach == Reach::Network && server.public_url.starts_with("https://")
}

/// A caller of the API, in a browser or a program.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person it acts for.
    pub person: Person,
    /// True if it was authenticated by a browser session.
    pub by_session: bool,
}

impl FromRequestParts<State> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let config = state.app.config.current();
        if parts.headers.contains_key(header::AUTHORIZATION) {
            let token = config.server.api_token.as_ref();
            let good = bearer(&parts.headers).is_some_and(|given| is_one_of(given, [token, None]));
            return if good { acting(&config, &parts.headers) } else { Err(Problem::new(Kind::Unauthorized)) };
        }
        if let Some(viewer) = viewer_of(&parts.headers, state).await? {
            viewer.check_write(parts)?;
            return Ok(Self { person: viewer.person, by_session: true });
        }
        if is_open(&config.server, parts) {
            return acting(&config, &parts.headers);
        }
        Err(Problem::new(Kind::SignedOut))
    }
}

/// True if this request needs no credentials: it is local, and no API token is configured.
pub fn is_open(server: &Server, parts: &Parts) -> bool {
    server.api_token.is_none() && reach_of(parts) == Reach::Local
}

/// Where the request came from; the network if the layer that finds out is missing.
pub fn reach_of(parts: &Parts) -> Reach {
    parts.extensions.get().copied().unwrap_or(Reach::Network)
}

fn acting(config: &Config, headers: &HeaderMap) -> Result<Caller, Problem> {
    let named = headers.get(PERSON_HEADER).map(|name| name.to_str().unwrap_or("?").trim().trim_start_matches('@'));
    let person = match named {
        Some(name) => config.person(&PersonId::new(name)),
        None => config.people.iter().find(|person| person.access == Access::Admin),
    };
    let person = person.cloned().ok_or_else(|| Problem::new(Kind::UnknownPerson))?;
    Ok(Caller { person, by_session: false })
}

/// The credentials of `Authorization: Bearer`.
pub fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = only(headers)?;
    let (scheme, token) = split_once(value, b' ')?;
    scheme.eq_ignore_ascii_case(b"bearer").then(|| token.trim_ascii())
}

/// The token of `Authorization: Bearer`, or the password of `Authorization: Basic`, whose user name is ignored.
pub fn credentials(headers: &HeaderMap) -> Option<Vec<u8>> {
    bearer(headers).map(<[u8]>::to_vec).or_else(|| basic_password(headers))
}

fn basic_password(headers: &HeaderMap) -> Option<Vec<u8>> {
    let (scheme, packed) = split_once(only(headers)?, b' ')?;
    let pair = scheme.eq_ignore_ascii_case(b"basic").then(|| STANDARD.decode(packed.trim_ascii()).ok())??;
    split_once(&pair, b':').map(|(_, password)| password.to_vec())
}

/// Returns the `Authorization` header if there is exactly one; two of them are ambiguous.
pub fn only(headers: &HeaderMap) -> Option<&[u8]> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => Some(one.as_bytes()),
        _ => None,
    }
}

/// Splits at the first `at`.
pub fn split_once(bytes: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = bytes.iter().position(|byte| *byte == at)?;
    Some((&bytes[..place], &bytes[place + 1..]))
}

/// True if `given` is one of these secrets. All of them are compared, in constant time.
pub fn is_one_of(given: &[u8], secrets: [Option<&SecretString>; 2]) -> bool {
    let hits = secrets.map(|secret| secret.is_some_and(|secret| same(secret.expose_secret().as_bytes(), given)));
    hits[0] | hits[1]
}

/// Compares without revealing by timing how much is equal, or how long the secret is.
fn same(secret: &[u8], given: &[u8]) -> bool {
    Sha256::digest(secret).as_slice().ct_eq(Sha256::digest(given).as_slice()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn a_bearer_token_is_read_from_one_header_only() {
        assert_eq!(bearer(&headers(&[("authorization", "Bearer abc")])), Some(&b"abc"[..]));
        assert_eq!(bearer(&headers(&[("authorization", "bearer  abc ")])), Some(&b"abc"[..]));
        assert_eq!(bearer(&headers(&[("authorization", "Basic abc")])), None);
        assert_eq!(bearer(&headers(&[("authorization", "Bearer a"), ("authorization", "Bearer a")])), None);
    }

    #[test]
    fn either_of_two_secrets_fits_and_none_fits_nothing() {
        let (new, old) = (SecretString::from("new"), SecretString::from("old"));
        assert!(is_one_of(b"new", [Some(&new), Some(&old)]) && is_one_of(b"old", [Some(&new), Some(&old)]));
        assert!(
            !is_one_of(b"", [Some(&new), None])
                && !is_one_of(b"", [None, None])
                && !is_one_of(b"ne", [Some(&new), None])
        );
    }

    #[test]
    fn the_session_is_read_from_either_cookie_and_only_in_its_shape() {
        let token = "a".repeat(64);
        for cookie in [format!("x=1; hotroom={token}"), format!("__Host-hotroom={token};hotroom=b")] {
            assert_eq!(session_token(&headers(&[("cookie", &cookie)])).as_ref(), Some(&token), "{cookie}");
        }
        for cookie in ["hotroom=", "hotroom=abc", "other=1", "hotroom"] {
            assert_eq!(session_token(&headers(&[("cookie", cookie)])), None, "{cookie}");
        }
    }

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        insta::assert_debug_snapshot!(session_cookie(Some("t"), false, 30), @r#""hotroom=t; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict""#);
        insta::assert_debug_snapshot!(session_cookie(None, true, 30), @r#""__Host-hotroom=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure""#);
    }

    #[test]
    fn a_sessions_form_token_is_its_own() {
        assert_eq!(csrf_of("a"), csrf_of("a"));
        assert_ne!(csrf_of("a"), csrf_of("b"));
        assert!(check_csrf(&csrf_of("a"), csrf_of("a").as_bytes()).is_ok());
        assert!(check_csrf(&csrf_of("a"), b"").is_err());
    }

    #[test]
    fn the_password_of_basic_is_read_whatever_the_user_is_called() {
        let password = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("authorization", value.parse().unwrap());
            basic_password(&headers).map(|bytes| String::from_utf8(bytes).unwrap())
        };
        assert_eq!(password("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), Some("open sesame".to_owned()));
        assert_eq!(password("basic  OmE6Yg=="), Some("a:b".to_owned()));
        assert_eq!(password("Basic !!!!"), None);
        assert_eq!(password("Basic YQ=="), None);
        assert_eq!(password("Bearer YQ=="), None);
    }
}
