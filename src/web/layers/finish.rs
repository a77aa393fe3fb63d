//! The outermost layer: request ids, the log, and the format of errors.

use std::{
    net::{IpAddr, SocketAddr},
    panic::AssertUnwindSafe,
    sync::Arc,
};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State as Given},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use futures_util::FutureExt;
use tokio::time::Instant;
use tracing::Instrument;

use super::{headers, refusals};
use crate::{
    domain::{Timestamp, ids::uuid_at},
    web::{
        State,
        auth::viewer_of,
        compat::Dialect,
        pages::frame::{Nav, PageFrame},
        problem::{Kind, Problem},
    },
};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Maximum length of a plain error text.
const TEXT: usize = 2_000;

/// The id of a request: the client's, or a new one. It appears in the log, in the response and in records written by
/// the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Accepts the client's id if it is short and plain, so that it is safe in a log line.
    fn of(headers: &HeaderMap, now: Timestamp) -> Self {
        let given = headers.get(X_REQUEST_ID).and_then(|id| id.to_str().ok());
        let sane = |id: &&str| {
            (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
        };
        Self(given.filter(sane).map_or_else(|| uuid_at(now).simple().to_string().into(), Arc::from))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromRequestParts<State> for RequestId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Problem> {
        parts.extensions.get().cloned().ok_or_else(|| Problem::new(Kind::Internal))
    }
}

/// The parts of a request that finishing its response needs.
struct RequestMeta {
    id: RequestId,
    method: Method,
    /// The pattern of the route; the path itself may contain a secret.
    route: String,
    /// The path and query to return to after signing in.
    target: String,
    wants_page: bool,
    /// Headers that may contain a session cookie.
    cookies: HeaderMap,
    /// The other end of the connection.
    peer: Option<IpAddr>,
}

/// Assigns the request id, catches panics, formats errors, adds headers and records metrics.
pub async fn finish(Given(state): Given<State>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let asked = RequestMeta::of(&request, state.app.clock.now());
    request.extensions_mut().insert(asked.id.clone());
    let span = tracing::info_span!("request", id = asked.id.as_str(), method = %asked.method, route = asked.route);
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone()).await;
    let response = answered.unwrap_or_else(|panic| {
        span.in_scope(|| tracing::error!(panic = crate::web::problem::panic_text(&*panic), "a request panicked"));
        Problem::new(Kind::Internal).into_response()
    });
    let mut response = shape(&state, &asked, response).await;
    let https = state.app.config.current().server.public_url.starts_with("https://");
    headers::secure(response.headers_mut(), https);
    if let Ok(id) = HeaderValue::from_str(asked.id.as_str()) {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    measure(&asked, response.status(), begun);
    refusals::note(&asked.route, asked.peer, response.status());
    span.in_scope(|| tracing::debug!(status = response.status().as_u16(), took = ?begun.elapsed(), "answered"));
    response
}

impl RequestMeta {
    fn of(request: &Request, now: Timestamp) -> Self {
        let headers = request.headers();
        let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        Self {
            id: RequestId::of(headers, now),
            method: request.method().clone(),
            route: request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned(),
            target: request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned(),
            wants_page: accepts.contains("text/html"),
            peer: request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip()),
            cookies: headers.get_all(header::COOKIE).iter().map(|cookie| (header::COOKIE, cookie.clone())).collect(),
        }
    }
}

fn measure(asked: &RequestMeta, status: StatusCode, begun: Instant) {
    let (route, status) = (asked.route.clone(), status.as_u16().to_string());
    metrics::histogram!("hotroom_http_request_seconds", "route" => route.clone()).record(begun.elapsed().as_secs_f64());
    metrics::counter!("hotroom_http_requests_total", "route" => route, "status" => status).increment(1);
}

/// Formats errors: a problem document for programs, an HTML page for people, and the vendor's format on compatible
/// endpoints.
async fn shape(state: &State, asked: &RequestMeta, mut response: Response) -> Response {
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if is_bare_error(&response) => match problem_of(&mut response).await {
            Some(problem) => problem,
            None => return response,
        },
        None => return response,
    };
    let mut shaped = if let Some(dialect) = Dialect::of(&asked.target) {
        dialect.answer(&problem, asked.id.as_str())
    } else if !asked.wants_page {
        problem.answer(Some(asked.id.as_str()))
    } else if problem.name == Kind::SignedOut.name() && asked.method == Method::GET {
        let query = form_query(&asked.target);
        return Redirect::to(&format!("/sign-in?next={query}")).into_response();
    } else {
        page(state, asked, &problem).await
    };
    for name in [header::ALLOW, header::SET_COOKIE] {
        if let Some(value) = response.headers_mut().remove(&name) {
            shaped.headers_mut().insert(name, value);
        }
    }
    shaped
}

/// True for an error of the framework: plain text or empty.
fn is_bare_error(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    (response.status().is_client_error() || response.status().is_server_error())
        && kind.is_none_or(|kind| kind.starts_with("text/plain"))
}

async fn problem_of(response: &mut Response) -> Option<Problem> {
    let status = response.status();
    let kind = match status.as_u16() {
        404 => Kind::NotFound,
        405 => Kind::WrongMethod,
        408 => Kind::TooSlow,
        413 => Kind::TooLarge,
        415 => Kind::BadMediaType,
        422 => Kind::BadValue,
        431 => Kind::HeadTooLarge,
        503 => Kind::Overloaded,
        400 => Kind::BadRequest,
        500 => Kind::Internal,
        _ => return None,
    };
    let text = to_bytes(std::mem::take(response.body_mut()), TEXT).await.unwrap_or_default();
    let text = crate::domain::text::visible(String::from_utf8_lossy(&text).trim());
    let problem = Problem::new(kind);
    Some(if text.is_empty() || status.is_server_error() { problem } else { problem.because(text) })
}

fn form_query(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The error page, in the frame of the signed-in person. For internal errors the store is not queried again.
async fn page(state: &State, asked: &RequestMeta, problem: &Problem) -> Response {
    let known = match problem.status.is_client_error() {
        true => viewer_of(&asked.cookies, state).await.ok().flatten(),
        false => None,
    };
    let frame = PageFrame::new(&state.app.config.current(), Nav::None, known.as_ref());
    let context = serde_json::json!({
        "page": frame,
        "status": problem.status.as_u16(),
        "title": problem.title,
        "detail": problem.detail,
        "todo": problem.todo,
        "request": asked.id.as_str(),
    });
    let plain = problem.answer(Some(asked.id.as_str()));
    match state.app.renderer.render("web/error.html", context) {
        Ok(html) => {
            let mut response = plain.map(|_| Body::from(html));
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
        Err(error) => {
            tracing::error!(%error, "the error page failed");
            plain
        }
    }
}
