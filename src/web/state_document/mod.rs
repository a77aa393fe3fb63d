//! `/incidents/{key}/state`: the state of an incident on one page for those who do not work on it, and `/state/{token}`, the same
//! by a link that needs no sign-in. The link expires, can be revoked, and is refused for a private incident.

mod view;

use axum::{
    Form, Router,
    extract::{Path, State as Given, rejection::FormRejection},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use chrono::TimeDelta;
use serde::Deserialize;

use super::{
    Problem, State, Viewer,
    attempts::ClientAddress,
    auth::check_csrf,
    pages::{
        frame::{FramedView, Nav, PageFrame},
        incident::find,
        words::ConfigNames,
    },
    problem::Kind,
};
use crate::{
    domain::{incident::Incident, people::Access},
    store::{Reads, STATE_TOKEN_LENGTH, StoreError, Tx},
};
pub(in crate::web) use view::samples;
use view::{ShareView, StateDocumentView};

/// The beginning of the paths of links.
pub const PREFIX: &str = "/state/";
/// For how many days a link can be made.
const DAYS: std::ops::RangeInclusive<i64> = 1..=30;

/// `/incidents/{key}/state` and `/state/{token}`
pub fn routes() -> Router<State> {
    Router::new().route("/incidents/{key}/state", get(show).post(share)).route("/state/{token}", get(shared))
}

async fn show(Given(state): Given<State>, viewer: Viewer, Path(key): Path<String>) -> Result<Response, Problem> {
    page_for(&state, &viewer, key, None).await
}

/// What the form of the page asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ShareForm {
    csrf: String,
    /// `share` or `revoke`.
    act: String,
    days: String,
}

async fn share(
    Given(state): Given<State>,
    viewer: Option<Viewer>,
    Path(key): Path<String>,
    form: Result<Form<ShareForm>, FormRejection>,
) -> Result<Response, Problem> {
    let viewer = viewer.ok_or_else(|| Problem::new(Kind::SignedOut))?;
    let Form(form) = form.map_err(|rejection| Problem::new(Kind::BadBody).because(rejection.body_text()))?;
    check_csrf(&viewer.csrf, form.csrf.as_bytes())?;
    if !may_share(&viewer) {
        return Err(Problem::new(Kind::Forbidden));
    }
    let days = form.days.parse::<i64>().ok().filter(|days| DAYS.contains(days));
    let (now, reader, wanted) = (state.app.clock.now(), viewer.id().clone(), key.clone());
    let revoke = form.act == "revoke";
    let days = if revoke {
        0
    } else {
        days.ok_or_else(|| Problem::new(Kind::BadValue).because("A link lasts 1 to 30 days."))?
    };
    // An error says whether the incident is private; otherwise there is none that the reader sees.
    let done = state.app.store.transact(move |tx: &mut Tx<'_>| {
        let Some(incident) = find(tx, &reader, &wanted)? else { return Ok(Err(false)) };
        if revoke {
            tx.delete_state_links(incident.id)?;
            return Ok(Ok(None));
        }
        if incident.private {
            return Ok(Err(true));
        }
        tx.create_state_link(incident.id, &reader, now, now + TimeDelta::days(days)).map(|token| Ok(Some(token)))
    });
    match done.await? {
        Ok(token) => {
            let base = state.app.config.current().server.public_url.trim_end_matches('/').to_owned();
            page_for(&state, &viewer, key, token.map(|token| format!("{base}{PREFIX}{token}"))).await
        }
        Err(true) => {
            Err(Problem::new(Kind::Refused).because("The incident is private: only its members see its state."))
        }
        Err(false) => Err(Problem::new(Kind::NotFound)),
    }
}

async fn page_for(state: &State, viewer: &Viewer, key: String, link: Option<String>) -> Result<Response, Problem> {
    let (config, now, reader) = (state.app.config.current(), state.app.clock.now(), viewer.id().clone());
    let may_share = may_share(viewer);
    let read = state.app.store.search(move |reads: &Reads<'_>| -> Result<_, StoreError> {
        let Some(incident) = find(reads, &reader, &key)? else { return Ok(None) };
        let share = ShareView {
            link,
            links: reads.count_state_links(incident.id, now)?,
            allowed: may_share && !incident.private,
        };
        let words = ConfigNames { config: &config };
        StateDocumentView::read(reads, words, &incident, now).map(|view| Some(view.shared(share)))
    });
    let view = read.await?.ok_or_else(|| Problem::new(Kind::NotFound))?;
    rendered(state, Some(viewer), view)
}

/// The page of a link. Whoever guesses learns nothing and is slowed down.
async fn shared(
    Given(state): Given<State>,
    Path(token): Path<String>,
    from: ClientAddress,
) -> Result<Response, Problem> {
    let (config, now) = (state.app.config.current(), state.app.clock.now());
    // Nothing is read for what cannot be a token.
    let view = if token.len() == STATE_TOKEN_LENGTH {
        let read = state.app.store.read(move |reads: &Reads<'_>| -> Result<_, StoreError> {
            let Some(id) = reads.state_link(&token, now)? else { return Ok(None) };
            let public = |incident: &Incident| !incident.private;
            let Some(incident) = reads.incident(id)?.filter(public) else { return Ok(None) };
            StateDocumentView::read(reads, ConfigNames { config: &config }, &incident, now).map(Some)
        });
        read.await?
    } else {
        None
    };
    match view {
        Some(view) => rendered(&state, None, view),
        None => Err(state.unknown_links.refuse(&from, now)),
    }
}

fn may_share(viewer: &Viewer) -> bool {
    match viewer.person.access {
        Access::Responder | Access::Admin => true,
        Access::Reporter => false,
    }
}

fn rendered(state: &State, viewer: Option<&Viewer>, view: StateDocumentView) -> Result<Response, Problem> {
    let frame = PageFrame::new(&state.app.config.current(), Nav::None, None);
    let page = PageFrame { csrf: viewer.map(|viewer| viewer.csrf.clone()).unwrap_or_default(), ..frame };
    let html = state.app.renderer.render("web/state.html", FramedView { page, view }).map_err(|error| {
        tracing::error!(%error, "a page failed");
        Problem::new(Kind::Internal)
    })?;
    // A secret address: no shared cache may keep it, and no search engine may list it.
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    Ok((StatusCode::OK, headers, Html(html)).into_response())
}
