//! The record of an alert in Opsgenie's API: its log, recipients and attachments; and calls of the Alert API that hotroom
//! refuses with a reason.

use axum::{
    Json,
    extract::{Path, Query, State as Given},
    routing::{MethodRouter, get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Client, OpsgenieParams, identified, shapes, ticket, wrong};
use crate::{
    domain::alert::{Alert, OpsgenieAlert},
    web::{Problem, RequestId, State, problem::Kind},
};

/// The most entries of a log in one response.
const MOST_ENTRIES: usize = 100;

pub(super) fn table() -> Vec<(&'static str, MethodRouter<State>)> {
    vec![
        ("/v2/alerts/saved-searches", get(no_searches).post(search_refused)),
        ("/v2/alerts/saved-searches/{search}", get(unknown_search).patch(unknown_search).delete(unknown_search)),
        ("/v2/alerts/{identifier}/logs", get(logs)),
        ("/v2/alerts/{identifier}/recipients", get(recipients)),
        ("/v2/alerts/{identifier}/attachments", get(attachments).post(attachment_refused)),
        ("/v2/alerts/{identifier}/attachments/{attachment}", get(unknown_attachment).delete(unknown_attachment)),
        ("/v2/alerts/{identifier}/actions/{name}", post(action_refused)),
    ]
}

fn data_answer(data: Value, id: &RequestId) -> Json<Value> {
    Json(json!({"data": data, "took": 0.0, "requestId": id.as_str()}))
}

/// Lists no saved searches: hotroom stores none, and `query` accepts what a search would contain.
async fn no_searches(_: Client, id: RequestId) -> Json<Value> {
    data_answer(json!([]), &id)
}

async fn search_refused(_: Client) -> Problem {
    wrong("hotroom stores no searches; send the query with each request")
}

async fn unknown_search(_: Client) -> Problem {
    Problem::new(Kind::NotFound).because("Saved search with the given identifier does not exist")
}

/// Refuses a custom action, because nothing would be executed.
async fn action_refused(_: Client, Path((_, name)): Path<(String, String)>) -> Problem {
    let name = crate::domain::text::cut(&crate::domain::text::visible(&name), 60);
    wrong(format!("hotroom executes no custom actions, so {name} would have no effect"))
}

async fn attachment_refused(_: Client) -> Problem {
    wrong("hotroom stores no attachments of alerts; link to the file in a note")
}

async fn unknown_attachment(_: Client) -> Problem {
    Problem::new(Kind::NotFound).because("Attachment with the given id does not exist")
}

/// Reads the alert that a path names, with what clients stored about it.
async fn found(
    state: &State,
    client: &Client,
    identifier: &str,
    identifier_type: &str,
) -> Result<(OpsgenieAlert, Alert), Problem> {
    let stored = ticket(state, &client.0, identified(identifier, identifier_type)?).await?;
    let id = stored.alert;
    let alert = state.app.store.read(move |reads| reads.alert(id)).await?;
    Ok((stored.ticket, alert.ok_or_else(|| Problem::new(Kind::NotFound))?))
}

async fn attachments(
    Given(state): Given<State>,
    client: Client,
    Path(identifier): Path<String>,
    Query(asked): Query<OpsgenieParams>,
    id: RequestId,
) -> Result<Json<Value>, Problem> {
    found(&state, &client, &identifier, &asked.identifier_type).await?;
    Ok(data_answer(json!([]), &id))
}

async fn recipients(
    Given(state): Given<State>,
    client: Client,
    Path(identifier): Path<String>,
    Query(asked): Query<OpsgenieParams>,
    id: RequestId,
) -> Result<Json<Value>, Problem> {
    let (ticket, alert) = found(&state, &client, &identifier, &asked.identifier_type).await?;
    Ok(data_answer(shapes::recipients(&ticket, &alert), &id))
}

/// Which part of the log of which alert.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct LogParams {
    identifier_type: String,
    order: String,
    offset: String,
    direction: String,
    limit: Option<usize>,
}

async fn logs(
    Given(state): Given<State>,
    client: Client,
    Path(identifier): Path<String>,
    Query(asked): Query<LogParams>,
    id: RequestId,
) -> Result<Json<Value>, Problem> {
    let limit = asked.limit.unwrap_or(MOST_ENTRIES);
    if limit == 0 || limit > MOST_ENTRIES {
        return Err(wrong(format!("limit must be 1 to {MOST_ENTRIES}")));
    }
    if !matches!(asked.direction.as_str(), "" | "next" | "prev") {
        return Err(wrong("direction must be next or prev"));
    }
    let (ticket, alert) = found(&state, &client, &identifier, &asked.identifier_type).await?;
    let mut entries = shapes::log(&ticket, &alert);
    if asked.order != "asc" {
        entries.reverse();
    }
    if asked.direction == "prev" {
        entries.reverse();
    }
    let seen = entries.iter().position(|entry| entry["offset"] == asked.offset.as_str()).map_or(0, |at| at + 1);
    let data: Vec<Value> = entries.into_iter().skip(seen).take(limit).collect();
    Ok(Json(json!({"data": data, "paging": {}, "took": 0.0, "requestId": id.as_str()})))
}
