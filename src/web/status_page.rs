//! The public status page: HTML for customers, a read API compatible with Statuspage clients, and feeds.
//!
//! Nothing here requires credentials, and only posted updates are shown: drills and private incidents have no row that
//! these queries find.

mod data;
mod feed;
mod html;
mod json;
mod samples;
#[cfg(test)]
mod tests;

use axum::{
    Router,
    body::Body,
    extract::{Path, State as Given},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};

pub(super) use samples::samples;

use super::{State, problem::Problem};
use data::Snapshot;

/// Styles and images of this page only: no scripts, no frames, no forms.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";
const STYLES: &str = include_str!("../../templates/status/static/status.css");
const MARK: &str = include_str!("../../templates/status/static/mark.svg");

/// `/status` and the paths below it.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/status", get(page))
        .route("/status/", get(page))
        .route("/status/incidents/{id}", get(incident))
        .route("/status/status.css", get(async |headers: HeaderMap| fixed(&headers, "text/css; charset=utf-8", STYLES)))
        .route("/status/mark.svg", get(async |headers: HeaderMap| fixed(&headers, "image/svg+xml", MARK)))
        .route("/status/history.atom", get(atom))
        .route("/status/history.rss", get(rss))
        .route("/status/api/v2/{*path}", get(api))
}

async fn snapshot(state: &State) -> Result<Snapshot, Problem> {
    let (config, now) = (state.app.config.current(), state.app.clock.now());
    let app = std::sync::Arc::clone(&state.app);
    let read = move |reads: &crate::store::Reads<'_>| Snapshot::gather(reads, &config, &app.renderer, now);
    Ok(state.app.store.search(read).await?)
}

async fn page(Given(state): Given<State>, headers: HeaderMap) -> Result<Response, Problem> {
    let snapshot = snapshot(&state).await?;
    rendered(&state, &headers, "status/page.html", html::page(&snapshot))
}

async fn incident(Given(state): Given<State>, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let snapshot = snapshot(&state).await?;
    match html::incident(&snapshot, &id) {
        Some(context) => rendered(&state, &headers, "status/incident.html", context),
        None => Ok(nothing()),
    }
}

fn rendered(
    state: &State,
    headers: &HeaderMap,
    template: &str,
    context: impl serde::Serialize,
) -> Result<Response, Problem> {
    let body = state.app.renderer.render(template, context).map_err(failed)?;
    let mut response = fixed(headers, "text/html; charset=utf-8", body);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}

fn failed(error: crate::render::RenderError) -> Problem {
    tracing::error!(%error, "the status page failed");
    Problem::new(super::problem::Kind::Internal)
}

async fn atom(Given(state): Given<State>, headers: HeaderMap) -> Result<Response, Problem> {
    let snapshot = snapshot(&state).await?;
    let body = feed::atom(&state.app.renderer, &snapshot).map_err(failed)?;
    Ok(open(fixed(&headers, "application/atom+xml; charset=utf-8", body)))
}

async fn rss(Given(state): Given<State>, headers: HeaderMap) -> Result<Response, Problem> {
    let snapshot = snapshot(&state).await?;
    let body = feed::rss(&state.app.renderer, &snapshot).map_err(failed)?;
    Ok(open(fixed(&headers, "application/rss+xml; charset=utf-8", body)))
}

async fn api(Given(state): Given<State>, Path(path): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let snapshot = snapshot(&state).await?;
    Ok(open(match json::document(&snapshot, &path) {
        Some(document) => fixed(&headers, "application/json; charset=utf-8", document.to_string()),
        None => nothing(),
    }))
}

/// Allows cross-origin reads: API clients run in pages of any site.
fn open(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(policy, HeaderValue::from_static("cross-origin"));
    response
}

/// Statuspage's response to an unknown path: an empty 404. The content type keeps the body empty in the outer layers.
fn nothing() -> Response {
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], Body::empty()).into_response()
}

/// A response with an entity tag: a 304 if the client has the current version.
fn fixed(headers: &HeaderMap, kind: &'static str, body: impl Into<String>) -> Response {
    let body = body.into();
    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(&body)[..12]));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let same = known.split(',').any(|one| matches!(one.trim(), "*") || one.trim().trim_start_matches("W/") == tag);
    let caching = [(header::ETAG, tag), (header::CACHE_CONTROL, "public, no-cache".to_owned())];
    if same {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(header::CONTENT_TYPE, kind)], body).into_response()
}
