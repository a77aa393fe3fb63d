//! The public status page: HTML for customers, a read API compatible with Statuspage clients, and feeds.
//!
//! Nothing here requires credentials, and only posted updates are shown: drills and private incidents have no row that
//! these queries find.

mod badge;
mod data;
mod entry;
mod export;
mod feed;
mod history;
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

pub use export::{StaticFile, StatusCopy};
pub(super) use samples::samples;

use super::{State, problem::Problem};
use crate::{
    app::{incidents::status_page::with_texts, maintenance},
    config::Config,
    domain::Timestamp,
    render::Renderer,
    store::{Reads, StoreError},
};
use badge::StatusBadge;
use data::Snapshot;
use entry::PublicEntry;
use history::{ComponentHistory, Month, MonthHistory};

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
        .route("/status/history", get(latest_month))
        .route("/status/history/{month}", get(month))
        .route("/status/badge.svg", get(badge))
        .route("/status/badge/{file}", get(component_badge))
        .route("/status/history.atom", get(atom))
        .route("/status/history.rss", get(rss))
        .route("/status/api/v2/{*path}", get(api))
}

async fn snapshot(state: &State) -> Result<Snapshot, Problem> {
    let (config, now) = (state.app.config.current(), state.app.clock.now());
    let app = std::sync::Arc::clone(&state.app);
    let read = move |reads: &Reads<'_>| Snapshot::gather(reads, &config, &app.renderer, now);
    Ok(state.app.store.search(read).await?)
}

async fn page(Given(state): Given<State>, headers: HeaderMap) -> Result<Response, Problem> {
    let (snapshot, history) = search(&state, ComponentHistory::gather).await?;
    rendered(&state, &headers, "status/page.html", html::page(&snapshot, &history))
}

/// Reads the page and something more of it.
async fn search<T: Send + 'static>(
    state: &State,
    more: impl Fn(&Reads<'_>, &Config, &Renderer, Timestamp) -> Result<T, StoreError> + Send + 'static,
) -> Result<(Snapshot, T), Problem> {
    let (config, now) = (state.app.config.current(), state.app.clock.now());
    let app = std::sync::Arc::clone(&state.app);
    let read = move |reads: &Reads<'_>| {
        let snapshot = Snapshot::gather(reads, &config, &app.renderer, now)?;
        Ok((snapshot, more(reads, &config, &app.renderer, now)?))
    };
    Ok(state.app.store.search(read).await?)
}

async fn latest_month(Given(state): Given<State>, headers: HeaderMap) -> Result<Response, Problem> {
    let now = Month::of(state.app.clock.now());
    one_month(&state, &headers, now).await
}

async fn month(Given(state): Given<State>, Path(month): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    match Month::parse(&month) {
        Some(month) => one_month(&state, &headers, month).await,
        None => Ok(nothing()),
    }
}

async fn one_month(state: &State, headers: &HeaderMap, month: Month) -> Result<Response, Problem> {
    let gather = move |reads: &Reads<'_>, config: &Config, renderer: &Renderer, now| {
        MonthHistory::gather(reads, config, renderer, now, month)
    };
    let (snapshot, history) = search(state, gather).await?;
    rendered(state, headers, "status/history.html", html::month(&snapshot, &history))
}

async fn badge(Given(state): Given<State>, headers: HeaderMap) -> Result<Response, Problem> {
    let snapshot = snapshot(&state).await?;
    shown_badge(&state, &headers, Some(StatusBadge::of_page(&snapshot)))
}

async fn component_badge(
    Given(state): Given<State>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let snapshot = snapshot(&state).await?;
    shown_badge(&state, &headers, file.strip_suffix(".svg").and_then(|id| StatusBadge::of_component(&snapshot, id)))
}

fn shown_badge(state: &State, headers: &HeaderMap, badge: Option<StatusBadge<'_>>) -> Result<Response, Problem> {
    let Some(badge) = badge else { return Ok(nothing()) };
    let body = state.app.renderer.render("status/badge.xml", badge).map_err(failed)?;
    Ok(open(fixed(headers, "image/svg+xml", body)))
}

async fn incident(Given(state): Given<State>, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let gather = move |reads: &Reads<'_>, config: &Config, renderer: &Renderer, _| {
        if let Some(public) = reads.public_incident_by_reference(&id)? {
            return Ok(Some(PublicEntry::of_incident(&with_texts(public, renderer, config))));
        }
        let item = reads.maintenance_by_reference(&id)?;
        Ok(item.map(|item| PublicEntry::of_maintenance(&maintenance::with_texts(item, renderer))))
    };
    let (snapshot, entry) = search(&state, gather).await?;
    match entry {
        Some(entry) => rendered(&state, &headers, "status/incident.html", html::incident(&snapshot, &entry)),
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
pub(super) fn fixed(headers: &HeaderMap, kind: &'static str, body: impl Into<String>) -> Response {
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
