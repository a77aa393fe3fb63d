//! `/api/v1/issues`: incidents and follow-ups, by key or words.

use axum::{Json, extract::State as Given};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::tracker::issue_search,
    store::OwnIssue,
    web::{
        Caller, Problem, State,
        api::{
            listing::{ListQuery, after, cursor, limit},
            shapes::{List, text},
        },
        problem::ProblemDocument,
    },
};

/// What is looked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IssueListQuery {
    /// A key, such as `HOT-12` or `HOT-12.1`, or words: an issue has all of them, the last one perhaps as the beginning of a
    /// word. Without it all issues are listed.
    q: Option<String>,
    /// Number of items: 1 to 200, default 50.
    limit: Option<String>,
    /// `next` of the previous response.
    cursor: Option<String>,
}

/// An issue of hotroom's own tracker.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Issue)]
pub struct IssueShape {
    /// Its key.
    #[schema(example = "HOT-12.1")]
    pub key: String,
    /// `incident` or `followup`.
    pub kind: &'static str,
    /// The key of the incident that it is, or that it follows.
    #[schema(example = "HOT-12")]
    pub incident: String,
    /// Its title.
    pub title: String,
    /// The status of an incident; `open`, `done` or `not_doing` for a follow-up.
    pub state: String,
    /// The incident manager, or the owner.
    pub owner: Option<String>,
}

/// Finds the incidents and follow-ups that the caller may see, newest first.
#[utoipa::path(get, path = "/api/v1/issues", tag = "incidents", params(IssueListQuery), responses(
    (status = 200, body = List<IssueShape>), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn list(
    Given(state): Given<State>,
    caller: Caller,
    ListQuery(wanted): ListQuery<IssueListQuery>,
) -> Result<Json<List<IssueShape>>, Problem> {
    let q = wanted.q.unwrap_or_default();
    let after = after("issues", wanted.cursor.as_deref())?.map(|last| i64::try_from(last.as_u128()).unwrap_or(0));
    let limit = limit(wanted.limit.as_deref())?;
    let config = state.app.config.current();
    let found = state.app.store.search(move |reads| {
        let found = issue_search::find(reads, &caller.person.id, &q, after, limit)?;
        let next = found.next.and_then(|last| u128::try_from(last).ok());
        let next = next.map(|last| cursor("issues", Uuid::from_u128(last)));
        let manager = config.policy.manager();
        let shape = |issue: &OwnIssue| match issue {
            OwnIssue::Incident(incident) => IssueShape {
                key: incident.key.to_string(),
                kind: "incident",
                incident: incident.key.to_string(),
                title: text(&incident.title),
                state: incident.status.to_string(),
                owner: incident.holder(manager).map(ToString::to_string),
            },
            OwnIssue::FollowUp(item) => IssueShape {
                key: item.issue_key().to_string(),
                kind: "followup",
                incident: item.key.to_string(),
                title: text(&item.title),
                state: item.state.name().to_owned(),
                owner: item.owner.as_ref().map(ToString::to_string),
            },
        };
        Ok(List { items: found.items.iter().map(shape).collect(), next })
    });
    Ok(Json(found.await?))
}
