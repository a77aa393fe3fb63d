//! `/api/v1/incidents/{key}/similar`: past incidents that are like one.

use axum::{
    Json,
    extract::{Path, State as Given},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::key;
use crate::{
    app::incidents::similar,
    web::{
        Caller, Problem, State,
        api::shapes::{List, some, text},
        problem::{Kind, ProblemDocument},
    },
};

/// A past incident that is like another one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimilarIncident)]
pub struct SimilarShape {
    /// Its key.
    #[schema(example = "HOT-7")]
    pub key: String,
    /// Its title.
    pub title: String,
    /// The class of its cause.
    pub cause: Option<String>,
    /// What was done.
    pub fix: Option<String>,
    /// True if it has a post-mortem.
    pub postmortem: bool,
    /// True if alerts of one group belonged to both.
    pub same_alerts: bool,
    /// True if both are about one service.
    pub same_service: bool,
    /// Labels that the alerts of both have.
    pub labels: Vec<String>,
    /// Rare words that both have.
    pub words: Vec<String>,
}

/// Lists up to three past incidents that were like this one when it was declared, and why; the most alike first.
#[utoipa::path(get, path = "/api/v1/incidents/{key}/similar", tag = "incidents", params(("key" = String, Path)), responses(
    (status = 200, body = List<SimilarShape>), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn list(
    Given(state): Given<State>,
    caller: Caller,
    Path(wanted): Path<String>,
) -> Result<Json<List<SimilarShape>>, Problem> {
    let key = key(&wanted)?;
    let found = state.app.store.search(move |reads| {
        let person = &caller.person.id;
        let incident = reads.incident_by_key(&key)?.filter(|incident| incident.visible_to(person));
        incident.map(|incident| similar::for_person(reads, incident.id, person)).transpose()
    });
    let found = found.await?.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let shape = |other: similar::SimilarIncident| {
        let resolution = other.incident.resolution.as_ref();
        SimilarShape {
            key: other.incident.key.to_string(),
            title: text(&other.incident.title),
            cause: other.incident.cause().map(str::to_owned),
            fix: resolution.and_then(|resolution| some(&resolution.summary)),
            postmortem: other.has_postmortem,
            same_alerts: other.likeness.group,
            same_service: other.likeness.service,
            labels: other.likeness.labels,
            words: other.likeness.words,
        }
    };
    Ok(Json(List { items: found.into_iter().map(shape).collect(), next: None }))
}
