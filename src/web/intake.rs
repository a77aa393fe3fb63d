//! `POST /intake/{source}`: receives monitoring data. Some senders put it into a form or the URL instead, and some can
//! send their token only in the URL.
//!
//! Nothing is read before the sender is authenticated, and nothing is parsed here: the body is stored as received, and
//! the 202 is sent once it is on disk. Authenticated senders are refused only for errors that a retry cannot fix
//! (empty, too large, broken framing). A body that cannot be parsed is kept and shown on the health page, because
//! senders drop what gets a 4xx.

mod certificate_chain;
mod certificates;
mod keep;
mod quota;
mod repeats;
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
    intake::{DeliveryKey, delivery_key, form, sns::envelope},
    store::ReceiveResult,
};

pub use certificates::Certificates;
use certificates::Verdict;
pub use keep::{SourceDelivery, keep, place};
pub use quota::Quota;
use signature::SignatureVerdict;

/// The response to a sender once its body is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct DeliveryReceipt {
    /// The id of the stored delivery.
    id: i64,
    /// True if it was received before.
    duplicate: bool,
}

/// `/intake/{source}`, and the same with the token in the path for senders that cannot set headers. Only the pattern of
/// the path is ever logged or counted.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/intake/{source}", post(receive).get(receive).put(receive))
        .route("/intake/{source}/{token}", post(receive_by_address).get(receive_by_address).put(receive_by_address))
}

async fn receive(Given(state): Given<State>, Path(name): Path<String>, request: Request) -> Result<Response, Problem> {
    receive_delivery(&state, name, None, request).await
}

async fn receive_by_address(
    Given(state): Given<State>,
    Path((name, token)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    receive_delivery(&state, name, Some(token), request).await
}

async fn receive_delivery(
    state: &State,
    name: String,
    token: Option<String>,
    request: Request,
) -> Result<Response, Problem> {
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
    let signed = check_signature(state, source, &parts.headers, &wire).await?;
    let document = document(source, &parts, body::unpack(&parts.headers, wire, most)?).await?;
    let header = |name: &str| header(&parts, name);
    let delivery = signed.key().map_or_else(|| delivery_key(source.kind, header, &document), DeliveryKey::Id);
    let received = keep(state, SourceDelivery { source: name.clone(), delivery, at, body: document }).await?;
    Ok(answer(&received, &name))
}

/// Checks the signature of the delivery.
async fn check_signature(
    state: &State,
    source: &Source,
    headers: &HeaderMap,
    wire: &[u8],
) -> Result<SignatureVerdict, Problem> {
    if source.topics.is_empty() {
        let signed = signature::check(source, headers, wire, state.app.clock.now());
        return signed.ok_or_else(|| refused(source.id.as_str()));
    }
    let envelope = envelope::open(wire).ok_or_else(|| refused(source.id.as_str()))?;
    let http = state.http.client(&state.app.config.current().net).map_err(|_| Problem::new(Kind::Busy))?;
    match state.certificates.check(&http, source, &envelope, state.app.clock.now()).await {
        Verdict::Good => Ok(SignatureVerdict::once(&[envelope.signed.as_bytes()])),
        Verdict::Bad => Err(refused(source.id.as_str())),
        Verdict::NotNow => Err(Problem::new(Kind::Busy)),
    }
}

/// True if the source accepts the method.
fn speaks(source: &Source, method: &Method) -> bool {
    *method == Method::POST
        || (*method == Method::GET && form::takes_queries(source.kind))
        || (*method == Method::PUT && form::takes_updates(source.kind))
}

fn header<'p>(parts: &'p Parts, name: &str) -> Option<&'p str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}

/// The document to store for a delivery, see [`form::document`].
async fn document(source: &Source, parts: &Parts, plain: Bytes) -> Result<Vec<u8>, Problem> {
    let form = body::is_multipart(&parts.headers);
    let plain = match form {
        true if form::takes_queries(source.kind) => body::form_field(&parts.headers, plain, "data").await?,
        true | false => plain,
    };
    let query = parts.uri.query().unwrap_or_default();
    let queried = form::takes_queries(source.kind);
    if (plain.is_empty() && (!queried || query.is_empty())) || (form && !queried) {
        let why = "The body is empty or a multipart form; this address takes JSON.";
        return Err(Problem::new(Kind::BadBody).because(why));
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
    (StatusCode::ACCEPTED, axum::Json(DeliveryReceipt { id: id.0, duplicate })).into_response()
}

/// The same response for every authentication failure.
fn refused(source: &str) -> Problem {
    metrics::counter!("hotroom_intake_total", "source" => source.to_owned(), "outcome" => "unauthorized").increment(1);
    Problem::new(Kind::Unauthorized)
}

/// True if the request carries the source's token: in `Authorization`, in the path or in the query. A source with
/// neither token nor signature accepts local requests only.
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
