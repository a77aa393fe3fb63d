//! Who asks: people by the session of their browser, programs by the token of `[server] api_token`.
//!
//! What someone may do is looked up in the configuration in force at each request, never kept in a session: who is
//! taken out of `bot.toml` is out with the next click.
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

/// The header that carries a session's token on writes.
pub const CSRF_HEADER: &str = "x-csrf-token";
/// The header by which a program says for whom it acts.
pub const PERSON_HEADER: &str = "x-hotroom-person";
const COOKIE: &str = "hotroom";
/// Browsers take a cookie of this name only over TLS, for this host alone and for all paths.
const SECURE_COOKIE: &str = "__Host-hotroom";

/// Someone at a browser. Taking it as an argument means: signed in, and for writes with the session's token.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// Who, as the configuration in force has them.
    pub person: Person,
    /// The token of this session's forms.
    pub csrf: String,
}

impl Viewer {
    /// Who.
    pub fn id(&self) -> &PersonId {
        &self.person.id
    }

    /// What they may do now.
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

    /// For pages that anyone may read; on a write the session's token is left to the page to check.
    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Option<Self>, Problem> {
        viewer_of(&parts.headers, state).await
    }
}

/// The person of the session cookie, if it is good and they are still in the configuration.
///
/// # Errors
/// When the store cannot be read.
pub async fn viewer_of(headers: &HeaderMap, state: &State) -> Result<Option<Viewer>, Problem> {
    let Some(token) = session_token(headers) else { return Ok(None) };
    let csrf = csrf_of(&token);
    let now = state.app.clock.now();
    let session = state.app.store.read(move |reads| reads.session(&token, now)).await?;
    let config = state.app.config.current();
    Ok(session.and_then(|session| config.person(&session.person).cloned()).map(|person| Viewer { person, csrf }))
}

/// Checks the token that a write carries, from its header or its form.
///
/// # Errors
/// 403 when it is not this session's.
pub fn check_csrf(expected: &str, given: &[u8]) -> Result<(), Problem> {
    if same(expected.as_bytes(), given) { Ok(()) } else { Err(Problem::new(Kind::BadCsrf)) }
}

/// The token of a session's forms: known to whoever knows the session's own, and tells nothing of it.
pub fn csrf_of(session: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"hotroom csrf\0");
    hash.update(session.as_bytes());
    hex::encode(hash.finalize())
}

/// The session's token, from either cookie.
pub fn session_token(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs: Vec<_> = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('=')).collect();
    let named = |wanted| pairs.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
    let token = named(SECURE_COOKIE).or_else(|| named(COOKIE))?;
    (token.len() == 64 && token.bytes().all(|b| b.is_ascii_hexdigit())).then(|| token.to_owned())
}

/// The `Set-Cookie` of a new session, or of its end.
pub fn session_cookie(token: Option<&str>, secure: bool, days: i64) -> HeaderValue {
    let (name, tail) = if secure { (SECURE_COOKIE, "; Secure") } else { (COOKIE, "") };
    let age = if token.is_some() { days * 86_400 } else { 0 };
    let token = token.unwrap_or_default();
    let text = format!("{name}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{tail}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// Whether people reach this server over TLS.
pub fn is_secure(server: &Server, reach: Reach) -> bool {
    reach == Reach::Network && server.public_url.starts_with("https://")
}

/// Someone who uses the API, at a browser or by a program.
#[derive(Clone, Debug)]
pub struct Caller {
    /// For whom it acts.
    pub person: Person,
    /// Whether a browser's session brought it.
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

/// Whether this request may do without credentials: it comes from this machine, and no token is set that it should have.
pub fn is_open(server: &Server, parts: &Parts) -> bool {
    server.api_token.is_none() && reach_of(parts) == Reach::Local
}

/// From where the request came; without the layer that finds out, from anywhere.
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

/// The token of `Authorization: Bearer`, or the password of `Authorization: Basic`, whose user name says nothing.
pub fn credentials(headers: &HeaderMap) -> Option<Vec<u8>> {
    bearer(headers).map(<[u8]>::to_vec).or_else(|| basic_password(headers))
}

fn basic_password(headers: &HeaderMap) -> Option<Vec<u8>> {
    let (scheme, packed) = split_once(only(headers)?, b' ')?;
    let pair = scheme.eq_ignore_ascii_case(b"basic").then(|| STANDARD.decode(packed.trim_ascii()).ok())??;
    split_once(&pair, b':').map(|(_, password)| password.to_vec())
}

/// The one `Authorization` header; two of them prove nothing.
pub fn only(headers: &HeaderMap) -> Option<&[u8]> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => Some(one.as_bytes()),
        _ => None,
    }
}

/// Both sides of the first `at`.
pub fn split_once(bytes: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = bytes.iter().position(|byte| *byte == at)?;
    Some((&bytes[..place], &bytes[place + 1..]))
}

/// Whether what was given is one of these secrets. All of them are compared, in constant time.
pub fn is_one_of(given: &[u8], secrets: [Option<&SecretString>; 2]) -> bool {
    let hits = secrets.map(|secret| secret.is_some_and(|secret| same(secret.expose_secret().as_bytes(), given)));
    hits[0] | hits[1]
}

/// Compares without telling by time how much is equal, or how long the secret is.
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
