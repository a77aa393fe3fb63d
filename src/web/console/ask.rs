//! Read endpoints of the console: the state, rooms, messages and the side bar.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State as Given, rejection::QueryRejection},
    response::Html,
};
use serde::Deserialize;

use super::{
    json::{MessagesView, RoomView, StateView},
    state, view,
};
use crate::{
    config::Config,
    domain::ids::{PersonId, RoomId},
    store::{
        Reads, StoreError,
        chat::{MessageRange, VisibleRoom},
    },
    web::{
        State, Viewer,
        pages::{incident, page_context::PageContext, words::ConfigNames},
        problem::{Kind, Problem},
    },
};

/// Messages in one listing: the default, and the maximum.
const PAGE: (usize, usize) = (50, 200);

/// Runs a query with the current configuration.
pub(super) async fn read<T, F>(state: &State, query: F) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce(&Reads<'_>, &Arc<Config>) -> Result<Result<T, Problem>, StoreError> + Send + 'static,
{
    let config = state.app.config.current();
    state.app.store.read(move |reads| query(reads, &config)).await?
}

/// Returns the room, or 404 if the reader may not see it: a hidden room and a missing one give the same problem.
pub(super) fn seen(
    reads: &Reads<'_>,
    reader: &PersonId,
    room: &RoomId,
) -> Result<Result<VisibleRoom, Problem>, StoreError> {
    Ok(reads.visible_room(reader, room)?.ok_or_else(|| Problem::new(Kind::NotFound)))
}

/// `?room=`
#[derive(Debug, Default, Deserialize)]
pub(super) struct WithRoom {
    room: Option<String>,
}

/// `GET /console/state`
pub(super) async fn everything(
    Given(state): Given<State>,
    viewer: Viewer,
    Query(asked): Query<WithRoom>,
) -> Result<Json<StateView>, Problem> {
    let app = Arc::clone(&state.app);
    let room = asked.room.map(RoomId::new);
    let query = move |reads: &Reads<'_>, config: &Arc<Config>| {
        let reader = state::Reader { person: &viewer.person, csrf: &viewer.csrf, room: room.as_ref() };
        state::read(reads, ConfigNames { config }, &app.catalog, reader, app.clock.now()).map(Ok)
    };
    read(&state, query).await.map(Json)
}

/// `GET /console/rooms/{id}`
pub(super) async fn room(
    Given(state): Given<State>,
    viewer: Viewer,
    Path(room): Path<String>,
) -> Result<Json<RoomView>, Problem> {
    let query = move |reads: &Reads<'_>, config: &Arc<Config>| {
        let seen = seen(reads, viewer.id(), &RoomId::new(room))?;
        Ok(seen.map(|seen| view::room(ConfigNames { config }, &seen)))
    };
    read(&state, query).await.map(Json)
}

/// `?before=ID|after=ID|around=ID&limit=50`
#[derive(Debug, Default, Deserialize)]
pub(super) struct WithPlace {
    before: Option<i64>,
    after: Option<i64>,
    around: Option<i64>,
    limit: Option<usize>,
}

impl WithPlace {
    fn place(&self) -> Result<MessageRange, Problem> {
        match (self.before, self.after, self.around) {
            (None, None, None) => Ok(MessageRange::Newest),
            (Some(id), None, None) => Ok(MessageRange::Before(id)),
            (None, Some(id), None) => Ok(MessageRange::After(id)),
            (None, None, Some(id)) => Ok(MessageRange::Around(id)),
            _ => Err(bad("Only one of before, after and around can be asked for.")),
        }
    }
}

pub(super) fn bad(detail: &str) -> Problem {
    Problem::new(Kind::BadValue).because(detail)
}

/// `GET /console/rooms/{id}/messages`
pub(super) async fn messages(
    Given(state): Given<State>,
    viewer: Viewer,
    Path(room): Path<String>,
    asked: Result<Query<WithPlace>, QueryRejection>,
) -> Result<Json<MessagesView>, Problem> {
    let Query(asked) = asked.map_err(|rejection| bad(&rejection.body_text()))?;
    let place = asked.place()?;
    let limit = asked.limit.unwrap_or(PAGE.0).clamp(1, PAGE.1);
    let query = move |reads: &Reads<'_>, config: &Arc<Config>| {
        let seen = match seen(reads, viewer.id(), &RoomId::new(room))? {
            Ok(seen) => seen,
            Err(problem) => return Ok(Err(problem)),
        };
        let page = reads.messages(&seen.room.id, place, limit)?;
        Ok(Ok(view::messages(ConfigNames { config }, &page)))
    };
    read(&state, query).await.map(Json)
}

/// `GET /console/rooms/{id}/side`
pub(super) async fn side(
    Given(state): Given<State>,
    viewer: Viewer,
    Path(room): Path<String>,
) -> Result<Html<String>, Problem> {
    let app = Arc::clone(&state.app);
    let query = move |reads: &Reads<'_>, config: &Arc<Config>| {
        let seen = match seen(reads, viewer.id(), &RoomId::new(room))? {
            Ok(seen) => seen,
            Err(problem) => return Ok(Err(problem)),
        };
        let Some(incident) = seen.room.incident.map(|id| reads.incident(id)).transpose()?.flatten() else {
            return Ok(Ok(String::new()));
        };
        let context = PageContext { config, renderer: &app.renderer, reader: viewer.id(), now: app.clock.now() };
        let side = incident::side(reads, context, &incident)?;
        Ok(app.renderer.render("web/side.html", side).map_err(|error| broken(&error)))
    };
    read(&state, query).await.map(Html)
}

/// Logs a template that fails to render although the startup check passed it, and returns the problem.
pub(crate) fn broken(error: &crate::render::RenderError) -> Problem {
    tracing::error!(%error, "a page failed");
    Problem::new(Kind::Internal)
}
