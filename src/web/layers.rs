//! The layers around every request and response.
//!
//! From outside in: [`finish`] assigns the request id, sets response headers and renders errors; [`host`] and
//! [`origin`] refuse pages of other sites; [`bounds`] limits size and time. Outermost, responses are compressed.

pub mod bounds;
pub mod finish;
pub mod headers;
pub mod host;
pub mod origin;
mod refusals;
pub mod status_host;

use axum::{
    Router,
    body::HttpBody,
    extract::{DefaultBodyLimit, Request, State as Given},
    http::header,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};

use tower_http::compression::{CompressionLayer, Predicate, predicate::SizeAbove};

use super::{State, calendar, links, problem::Kind, state_document};

/// The smallest response that is compressed, in bytes: less does not save a packet.
const SMALLEST: u16 = 1024;

/// Wraps the routes in the layers.
pub fn around(routes: Router<State>, state: &State) -> Router<State> {
    routes
        .fallback(async || super::Problem::new(Kind::NotFound))
        .method_not_allowed_fallback(async || super::Problem::new(Kind::WrongMethod))
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(state.clone(), bounds::keep))
        .layer(from_fn_with_state(state.clone(), guard))
        .layer(from_fn_with_state(state.clone(), finish::finish))
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(SMALLEST).and(Compressible)))
}

/// Decides by its type whether a response is worth compressing: text, but never a stream of events, whose parts would wait
/// for each other. A secret next to text of an attacker could be guessed from the length of a response; sessions are
/// `SameSite=Strict`, so no other site can request such a response.
#[derive(Clone, Copy)]
struct Compressible;

impl Predicate for Compressible {
    fn should_compress<B: HttpBody>(&self, response: &axum::http::Response<B>) -> bool {
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        let text = kind.starts_with("text/") && kind != "text/event-stream";
        text || kind == "application/json" || kind.ends_with("+json") || kind.ends_with("+xml")
    }
}

/// Refuses requests with a foreign host name or from a foreign page, and records where the others came from.
async fn guard(Given(state): Given<State>, mut request: Request, next: Next) -> Response {
    let config = state.app.config.current();
    let reach = match request.extensions().get::<status_host::StatusHostMark>() {
        Some(_) => Ok(host::Reach::Network),
        None => host::reach(&config.server, request.uri(), request.headers()),
    };
    match reach {
        Ok(reach) => {
            request.extensions_mut().insert(reach);
        }
        Err(problem) => return problem.into_response(),
    }
    // Whoever has a link may use it from anywhere: its token is the authority, and no cookie is looked at.
    let path = request.uri().path();
    let is_link = path.starts_with(links::PREFIX)
        || path.starts_with(calendar::PREFIX)
        || path.starts_with(state_document::PREFIX);
    if !is_link && let Err(problem) = origin::judge(&config.server, request.method(), request.headers()) {
        return problem.into_response();
    }
    next.run(request).await
}
