//! `/v2/heartbeats…`: Opsgenie's Heartbeat API. Unlike calls of its Alert API these are carried out before the
//! response, as Opsgenie does, except for the ping, which Opsgenie only acknowledges.

use axum::{
    Json,
    extract::{Path, Request, State as Given},
    http::{HeaderMap, StatusCode},
    routing::{MethodRouter, get, post},
};
use serde_json::{Value, json};

use super::{Client, read_body, shapes, wrong};
use crate::{
    app::{
        Context,
        alerts::heartbeats::{self, HeartbeatName, HeartbeatRefusal, MOST},
        reactor::{self, WorkList},
    },
    config::Source,
    domain::{
        alert::{Heartbeat, HeartbeatChanges},
        people::Actor,
    },
    intake::opsgenie_heartbeats::{create as read_heartbeat, plan as read_plan},
    store::{StoreError, Tx},
    web::{Problem, RequestId, State, intake, layers::origin, problem::Kind},
};

pub(super) fn table() -> Vec<(&'static str, MethodRouter<State>)> {
    vec![
        ("/v2/heartbeats", get(list).post(create)),
        ("/v2/heartbeats/{name}", get(show).put(change).patch(change).delete(delete)),
        ("/v2/heartbeats/{name}/ping", get(ping).post(ping).put(ping).patch(ping)),
        ("/v2/heartbeats/{name}/enable", post(enable)),
        ("/v2/heartbeats/{name}/disable", post(disable)),
    ]
}

fn refused(refusal: HeartbeatRefusal) -> Problem {
    match refusal {
        HeartbeatRefusal::Unknown => {
            Problem::new(Kind::NotFound).because("Heartbeat with the given name does not exist")
        }
        HeartbeatRefusal::Taken => wrong("Heartbeat with the given name already exists"),
        HeartbeatRefusal::TooMany => wrong(format!("there are {MOST} heartbeats, which is the most")),
        HeartbeatRefusal::NoCadence => wrong("interval must be at least one minute and at most 366 days"),
    }
}

/// Changes heartbeats, and returns once the change is on disk.
async fn carry_out<T: Send + 'static>(
    state: &State,
    source: &Source,
    id: &RequestId,
    change: impl Fn(&mut Tx<'_>, Context<'_>, &mut WorkList) -> Result<Result<T, HeartbeatRefusal>, StoreError>
    + Send
    + 'static,
) -> Result<T, Problem> {
    let (config, now, request) = (state.app.config.current(), state.app.clock.now(), id.as_str().to_owned());
    let actor = Actor::Machine(source.id.to_string());
    let _place = intake::place(state, source.id.as_str())?;
    let done = state.app.store.transact(move |tx| {
        let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
        reactor::run(tx, cx, |tx, work| change(tx, cx, work))
    });
    done.await?.map_err(refused)
}

fn data_answer(data: Value, id: &RequestId) -> Json<Value> {
    Json(json!({"data": data, "took": 0.0, "requestId": id.as_str()}))
}

async fn create(
    Given(state): Given<State>,
    Client(source): Client,
    id: RequestId,
    request: Request,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let body = read_body(&state, request).await?;
    let wanted = read_heartbeat(&body, state.app.clock.now()).map_err(|why| wrong(why.what))?;
    let of = source.id.clone();
    let made =
        carry_out(&state, &source, &id, move |tx, cx, _| heartbeats::create(tx, cx, &of, wanted.clone())).await?;
    Ok((StatusCode::CREATED, data_answer(shapes::heartbeat(&made), &id)))
}

async fn list(Given(state): Given<State>, Client(source): Client, id: RequestId) -> Result<Json<Value>, Problem> {
    let known = state.app.store.read(move |reads| reads.heartbeats_of(&source.id, MOST)).await?;
    let known: Vec<Value> = known.iter().map(shapes::heartbeat).collect();
    Ok(data_answer(json!({"heartbeats": known}), &id))
}

async fn show(
    Given(state): Given<State>,
    Client(source): Client,
    Path(name): Path<String>,
    id: RequestId,
) -> Result<Json<Value>, Problem> {
    let known = state.app.store.read(move |reads| reads.heartbeat_by_name(&source.id, &name)).await?;
    Ok(data_answer(shapes::heartbeat(&known.ok_or_else(|| refused(HeartbeatRefusal::Unknown))?), &id))
}

async fn change(
    Given(state): Given<State>,
    Client(source): Client,
    Path(name): Path<String>,
    id: RequestId,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let body = read_body(&state, request).await?;
    let plan = read_plan(&body).map_err(|why| wrong(why.what))?;
    let changed = apply_changes(&state, &source, name, &id, plan).await?;
    Ok(data_answer(shapes::heartbeat_in_short(&changed), &id))
}

async fn apply_changes(
    state: &State,
    source: &Source,
    name: String,
    id: &RequestId,
    plan: HeartbeatChanges,
) -> Result<Heartbeat, Problem> {
    let of = source.id.clone();
    carry_out(state, source, id, move |tx, cx, work| {
        heartbeats::change(tx, cx, work, HeartbeatName { source: &of, name: &name }, plan.clone())
    })
    .await
}

async fn enable(
    Given(state): Given<State>,
    Client(source): Client,
    Path(name): Path<String>,
    id: RequestId,
) -> Result<Json<Value>, Problem> {
    let plan = HeartbeatChanges { enabled: Some(true), ..HeartbeatChanges::default() };
    Ok(data_answer(shapes::heartbeat_in_short(&apply_changes(&state, &source, name, &id, plan).await?), &id))
}

async fn disable(
    Given(state): Given<State>,
    Client(source): Client,
    Path(name): Path<String>,
    id: RequestId,
) -> Result<Json<Value>, Problem> {
    let plan = HeartbeatChanges { enabled: Some(false), ..HeartbeatChanges::default() };
    Ok(data_answer(shapes::heartbeat_in_short(&apply_changes(&state, &source, name, &id, plan).await?), &id))
}

async fn delete(
    Given(state): Given<State>,
    Client(source): Client,
    Path(name): Path<String>,
    id: RequestId,
) -> Result<Json<Value>, Problem> {
    let of = source.id.clone();
    let gone =
        carry_out(&state, &source, &id, move |tx, cx, work| heartbeats::delete(tx, cx, work, &of, &name)).await?;
    let gone = shapes::heartbeat_in_short(&gone);
    Ok(Json(json!({"result": "Deleted", "data": gone, "took": 0.0, "requestId": id.as_str()})))
}

/// Receives a heartbeat. Pages of other sites must not be able to send one, not even with `GET`.
async fn ping(
    Given(state): Given<State>,
    Client(source): Client,
    Path(name): Path<String>,
    headers: HeaderMap,
    id: RequestId,
) -> Result<(StatusCode, Json<Value>), Problem> {
    origin::judge_write(&state.app.config.current().server, &headers)?;
    let of = source.id.clone();
    carry_out(&state, &source, &id, move |tx, cx, work| heartbeats::ping(tx, cx, work, &of, &name)).await?;
    let pong = json!({"result": "PONG - Heartbeat received", "took": 0.0, "requestId": id.as_str()});
    Ok((StatusCode::ACCEPTED, Json(pong)))
}
