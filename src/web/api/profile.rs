//! `/api/v1/profile`: how the caller is reached; `/api/v1/people/{id}/contacts`: how others are, masked.

use axum::{
    Json,
    extract::{Path, State as Given},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{
    client::{ApiClient, CommandReply, Options},
    listing::bad,
    shapes::{List, MethodShape, ProfileShape},
};
use crate::{
    app::{
        Context,
        contacts::{self, profile::Profile},
    },
    domain::{
        ids::PersonId,
        people::{Access, Actor},
    },
    store::Tx,
    web::{
        Caller, Problem, RequestId, State, body,
        problem::{Kind, ProblemDocument},
    },
};

const COMMAND: &str = "oncall contact";
const ACTS: [&str; 7] = ["code", "verify", "test", "on", "off", "move", "remove"];

/// Shows how the caller is reached: contact methods, rules, quiet hours and the last messages. It is also the export.
#[utoipa::path(get, path = "/api/v1/profile", tag = "paging", responses(
    (status = 200, body = ProfileShape), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn show(Given(state): Given<State>, caller: Caller) -> Result<Json<ProfileShape>, Problem> {
    let (config, person) = (state.app.config.current(), caller.person.clone());
    let read = state.app.store.read(move |reads| {
        let profile = Profile::read(reads, &config, &person.id)?;
        Ok(ProfileShape::of(&person, &profile, &config))
    });
    Ok(Json(read.await?))
}

/// Erases the contact methods and rules of the caller. What became of past pages stays, without addresses.
#[utoipa::path(delete, path = "/api/v1/profile", tag = "paging", responses(
    (status = 200, body = CommandReply), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn erase(client: ApiClient) -> Result<Json<CommandReply>, Problem> {
    say(&client, "erase", String::new(), sure()).await.map(Json)
}

/// Adds a contact method of the caller and sends a code to it: `kind`, `address`, and optionally `label` and `gateway`.
/// `data.method` is its id; `data.secret` the secret of a webhook, which is shown only now.
#[utoipa::path(post, path = "/api/v1/profile/methods", tag = "paging",
    request_body(content = Object, example = json!({"kind": "mail", "address": "ann@example.com"})),
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    responses((status = 201, body = CommandReply), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn add(
    client: ApiClient,
    body::JsonBody(mut options): body::JsonBody<Options>,
) -> Result<Response, Problem> {
    let mut text = |name: &str| match options.remove(name) {
        Some(Value::String(text)) => text,
        Some(_) | None => String::new(),
    };
    let value = format!("{} {}", text("kind"), text("address"));
    let reply = say(&client, "add", value.trim().to_owned(), options).await?;
    Ok((StatusCode::CREATED, Json(reply)).into_response())
}

/// Changes a contact method of the caller: `code` sends a code, `verify` takes it (`code`), `test` sends a test, `on` and
/// `off` switch it, `move` takes the new `place` from 1, `remove` removes it (`sure` if rules use it).
#[utoipa::path(post, path = "/api/v1/profile/methods/{id}/{act}", tag = "paging",
    params(("id" = String, Path), ("act" = String, Path, description = "`code`, `verify`, `test`, `on`, `off`, `move` or `remove`"),
        ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    responses((status = 200, body = CommandReply), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn act(
    client: ApiClient,
    Path((id, act)): Path<(String, String)>,
    options: body::MaybeJson<Options>,
) -> Result<Json<CommandReply>, Problem> {
    if !ACTS.contains(&act.as_str()) {
        let known = ACTS.join("`, `");
        return Err(Problem::new(Kind::NotFound).because(format!("A contact method takes `{known}`.")));
    }
    let mut options = options.0.unwrap_or_default();
    let word = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let with = ["code", "place"].into_iter().find_map(|name| options.remove(name)).map(word);
    let value = with.map_or_else(|| id.clone(), |with| format!("{id} {with}"));
    say(&client, &act, value, options).await.map(Json)
}

/// Replaces the rules of the caller for an urgency: a list of `{"method": id, "after": seconds}`; an empty list means the
/// default rules.
#[utoipa::path(put, path = "/api/v1/profile/rules/{urgency}", tag = "paging",
    params(("urgency" = String, Path, description = "`high` or `low`")),
    request_body(content = Object, example = json!({"rules": [{"method": "0192f0c1-2345-7abc-8def-0123456789ab", "after": 120}]})),
    responses((status = 200, body = CommandReply), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn rules(
    client: ApiClient,
    Path(urgency): Path<String>,
    body::JsonBody(mut options): body::JsonBody<Options>,
) -> Result<Json<CommandReply>, Problem> {
    let Some(Value::Array(rules)) = options.remove("rules") else {
        return Err(bad("rules", "?", "a list of rules"));
    };
    let rule = |rule: &Value| {
        let method = rule["method"].as_str().ok_or_else(|| bad("method", "?", "the id of a contact method"))?;
        let after = if rule["after"].is_null() { Some(0) } else { rule["after"].as_u64() };
        match after {
            Some(0) => Ok(method.to_owned()),
            Some(seconds) => Ok(format!("{method}@{seconds}s")),
            None => Err(bad("after", "?", "a number of seconds")),
        }
    };
    let rules: Vec<String> = rules.iter().map(rule).collect::<Result<_, Problem>>()?;
    let rules = if rules.is_empty() { "default".to_owned() } else { rules.join(" ") };
    say(&client, "rules", format!("{urgency} {rules}"), options).await.map(Json)
}

/// Sets the quiet hours of the caller: `from` and `until`; without them there are none.
#[utoipa::path(put, path = "/api/v1/profile/quiet-hours", tag = "paging",
    request_body(content = Object, example = json!({"from": "22:00", "until": "07:00"})),
    responses((status = 200, body = CommandReply), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn quiet(
    client: ApiClient,
    body::JsonBody(mut options): body::JsonBody<Options>,
) -> Result<Json<CommandReply>, Problem> {
    let mut text = |name: &str| options.remove(name).and_then(|value| value.as_str().map(str::to_owned));
    let hours = match (text("from"), text("until")) {
        (Some(from), Some(until)) => format!("{from}-{until}"),
        (None, None) => "off".to_owned(),
        (Some(_), None) => return Err(bad("until", "?", "a time such as `07:00`")),
        (None, Some(_)) => return Err(bad("from", "?", "a time such as `22:00`")),
    };
    say(&client, "quiet", hours, options).await.map(Json)
}

/// Chooses the weekly test of the caller: `enabled`, and `phone` if text messages and calls are tested too.
#[utoipa::path(put, path = "/api/v1/profile/weekly-test", tag = "paging",
    request_body(content = Object, example = json!({"enabled": true, "phone": false})),
    responses((status = 200, body = CommandReply), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn weekly_test(
    client: ApiClient,
    body::JsonBody(mut options): body::JsonBody<Options>,
) -> Result<Json<CommandReply>, Problem> {
    let mut flag = |name: &str| match options.remove(name) {
        Some(Value::Bool(flag)) => Ok(Some(flag)),
        None => Ok(None),
        Some(_) => Err(bad(name, "?", "true or false")),
    };
    let word = match (flag("enabled")?, flag("phone")?) {
        (None, _) => return Err(bad("enabled", "?", "true or false")),
        (Some(false), _) => "off",
        (Some(true), Some(true)) => "phone",
        (Some(true), Some(false) | None) => "on",
    };
    say(&client, "weekly", word.to_owned(), options).await.map(Json)
}

fn sure() -> Options {
    Options::from([("sure".to_owned(), Value::Bool(true))])
}

async fn say(client: &ApiClient, what: &str, value: String, options: Options) -> Result<CommandReply, Problem> {
    let fixed = [("do", what.to_owned()), ("value", value)];
    Ok(CommandReply::of(client.command(COMMAND, &fixed, options).await?))
}

/// Lists the contact methods of a person as others see them.
#[utoipa::path(get, path = "/api/v1/people/{id}/contacts", tag = "paging", params(("id" = String, Path)), responses(
    (status = 200, body = List<MethodShape>), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn of_person(
    Given(state): Given<State>,
    _: Caller,
    Path(id): Path<String>,
) -> Result<Json<List<MethodShape>>, Problem> {
    let (config, person) = (state.app.config.current(), PersonId::new(id));
    if config.person(&person).is_none() {
        return Err(Problem::new(Kind::NotFound).because("There is no such person."));
    }
    let methods = state.app.store.read(move |reads| reads.contact_methods_of(&person)).await?;
    let items = methods.iter().map(|method| MethodShape::masked(method, &config)).collect();
    Ok(Json(List { items, next: None }))
}

/// Erases the contact methods and rules of a person, who may have left bot.toml. Only admins may.
#[utoipa::path(delete, path = "/api/v1/people/{id}/contacts", tag = "paging", params(("id" = String, Path)), responses(
    (status = 204), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn erase_person(
    Given(state): Given<State>,
    caller: Caller,
    request: RequestId,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    if caller.person.access < Access::Admin {
        return Err(Problem::new(Kind::Forbidden));
    }
    let (config, now, person) = (state.app.config.current(), state.app.clock.now(), PersonId::new(id));
    let actor = Actor::Person(caller.person.id);
    let work = move |tx: &mut Tx<'_>| {
        let cx = Context { config: &config, now, actor: &actor, request: request.as_str(), expect: None };
        contacts::erase(tx, cx, &person)
    };
    state.app.store.transact_urgent(work).await?;
    Ok(StatusCode::NO_CONTENT)
}
