//! Links in messages to contact methods, `/a/{token}`: what they do needs no sign-in. GET only shows, because mail programs
//! open links before people do; POST acts.
//!
//! The token is the authority, so that writes are accepted from other sites too: an ntfy app posts from its own.

mod graphs;

use axum::{
    Router,
    extract::{Path, State as Given},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use serde::Serialize;

use super::{
    Problem, State,
    attempts::ClientAddress,
    layers::finish::RequestId,
    pages::frame::{FramedView, Nav, PageFrame},
    problem::Kind,
};
use crate::{
    app::{
        Context,
        oncall::messages,
        reactor::links::{self, ContactLink},
    },
    config::Config,
    domain::{
        contact::{TOKEN_LENGTH, TokenAction},
        incident::IncidentKind,
        oncall::Page,
        people::Actor,
        refusal::{OnCallRefusal, Refusal},
        text::Untrusted,
    },
    render::{Names, PagedAlerts, Sample},
    store::{Reads, StoreError},
};

/// The beginning of the paths of links.
pub const PREFIX: &str = "/a/";
/// The longest text of an alert and the longest address, in characters.
const LONGEST: usize = 500;

/// `/a/{token}`, `/a/{token}/shown`, and those of graphs
pub fn routes() -> Router<State> {
    let links = Router::new().route("/a/{token}", get(show).post(follow)).route("/a/{token}/shown", post(shown));
    links.merge(graphs::routes())
}

/// The context of `templates/web/link.html`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct LinkView {
    /// `acknowledge`, `escalate` or `answer_test`.
    action: &'static str,
    /// `open`, `done` or `over`.
    state: &'static str,
    /// The name of the person it was sent to.
    person: String,
    /// True for a drill.
    drill: bool,
    /// The name of the severity of the incident; empty for a test.
    severity: String,
    /// The key of the incident; empty for a test.
    key: String,
    /// The title of the incident, or what a page without one says; empty if the incident is private, and for a test.
    title: String,
    /// How many further pages the link acknowledges.
    more: usize,
    /// Where the reader goes on; empty for a test.
    open: String,
    /// When the page started.
    since: Option<String>,
    /// `triggered`, `acknowledged`, `snoozed`, `exhausted` or `resolved`; empty for a test.
    page_state: &'static str,
    /// Who acknowledged the page.
    by: String,
    /// The affected service; empty if there is none, or the incident is private.
    service: String,
    /// The first firing alerts.
    alerts: Vec<String>,
    /// How many more fire.
    more_alerts: u64,
    /// Links to runbooks.
    runbooks: Vec<String>,
    /// Links to graphs.
    graphs: Vec<String>,
    /// Who else was paged.
    others: Vec<String>,
}

/// What a link leads to, and what its page is about.
struct FoundLink {
    link: ContactLink,
    /// Nothing of a private incident.
    alerts: PagedAlerts,
}

impl FoundLink {
    fn read(reads: &Reads<'_>, cx: Context<'_>, token: &str) -> Result<Option<Self>, StoreError> {
        let Some(link) = links::find(reads, cx, token)? else { return Ok(None) };
        let alerts = match &link.incident {
            Some(incident) if !incident.private => messages::paged_alerts(reads, cx.config, incident)?,
            Some(_) | None => PagedAlerts::default(),
        };
        Ok(Some(Self { link, alerts }))
    }
}

impl LinkView {
    fn of(config: &Config, found: &FoundLink, state: &'static str) -> Self {
        let FoundLink { link, alerts } = found;
        let names = Names::from(config);
        let incident = link.incident.as_ref();
        let public = incident.filter(|incident| !incident.private).map(|incident| &incident.title);
        let page = link.page.as_ref().or_else(|| link.bundle.first());
        let request = page.filter(|page| page.incident().is_none());
        let title = public.or_else(|| request?.spec.message.as_ref()).map(|title| title.shown(200));
        let shown = |texts: &[Untrusted]| texts.iter().map(|text| text.shown(LONGEST)).collect();
        let is_private = incident.is_some_and(|incident| incident.private);
        let service = if is_private { None } else { incident.and_then(|incident| incident.service.as_ref()) };
        let paged = link.page.as_ref().map(Page::people).unwrap_or_default().into_iter();
        let others = paged.filter(|other| !is_private && **other != link.binding.person);
        Self {
            action: link.binding.action.name(),
            state,
            person: names.person(&link.binding.person),
            drill: incident.is_some_and(|incident| incident.kind == IncidentKind::Drill),
            severity: incident.map(|i| names.of("severity", i.severity.name())).unwrap_or_default(),
            key: page.map(|page| page.spec.key().to_string()).unwrap_or_default(),
            more: link.bundle.len().saturating_sub(1),
            open: page.map(open_path).unwrap_or_default(),
            title: title.unwrap_or_default(),
            since: link.page.as_ref().map(|page| page.created_at.to_rfc3339()),
            page_state: link.page.as_ref().map_or("", |page| page.state.name()),
            by: link
                .page
                .as_ref()
                .and_then(|page| page.taken_by.as_ref())
                .map(|by| names.person(by))
                .unwrap_or_default(),
            service: service.map(|service| names.of("service", service.as_str())).unwrap_or_default(),
            alerts: alerts.alerts.iter().map(|alert| alert.summary.shown(LONGEST)).collect(),
            more_alerts: alerts.more,
            runbooks: shown(&alerts.known.runbooks),
            graphs: shown(&alerts.known.graphs),
            others: others.map(|other| names.person(other)).collect(),
        }
    }
}

/// The path of what a page is about.
fn open_path(page: &Page) -> String {
    match (page.incident(), page.spec.room()) {
        (Some(_), _) => format!("/incidents/{}", page.spec.key()),
        (None, Some(room)) => format!("/rooms/{room}"),
        (None, None) => "/oncall".to_owned(),
    }
}

/// A view of a public incident with all facts.
fn sample_view(action: TokenAction, state: &'static str) -> LinkView {
    LinkView {
        action: action.name(),
        state,
        person: "Ann Lee".to_owned(),
        drill: false,
        severity: "SEV1".to_owned(),
        key: "HOT-12".to_owned(),
        title: "Checkout answers 500".to_owned(),
        more: 0,
        open: "/incidents/HOT-12".to_owned(),
        since: Some("2026-11-21T14:05:00Z".to_owned()),
        page_state: "triggered",
        by: String::new(),
        service: "Checkout".to_owned(),
        alerts: vec!["p99 is <9 s>".to_owned()],
        more_alerts: 7,
        runbooks: vec!["https://wiki.example.com/checkout".to_owned()],
        graphs: vec!["https://graphs.example.com/d/1".to_owned()],
        others: vec!["Bob".to_owned()],
    }
}

/// A view without the facts of a public incident.
fn bare(view: LinkView) -> LinkView {
    let (alerts, runbooks, graphs, others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    LinkView { service: String::new(), alerts, more_alerts: 0, runbooks, graphs, others, ..view }
}

/// Samples of the view, in the frame of a visitor who is not signed in.
pub(super) fn samples(page: &PageFrame) -> Vec<Sample> {
    let view = sample_view;
    let test = |state| LinkView {
        severity: String::new(),
        key: String::new(),
        title: String::new(),
        open: String::new(),
        since: None,
        page_state: "",
        ..bare(view(TokenAction::AnswerTest, state))
    };
    let open = view(TokenAction::Acknowledge, "open");
    let request = LinkView {
        severity: String::new(),
        key: "PAGE-7".to_owned(),
        title: "Look at the <fax>".to_owned(),
        open: "/rooms/ops".to_owned(),
        ..open.clone()
    };
    let taken = LinkView { page_state: "acknowledged", by: "Bob".to_owned(), ..view(TokenAction::Acknowledge, "over") };
    let cases = vec![
        ("acknowledge", open.clone()),
        ("private drill", LinkView { drill: true, title: String::new(), ..bare(open.clone()) }),
        (
            "acknowledged",
            LinkView { page_state: "acknowledged", by: "Ann Lee".to_owned(), state: "done", ..taken.clone() },
        ),
        ("taken", taken.clone()),
        ("resolved", LinkView { page_state: "resolved", by: String::new(), ..taken }),
        ("snoozed", LinkView { page_state: "snoozed", ..open.clone() }),
        ("bundle", LinkView { more: 185, severity: String::new(), title: String::new(), ..open.clone() }),
        ("no incident", request.clone()),
        ("no incident, resolved", LinkView { page_state: "resolved", state: "over", ..request }),
        ("used", view(TokenAction::Acknowledge, "over")),
        ("escalate", view(TokenAction::Escalate, "open")),
        ("escalated", view(TokenAction::Escalate, "done")),
        ("test", test("open")),
        ("answered", test("done")),
        ("test over", test("over")),
    ];
    let sample = |(case, view)| Sample::new("web/link.html", case, FramedView { page: page.clone(), view });
    cases.into_iter().map(sample).collect()
}

async fn show(Given(state): Given<State>, Path(token): Path<String>, from: ClientAddress) -> Result<Response, Problem> {
    let found = find(&state, token).await?.ok_or_else(|| state.unknown_links.refuse(&from, state.app.clock.now()))?;
    let shown = if found.link.is_open { "open" } else { "over" };
    view(&state, &found, shown, StatusCode::OK)
}

async fn find(state: &State, token: String) -> Result<Option<FoundLink>, Problem> {
    // Nothing is read for what cannot be a token.
    if token.len() != TOKEN_LENGTH {
        return Ok(None);
    }
    let (config, now) = (state.app.config.current(), state.app.clock.now());
    let read = move |reads: &Reads<'_>| {
        let actor = Actor::Machine("link".to_owned());
        let cx = Context { config: &config, now, actor: &actor, request: "link", expect: None };
        FoundLink::read(reads, cx, &token)
    };
    Ok(state.app.store.read(read).await?)
}

async fn follow(
    Given(state): Given<State>,
    Path(token): Path<String>,
    id: RequestId,
    from: ClientAddress,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(before) = find(&state, token.clone()).await? else {
        return Err(state.unknown_links.refuse(&from, state.app.clock.now()));
    };
    let followed = state.app.follow_link(&token, id.as_str()).await?;
    let found = find(&state, token).await?.unwrap_or(before);
    let person = &found.link.binding.person;
    let done = match followed {
        Ok(_) => "done",
        // Whoever pressed twice, or acknowledged elsewhere before, has what was wanted.
        Err(Refusal::OnCall(OnCallRefusal::PageOver { by, .. })) if by.as_ref() == Some(person) => "done",
        Err(_) => "over",
    };
    if wants_json(&headers) {
        return Ok(private(axum::Json(report(&state, &found, done)).into_response()));
    }
    let status = if done == "done" { StatusCode::OK } else { StatusCode::CONFLICT };
    view(&state, &found, done, status)
}

/// What a program learns, such as the service worker of a browser.
#[derive(Serialize)]
struct LinkReport {
    /// `done` or `over`.
    state: &'static str,
    /// `triggered`, `acknowledged`, `snoozed`, `exhausted` or `resolved`; empty for a test.
    page: &'static str,
    /// The name of whoever acknowledged.
    by: String,
}

fn report(state: &State, found: &FoundLink, done: &'static str) -> LinkReport {
    let view = LinkView::of(&state.app.config.current(), found, done);
    LinkReport { state: done, page: view.page_state, by: view.by }
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.contains("application/json") && !accept.contains("text/html")
}

async fn shown(
    Given(state): Given<State>,
    Path(token): Path<String>,
    id: RequestId,
    from: ClientAddress,
) -> Result<Response, Problem> {
    let known = token.len() == TOKEN_LENGTH && state.app.note_shown(&token, id.as_str()).await?;
    if known {
        Ok(private(StatusCode::NO_CONTENT.into_response()))
    } else {
        Err(state.unknown_links.refuse(&from, state.app.clock.now()))
    }
}

fn view(state: &State, found: &FoundLink, shown: &'static str, status: StatusCode) -> Result<Response, Problem> {
    let config = state.app.config.current();
    let page = PageFrame::new(&config, Nav::None, None);
    let view = LinkView::of(&config, found, shown);
    let html = state.app.renderer.render("web/link.html", FramedView { page, view }).map_err(|error| {
        tracing::error!(%error, "a page failed");
        Problem::new(Kind::Internal)
    })?;
    Ok(private((status, Html(html)).into_response()))
}

/// The address is a secret: it is not sent on, kept or found.
fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
    response
}
