//! `/api/v1/alerts` and `/api/v1/groups`.

use axum::{
    Json,
    extract::{Path, State as Given},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    client::{ApiClient, CommandReply, Options},
    incidents::{ALERTS_LISTED, ALERTS_SHOWN, declared},
    listing::{ListQuery, after, cursor, limit, value},
    shapes::{AlertShape, GroupShape, List},
};
use crate::{
    domain::{
        Timestamp,
        alert::{AlertGroup, AlertState},
        ids::{AlertId, GroupId, IncidentId, PersonId, SourceId},
        incident::Severity,
    },
    store::{AlertFilter, GroupFilter, Reads, StoreError},
    web::{
        Caller, Problem, State, body,
        problem::{Kind, ProblemDocument},
    },
};

const STATES: &str = "`firing`, `acknowledged`, `silenced` or `resolved`";
const SEVERITIES: &str = "`sev1`, `sev2`, `sev3` or `sev4`";

/// Filters of the list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedAlerts {
    /// `firing`, `acknowledged`, `silenced` or `resolved`.
    state: Option<String>,
    /// The source that sent them.
    source: Option<String>,
    /// Their service.
    service: Option<String>,
    /// `sev1` to `sev4`.
    severity: Option<String>,
    /// The group that shows them.
    group: Option<String>,
    /// Text to find in name, host, service or summary.
    q: Option<String>,
    /// Number of items: 1 to 200, default 50.
    limit: Option<String>,
    /// `next` of the previous response.
    cursor: Option<String>,
}

/// Lists alerts, newest first.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "alerts", params(WantedAlerts), responses(
    (status = 200, body = List<AlertShape>), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn list(
    Given(state): Given<State>,
    _: Caller,
    ListQuery(wanted): ListQuery<WantedAlerts>,
) -> Result<Json<List<AlertShape>>, Problem> {
    let now = state.app.clock.now();
    let filter = AlertFilter {
        state: value("state", wanted.state.as_deref(), AlertState::parse, STATES)?,
        source: wanted.source.as_deref().map(SourceId::new),
        service: wanted.service,
        severity: value("severity", wanted.severity.as_deref(), Severity::parse, SEVERITIES)?,
        group: value("group", wanted.group.as_deref(), GroupId::parse, "the id of a group")?,
        text: wanted.q.filter(|text| !text.trim().is_empty()).map(|text| text.chars().take(200).collect()),
        after: after("alerts", wanted.cursor.as_deref())?.map(AlertId),
        limit: limit(wanted.limit.as_deref())?,
    };
    let page = state.app.store.search(move |reads| reads.list_alerts(&filter, now)).await?;
    let items = page.items.iter().map(|alert| AlertShape::of(alert, now)).collect();
    Ok(Json(List { items, next: page.next.map(|last| cursor("alerts", last.0)) }))
}

/// Filters of the list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedGroups {
    /// `firing`, `acknowledged`, `silenced` or `resolved`.
    state: Option<String>,
    /// The service that all their alerts share.
    service: Option<String>,
    /// `sev1` to `sev4`.
    severity: Option<String>,
    /// Number of items: 1 to 200, default 50.
    limit: Option<String>,
    /// `next` of the previous response.
    cursor: Option<String>,
}

/// Lists alert groups, newest first.
#[utoipa::path(get, path = "/api/v1/groups", tag = "alerts", params(WantedGroups), responses(
    (status = 200, body = List<GroupShape>), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn groups(
    Given(state): Given<State>,
    caller: Caller,
    ListQuery(wanted): ListQuery<WantedGroups>,
) -> Result<Json<List<GroupShape>>, Problem> {
    let now = state.app.clock.now();
    let filter = GroupFilter {
        state: value("state", wanted.state.as_deref(), AlertState::parse, STATES)?,
        service: wanted.service,
        severity: value("severity", wanted.severity.as_deref(), Severity::parse, SEVERITIES)?,
        after: after("groups", wanted.cursor.as_deref())?.map(GroupId),
        limit: limit(wanted.limit.as_deref())?,
        ..GroupFilter::default()
    };
    let read = state.app.store.search(move |reads| {
        let page = reads.list_groups(&filter, now)?;
        let shapes = page.items.iter().map(|group| shape(reads, group, &caller.person.id, now, ALERTS_LISTED));
        let next = page.next.map(|last| cursor("groups", last.0));
        Ok(List { items: shapes.collect::<Result<_, _>>()?, next })
    });
    Ok(Json(read.await?))
}

/// Shows one group, with at most 100 of its alerts.
#[utoipa::path(get, path = "/api/v1/groups/{id}", tag = "alerts", params(("id" = String, Path)),
    responses((status = 200, body = GroupShape), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn show(
    Given(state): Given<State>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<GroupShape>, Problem> {
    let id = named(&state, &id).await?;
    Ok(Json(find(&state, &caller, id).await?))
}

/// Explains a group, as `/alert why` does: its route, what mutes it, and its next notification. `data` has the same in
/// machine-readable form.
#[utoipa::path(get, path = "/api/v1/groups/{id}/why", tag = "alerts", params(("id" = String, Path)),
    responses((status = 200, body = CommandReply), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn why(client: ApiClient, Path(id): Path<String>) -> Result<Json<CommandReply>, Problem> {
    let id = named(&client.state, &id).await?;
    let reply = client.command("alert why", &[("group", id.to_string())], Options::new()).await?;
    Ok(Json(CommandReply::of(reply)))
}

fn unknown() -> Problem {
    Problem::new(Kind::NotFound).because("There is no such group of alerts.")
}

/// The id of the group that an address names by its id or as `G-12`.
async fn named(state: &State, name: &str) -> Result<GroupId, Problem> {
    let Some(number) = AlertGroup::number_of(name) else { return GroupId::parse(name).ok_or_else(unknown) };
    let read = state.app.store.read(move |reads| Ok(reads.group_by_number(number)?.map(|group| group.id)));
    read.await?.ok_or_else(unknown)
}

async fn find(state: &State, caller: &Caller, id: GroupId) -> Result<GroupShape, Problem> {
    let (now, person) = (state.app.clock.now(), caller.person.id.clone());
    let read = state
        .app
        .store
        .read(move |reads| reads.group(id)?.map(|group| shape(reads, &group, &person, now, ALERTS_SHOWN)).transpose());
    read.await?.ok_or_else(unknown)
}

/// A group with its alerts, and its incident if this person may see it.
fn shape(
    reads: &Reads<'_>,
    group: &AlertGroup,
    person: &PersonId,
    now: Timestamp,
    most: usize,
) -> Result<GroupShape, StoreError> {
    let alerts = reads.alerts_of_group(group, most)?.iter().map(|alert| AlertShape::of(alert, now)).collect();
    let find = |id: IncidentId| reads.incident(id);
    let incident = group.incident.map(find).transpose()?.flatten().filter(|incident| incident.visible_to(person));
    Ok(GroupShape::of(group, alerts, incident.as_ref().map(|incident| &incident.key), now))
}

/// Runs an action on a group, as `/alert ack`, `/alert silence`, `/alert shelve` and `/alert declare` do. `silence`
/// takes `wait`, such as `1h` or `resolved`, and `comment`; `shelve` takes `wait` and `reason`; `declare` takes the
/// options of a declaration and returns 201 with the incident.
#[utoipa::path(post, path = "/api/v1/groups/{id}/{act}", tag = "alerts",
    request_body(content = Object, example = json!({"wait": "1h"})),
    params(("id" = String, Path), ("act" = String, Path, description = "`ack`, `silence`, `shelve` or `declare`"),
        ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    responses((status = 200, body = GroupShape), (status = 201, body = super::shapes::IncidentShape),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn act(
    client: ApiClient,
    Path((id, act)): Path<(String, String)>,
    options: body::MaybeJson<Options>,
) -> Result<Response, Problem> {
    let id = named(&client.state, &id).await?;
    if !["ack", "silence", "shelve", "declare"].contains(&act.as_str()) {
        return Err(Problem::new(Kind::NotFound).because("A group takes `ack`, `silence`, `shelve` and `declare`."));
    }
    let group = [("group", id.to_string())];
    let reply = client.command(&format!("alert {act}"), &group, options.0.unwrap_or_default()).await?;
    if act == "declare" {
        return declared(&client, reply.incident).await;
    }
    Ok(Json(find(&client.state, &client.caller, id).await?).into_response())
}
