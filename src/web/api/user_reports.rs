//! `/api/v1/reports`: reports from users.

use axum::{
    Json,
    extract::{Path, State as Given},
};
use serde::Deserialize;

use super::{
    client::{ApiClient, CommandReply, Options, refusal_problem},
    listing::{ListQuery, limit, value},
    shapes::{List, UserReportShape},
};
use crate::{
    app::user_reports,
    domain::people::Access,
    store::{Reads, StoreError, UserReportFilter},
    web::{
        Caller, Problem, State, body,
        problem::{Kind, ProblemDocument},
    },
};

const ACTS: [&str; 3] = ["declare", "duplicate", "dismiss"];

/// Filters of the list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserReportListQuery {
    /// `open` or `decided`.
    state: Option<String>,
    /// Number of items: 1 to 200, default 50.
    limit: Option<String>,
    /// `next` of the previous response.
    cursor: Option<String>,
}

/// Lists reports from users, newest first. Those whose reporter has not confirmed the mail address are not listed.
#[utoipa::path(get, path = "/api/v1/reports", tag = "reports from users", params(UserReportListQuery), responses(
    (status = 200, body = List<UserReportShape>), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn list(
    Given(state): Given<State>,
    caller: Caller,
    ListQuery(wanted): ListQuery<UserReportListQuery>,
) -> Result<Json<List<UserReportShape>>, Problem> {
    let read = |word: &str| match word {
        "open" => Some(true),
        "decided" => Some(false),
        _ => None,
    };
    let number = |text: &str| text.parse().ok();
    let filter = UserReportFilter {
        open: value("state", wanted.state.as_deref(), read, "`open` or `decided`")?,
        before: value("cursor", wanted.cursor.as_deref(), number, "`next` of the previous response")?,
        limit: limit(wanted.limit.as_deref())?,
    };
    let found = state.app.store.search(move |reads| {
        let found = reads.list_user_reports(&filter)?;
        let items = found.items.iter().map(|report| shape(reads, &caller, report)).collect::<Result<_, _>>()?;
        Ok(List { items, next: found.next.map(|number| number.to_string()) })
    });
    Ok(Json(found.await?))
}

/// A report from a user, by its number. Responders also see the mail address of the reporter, until it is erased.
#[utoipa::path(get, path = "/api/v1/reports/{number}", tag = "reports from users", params(("number" = u32, Path)), responses(
    (status = 200, body = UserReportShape), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn show(
    Given(state): Given<State>,
    caller: Caller,
    Path(number): Path<String>,
) -> Result<Json<UserReportShape>, Problem> {
    let Ok(number) = number.parse::<u32>() else { return Err(Problem::new(Kind::NotFound)) };
    let found = state.app.store.search(move |reads| {
        let report = user_reports::by_number(reads, number)?;
        report
            .map(|report| shape(reads, &caller, &report))
            .map_or_else(|refusal| Ok(Err(refusal)), |shape| shape.map(Ok))
    });
    found.await?.map(Json).map_err(|refusal| refusal_problem(&state, &refusal))
}

fn shape(
    reads: &Reads<'_>,
    caller: &Caller,
    report: &crate::domain::user_report::UserReport,
) -> Result<UserReportShape, StoreError> {
    let incident = report.incident.map(|incident| reads.incident(incident)).transpose()?.flatten();
    let incident = incident.filter(|incident| incident.visible_to(&caller.person.id));
    let shape = UserReportShape::of(report, incident.map(|incident| incident.key));
    let sees_address = caller.person.access >= Access::Responder;
    Ok(if sees_address { shape } else { UserReportShape { address: None, ..shape } })
}

/// Reports something, as `/report add` does. Options: `title`, `details`. `data.number` is the number of the report.
#[utoipa::path(post, path = "/api/v1/reports", tag = "reports from users",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    request_body(content = Object, example = json!({"title": "I cannot pay", "details": "Since noon."})),
    responses((status = 200, body = CommandReply), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn add(
    client: ApiClient,
    body::JsonBody(options): body::JsonBody<Options>,
) -> Result<Json<CommandReply>, Problem> {
    let reply = client.command("report add", &[], options).await?;
    Ok(Json(CommandReply::of(reply)))
}

/// Decides a report: `declare` (`title`, `severity`, `service`, `private`), `duplicate` (`of`), `dismiss` (`message`).
#[utoipa::path(post, path = "/api/v1/reports/{number}/{act}", tag = "reports from users",
    params(("number" = u32, Path), ("act" = String, Path, description = "A word after `/report`."),
        ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    responses((status = 200, body = CommandReply), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn act(
    client: ApiClient,
    Path((number, act)): Path<(String, String)>,
    options: body::MaybeJson<Options>,
) -> Result<Json<CommandReply>, Problem> {
    if !ACTS.contains(&act.as_str()) {
        let known = ACTS.join("`, `");
        return Err(Problem::new(Kind::NotFound).because(format!("A report takes `{known}`.")));
    }
    let reply = client.command(&format!("report {act}"), &[("number", number)], options.0.unwrap_or_default()).await?;
    Ok(Json(CommandReply::of(reply)))
}
