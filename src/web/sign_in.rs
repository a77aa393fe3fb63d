//! Signing in and out.
//!
//! A local user chooses a person; from anywhere else it takes a personal link made by `hotroom invite` or `/admin
//! invite`. Opening a link only shows a button: mail and chat programs open links to preview them, and must not use
//! them up. The origin layer, which all writes pass, ensures that forms come from hotroom's own pages.

use axum::{
    Extension, Form, Router,
    extract::{Path, Query, State as Given},
    http::{HeaderMap, HeaderValue, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{
    Problem, State, Viewer,
    auth::{CSRF_HEADER, check_csrf, is_secure, session_cookie, session_token},
    layers::{finish::RequestId, host::Reach},
    pages::frame::{FramedView, Nav, PageFrame},
    problem::Kind,
};
use crate::{
    domain::{
        event::{Event, SystemEvent},
        ids::PersonId,
        people::Actor,
    },
    render::Sample,
    store::{Append, SessionSpan, StoreError, Tx},
};

/// How long a browser stays signed in, in days.
const DAYS: i64 = 30;

/// `/sign-in`, `/sign-in/{token}`, `/sign-out`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/sign-in", get(show).post(choose))
        .route("/sign-in/{token}", get(show_link).post(take_link))
        .route("/sign-out", post(leave))
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

#[derive(Serialize)]
struct SignIn {
    loopback: bool,
    people: Vec<SignInChoice>,
    next: String,
    error: Option<String>,
}

#[derive(Serialize)]
struct SignInChoice {
    id: String,
    name: String,
    access: String,
}

/// Samples of both pages, in the frame of a visitor who is not signed in.
pub(super) fn samples(page: &PageFrame) -> Vec<Sample> {
    let ann = || SignInChoice { id: "ann".to_owned(), name: "Ann Lee".to_owned(), access: "admin".to_owned() };
    let shown = |case, loopback, people: Vec<SignInChoice>, error: Option<&str>| {
        let view = SignIn { loopback, people, next: "/incidents".to_owned(), error: error.map(str::to_owned) };
        Sample::new("web/sign_in.html", case, FramedView { page: page.clone(), view })
    };
    vec![
        shown("here", true, vec![ann()], None),
        shown("nobody is listed", true, Vec::new(), Some("Nobody is called that.")),
        shown("from the network", false, Vec::new(), None),
        shown("a wrong link", false, Vec::new(), Some("The link is over.")),
        Sample::new("web/sign_in_link.html", "a link", FramedView { page: page.clone(), view: serde_json::json!({}) }),
    ]
}

async fn show(
    Given(state): Given<State>,
    Extension(reach): Extension<Reach>,
    viewer: Option<Viewer>,
    Query(asked): Query<Next>,
) -> Result<Response, Problem> {
    let next = inside(&asked.next);
    if viewer.is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    let config = state.app.config.current();
    let loopback = reach == Reach::Local;
    let named = |person: &crate::domain::people::Person| SignInChoice {
        id: person.id.to_string(),
        name: person.name.clone(),
        access: format!("{:?}", person.access).to_lowercase(),
    };
    let people = if loopback { config.people.iter().map(named).collect() } else { Vec::new() };
    page(&state, "web/sign_in.html", SignIn { loopback, people, next: next.to_owned(), error: None })
}

fn page(state: &State, template: &str, view: impl Serialize) -> Result<Response, Problem> {
    let page = PageFrame::new(&state.app.config.current(), Nav::None, None);
    let html = state.app.renderer.render(template, FramedView { page, view }).map_err(|error| {
        tracing::error!(%error, "a page failed");
        Problem::new(Kind::Internal)
    })?;
    Ok(Html(html).into_response())
}

#[derive(Deserialize)]
struct Choice {
    person: String,
    #[serde(default)]
    next: String,
}

/// Signs in as a chosen person; for local requests only.
async fn choose(
    Given(state): Given<State>,
    Extension(reach): Extension<Reach>,
    id: RequestId,
    Form(choice): Form<Choice>,
) -> Result<Response, Problem> {
    if reach != Reach::Local {
        return Err(Problem::new(Kind::SignedOut).because("From the network one signs in with a personal link."));
    }
    let person = PersonId::new(choice.person);
    let known = state.app.config.current().person(&person).is_some();
    if !known {
        return Err(Problem::new(Kind::UnknownPerson));
    }
    let token = fresh_token()?;
    let (kept, request) = (token.clone(), id.as_str().to_owned());
    let now = state.app.clock.now();
    state.app.store.transact(move |tx| admit(tx, &kept, &person, now, &request)).await?;
    Ok(signed_in(&state, reach, &token, inside(&choice.next)))
}

async fn show_link(Given(state): Given<State>, Path(_): Path<String>) -> Result<Response, Problem> {
    let mut shown = page(&state, "web/sign_in_link.html", serde_json::json!({}))?;
    // The address of this page is a secret.
    shown.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(shown)
}

/// Signs in with a link, which can be used once.
async fn take_link(
    Given(state): Given<State>,
    Extension(reach): Extension<Reach>,
    id: RequestId,
    Path(link): Path<String>,
) -> Result<Response, Problem> {
    let token = fresh_token()?;
    let (kept, request) = (token.clone(), id.as_str().to_owned());
    let (now, config) = (state.app.clock.now(), state.app.config.current());
    let used = state.app.store.transact(move |tx| {
        let person = tx.redeem_sign_in_link(&link, now)?.filter(|person| config.person(person).is_some());
        person.as_ref().map(|person| admit(tx, &kept, person, now, &request)).transpose()
    });
    used.await?.ok_or_else(|| Problem::new(Kind::LinkOver))?;
    Ok(signed_in(&state, reach, &token, "/"))
}

#[derive(Deserialize)]
struct Leaving {
    #[serde(default)]
    csrf: String,
}

/// Ends the session. The CSRF token comes in the form of the page, or in the header from a script.
async fn leave(
    Given(state): Given<State>,
    Extension(reach): Extension<Reach>,
    viewer: Option<Viewer>,
    headers: HeaderMap,
    Form(form): Form<Leaving>,
) -> Result<Response, Problem> {
    if let (Some(viewer), Some(token)) = (viewer, session_token(&headers)) {
        let given = headers.get(CSRF_HEADER).map_or(form.csrf.as_bytes(), HeaderValue::as_bytes);
        check_csrf(&viewer.csrf, given)?;
        state.app.store.transact(move |tx| tx.end_session(&token)).await?;
    }
    let secure = is_secure(&state.app.config.current().server, reach);
    let mut response = Redirect::to("/sign-in").into_response();
    response.headers_mut().insert(header::SET_COOKIE, session_cookie(None, secure, DAYS));
    Ok(response)
}

/// Stores a session, and records who signed in.
fn admit(
    tx: &mut Tx<'_>,
    token: &str,
    person: &PersonId,
    now: crate::domain::Timestamp,
    request: &str,
) -> Result<(), StoreError> {
    tx.add_session(token, person, SessionSpan { from: now, until: now + TimeDelta::days(DAYS) })?;
    let actor = Actor::Person(person.clone());
    let append = Append { stream: "system", expected_seq: None, actor: &actor, at: now, request };
    tx.append(&append, &[Event::System(SystemEvent::SignedIn { person: person.to_string() })]).map(|_| ())
}

fn signed_in(state: &State, reach: Reach, token: &str, next: &str) -> Response {
    let secure = is_secure(&state.app.config.current().server, reach);
    let mut response = Redirect::to(next).into_response();
    response.headers_mut().insert(header::SET_COOKIE, session_cookie(Some(token), secure, DAYS));
    response
}

fn fresh_token() -> Result<String, Problem> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| {
        tracing::error!(%error, "no random bytes");
        Problem::new(Kind::Internal)
    })?;
    Ok(hex::encode(random))
}

/// Where to go after signing in: only a path on this server.
fn inside(next: &str) -> &str {
    let plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if next.starts_with('/') && !next.starts_with("//") && plain { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_nowhere_else() {
        for next in ["/", "/incidents/HOT-1?x=%2F", "/rooms/hot-1"] {
            assert_eq!(inside(next), next);
        }
        for next in
            ["", "//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nx: y", "javascript:1", "/a b"]
        {
            assert_eq!(inside(next), "/", "{next}");
        }
    }
}
