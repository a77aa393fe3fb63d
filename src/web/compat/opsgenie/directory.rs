//! `/v2/account`, `/v2/users`, `/v2/teams`, `/v2/schedules` and who is on call: what clients of Opsgenie look up besides
//! alerts. They come from `bot.toml`, so they are read only, and contain names but no contact details.

use axum::{
    Json,
    extract::{Path, Query, State as Given},
    routing::{MethodRouter, get},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Client, wrong};
use crate::{
    app::{Context, oncall::paging::on_call_now},
    config::Config,
    domain::{
        Timestamp,
        ids::{PersonId, ScheduleId},
        oncall::Schedule,
        people::{Access, Actor, Person, Team},
    },
    render::DutyLine,
    web::{Problem, RequestId, State, problem::Kind},
};

pub(super) fn table() -> Vec<(&'static str, MethodRouter<State>)> {
    let incidents = || get(no_incidents).post(no_incidents).delete(no_incidents);
    vec![
        ("/v2/account", get(account)),
        ("/v2/users", get(users)),
        ("/v2/users/{identifier}", get(user)),
        ("/v2/teams", get(teams)),
        ("/v2/teams/{identifier}", get(team)),
        ("/v2/schedules", get(schedules)),
        ("/v2/schedules/on-calls", get(all_on_call)),
        ("/v2/schedules/{identifier}", get(schedule)),
        ("/v2/schedules/{identifier}/on-calls", get(on_call)),
        ("/v1/incidents", incidents()),
        ("/v1/incidents/{identifier}", incidents()),
        ("/v1/incidents/{identifier}/close", incidents()),
        ("/v1/incidents/requests/{request}", incidents()),
    ]
}

fn data_answer(data: Value, id: &RequestId) -> Json<Value> {
    Json(json!({"data": data, "expandable": [], "took": 0.0, "requestId": id.as_str()}))
}

fn unknown(what: &str) -> Problem {
    Problem::new(Kind::NotFound).because(format!("{what} with the given identifier does not exist"))
}

/// Refuses calls of the Incident API: their workflow is not that of hotroom.
async fn no_incidents(_: Client) -> Problem {
    wrong("hotroom opens incidents from alerts by [[alerts.declare]]; use POST /api/v1/incidents to open one")
}

async fn account(Given(state): Given<State>, _: Client, id: RequestId) -> Json<Value> {
    let people = state.app.config.current().people.len();
    data_answer(
        json!({"name": "hotroom", "userCount": people, "plan": {"maxUserCount": people, "name": "hotroom", "isYearly": false}}),
        &id,
    )
}

fn user_shape(person: &Person) -> Value {
    let role = if person.access >= Access::Admin { "Admin" } else { "User" };
    json!({
        "id": person.id.as_str(),
        "username": person.id.as_str(),
        "fullName": person.name,
        "role": {"id": role, "name": role},
        "timeZone": person.timezone.name(),
        "blocked": false,
        "verified": true,
    })
}

async fn users(Given(state): Given<State>, _: Client, id: RequestId) -> Json<Value> {
    let config = state.app.config.current();
    let all: Vec<Value> = config.people.iter().map(user_shape).collect();
    Json(json!({"totalCount": all.len(), "data": all, "paging": {}, "took": 0.0, "requestId": id.as_str()}))
}

async fn user(
    Given(state): Given<State>,
    _: Client,
    Path(identifier): Path<String>,
    id: RequestId,
) -> Result<Json<Value>, Problem> {
    let config = state.app.config.current();
    let person = config.person(&PersonId::new(identifier)).ok_or_else(|| unknown("User"))?;
    Ok(data_answer(user_shape(person), &id))
}

fn team_shape(team: &Team) -> Value {
    let member =
        |person: &PersonId| json!({"user": {"id": person.as_str(), "username": person.as_str()}, "role": "user"});
    json!({
        "id": team.id.as_str(),
        "name": team.name,
        "description": "",
        "members": team.members.iter().map(member).collect::<Vec<_>>(),
    })
}

async fn teams(Given(state): Given<State>, _: Client, id: RequestId) -> Json<Value> {
    data_answer(state.app.config.current().teams.iter().map(team_shape).collect(), &id)
}

async fn team(
    Given(state): Given<State>,
    _: Client,
    Path(identifier): Path<String>,
    id: RequestId,
) -> Result<Json<Value>, Problem> {
    let config = state.app.config.current();
    let team = config.teams.iter().find(|team| team.id.as_str() == identifier || team.name == identifier);
    Ok(data_answer(team_shape(team.ok_or_else(|| unknown("Team"))?), &id))
}

fn schedule_shape(schedule: &Schedule) -> Value {
    let name = schedule.id.as_str();
    json!({"id": name, "name": name, "description": "", "timezone": schedule.timezone.name(), "enabled": true, "rotations": []})
}

async fn schedules(Given(state): Given<State>, _: Client, id: RequestId) -> Json<Value> {
    data_answer(state.app.config.current().schedules.iter().map(schedule_shape).collect(), &id)
}

fn known<'c>(config: &'c Config, identifier: &str) -> Result<&'c Schedule, Problem> {
    let schedule = config.schedules.iter().find(|schedule| schedule.id.as_str() == identifier);
    schedule.ok_or_else(|| unknown("Schedule"))
}

async fn schedule(
    Given(state): Given<State>,
    _: Client,
    Path(identifier): Path<String>,
    id: RequestId,
) -> Result<Json<Value>, Problem> {
    Ok(data_answer(schedule_shape(known(&state.app.config.current(), &identifier)?), &id))
}

/// How to list who is on call.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OnCallParams {
    /// True for names only.
    flat: bool,
    /// A time from now on; now by default.
    date: Option<String>,
}

impl OnCallParams {
    fn at(&self, now: Timestamp) -> Result<Timestamp, Problem> {
        let Some(date) = &self.date else { return Ok(now) };
        let at = chrono::DateTime::parse_from_rfc3339(date).ok().map(|at| at.to_utc()).filter(|at| now <= *at);
        at.ok_or_else(|| wrong("date must be a time from now on, such as 2026-01-31T08:00:00Z"))
    }
}

fn on_call_shape(config: &Config, line: &DutyLine, flat: bool) -> Value {
    let (name, people) = (line.schedule.as_str(), &line.people);
    let parent = json!({"id": name, "name": name, "enabled": true});
    if flat {
        let names: Vec<&str> = people.iter().map(PersonId::as_str).collect();
        return json!({"_parent": parent, "onCallRecipients": names});
    }
    let one = |person: &PersonId| {
        let shown = config.person(person).map_or(person.as_str(), |person| person.name.as_str());
        json!({"id": person.as_str(), "name": shown, "type": "user"})
    };
    json!({"_parent": parent, "onCallParticipants": people.iter().map(one).collect::<Vec<_>>()})
}

/// Returns who is on call in one schedule or in all.
async fn duty(state: &State, asked: &OnCallParams, schedule: Option<ScheduleId>) -> Result<Vec<DutyLine>, Problem> {
    let (config, now) = (state.app.config.current(), asked.at(state.app.clock.now())?);
    let lines = state.app.store.read(move |reads| {
        let actor = Actor::Machine("opsgenie-api".to_owned());
        let cx = Context { config: &config, now, actor: &actor, request: "", expect: None };
        on_call_now(reads, cx, schedule.as_ref())
    });
    Ok(lines.await?)
}

async fn all_on_call(
    Given(state): Given<State>,
    _: Client,
    Query(asked): Query<OnCallParams>,
    id: RequestId,
) -> Result<Json<Value>, Problem> {
    let lines = duty(&state, &asked, None).await?;
    let config = state.app.config.current();
    Ok(data_answer(lines.iter().map(|line| on_call_shape(&config, line, asked.flat)).collect(), &id))
}

async fn on_call(
    Given(state): Given<State>,
    _: Client,
    Path(identifier): Path<String>,
    Query(asked): Query<OnCallParams>,
    id: RequestId,
) -> Result<Json<Value>, Problem> {
    let lines = duty(&state, &asked, Some(ScheduleId::new(identifier))).await?;
    let line = lines.first().ok_or_else(|| unknown("Schedule"))?;
    Ok(data_answer(on_call_shape(&state.app.config.current(), line, asked.flat), &id))
}
