//! `/api/v1/pages` and `/api/v1/oncall`.

use axum::{
    Json,
    extract::{Path, State as Given},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    client::{ApiClient, CommandReply, Options},
    incidents,
    listing::{ListQuery, after, cursor, limit, value},
    shapes::{DutyShape, List, OverrideShape, PageShape},
};
use crate::{
    app::{
        Context,
        oncall::{
            paging::{coming_overrides, is_visible, on_call_now},
            targets,
        },
    },
    domain::{
        ids::{PageId, PersonId, ScheduleId},
        oncall::{Page, PageState},
        people::Actor,
    },
    store::{ListViewer as For, PageFilter, Reads, StoreError},
    web::{
        Caller, Problem, RequestId, State, body,
        problem::{Kind, ProblemDocument},
    },
};

/// Filters of the list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageListQuery {
    /// `triggered`, `acknowledged`, `snoozed`, `exhausted` or `resolved`.
    state: Option<String>,
    /// The key of an incident.
    incident: Option<String>,
    /// Number of items: 1 to 200, default 50.
    limit: Option<String>,
    /// `next` of the previous response.
    cursor: Option<String>,
}

/// Lists pages, newest first.
#[utoipa::path(get, path = "/api/v1/pages", tag = "paging", params(PageListQuery), responses(
    (status = 200, body = List<PageShape>), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn list(
    Given(state): Given<State>,
    caller: Caller,
    ListQuery(wanted): ListQuery<PageListQuery>,
) -> Result<Json<List<PageShape>>, Problem> {
    let read = |word: &str| PageState::ALL.into_iter().find(|state| state.name() == word);
    let mut filter = PageFilter {
        viewer: For::Person(caller.person.id.clone()),
        state: value(
            "state",
            wanted.state.as_deref(),
            read,
            "`triggered`, `acknowledged`, `snoozed`, `exhausted` or `resolved`",
        )?,
        incident: None,
        after: after("pages", wanted.cursor.as_deref())?.map(PageId),
        limit: limit(wanted.limit.as_deref())?,
    };
    let key = wanted.incident.as_deref().map(incidents::key).transpose()?;
    let found = state.app.store.search(move |reads| {
        if let Some(key) = key {
            let incident = reads.incident_by_key(&key)?.filter(|one| one.visible_to(&caller.person.id));
            let Some(incident) = incident else { return Ok(List { items: Vec::new(), next: None }) };
            filter.incident = Some(incident.id);
        }
        let page = reads.list_pages(&filter)?;
        let next = page.next.map(|last| cursor("pages", last.0));
        Ok(List { items: page.items.iter().map(PageShape::from).collect(), next })
    });
    Ok(Json(found.await?))
}

/// Shows a page, with what is known of each message to a contact method.
#[utoipa::path(get, path = "/api/v1/pages/{id}", tag = "paging", params(("id" = String, Path)), responses(
    (status = 200, body = PageShape), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn show(
    Given(state): Given<State>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<PageShape>, Problem> {
    let unknown = || Problem::new(Kind::NotFound).because("There is no such page, or you may not see it.");
    let id = PageId::parse(&id).ok_or_else(unknown)?;
    let (config, now) = (state.app.config.current(), state.app.clock.now());
    let read = move |reads: &Reads<'_>| {
        let Some(page) = visible(reads, id, &caller.person.id)? else { return Ok(None) };
        let actor = Actor::Machine("api".to_owned());
        let cx = Context { config: &config, now, actor: &actor, request: "api", expect: None };
        let next = targets::next_step(reads, cx, &page)?.map(|next| next.people).unwrap_or_default();
        let next_people = next.iter().map(ToString::to_string).collect();
        Ok(Some(PageShape { next_people, ..PageShape::from(&page) }))
    };
    Ok(Json(state.app.store.read(read).await?.ok_or_else(unknown)?))
}

/// Pages someone, as `/page` does: `whom` is `@person`, a team, a schedule or a service; `message` is the text of the
/// page; `incident` is the key of its incident. Without `incident` the page belongs to none.
#[utoipa::path(post, path = "/api/v1/pages", tag = "paging",
    request_body(content = Object, example = json!({"whom": "@bob", "message": "please look", "incident": "HOT-1"})),
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    responses((status = 201, body = PageShape), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn start(
    client: ApiClient,
    body::JsonBody(options): body::JsonBody<Options>,
) -> Result<Response, Problem> {
    let reply = client.command("page", &[], options).await?;
    let id = reply.data.as_ref().and_then(|data| data["page"].as_str()).and_then(PageId::parse);
    let id = id.ok_or_else(|| Problem::new(Kind::Internal))?;
    let person = client.caller.person.id.clone();
    let read = client.state.app.store.read(move |reads| visible(reads, id, &person));
    let page = read.await?.ok_or_else(|| Problem::new(Kind::Internal))?;
    Ok((StatusCode::CREATED, Json(PageShape::from(&page))).into_response())
}

/// What can be done to a page.
const ACTS: [&str; 7] = ["ack", "escalate", "decline", "snooze", "reassign", "add", "resolve"];

/// Responds to a page or changes it, as `/page` does: `snooze` takes `wait` (`30m`), `reassign` takes `whom`, `add` takes
/// `person`.
#[utoipa::path(post, path = "/api/v1/pages/{id}/{act}", tag = "paging",
    params(("id" = String, Path), ("act" = String, Path, description = "`ack`, `escalate`, `decline`, `snooze`, `reassign`, `add` or `resolve`"),
        ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    responses((status = 200, body = PageShape), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn act(
    client: ApiClient,
    Path((id, act)): Path<(String, String)>,
    options: body::MaybeJson<Options>,
) -> Result<Json<PageShape>, Problem> {
    let unknown = || Problem::new(Kind::NotFound).because("There is no such page, or you may not see it.");
    let id = PageId::parse(&id).ok_or_else(unknown)?;
    if !ACTS.contains(&act.as_str()) {
        let known = ACTS.map(|act| format!("`{act}`")).join(", ");
        return Err(Problem::new(Kind::NotFound).because(format!("A page takes {known}.")));
    }
    let page = [("page", id.to_string())];
    let person = client.caller.person.id.clone();
    let store = &client.state.app.store;
    let seen = person.clone();
    store.read(move |reads| visible(reads, id, &seen)).await?.ok_or_else(unknown)?;
    client.command(&format!("page {act}"), &page, options.0.unwrap_or_default()).await?;
    let after = store.read(move |reads| visible(reads, id, &person)).await?.ok_or_else(unknown)?;
    Ok(Json(PageShape::from(&after)))
}

/// Returns a page, unless it belongs to an incident that this person may not see and pages somebody else.
fn visible(reads: &Reads<'_>, id: PageId, person: &PersonId) -> Result<Option<Page>, StoreError> {
    let Some(page) = reads.page(id)? else { return Ok(None) };
    Ok(if is_visible(reads, &page, person)? { Some(page) } else { None })
}

/// Lists active and future overrides, in the order they were created.
#[utoipa::path(get, path = "/api/v1/oncall/overrides", tag = "paging", responses(
    (status = 200, body = List<OverrideShape>), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn overrides(
    Given(state): Given<State>,
    _caller: Caller,
) -> Result<Json<List<OverrideShape>>, Problem> {
    let now = state.app.clock.now();
    let found = state.app.store.read(move |reads| coming_overrides(reads, now)).await?;
    Ok(Json(List { items: found.iter().map(OverrideShape::from).collect(), next: None }))
}

/// Creates an on-call override, as `/oncall override` does: `person`, `until`, and optionally `from`, `schedule`, `instead` and `kind`.
#[utoipa::path(post, path = "/api/v1/oncall/overrides", tag = "paging",
    request_body(content = Object, example = json!({"person": "@bob", "until": "2026-11-21T18:00:00Z"})),
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    responses((status = 201, body = CommandReply), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn add_override(
    client: ApiClient,
    body::JsonBody(options): body::JsonBody<Options>,
) -> Result<Response, Problem> {
    let reply = client.command("oncall override", &[], options).await?;
    Ok((StatusCode::CREATED, Json(CommandReply::of(reply))).into_response())
}

/// Cancels an override, as `/oncall cancel` does.
#[utoipa::path(post, path = "/api/v1/oncall/overrides/{id}/cancel", tag = "paging", params(("id" = String, Path)),
    responses((status = 200, body = CommandReply), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn cancel_override(client: ApiClient, Path(id): Path<String>) -> Result<Json<CommandReply>, Problem> {
    Ok(Json(CommandReply::of(client.command("oncall cancel", &[("override", id)], Options::new()).await?)))
}

/// Filters of the list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only this schedule.
    schedule: Option<String>,
    /// Number of items: 1 to 200, default 50.
    limit: Option<String>,
    /// `next` of the previous response.
    cursor: Option<String>,
}

/// Lists who is on call now, per schedule.
#[utoipa::path(get, path = "/api/v1/oncall", tag = "paging", params(Which), responses(
    (status = 200, body = List<DutyShape>), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn on_call(
    Given(state): Given<State>,
    caller: Caller,
    id: RequestId,
    ListQuery(which): ListQuery<Which>,
) -> Result<Json<List<DutyShape>>, Problem> {
    let (config, now) = (state.app.config.current(), state.app.clock.now());
    let most = limit(which.limit.as_deref())?;
    let skip = after("oncall", which.cursor.as_deref())?.map_or(0, |place| place.as_u64_pair().1);
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let known = |name: &str| config.schedule(&ScheduleId::new(name)).map(|schedule| schedule.id.clone());
    let schedule = value("schedule", which.schedule.as_deref(), known, "a schedule of bot.toml")?;
    let lines = state.app.store.read(move |reads| {
        let actor = Actor::Person(caller.person.id);
        let act = Context { config: &config, now, actor: &actor, request: id.as_str(), expect: None };
        on_call_now(reads, act, schedule.as_ref())
    });
    let lines = lines.await?;
    let items: Vec<DutyShape> = lines.iter().skip(skip).take(most).map(DutyShape::from).collect();
    let end = skip.saturating_add(items.len());
    let next = (end < lines.len()).then(|| cursor("oncall", uuid::Uuid::from_u64_pair(0, end as u64)));
    Ok(Json(List { items, next }))
}
