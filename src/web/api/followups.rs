//! `/api/v1/followups` and `/api/v1/incidents/{key}/followups`.

pub mod issues;

use axum::{
    Json,
    extract::{Path, State as Given},
};
use serde::Deserialize;

use super::{
    client::{ApiClient, CommandReply, Options},
    incidents,
    listing::{ListQuery, after, cursor, limit, value},
    shapes::{FollowUpShape, List},
};
use crate::{
    domain::{
        ids::{FollowUpId, PersonId},
        review::FollowUpState,
    },
    store::{FollowUpFilter, ListViewer as For},
    web::{
        Caller, Problem, State, body,
        problem::{Kind, ProblemDocument},
    },
};

const ACTS: [&str; 4] = ["change", "done", "drop", "reopen"];

/// Filters of the list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FollowUpListQuery {
    /// `open`, `done` or `not_doing`.
    state: Option<String>,
    /// `true` for those that should be done by now.
    overdue: Option<String>,
    /// The person who does them.
    owner: Option<String>,
    /// The key of an incident.
    incident: Option<String>,
    /// Number of items: 1 to 200, default 50.
    limit: Option<String>,
    /// `next` of the previous response.
    cursor: Option<String>,
}

/// Lists the follow-ups that the caller may see, newest first.
#[utoipa::path(get, path = "/api/v1/followups", tag = "follow-ups", params(FollowUpListQuery), responses(
    (status = 200, body = List<FollowUpShape>), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn list(
    Given(state): Given<State>,
    caller: Caller,
    ListQuery(wanted): ListQuery<FollowUpListQuery>,
) -> Result<Json<List<FollowUpShape>>, Problem> {
    let now = state.app.clock.now();
    let read = |word: &str| FollowUpState::ALL.into_iter().find(|state| state.name() == word);
    let overdue = value("overdue", wanted.overdue.as_deref(), |word| word.parse().ok(), "`true` or `false`")?;
    let mut filter = FollowUpFilter {
        viewer: For::Person(caller.person.id.clone()),
        incident: None,
        state: value("state", wanted.state.as_deref(), read, "`open`, `done` or `not_doing`")?,
        owner: wanted.owner.as_deref().map(PersonId::new),
        due_by: (overdue == Some(true)).then_some(now),
        after: after("followups", wanted.cursor.as_deref())?.map(FollowUpId),
        limit: limit(wanted.limit.as_deref())?,
    };
    let key = wanted.incident.as_deref().map(incidents::key).transpose()?;
    let found = state.app.store.search(move |reads| {
        if let Some(key) = key {
            let incident = reads.incident_by_key(&key)?.filter(|one| one.visible_to(&caller.person.id));
            let Some(incident) = incident else { return Ok(List { items: Vec::new(), next: None }) };
            filter.incident = Some(incident.id);
        }
        let page = reads.list_followups(&filter)?;
        let next = page.next.map(|last| cursor("followups", last.0));
        Ok(List { items: page.items.iter().map(|item| FollowUpShape::of(item, now)).collect(), next })
    });
    Ok(Json(found.await?))
}

/// Adds a follow-up, as `/followup add` does. Options: `title`, `task`, `priority`, `class`, `owner`, `due`, `link`.
/// `data.number` is its number.
#[utoipa::path(post, path = "/api/v1/incidents/{key}/followups", tag = "follow-ups", params(("key" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    request_body(content = Object, example = json!({"title": "Alert on the connection pool", "owner": "@bob", "class": "detect"})),
    responses((status = 200, body = CommandReply), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn add(
    client: ApiClient,
    Path(text): Path<String>,
    body::JsonBody(options): body::JsonBody<Options>,
) -> Result<Json<CommandReply>, Problem> {
    let key = incidents::key(&text)?;
    let reply = client.command("followup add", &[("incident", key.to_string())], options).await?;
    Ok(Json(CommandReply::of(reply)))
}

/// Changes a follow-up: `change` (`owner`, `due`, `link`), `done`, `drop` (`reason`), `reopen`.
#[utoipa::path(post, path = "/api/v1/incidents/{key}/followups/{number}/{act}", tag = "follow-ups",
    params(("key" = String, Path), ("number" = u32, Path), ("act" = String, Path, description = "A word after `/followup`."),
        ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    responses((status = 200, body = CommandReply), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn act(
    client: ApiClient,
    Path((text, number, act)): Path<(String, String, String)>,
    options: body::MaybeJson<Options>,
) -> Result<Json<CommandReply>, Problem> {
    let key = incidents::key(&text)?;
    if !ACTS.contains(&act.as_str()) {
        let known = ACTS.join("`, `");
        return Err(Problem::new(Kind::NotFound).because(format!("A follow-up takes `{known}`.")));
    }
    let fixed = [("incident", key.to_string()), ("number", number)];
    let reply = client.command(&format!("followup {act}"), &fixed, options.0.unwrap_or_default()).await?;
    Ok(Json(CommandReply::of(reply)))
}
