//! `/api/v1/postmortems` and `/api/v1/incidents/{key}/postmortem`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State as Given},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    client::{ApiClient, CommandReply, Options, refusal_problem},
    incidents,
    listing::{ListQuery, after, cursor, limit, value},
    shapes::{List, PostmortemShape, SectionShape, VersionShape},
};
use crate::{
    app::{
        Context,
        reviews::{self, PostmortemEdit, PostmortemUpdate},
    },
    domain::{
        ids::{IncidentId, Key, PersonId},
        people::Actor,
        refusal::{Refusal, ReviewRefusal},
        review::{PostmortemCommand, PostmortemState},
        text::Untrusted,
    },
    store::{ListViewer as For, PostmortemFilter, Reads, StoreError},
    web::{
        Caller, Problem, RequestId, State, body,
        problem::{Kind, ProblemDocument},
    },
};

const ACTS: [&str; 8] = ["open", "assign", "submit", "approve", "return", "publish", "skip", "replace"];

/// Filters of the list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PostmortemListQuery {
    /// `draft`, `in_review`, `approved`, `published` or `skipped`.
    state: Option<String>,
    /// The person who writes them.
    owner: Option<String>,
    /// Number of items: 1 to 200, default 50.
    limit: Option<String>,
    /// `next` of the previous response.
    cursor: Option<String>,
}

/// Lists the post-mortems that the caller may see, those of the newest incidents first, without their text.
#[utoipa::path(get, path = "/api/v1/postmortems", tag = "postmortems", params(PostmortemListQuery), responses(
    (status = 200, body = List<PostmortemShape>), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn list(
    Given(state): Given<State>,
    caller: Caller,
    ListQuery(wanted): ListQuery<PostmortemListQuery>,
) -> Result<Json<List<PostmortemShape>>, Problem> {
    let now = state.app.clock.now();
    let read = |word: &str| PostmortemState::ALL.into_iter().find(|state| state.name() == word);
    let states = "`draft`, `in_review`, `approved`, `published` or `skipped`";
    let filter = PostmortemFilter {
        viewer: For::Person(caller.person.id.clone()),
        state: value("state", wanted.state.as_deref(), read, states)?,
        owner: wanted.owner.as_deref().map(PersonId::new),
        after: after("postmortems", wanted.cursor.as_deref())?.map(IncidentId),
        limit: limit(wanted.limit.as_deref())?,
    };
    let found = state.app.store.search(move |reads| {
        let page = reads.list_postmortems(&filter)?;
        let next = page.next.map(|last| cursor("postmortems", last.0));
        let items = page.items.iter().map(|one| PostmortemShape::of(&one.postmortem, &one.incident, now)).collect();
        Ok(List { items, next })
    });
    Ok(Json(found.await?))
}

/// Shows the post-mortem of an incident with its text. Sections of a draft that nobody has written show what the record of
/// the incident says now.
#[utoipa::path(get, path = "/api/v1/incidents/{key}/postmortem", tag = "postmortems", params(("key" = String, Path)), responses(
    (status = 200, body = PostmortemShape), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn show(
    Given(state): Given<State>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<PostmortemShape>, Problem> {
    Ok(Json(find(&state, &caller, &incidents::key(&text)?).await?))
}

async fn find(state: &State, caller: &Caller, key: &Key) -> Result<PostmortemShape, Problem> {
    let (app, config) = (Arc::clone(&state.app), state.app.config.current());
    let (key, person, now) = (key.clone(), caller.person.id.clone(), state.app.clock.now());
    let read = state.app.store.search(move |reads: &Reads<'_>| -> Result<_, StoreError> {
        let found = reads.incident_by_key(&key)?.filter(|incident| incident.visible_to(&person));
        let Some(incident) = found else { return Ok(None) };
        let Some(postmortem) = reads.postmortem(incident.id)? else { return Ok(None) };
        let actor = Actor::Person(person.clone());
        let cx = Context { config: &config, now, actor: &actor, request: "api", expect: None };
        let sections = reviews::shown(reads, cx, &app.renderer, &incident, &postmortem)?;
        let shape = PostmortemShape::of(&postmortem, &incident, now);
        Ok(Some(shape.with_text(&sections, &postmortem.comments)))
    });
    read.await?.ok_or_else(none)
}

fn none() -> Problem {
    Problem::new(Kind::NotFound).because("There is no such incident, it has no post-mortem, or you may not see it.")
}

/// A new text of a section.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SectionText)]
pub struct SectionText {
    /// The whole text, in Markdown.
    text: String,
    /// The version of the section that was changed. Another version is a conflict: 409 with the present `section`.
    version: u32,
}

/// Writes a section. The same text again changes nothing, so a request without an answer may be repeated. A change of a
/// document that was approved or published returns it to review.
#[utoipa::path(put, path = "/api/v1/incidents/{key}/postmortem/sections/{section}", tag = "postmortems",
    params(("key" = String, Path), ("section" = String, Path)), request_body = SectionText,
    responses((status = 200, body = SectionShape), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn write(
    Given(state): Given<State>,
    caller: Caller,
    request: RequestId,
    Path((text, section)): Path<(String, String)>,
    body::JsonBody(given): body::JsonBody<SectionText>,
) -> Result<Json<SectionShape>, Problem> {
    let key = incidents::key(&text)?;
    let command = PostmortemCommand::WriteSection {
        section: section.clone(),
        text: Untrusted::new(given.text),
        base: given.version,
    };
    edit(&state, &caller, &request, &key, command).await?;
    let shape = find(&state, &caller, &key).await?;
    shape.sections.into_iter().find(|one| one.id == section).map(Json).ok_or_else(none)
}

async fn edit(
    state: &State,
    caller: &Caller,
    request: &RequestId,
    key: &Key,
    command: PostmortemCommand,
) -> Result<PostmortemUpdate, Problem> {
    let edit = PostmortemEdit {
        person: caller.person.clone(),
        key: key.clone(),
        command,
        request: request.as_str().to_owned(),
    };
    match state.app.edit_postmortem(edit).await? {
        Ok(update) => Ok(update),
        Err(refusal) => {
            let mut problem = refusal_problem(state, &refusal);
            if let Refusal::Review(ReviewRefusal::SectionChanged { .. }) = &refusal
                && let Ok(shape) = find(state, caller, key).await
            {
                problem = problem.with("postmortem", shape);
            }
            Err(problem)
        }
    }
}

/// Lists the versions of a section, newest first.
#[utoipa::path(get, path = "/api/v1/incidents/{key}/postmortem/sections/{section}", tag = "postmortems",
    params(("key" = String, Path), ("section" = String, Path)),
    responses((status = 200, body = List<VersionShape>), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn versions(
    Given(state): Given<State>,
    caller: Caller,
    Path((text, section)): Path<(String, String)>,
) -> Result<Json<List<VersionShape>>, Problem> {
    let key = incidents::key(&text)?;
    let read = state.app.store.search(move |reads| {
        let found = reads.incident_by_key(&key)?.filter(|incident| incident.visible_to(&caller.person.id));
        let Some(incident) = found else { return Ok(None) };
        let known = reads.postmortem(incident.id)?.is_some_and(|postmortem| postmortem.section(&section).is_some());
        if !known {
            return Ok(None);
        }
        let items = reviews::versions(reads, &incident, &section)?.iter().map(VersionShape::from).collect();
        Ok(Some(List { items, next: None }))
    });
    read.await?.map(Json).ok_or_else(none)
}

/// A comment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CommentText)]
pub struct CommentText {
    /// The section.
    section: String,
    /// The text.
    text: String,
}

/// Comments on a section.
#[utoipa::path(post, path = "/api/v1/incidents/{key}/postmortem/comments", tag = "postmortems",
    params(("key" = String, Path)), request_body = CommentText,
    responses((status = 200, body = PostmortemShape), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn comment(
    Given(state): Given<State>,
    caller: Caller,
    request: RequestId,
    Path(text): Path<String>,
    body::JsonBody(given): body::JsonBody<CommentText>,
) -> Result<Json<PostmortemShape>, Problem> {
    let key = incidents::key(&text)?;
    let command = PostmortemCommand::Comment { section: given.section, text: Untrusted::new(given.text) };
    edit(&state, &caller, &request, &key, command).await?;
    find(&state, &caller, &key).await.map(Json)
}

/// Settles a comment.
#[utoipa::path(post, path = "/api/v1/incidents/{key}/postmortem/comments/{number}/resolve", tag = "postmortems",
    params(("key" = String, Path), ("number" = u32, Path)),
    responses((status = 200, body = PostmortemShape), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn resolve_comment(
    Given(state): Given<State>,
    caller: Caller,
    request: RequestId,
    Path((text, number)): Path<(String, String)>,
) -> Result<Json<PostmortemShape>, Problem> {
    let key = incidents::key(&text)?;
    let number = number.parse().map_err(|_| none())?;
    edit(&state, &caller, &request, &key, PostmortemCommand::ResolveComment { number }).await?;
    find(&state, &caller, &key).await.map(Json)
}

/// Runs a command on a post-mortem, as `/postmortem` does: `open`, `assign` (`owner`, `approvers`), `submit`, `approve`,
/// `return` (`reason`), `publish`, `skip` (`reason`), `replace`.
#[utoipa::path(post, path = "/api/v1/incidents/{key}/postmortem/{act}", tag = "postmortems",
    params(("key" = String, Path), ("act" = String, Path, description = "A word after `/postmortem`."),
        ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    responses((status = 200, body = CommandReply), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn act(
    client: ApiClient,
    Path((text, act)): Path<(String, String)>,
    options: body::MaybeJson<Options>,
) -> Result<Json<CommandReply>, Problem> {
    let key = incidents::key(&text)?;
    if !ACTS.contains(&act.as_str()) {
        let known = ACTS.join("`, `");
        return Err(Problem::new(Kind::NotFound).because(format!("A post-mortem takes `{known}`.")));
    }
    let options = options.0.unwrap_or_default();
    let reply = client.command(&format!("postmortem {act}"), &[("incident", key.to_string())], options).await?;
    Ok(Json(CommandReply::of(reply)))
}
