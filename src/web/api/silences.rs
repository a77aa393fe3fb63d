//! `/api/v1/silences`.

use axum::{
    Json,
    extract::{Path, State as Given},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    client::{ApiClient, Options},
    listing::{ListQuery, after, cursor, limit, value},
    shapes::{List, ReachShape, SilenceShape},
};
use crate::{
    app::silences,
    chat::Reply,
    domain::{
        alert::{SilencePreview, SilenceState},
        ids::SilenceId,
    },
    store::SilenceFilter,
    web::{
        Caller, Problem, State, body,
        problem::{Kind, ProblemDocument},
    },
};

const STATES: &str = "`active`, `pending` or `expired`";

/// Filters of the list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedSilences {
    /// `active`, `pending` or `expired`.
    state: Option<String>,
    /// Number of items: 1 to 200, default 50.
    limit: Option<String>,
    /// `next` of the previous response.
    cursor: Option<String>,
}

/// Lists silences, newest first, with the number of firing alerts each one matches.
#[utoipa::path(get, path = "/api/v1/silences", tag = "alerts", params(WantedSilences), responses(
    (status = 200, body = List<SilenceShape>), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn list(
    Given(state): Given<State>,
    _: Caller,
    ListQuery(wanted): ListQuery<WantedSilences>,
) -> Result<Json<List<SilenceShape>>, Problem> {
    let now = state.app.clock.now();
    let most = limit(wanted.limit.as_deref())?;
    let filter = SilenceFilter {
        state: value("state", wanted.state.as_deref(), SilenceState::parse, STATES)?,
        after: after("silences", wanted.cursor.as_deref())?.map(SilenceId),
        limit: if most == 0 { 50 } else { most },
    };
    let page = filter.limit;
    let held = state.app.store.search(move |reads| silences::listed(reads, &filter, now)).await?;
    let next = if held.len() == page { held.last().map(|last| cursor("silences", last.silence.id.0)) } else { None };
    Ok(Json(List { items: held.iter().map(|held| SilenceShape::of(held, now)).collect(), next }))
}

/// Creates a silence, as `/alert silence` does: `match` or `group`, `wait` (a duration or `resolved`), `comment`;
/// `sure` confirms a wide one. With `preview` nothing is created, and the response, a 200, shows what it would match.
#[utoipa::path(post, path = "/api/v1/silences", tag = "alerts",
    request_body(content = Object, example = json!({"match": "service=\"api\" severity=~\"warn.*\"", "wait": "2h"})),
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    responses((status = 201, body = SilenceShape), (status = 200, body = ReachShape),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn make(
    client: ApiClient,
    body::JsonBody(options): body::JsonBody<Options>,
) -> Result<Response, Problem> {
    let reply = client.command("alert silence", &[], options).await?;
    if let Some(reach) = reply.data.clone().and_then(|data| serde_json::from_value::<SilencePreview>(data).ok()) {
        return Ok(Json(ReachShape::of(reach)).into_response());
    }
    Ok((StatusCode::CREATED, Json(made(&client, &reply).await?)).into_response())
}

/// Expires a silence now, as `/alert expire` does.
#[utoipa::path(post, path = "/api/v1/silences/{id}/expire", tag = "alerts",
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    responses((status = 200, body = SilenceShape), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn expire(client: ApiClient, Path(id): Path<String>) -> Result<Json<SilenceShape>, Problem> {
    let id = SilenceId::parse(&id).ok_or_else(unknown)?;
    let reply = client.command("alert expire", &[("silence", id.to_string())], Options::new()).await?;
    Ok(Json(made(&client, &reply).await?))
}

fn unknown() -> Problem {
    Problem::new(Kind::NotFound).because("There is no such silence.")
}

/// Returns the current state of the silence that a command created or expired.
async fn made(client: &ApiClient, reply: &Reply) -> Result<SilenceShape, Problem> {
    let now = client.state.app.clock.now();
    let id = reply.data.as_ref().and_then(|data| data["id"].as_str()).and_then(SilenceId::parse);
    let id = id.ok_or_else(|| Problem::new(Kind::Internal))?;
    let read = client
        .state
        .app
        .store
        .read(move |reads| reads.silence(id)?.map(|silence| silences::held(reads, silence)).transpose());
    Ok(SilenceShape::of(&read.await?.ok_or_else(unknown)?, now))
}
