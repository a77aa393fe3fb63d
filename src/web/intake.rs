//! `POST /intake/{source}`: what monitoring says. A few senders put it into a form or the address instead, and some can
//! show their token in the address alone.
//!
//! Nothing is looked at before the sender is known, and nothing is understood here: the body is stored as it came, and
//! 202 is answered when it is on disk. Whoever passed authentication is refused only what no retry can mend (nothing,
//! too large, broken framing); what cannot be read is kept and shown on the health page, for senders drop what is
//! answered 4xx.

mod certificates;
mod keep;
mod quota;
mod signature;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Request, State as Given},
    http::{HeaderMap, Method, StatusCode, request::Parts},
    response::{IntoResponse, Response},
    routing::post,
};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::{
    State,
    auth::{credentials, is_one_of, reach_of},
    body,
    layers::{host::Reach, origin},
    problem::{Kind, Problem},
};
use crate::{
    config::Source,
    intake::{delivery_key, form, sns::envelope},
    store::ReceiveResult,
};

pub use certificates::Certificates;
use certificates::Verdict;
pub use keep::{Sent, keep, place};
pub use quota::Quota;
use signature::Signed;

/// What a sender is told once its body is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Taken {
    /// Under which number the body is kept.
    id: i64,
    /// Whether it had come before.
    duplicate: bool,
}

/// `/intake/{source}`, and with the token in the address for senders that can set no header. Only the pattern of the
/// address is ever logged or counted.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/intake/{source}", post(receive).get(receive).put(receive))
        .route("/intake/{source}/{token}", post(receive_by_address).get(receive_by_address).put(receive_by_address))
}

async fn receive(Given(state): Given<State>, Path(name): Path<String>, request: Request) -> Result<Response, Problem> {
    take(&state, (name, None), request).await
}

async fn receive_by_address(
    Given(state): Given<State>,
    Path((name, token)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    take(&state, (name, Some(token)), request).await
}

async fn take(state: &State, (name, token): (String, Option<String>), request: Request) -> Result<Response, Problem> {
    let config = state.app.config.current();
    let (parts, sent) = request.into_parts();
    if parts.method.is_safe() {
        // The layers let every GET pass as a read; here it writes.
        origin::judge_write(&config.server, &parts.headers)?;
    }
    let source = config.source(&name).filter(|source| source.may_post());
    let source = source.ok_or_else(|| Problem::new(Kind::NotFound).because("There is no source of this name."))?;
    if parts.method.is_safe() && source.token.is_none() {
        origin::refuse_browsers(&parts.headers)?;
    }
    if !speaks(source, &parts.method) {
        return Err(Problem::new(Kind::WrongMethod));
    }
    if !knows_token(source, &parts, token) {
        return Err(refused(&name));
    }
    let most = config.server.max_body;
    let wire = body::read(sent, most).await?;
    let at = state.app.clock.now();
    let signed = proof(state, source, (&parts.headers, &wire)).await?;
    let document = document(source, &parts, body::unpack(&parts.headers, wire, most)?).await?;
    let header = |name: &str| header(&parts, name);
    let delivery = signed.key().or_else(|| delivery_key(source.kind, header, &document, at));
    let received = keep(state, Sent { source: name.clone(), delivery, at, body: document }).await?;
    Ok(answer(&received, &name))
}

/// What the signature says of the delivery.
async fn proof(state: &State, source: &Source, (headers, wire): (&HeaderMap, &[u8])) -> Result<Signed, Problem> {
    if source.topics.is_empty() {
        let signed = signature::check(source, headers, wire, state.app.clock.now());
        return signed.ok_or_else(|| refused(source.id.as_str()));
    }
    let envelope = envelope::open(wire).ok_or_else(|| refused(source.id.as_str()))?;
    let http = state.http.client(&state.app.config.current().net).map_err(|_| Problem::new(Kind::Busy))?;
    match state.certificates.check(&http, source, &envelope).await {
        Verdict::Good => Ok(Signed::once(&[envelope.signed.as_bytes()])),
        Verdict::Bad => Err(refused(source.id.as_str())),
        Verdict::NotNow => Err(Problem::new(Kind::Busy)),
    }
}

/// Whether the sender may use the method.
fn speaks(source: &Source, method: &Method) -> bool {
    *method == Method::POST
        || (*method == Method::GET && form::takes_forms(source.kind))
        || (*method == Method::PUT && form::takes_updates(source.kind))
}

fn header<'p>(parts: &'p Parts, name: &str) -> Option<&'p str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}

/// What is stored of a delivery, see [`form::document`].
async fn document(source: &Source, parts: &Parts, plain: Bytes) -> Result<Vec<u8>, Problem> {
    let form = body::is_multipart(&parts.headers);
    let plain = match form {
        true if form::takes_forms(source.kind) => body::form_field(&parts.headers, plain, "data").await?,
        true | false => plain,
    };
    let query = parts.uri.query().unwrap_or_default();
    let asked = form::takes_forms(source.kind) && !query.is_empty();
    if (plain.is_empty() && !asked) || (form && !form::takes_forms(source.kind)) {
        return Err(Problem::new(Kind::BadBody).because("The body is empty or a form; this address takes JSON."));
    }
    Ok(form::document(source.kind, |name| header(parts, name), query, &plain).into_owned())
}

fn answer(received: &ReceiveResult, source: &str) -> Response {
    let (id, duplicate) = match received {
        ReceiveResult::New(id) => (id, false),
        ReceiveResult::Repeat { id, .. } => (id, true),
        ReceiveResult::Mismatch { id } => {
            tracing::warn!(source, %id, "a delivery id came again with another body; the new body was not taken");
            (id, true)
        }
    };
    (StatusCode::ACCEPTED, axum::Json(Taken { id: id.0, duplicate })).into_response()
}

/// The same answer whatever is wrong.
fn refused(source: &str) -> Problem {
    metrics::counter!("hotroom_intake_total", "source" => source.to_owned(), "outcome" => "unauthorized").increment(1);
    Problem::new(Kind::Unauthorized)
}

/// Whether the sender has the source's token, if it has one: in `Authorization`, in the path or in the query. A source
/// without token and signature is open to this machine alone.
fn knows_token(source: &Source, parts: &Parts, in_path: Option<String>) -> bool {
    if source.token.is_none() {
        return source.signs() || reach_of(parts) == Reach::Local;
    }
    let secrets = [source.token.as_ref(), source.old_token.as_ref()];
    let given = [credentials(&parts.headers), in_path.map(String::into_bytes), in_query(parts)];
    given.into_iter().flatten().fold(false, |hit, given| hit | is_one_of(&given, secrets))
}

fn in_query(parts: &Parts) -> Option<Vec<u8>> {
    let mut pairs = parts.uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| *name == "token").map(|(_, token)| percent_decode_str(token).collect())
}
