//! Sections and comments of post-mortems, for the script of the console.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State as Given, rejection::JsonRejection},
};
use serde::{Deserialize, Serialize};

use super::post::body;
use crate::{
    app::{
        Context,
        reviews::{self, PostmortemEdit, PostmortemUpdate, SectionVersion},
    },
    domain::{
        ids::Key,
        incident::Incident,
        people::Actor,
        refusal::{Refusal, ReviewRefusal},
        review::{MAX_SECTION, PostmortemCommand},
        text::Untrusted,
    },
    store::{Reads, StoreError},
    web::{
        RequestId, State, Viewer,
        api::refusal_problem,
        pages::{
            postmortem::{SectionView, section_view},
            words::{self, ConfigNames},
        },
        problem::{Kind, Problem},
    },
};

/// `POST /console/postmortem/{key}/sections/{section}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SectionForm {
    text: String,
    /// The version that was changed.
    version: u32,
}

/// `POST /console/postmortem/{key}/sections/{section}/comments`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommentForm {
    text: String,
}

/// `POST /console/postmortem/preview`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PreviewForm {
    text: String,
}

/// A text for reading.
#[derive(Debug, Serialize)]
pub(super) struct Preview {
    html: String,
}

/// A version of a section.
#[derive(Debug, Serialize)]
pub(super) struct VersionView {
    version: u32,
    by: String,
    at: String,
    prefilled: bool,
    text: String,
}

/// `POST /console/postmortem/{key}/sections/{section}`: the section as it is now. 409 with `section` if another person wrote
/// it meanwhile.
pub(super) async fn write(
    Given(state): Given<State>,
    viewer: Viewer,
    request: RequestId,
    Path((key, section)): Path<(String, String)>,
    given: Result<Json<SectionForm>, JsonRejection>,
) -> Result<Json<SectionView>, Problem> {
    let SectionForm { text, version } = body(given)?;
    let (key, text) = (parse(&key)?, Untrusted::new(text));
    let command = PostmortemCommand::WriteSection { section: section.clone(), text, base: version };
    match edit(&state, &viewer, &request, &key, command).await? {
        Ok(_) => find(&state, &viewer, key, section).await.map(Json),
        Err(refusal) => {
            let problem = refusal_problem(&state, &refusal);
            if !matches!(refusal, Refusal::Review(ReviewRefusal::SectionChanged { .. })) {
                return Err(problem);
            }
            Err(problem.with("section", find(&state, &viewer, key, section).await?))
        }
    }
}

/// `POST /console/postmortem/{key}/sections/{section}/comments`
pub(super) async fn comment(
    Given(state): Given<State>,
    viewer: Viewer,
    request: RequestId,
    Path((key, section)): Path<(String, String)>,
    given: Result<Json<CommentForm>, JsonRejection>,
) -> Result<Json<SectionView>, Problem> {
    let CommentForm { text } = body(given)?;
    let key = parse(&key)?;
    let command = PostmortemCommand::Comment { section: section.clone(), text: Untrusted::new(text) };
    edit(&state, &viewer, &request, &key, command).await?.map_err(|refusal| refusal_problem(&state, &refusal))?;
    find(&state, &viewer, key, section).await.map(Json)
}

/// `POST /console/postmortem/{key}/comments/{number}/resolve`
pub(super) async fn resolve_comment(
    Given(state): Given<State>,
    viewer: Viewer,
    request: RequestId,
    Path((key, number)): Path<(String, u32)>,
) -> Result<Json<serde_json::Value>, Problem> {
    let key = parse(&key)?;
    let command = PostmortemCommand::ResolveComment { number };
    edit(&state, &viewer, &request, &key, command).await?.map_err(|refusal| refusal_problem(&state, &refusal))?;
    Ok(Json(serde_json::json!({})))
}

/// `POST /console/postmortem/preview`
pub(super) async fn preview(
    Given(state): Given<State>,
    _viewer: Viewer,
    given: Result<Json<PreviewForm>, JsonRejection>,
) -> Result<Json<Preview>, Problem> {
    let PreviewForm { text } = body(given)?;
    let config = state.app.config.current();
    let names = ConfigNames { config: &config };
    Ok(Json(Preview { html: names.html(&Untrusted::new(text).shown(MAX_SECTION)) }))
}

/// `GET /console/postmortem/{key}/sections/{section}/versions`: `{"items": [{version, by, at, prefilled, text}]}`, newest first
pub(super) async fn versions(
    Given(state): Given<State>,
    viewer: Viewer,
    Path((key, section)): Path<(String, String)>,
) -> Result<Json<serde_json::Value>, Problem> {
    let (key, config) = (parse(&key)?, state.app.config.current());
    let reader = viewer.id().clone();
    let read = state.app.store.search(move |reads| {
        let found = reads.incident_by_key(&key)?.filter(|incident| incident.visible_to(&reader));
        let Some(incident) = found else { return Ok(None) };
        let names = ConfigNames { config: &config };
        let view = |version: &SectionVersion| VersionView {
            version: version.version,
            by: match &version.by {
                Actor::Person(person) => names.person(person),
                Actor::Machine(_) => "hotroom".to_owned(),
            },
            at: words::at(version.at),
            prefilled: version.prefilled,
            text: version.text.shown(MAX_SECTION),
        };
        let items: Vec<VersionView> = reviews::versions(reads, &incident, &section)?.iter().map(view).collect();
        Ok(Some(serde_json::json!({ "items": items })))
    });
    read.await?.map(Json).ok_or_else(|| Problem::new(Kind::NotFound))
}

fn parse(key: &str) -> Result<Key, Problem> {
    Key::parse(key).ok_or_else(|| Problem::new(Kind::NotFound))
}

async fn edit(
    state: &State,
    viewer: &Viewer,
    request: &RequestId,
    key: &Key,
    command: PostmortemCommand,
) -> Result<Result<PostmortemUpdate, Refusal>, Problem> {
    let edit = PostmortemEdit {
        person: viewer.person.clone(),
        key: key.clone(),
        command,
        request: request.as_str().to_owned(),
    };
    Ok(state.app.edit_postmortem(edit).await?)
}

/// A section as it is now.
async fn find(state: &State, viewer: &Viewer, key: Key, section: String) -> Result<SectionView, Problem> {
    let (app, config) = (Arc::clone(&state.app), state.app.config.current());
    let reader = viewer.id().clone();
    let read = state.app.store.search(move |reads: &Reads<'_>| -> Result<Option<SectionView>, StoreError> {
        let found: Option<Incident> = reads.incident_by_key(&key)?.filter(|incident| incident.visible_to(&reader));
        let Some(incident) = found else { return Ok(None) };
        let Some(postmortem) = reads.postmortem(incident.id)? else { return Ok(None) };
        let actor = Actor::Person(reader.clone());
        let cx = Context { config: &config, now: app.clock.now(), actor: &actor, request: "console", expect: None };
        let shown = reviews::shown(reads, cx, &app.renderer, &incident, &postmortem)?;
        let names = ConfigNames { config: &config };
        let one = shown.iter().find(|one| one.id == section);
        Ok(one.map(|one| section_view(names, one, &postmortem.comments)))
    });
    read.await?.ok_or_else(|| Problem::new(Kind::NotFound))
}
