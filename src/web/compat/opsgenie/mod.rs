//! `/v2/alerts…`: Opsgenie's Alert API. A call is checked, stored and answered with 202 and a request id; its result is
//! at `/v2/alerts/requests/{id}`, as in Opsgenie.

mod directory;
mod heartbeats;
mod order;
mod query;
mod record;
mod shapes;

use axum::{
    Json,
    extract::{FromRequestParts, Path, Query, Request, State as Given},
    http::{Method, StatusCode, header, request::Parts},
    routing::{MethodRouter, get},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{keep, open_source, refused, source_of};
use crate::{
    app::alerts::opsgenie::RequestOutcome,
    config::{Source, SourceKind},
    domain::{
        Timestamp,
        alert::{Alert, OpsgenieAlert, OpsgenieReference},
        ids::uuid_at,
    },
    intake::{
        json::{self, Json as Read},
        opsgenie_api,
    },
    store::{Reads, StoreError, StoredOpsgenieAlert},
    web::{
        Problem, RequestId, State,
        auth::{only, split_once},
        body,
        problem::Kind,
    },
};
use order::SortOrder;
use query::AlertQuery;

/// Maximum and default number of alerts per page.
const PAGE: (usize, usize) = (100, 20);
/// Maximum distance of a page from the newest alert, and maximum depth of a search.
const SEARCHED: usize = 20_000;
/// Number of tickets read at once.
const PIECE: usize = 200;

pub(super) fn table() -> Vec<(&'static str, MethodRouter<State>)> {
    let mut all = heartbeats::table();
    all.extend(directory::table());
    all.extend(record::table());
    all.extend([
        ("/v2/alerts", get(list).post(create)),
        ("/v2/alerts/count", get(count)),
        ("/v2/alerts/requests/{request}", get(became)),
        ("/v2/alerts/{identifier}", get(show).delete(delete)),
        ("/v2/alerts/{identifier}/{action}", get(notes).post(change).put(change).delete(remove)),
    ]);
    all
}

/// A client, identified by the source whose token it sent. Extracting it from a request authenticates the client.
pub(super) struct Client(pub(super) Source);

impl FromRequestParts<State> for Client {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let (config, kind) = (state.app.config.current(), SourceKind::OpsgenieApi);
        let given = only(&parts.headers).and_then(|value| split_once(value, b' '));
        let given =
            given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"geniekey")).map(|(_, key)| key.trim_ascii());
        let known = given.and_then(|given| source_of(&config, kind, given));
        let odd = given.is_none() && parts.headers.contains_key(header::AUTHORIZATION);
        let open = || if odd { None } else { open_source(&config, kind, parts) };
        let source = known.or_else(open).ok_or_else(|| refused(kind).because("Could not authenticate"))?;
        Ok(Self(source.clone()))
    }
}

/// The query string.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct OpsgenieParams {
    identifier_type: String,
    query: String,
    search_identifier: String,
    offset: Option<usize>,
    limit: Option<usize>,
    sort: String,
    order: String,
    tags: String,
    keys: String,
    user: String,
    note: String,
}

fn wrong(why: impl Into<String>) -> Problem {
    Problem::new(Kind::BadValue).because(why)
}

async fn create(
    Given(state): Given<State>,
    client: Client,
    request: Request,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let body = read_body(&state, request).await?;
    accept(&state, &client, "create", None, body).await
}

async fn change(
    Given(state): Given<State>,
    client: Client,
    Path((identifier, action)): Path<(String, String)>,
    Query(asked): Query<OpsgenieParams>,
    request: Request,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let replaces = matches!(action.as_str(), "message" | "description" | "priority");
    let removes = action.starts_with("remove-") || action == "create";
    if removes || replaces != (request.method() == Method::PUT) {
        return Err(Problem::new(Kind::NotFound));
    }
    let body = read_body(&state, request).await?;
    accept(&state, &client, &action, Some((&identifier, &asked.identifier_type)), body).await
}

/// Removes tags or details, which are named in the query string.
async fn remove(
    Given(state): Given<State>,
    client: Client,
    Path((identifier, what)): Path<(String, String)>,
    Query(asked): Query<OpsgenieParams>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let (action, member, given) = match what.as_str() {
        "tags" => ("remove-tags", "tags", &asked.tags),
        "details" => ("remove-details", "keys", &asked.keys),
        _ => return Err(Problem::new(Kind::NotFound)),
    };
    let items = given.split(',').map(|item| Read::Text(item.to_owned())).collect();
    let mut body = said_by(&asked);
    body.push((member.to_owned(), Read::List(items)));
    accept(&state, &client, action, Some((&identifier, &asked.identifier_type)), Read::Object(body)).await
}

/// Closes the alert: hotroom keeps its history and deletes nothing.
async fn delete(
    Given(state): Given<State>,
    client: Client,
    Path(identifier): Path<String>,
    Query(asked): Query<OpsgenieParams>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let body = Read::Object(said_by(&asked));
    accept(&state, &client, "close", Some((&identifier, &asked.identifier_type)), body).await
}

fn said_by(asked: &OpsgenieParams) -> Vec<(String, Read)> {
    let text = |name: &str, said: &String| (name.to_owned(), Read::Text(said.clone()));
    vec![text("user", &asked.user), text("note", &asked.note)]
}

/// Reads the body as JSON, whatever its content type; an empty body is an empty object.
pub(super) async fn read_body(state: &State, request: Request) -> Result<Read, Problem> {
    let (parts, sent) = request.into_parts();
    let most = state.app.config.current().server.max_body;
    let plain = body::unpack(&parts.headers, body::read(sent, most).await?, most)?;
    if plain.is_empty() {
        return Ok(Read::Object(Vec::new()));
    }
    let read = json::parse(&plain).ok().map(|document| document.root).filter(|root| root.members().is_some());
    read.ok_or_else(|| Problem::new(Kind::BadBody).because("Request body is not processable. Please check the errors."))
}

/// Stores a valid call and responds with 202.
async fn accept(
    state: &State,
    client: &Client,
    action: &str,
    named: Option<(&str, &str)>,
    body: Read,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let now = state.app.clock.now();
    let (request, alias) = (uuid_at(now).to_string(), uuid_at(now).to_string());
    let frame = opsgenie_api::frame(action, named, body, &alias);
    if let Err(why) = opsgenie_api::call(&frame, now) {
        return Err(if why.place == "/action" { Problem::new(Kind::NotFound) } else { wrong(why.what) });
    }
    let stored = frame.to_text().unwrap_or_default().into_bytes();
    keep(state, &client.0, Some(request.clone()), stored.into()).await?;
    let told = json!({"result": "Request will be processed", "took": 0.0, "requestId": request});
    Ok((StatusCode::ACCEPTED, Json(told)))
}

/// The result of a call. While it is pending the response is a 404, which makes clients retry.
async fn became(
    Given(state): Given<State>,
    Client(source): Client,
    Path(request): Path<String>,
) -> Result<Json<Value>, Problem> {
    let (of, asked) = (source.id.clone(), request.clone());
    let reply = state.app.store.read(move |reads| reads.reply_to(&of, &asked)).await?.flatten();
    let outcome = reply.and_then(|reply| serde_json::from_str::<RequestOutcome>(&reply).ok());
    let outcome = outcome
        .ok_or_else(|| Problem::new(Kind::NotFound).because("Request not found. It might not be processed, yet."))?;
    Ok(Json(json!({"data": shapes::outcome(&outcome, &source.id), "took": 0.0, "requestId": request})))
}

fn identified(identifier: &str, identifier_type: &str) -> Result<OpsgenieReference, Problem> {
    let frame = opsgenie_api::frame("get", Some((identifier, identifier_type)), Read::Null, "");
    opsgenie_api::whom(&frame).map_err(|why| wrong(why.what))
}

/// Returns the ticket that a request refers to.
async fn ticket(state: &State, source: &Source, whom: OpsgenieReference) -> Result<StoredOpsgenieAlert, Problem> {
    let of = source.id.clone();
    let found = state.app.store.read(move |reads| reads.ticket(&of, &whom)).await?;
    found.ok_or_else(|| Problem::new(Kind::NotFound).because("Alert with the given identifier does not exist"))
}

async fn show(
    Given(state): Given<State>,
    Client(source): Client,
    Path(identifier): Path<String>,
    Query(asked): Query<OpsgenieParams>,
    id: RequestId,
) -> Result<Json<Value>, Problem> {
    let found = ticket(&state, &source, identified(&identifier, &asked.identifier_type)?).await?;
    let now = state.app.clock.now();
    let alert = state.app.store.read(move |reads| Ok(reads.alert(found.alert)?.map(|alert| (found, alert)))).await?;
    let (found, alert) = alert.ok_or_else(|| Problem::new(Kind::NotFound))?;
    Ok(Json(json!({"data": shapes::whole(&found.ticket, &alert, now), "took": 0.0, "requestId": id.as_str()})))
}

async fn notes(
    Given(state): Given<State>,
    Client(source): Client,
    Path((identifier, what)): Path<(String, String)>,
    Query(asked): Query<OpsgenieParams>,
    id: RequestId,
) -> Result<Json<Value>, Problem> {
    if what != "notes" {
        return Err(Problem::new(Kind::NotFound));
    }
    let found = ticket(&state, &source, identified(&identifier, &asked.identifier_type)?).await?;
    Ok(Json(json!({
        "data": shapes::notes(&found.ticket, asked.order == "asc"), "paging": {}, "took": 0.0, "requestId": id.as_str(),
    })))
}

/// Reads what is searched for. There are no saved searches, so naming one must not list everything.
fn wanted(asked: &OpsgenieParams) -> Result<AlertQuery, Problem> {
    if !asked.search_identifier.is_empty() {
        return Err(Problem::new(Kind::NotFound).because("Saved search with the given identifier does not exist"));
    }
    AlertQuery::parse(&asked.query).map_err(wrong)
}

async fn list(
    Given(state): Given<State>,
    Client(source): Client,
    Query(asked): Query<OpsgenieParams>,
    id: RequestId,
) -> Result<Json<Value>, Problem> {
    let (most, usual) = PAGE;
    let (skip, limit) = (asked.offset.unwrap_or(0), asked.limit.unwrap_or(usual));
    if limit == 0 || limit > most || skip.saturating_add(limit) > SEARCHED {
        return Err(wrong(format!("limit must be 1 to {most}, and offset and limit together at most {SEARCHED}")));
    }
    let wanted = wanted(&asked)?;
    let sorted = SortOrder::parse(&asked.sort, &asked.order).map_err(wrong)?;
    let now = state.app.clock.now();
    let found = state.app.store.search(move |reads| match sorted.is_as_read() {
        true => newest(reads, Search { source: &source, wanted: &wanted }, Window { skip, limit }, now),
        false => in_order(reads, Search { source: &source, wanted: &wanted }, sorted, Window { skip, limit }, now),
    });
    Ok(Json(json!({"data": found.await?, "paging": {}, "took": 0.0, "requestId": id.as_str()})))
}

/// Which alerts of which source.
#[derive(Clone, Copy)]
struct Search<'a> {
    source: &'a Source,
    wanted: &'a AlertQuery,
}

/// Which part of what is found.
#[derive(Clone, Copy)]
struct Window {
    skip: usize,
    limit: usize,
}

/// Returns the newest alerts of a search.
fn newest(
    reads: &Reads<'_>,
    what: Search<'_>,
    Window { skip, limit }: Window,
    now: Timestamp,
) -> Result<Vec<Value>, StoreError> {
    let (mut found, mut seen) = (Vec::new(), 0);
    let take = |ticket: &OpsgenieAlert, alert: &Alert| {
        seen += 1;
        if seen > skip {
            found.push(shapes::brief(ticket, alert, now));
        }
        found.len() < limit
    };
    search(reads, what, take, now)?;
    Ok(found)
}

/// A page of matching alerts in another order; only the sort keys of all matches are held in memory.
fn in_order(
    reads: &Reads<'_>,
    what: Search<'_>,
    sorted: SortOrder,
    Window { skip, limit }: Window,
    now: Timestamp,
) -> Result<Vec<Value>, StoreError> {
    let mut keys = Vec::new();
    let take = |ticket: &OpsgenieAlert, alert: &Alert| {
        keys.push(sorted.key(ticket, alert, now));
        true
    };
    search(reads, what, take, now)?;
    let mut found = Vec::new();
    for tiny in sorted.page(keys, skip, limit) {
        let Some(stored) = reads.ticket(&what.source.id, &OpsgenieReference::Tiny(tiny))? else { continue };
        let alert = reads.alert(stored.alert)?;
        found.extend(alert.map(|alert| shapes::brief(&stored.ticket, &alert, now)));
    }
    Ok(found)
}

async fn count(
    Given(state): Given<State>,
    Client(source): Client,
    Query(asked): Query<OpsgenieParams>,
    id: RequestId,
) -> Result<Json<Value>, Problem> {
    let wanted = wanted(&asked)?;
    let now = state.app.clock.now();
    let counted = state.app.store.search(move |reads| {
        let mut seen = 0_u64;
        let take = |_: &OpsgenieAlert, _: &Alert| {
            seen += 1;
            true
        };
        search(reads, Search { source: &source, wanted: &wanted }, take, now)?;
        Ok(seen)
    });
    Ok(Json(json!({"data": {"count": counted.await?}, "took": 0.0, "requestId": id.as_str()})))
}

/// Passes matching alerts to the callback, newest first, until it stops.
fn search(
    reads: &Reads<'_>,
    Search { source, wanted }: Search<'_>,
    mut take: impl FnMut(&OpsgenieAlert, &Alert) -> bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (mut below, mut left) = (i64::MAX, SEARCHED);
    while left > 0 {
        let piece = reads.list_opsgenie_alerts(&source.id, below, PIECE.min(left))?;
        let Some(last) = piece.last() else { return Ok(()) };
        (below, left) = (last.ticket.tiny, left - piece.len());
        for stored in &piece {
            let Some(alert) = reads.alert(stored.alert)? else { continue };
            if wanted.fits(&stored.ticket, &alert, now) && !take(&stored.ticket, &alert) {
                return Ok(());
            }
        }
    }
    Ok(())
}
