//! `POST /intake/{source}`: what monitoring says.
//!
//! Nothing is looked at before the sender is known, and nothing is understood here: the body is stored as it came, and
//! 202 is answered when it is on disk. Whoever passed authentication is refused only what no retry can mend (nothing,
//! too large, broken framing); what cannot be read is kept and shown on the health page, for senders drop what is
//! answered 4xx.

use axum::{
    Router,
    extract::{Path, Request, State as Given},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::post,
};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::Sha256;

use super::{
    State,
    auth::{credentials, is_one_of, reach_of},
    body,
    layers::host::Reach,
    problem::{Kind, Problem},
};
use crate::{
    config::Source,
    intake::delivery_key,
    store::{Delivery, Received, Sender, StoreError},
};

/// The header of a signature: `sha256=` and the HMAC-SHA256 of the body as sent, in lower-case hexadecimal digits.
pub const SIGNATURE: &str = "x-hotroom-signature";

/// What a sender is told once its body is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Taken {
    /// Under which number the body is kept.
    id: i64,
    /// Whether it had come before.
    duplicate: bool,
}

/// `/intake/{source}`
pub fn routes() -> Router<State> {
    Router::new().route("/intake/{source}", post(receive))
}

async fn receive(Given(state): Given<State>, Path(name): Path<String>, request: Request) -> Result<Response, Problem> {
    let config = state.app.config.current();
    let source = config.source(&name).filter(|source| source.may_post());
    let source = source.ok_or_else(|| Problem::new(Kind::NotFound).because("There is no source of this name."))?;
    let (parts, sent) = request.into_parts();
    if !knows_token(source, &parts) {
        return Err(refused(&name));
    }
    let most = config.server.max_body;
    let wire = body::read(sent, most).await?;
    if !is_signed(source, &parts.headers, &wire) {
        return Err(refused(&name));
    }
    let plain = body::unpack(&parts.headers, wire, most)?;
    if plain.is_empty() || is_multipart(&parts.headers) {
        return Err(Problem::new(Kind::BadBody).because("The body is empty or a form; this address takes JSON."));
    }
    let at = state.app.clock.now();
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let delivery = delivery_key(source.kind, header, &plain, at);
    let taken = state.app.store.transact(move |tx| {
        let received = tx.receive(&Delivery { sender: Sender::Source(&name), delivery, at, body: &plain })?;
        fail::fail_point!("intake.writing");
        Ok::<_, StoreError>((received, name))
    });
    let (received, name) = taken.await.map_err(Problem::from)?;
    fail::fail_point!("intake.written");
    state.app.deliveries.notify_one();
    Ok(answer(&received, &name))
}

fn answer(received: &Received, source: &str) -> Response {
    let (id, duplicate) = match received {
        Received::New(id) => (id, false),
        Received::Repeat { id, .. } => (id, true),
        Received::Mismatch { id } => {
            tracing::warn!(source, %id, "a delivery id came again with another body; the new body was not taken");
            (id, true)
        }
    };
    let outcome = if duplicate { "duplicate" } else { "new" };
    metrics::counter!("hotroom_intake_total", "source" => source.to_owned(), "outcome" => outcome).increment(1);
    (StatusCode::ACCEPTED, axum::Json(Taken { id: id.0, duplicate })).into_response()
}

/// The same answer whatever is wrong.
fn refused(source: &str) -> Problem {
    metrics::counter!("hotroom_intake_total", "source" => source.to_owned(), "outcome" => "unauthorized").increment(1);
    Problem::new(Kind::Unauthorized)
}

/// Whether the sender has the source's token, if it has one. A source without token and signing secret is open to this
/// machine alone.
fn knows_token(source: &Source, parts: &Parts) -> bool {
    if source.token.is_none() {
        return source.signing_secret.is_some() || reach_of(parts) == Reach::Local;
    }
    let secrets = [source.token.as_ref(), source.old_token.as_ref()];
    credentials(&parts.headers).is_some_and(|given| is_one_of(&given, secrets))
}

/// Whether the body carries one good signature, if the source signs.
fn is_signed(source: &Source, headers: &HeaderMap, wire: &[u8]) -> bool {
    let Some(secret) = &source.signing_secret else { return true };
    let mut signatures = headers.get_all(SIGNATURE).iter();
    let (Some(signature), None) = (signatures.next(), signatures.next()) else { return false };
    let Some(digits) = signature.as_bytes().strip_prefix(b"sha256=") else { return false };
    let lower = digits.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let Some(given) = hex::decode(digits).ok().filter(|_| lower && digits.len() == 64) else { return false };
    let secrets = [Some(secret), source.old_signing_secret.as_ref()];
    // Both are tried, so that time does not tell which one fitted.
    secrets.into_iter().flatten().fold(false, |hit, secret| hit | verifies(secret, wire, &given))
}

fn verifies(secret: &SecretString, wire: &[u8], given: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else { return false };
    mac.update(wire);
    mac.verify_slice(given).is_ok()
}

fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("multipart/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn source(old: Option<&str>) -> Source {
        let mut source = Config::shipped().sources.remove(0);
        source.signing_secret = Some(SecretString::from("new secret"));
        source.old_signing_secret = old.map(SecretString::from);
        source
    }

    fn sign(secret: &str, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body);
        format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
    }

    fn judged(source: &Source, signatures: &[String]) -> bool {
        let mut headers = HeaderMap::new();
        for signature in signatures {
            headers.append(SIGNATURE, signature.parse().unwrap());
        }
        is_signed(source, &headers, b"body")
    }

    #[test]
    fn the_signature_is_the_known_one() {
        // RFC 4231, test case 2.
        let known = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(sign("Jefe", b"what do ya want for nothing?"), known);
    }

    #[test]
    fn only_one_good_signature_is_taken() {
        let good = sign("new secret", b"body");
        assert!(judged(&source(None), std::slice::from_ref(&good)));
        for bad in [
            vec![],
            vec![good.clone(), good.clone()],
            vec![sign("other source's secret", b"body")],
            vec![sign("new secret", b"another body")],
            vec![good[..good.len() - 1].to_owned()],
            vec![good[..good.len() - 2].to_owned()],
            vec![format!("{good}00")],
            vec![good.to_uppercase()],
            vec![format!("sha256={}", good["sha256=".len()..].to_uppercase())],
            vec![good["sha256=".len()..].to_owned()],
            vec!["sha256=".to_owned()],
            vec![format!(" {good},{good}")],
        ] {
            assert!(!judged(&source(None), &bad), "{bad:?}");
        }
    }

    #[test]
    fn during_a_rotation_the_old_secret_still_signs_and_after_it_no_more() {
        let old = [sign("old secret", b"body")];
        assert!(judged(&source(Some("old secret")), &old));
        assert!(judged(&source(Some("old secret")), &[sign("new secret", b"body")]));
        assert!(!judged(&source(None), &old));
    }
}
