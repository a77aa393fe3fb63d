//! `/report-incident`: the form for what somebody noticed. It works without scripts.
//!
//! Who is not signed in gets a link by mail. Opening it only shows a button, because mail programs open links to check them;
//! the button confirms the address. The answer to the form is the same for every address.

pub mod triage;

use axum::{
    Extension, Form, Router,
    extract::{Path, State as Given, rejection::FormRejection},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};

use super::{
    Problem, State, Viewer,
    api::refusal_problem,
    attempts::ClientAddress,
    auth::check_csrf,
    layers::finish::RequestId,
    pages::frame::{FramedView, Nav, PageFrame},
    problem::Kind,
};
use crate::{
    app::user_reports::ReportDraft, domain::refusal::Refusal, domain::user_report::ReportForm, render::Sample,
};

/// `/report-incident`, `/report-incident/verify/{token}`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/report-incident", get(show).post(send))
        .route("/report-incident/verify/{token}", get(show_link).post(verify))
}

/// The context of `templates/web/report_incident.html`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct ReportFormView {
    /// `form`, `sent`, `confirm`, `link` or `verified`.
    state: &'static str,
    /// The name of the person who is signed in.
    person: Option<String>,
    /// The number of the report; `None` if it waits for its verification.
    number: Option<u32>,
    /// What was wrong with the form.
    error: Option<String>,
    /// What was written.
    given: GivenReport,
}

/// The fields of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct GivenReport {
    title: String,
    details: String,
    name: String,
    address: String,
    #[serde(skip_serializing)]
    csrf: String,
}

/// Samples of the view.
pub(super) fn samples(page: &PageFrame) -> Vec<Sample> {
    let sample = |case, view| Sample::new("web/report_incident.html", case, FramedView { page: page.clone(), view });
    let given = GivenReport {
        title: "I cannot <b>pay</b>".to_owned(),
        details: "Since noon.\n\"Error 500\"".to_owned(),
        name: "Zoe".to_owned(),
        address: "zoe@".to_owned(),
        csrf: String::new(),
    };
    let of = |state| ReportFormView { state, ..ReportFormView::default() };
    let wrong = ReportFormView { error: Some("This is no mail address.".to_owned()), given, ..of("form") };
    let signed_in = ReportFormView { person: Some("Ann Lee".to_owned()), ..of("form") };
    vec![
        sample("public", of("form")),
        sample("wrong", wrong),
        sample("signed in", signed_in.clone()),
        sample("sent", ReportFormView { state: "sent", number: Some(7), ..signed_in }),
        sample("to confirm", of("confirm")),
        sample("link", of("link")),
        sample("verified", ReportFormView { number: Some(7), ..of("verified") }),
    ]
}

async fn show(Given(state): Given<State>, viewer: Option<Viewer>) -> Result<Response, Problem> {
    admitted(&state, viewer.as_ref())?;
    page(&state, viewer.as_ref(), StatusCode::OK, ReportFormView { state: "form", ..ReportFormView::default() })
}

/// Who may see the form: nobody learns of one that is switched off.
fn admitted(state: &State, viewer: Option<&Viewer>) -> Result<(), Problem> {
    match (state.app.config.current().reports.policy.form, viewer) {
        (ReportForm::Off, _) => Err(Problem::new(Kind::NotFound)),
        (ReportForm::SignedIn, None) => Err(Problem::new(Kind::SignedOut)),
        (ReportForm::SignedIn, Some(_)) | (ReportForm::Public, _) => Ok(()),
    }
}

async fn send(
    Given(state): Given<State>,
    viewer: Option<Viewer>,
    Extension(id): Extension<RequestId>,
    from: ClientAddress,
    form: Result<Form<GivenReport>, FormRejection>,
) -> Result<Response, Problem> {
    admitted(&state, viewer.as_ref())?;
    let Form(given) = form.map_err(|rejection| Problem::new(Kind::BadBody).because(rejection.body_text()))?;
    let draft = ReportDraft {
        title: given.title.trim().into(),
        details: given.details.replace("\r\n", "\n").trim().into(),
        name: given.name.trim().into(),
        address: given.address.clone(),
    };
    let request = id.as_str().to_owned();
    let done = match &viewer {
        Some(viewer) => {
            check_csrf(&viewer.csrf, given.csrf.as_bytes())?;
            let draft = ReportDraft { name: String::new().into(), address: String::new(), ..draft };
            let sent = state.app.report_as(viewer.id().clone(), draft, request).await?;
            sent.map(|report| ReportFormView {
                state: "sent",
                number: Some(report.number),
                ..ReportFormView::default()
            })
        }
        None => {
            if state.user_reports.count(&from.0, state.app.clock.now()) > state.user_reports.most() {
                metrics::counter!("hotroom_reports_limited_total").increment(1);
                return Err(Problem::new(Kind::TooManyAttempts));
            }
            let sent = state.app.report_unverified(draft, request).await?;
            sent.map(|()| ReportFormView { state: "confirm", ..ReportFormView::default() })
        }
    };
    match done {
        Ok(view) => page(&state, viewer.as_ref(), StatusCode::OK, view),
        Err(refusal) => refused(&state, viewer.as_ref(), &refusal, given),
    }
}

/// Shows the form again with what was written and what is wrong with it.
fn refused(state: &State, viewer: Option<&Viewer>, refusal: &Refusal, given: GivenReport) -> Result<Response, Problem> {
    let error = Some(refusal_problem(state, refusal).detail.to_string());
    let view = ReportFormView { state: "form", error, given, ..ReportFormView::default() };
    page(state, viewer, StatusCode::UNPROCESSABLE_ENTITY, view)
}

/// The same for every link, so that whoever guesses or scans learns and changes nothing.
async fn show_link(Given(state): Given<State>, Path(_): Path<String>) -> Result<Response, Problem> {
    page(&state, None, StatusCode::OK, ReportFormView { state: "link", ..ReportFormView::default() })
}

async fn verify(
    Given(state): Given<State>,
    Extension(id): Extension<RequestId>,
    from: ClientAddress,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    // Nothing is read for what cannot be a token.
    let verified =
        if token.len() <= 100 { state.app.verify_report(token, id.as_str().to_owned()).await? } else { None };
    match verified {
        Some(number) => {
            let view = ReportFormView { state: "verified", number: Some(number), ..ReportFormView::default() };
            page(&state, None, StatusCode::OK, view)
        }
        None => Err(state.unknown_links.refuse(&from, state.app.clock.now())),
    }
}

fn page(state: &State, viewer: Option<&Viewer>, status: StatusCode, view: ReportFormView) -> Result<Response, Problem> {
    let frame = PageFrame::new(&state.app.config.current(), Nav::None, None);
    let frame = PageFrame { csrf: viewer.map(|viewer| viewer.csrf.clone()).unwrap_or_default(), ..frame };
    let view = ReportFormView { person: viewer.map(|viewer| viewer.person.name.clone()), ..view };
    let framed = FramedView { page: frame, view };
    let html = state.app.renderer.render("web/report_incident.html", framed).map_err(|error| {
        tracing::error!(%error, "a page failed");
        Problem::new(Kind::Internal)
    })?;
    let mut response = (status, Html(html)).into_response();
    // The address of a link is a secret, and the form has what somebody wrote.
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    Ok(response)
}
