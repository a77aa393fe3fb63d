//! The routes of the pages.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Query, State as Given, rejection::QueryRejection},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Serialize;

use super::{
    alerts, files,
    followups::{self, issues, issues::IssuePage},
    frame::{FramedView, Nav, PageFrame},
    health, incident, incidents, maintenances, oncall,
    page_context::PageContext,
    postmortem, profile,
    readiness::ReadinessView,
    reports,
};
use crate::{
    app::{
        App, Context,
        oncall::{paging::overrides_in_force, readiness},
    },
    domain::{ids::RoomId, people::Actor},
    store::{Reads, StoreError},
    web::{
        State, Viewer,
        console::broken,
        problem::{Kind, Problem},
        user_reports::triage,
    },
};

/// The pages of the console.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/", get(rooms))
        .route("/rooms/{id}", get(room))
        .route("/incidents", get(table))
        .route("/incidents/{key}", get(record))
        .route("/incidents/{key}/files/{sha256}", get(files::one))
        .route("/incidents/{key}/postmortem", get(postmortem_of))
        .route("/alerts", get(now_firing))
        .route("/followups", get(changes_to_make))
        .route("/issues", get(issues_found))
        .route("/issues/{key}", get(issue))
        .route("/reports", get(figures))
        .route("/user-reports", get(reports_to_decide))
        .route("/maintenance", get(planned_work))
        .route("/reports/load", get(load_of_reader))
        .route("/reports/outcomes", get(outcomes))
        .route("/oncall", get(week))
        .route("/oncall/readiness", get(readiness_of))
        .route("/health", get(well))
        .route("/profile", get(mine))
}

/// The context of `templates/web/console.html`, without the frame; the script fills the page.
#[derive(Debug, Serialize)]
struct Shell {
    room: Option<String>,
}

type PageResult = Result<Html<String>, Problem>;

/// Reads a page's data in one snapshot and renders its template in the frame.
async fn show<T, F>(state: &State, viewer: &Viewer, nav: Nav, template: &'static str, view: F) -> PageResult
where
    T: Serialize + Send + 'static,
    F: FnOnce(&Reads<'_>, PageContext<'_>) -> Result<Result<T, Problem>, StoreError> + Send + 'static,
{
    let (app, config) = (Arc::clone(&state.app), state.app.config.current());
    let (page, reader) = (PageFrame::new(&config, nav, Some(viewer)), viewer.id().clone());
    let html = move |reads: &Reads<'_>| {
        let page = PageFrame { paused: reads.sending_paused()?, ..page };
        let context = PageContext { config: &config, renderer: &app.renderer, reader: &reader, now: app.clock.now() };
        let shown = view(reads, context)?;
        Ok(shown.and_then(|view| rendered(&app, template, FramedView { page, view })))
    };
    state.app.store.search(html).await?.map(Html)
}

fn rendered(app: &App, template: &str, context: impl Serialize) -> Result<String, Problem> {
    app.renderer.render(template, context).map_err(|error| broken(&error))
}

async fn rooms(Given(state): Given<State>, viewer: Viewer) -> PageResult {
    show(&state, &viewer, Nav::Rooms, "web/console.html", |_, _| Ok(Ok(Shell { room: None }))).await
}

async fn room(Given(state): Given<State>, viewer: Viewer, Path(room): Path<String>) -> PageResult {
    show(&state, &viewer, Nav::Rooms, "web/console.html", move |reads, context| {
        let seen = reads.visible_room(context.reader, &RoomId::new(room))?;
        Ok(seen.map(|seen| Shell { room: Some(seen.room.id.to_string()) }).ok_or_else(|| Problem::new(Kind::NotFound)))
    })
    .await
}

fn asked<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    let bad = |rejection: QueryRejection| Problem::new(Kind::BadValue).because(rejection.body_text());
    query.map(|Query(query)| query).map_err(bad)
}

async fn table(
    Given(state): Given<State>,
    viewer: Viewer,
    query: Result<Query<incidents::IncidentsQuery>, QueryRejection>,
) -> PageResult {
    let query = asked(query)?;
    show(&state, &viewer, Nav::Incidents, "web/incidents.html", move |reads, context| {
        incidents::read(reads, context.words(), context.reader, query, context.now).map(Ok)
    })
    .await
}

async fn record(
    Given(state): Given<State>,
    viewer: Viewer,
    Path(key): Path<String>,
    query: Result<Query<incident::IncidentQuery>, QueryRejection>,
) -> PageResult {
    let query = asked(query)?;
    show(&state, &viewer, Nav::Incidents, "web/incident.html", move |reads, context| {
        match incident::find(reads, context.reader, &key)? {
            Some(incident) => incident::record(reads, context, &incident, &query).map(Ok),
            None => Ok(Err(Problem::new(Kind::NotFound))),
        }
    })
    .await
}

async fn postmortem_of(Given(state): Given<State>, viewer: Viewer, Path(key): Path<String>) -> PageResult {
    show(&state, &viewer, Nav::Incidents, "web/postmortem.html", move |reads, context| {
        match incident::find(reads, context.reader, &key)? {
            Some(incident) => postmortem::read(reads, context, &incident).map(Ok),
            None => Ok(Err(Problem::new(Kind::NotFound))),
        }
    })
    .await
}

async fn changes_to_make(
    Given(state): Given<State>,
    viewer: Viewer,
    query: Result<Query<followups::FollowUpsQuery>, QueryRejection>,
) -> PageResult {
    let query = asked(query)?;
    show(&state, &viewer, Nav::Followups, "web/followups.html", move |reads, context| {
        followups::read(reads, context, &query).map(Ok)
    })
    .await
}

async fn issues_found(
    Given(state): Given<State>,
    viewer: Viewer,
    query: Result<Query<issues::IssuesQuery>, QueryRejection>,
) -> PageResult {
    let query = asked(query)?;
    show(&state, &viewer, Nav::Followups, "web/issues.html", move |reads, context| {
        issues::read(reads, context, &query).map(Ok)
    })
    .await
}

/// An issue. That of an incident is its record.
async fn issue(Given(state): Given<State>, viewer: Viewer, Path(key): Path<String>) -> Result<Response, Problem> {
    let (app, config) = (Arc::clone(&state.app), state.app.config.current());
    let (page, reader) = (PageFrame::new(&config, Nav::Followups, Some(&viewer)), viewer.id().clone());
    let found = state.app.store.search(move |reads| {
        let page = PageFrame { paused: reads.sending_paused()?, ..page };
        let context = PageContext { config: &config, renderer: &app.renderer, reader: &reader, now: app.clock.now() };
        let found = issues::find(reads, context, &key)?;
        Ok(found.and_then(|found| match found {
            IssuePage::Record(address) => Ok(Redirect::to(&address).into_response()),
            IssuePage::FollowUp(view) => {
                rendered(&app, "web/issue.html", FramedView { page, view }).map(|html| Html(html).into_response())
            }
        }))
    });
    found.await?
}

async fn figures(
    Given(state): Given<State>,
    viewer: Viewer,
    query: Result<Query<reports::ReportsQuery>, QueryRejection>,
) -> PageResult {
    let query = asked(query)?;
    show(&state, &viewer, Nav::Reports, "web/reports.html", move |reads, context| reports::read(reads, context, query))
        .await
}

async fn reports_to_decide(
    Given(state): Given<State>,
    viewer: Viewer,
    query: Result<Query<triage::TriageQuery>, QueryRejection>,
) -> PageResult {
    let query = asked(query)?;
    show(&state, &viewer, Nav::UserReports, "web/user_reports.html", move |reads, context| {
        triage::read(reads, context, &query).map(Ok)
    })
    .await
}

async fn planned_work(Given(state): Given<State>, viewer: Viewer) -> PageResult {
    let read = |reads: &Reads<'_>, context: PageContext<'_>| maintenances::read(reads, context).map(Ok);
    show(&state, &viewer, Nav::Maintenance, "web/maintenance.html", read).await
}

async fn outcomes(
    Given(state): Given<State>,
    viewer: Viewer,
    query: Result<Query<reports::ReportsQuery>, QueryRejection>,
) -> PageResult {
    let query = asked(query)?;
    show(&state, &viewer, Nav::Reports, "web/report_outcomes.html", move |reads, context| {
        reports::outcomes::read(reads, context, &query)
    })
    .await
}

async fn load_of_reader(
    Given(state): Given<State>,
    viewer: Viewer,
    query: Result<Query<reports::load::LoadQuery>, QueryRejection>,
) -> PageResult {
    let query = asked(query)?;
    show(&state, &viewer, Nav::Reports, "web/report_load.html", move |reads, context| {
        reports::load::read(reads, context, &query)
    })
    .await
}

async fn now_firing(Given(state): Given<State>, viewer: Viewer) -> PageResult {
    show(&state, &viewer, Nav::Alerts, "web/alerts.html", |reads, context| alerts::read(reads, context).map(Ok)).await
}

async fn readiness_of(Given(state): Given<State>, viewer: Viewer) -> PageResult {
    let zone = viewer.person.timezone;
    show(&state, &viewer, Nav::Oncall, "web/readiness.html", move |reads, context| {
        let actor = Actor::Person(context.reader.clone());
        let cx =
            Context { config: context.config, now: context.now, actor: &actor, request: "readiness", expect: None };
        let report = readiness::report(reads, cx)?;
        Ok(Ok(ReadinessView::new(context.words(), zone, &report)))
    })
    .await
}

async fn week(
    Given(state): Given<State>,
    viewer: Viewer,
    query: Result<Query<oncall::OncallQuery>, QueryRejection>,
) -> PageResult {
    let query = asked(query)?;
    let zone = viewer.person.timezone;
    show(&state, &viewer, Nav::Oncall, "web/oncall.html", move |reads, context| {
        let span = oncall::Span::asked(&query, zone, context.now);
        let (from, until) = (span.from.min(context.now), span.until.max(context.now + oncall::HORIZON));
        let overrides = overrides_in_force(reads, context.config, from, until)?;
        Ok(Ok(oncall::view(context.words(), &overrides, &span, context.now)))
    })
    .await
}

async fn mine(Given(state): Given<State>, viewer: Viewer) -> PageResult {
    show(&state, &viewer, Nav::Profile, "web/profile.html", |reads, context| profile::read(reads, context).map(Ok))
        .await
}

async fn well(Given(state): Given<State>, viewer: Viewer) -> PageResult {
    let (health, open_pages) = (state.app.store.health(), state.streams.count());
    let discord = state.discord.as_deref().map(health::DiscordHealth::of);
    show(&state, &viewer, Nav::Health, "web/health.html", move |reads, context| {
        health::read(
            reads,
            context.words(),
            context.reader,
            health::ProcessHealth { store: &health, open_pages, discord: discord.clone() },
            context.now,
        )
        .map(Ok)
    })
    .await
}
