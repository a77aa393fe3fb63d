//! The API: `/api/v1/…`, described at `/api/openapi.json`.
//!
//! Write endpoints run chat commands, so the API has the same effects, refusals and messages as commands. Lists are
//! `{"items": […], "next": cursor|null}`; errors are problem documents.

mod alerts;
mod changes;
mod client;
mod csv;
mod duty_hours;
mod followups;
mod incidents;
mod listing;
mod noise;
mod pages;
mod postmortems;
mod profile;
mod readiness;
mod report_load;
pub(in crate::web) mod report_query;
mod reports;
mod schemas;
mod shapes;
mod silences;
mod user_reports;

use axum::{
    Json, Router,
    routing::{MethodRouter, get, post, put},
};
use serde::Deserialize;
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};

use super::{Problem, State, body, problem::ProblemDocument};
use crate::{chat::CommandInput, domain::ids::RoomId};
pub(in crate::web) use client::refusal_problem;
use client::{ApiClient, CommandReply};

/// A command line, as typed in chat.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Line)]
pub struct CommandLine {
    /// The command: `/incident list`.
    #[schema(example = "/incident severity sev1 incident:HOT-1")]
    text: String,
    /// The room in which the command runs: its incident is used if the command names none.
    room: Option<String>,
}

/// Runs a command given as text.
#[utoipa::path(post, path = "/api/v1/commands", tag = "commands", request_body = CommandLine,
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    responses((status = 200, body = CommandReply), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
async fn say(
    client: ApiClient,
    body::JsonBody(line): body::JsonBody<CommandLine>,
) -> Result<Json<CommandReply>, Problem> {
    let reply = client.say(CommandInput::Text(line.text), line.room.map(RoomId::new)).await?;
    Ok(Json(CommandReply::of(reply)))
}

/// The OpenAPI description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "hotroom",
        description = "Incidents, alerts, pages and who is on call. Authorization: Bearer with the token of `[server] \
            api_token`; X-Hotroom-Person names the person to act as, else it is the first admin. On a loopback address \
            without a token none is needed. Errors are RFC 9457 problem documents."
    ),
    paths(
        say,
        alerts::list,
        alerts::groups,
        alerts::show,
        alerts::why,
        alerts::act,
        changes::list,
        silences::list,
        silences::make,
        silences::expire,
        duty_hours::report,
        noise::report,
        report_load::report,
        reports::outcomes::report,
        reports::incidents,
        reports::times,
        followups::list,
        followups::add,
        followups::act,
        followups::issues::list,
        incidents::list,
        incidents::declare,
        incidents::show,
        incidents::timeline,
        incidents::similar::list,
        incidents::transcript,
        incidents::command,
        incidents::set_fields,
        pages::list,
        pages::start,
        pages::act,
        pages::on_call,
        pages::show,
        postmortems::list,
        postmortems::show,
        postmortems::versions,
        postmortems::write,
        postmortems::comment,
        postmortems::resolve_comment,
        postmortems::act,
        readiness::show,
        pages::overrides,
        pages::add_override,
        pages::cancel_override,
        profile::show,
        profile::erase,
        profile::add,
        profile::act,
        profile::rules,
        profile::quiet,
        profile::weekly_test,
        profile::of_person,
        profile::erase_person,
        user_reports::list,
        user_reports::add,
        user_reports::show,
        user_reports::act,
    ),
    components(schemas(ProblemDocument)),
    modifiers(&Bearer),
    security(("bearer" = []), ())
)]
struct Api;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        openapi.components.get_or_insert_default().add_security_scheme("bearer", scheme);
    }
}

/// All paths of the API with their methods. A test compares them with the description.
fn table() -> Vec<(&'static str, &'static [&'static str], MethodRouter<State>)> {
    vec![
        ("/api/v1/alerts", &["get"], get(alerts::list)),
        ("/api/v1/changes", &["get"], get(changes::list)),
        ("/api/v1/commands", &["post"], post(say)),
        ("/api/v1/followups", &["get"], get(followups::list)),
        ("/api/v1/groups", &["get"], get(alerts::groups)),
        ("/api/v1/groups/{id}", &["get"], get(alerts::show)),
        ("/api/v1/groups/{id}/why", &["get"], get(alerts::why)),
        ("/api/v1/groups/{id}/{act}", &["post"], post(alerts::act)),
        ("/api/v1/incidents", &["get", "post"], get(incidents::list).post(incidents::declare)),
        ("/api/v1/incidents/{key}", &["get"], get(incidents::show)),
        ("/api/v1/incidents/{key}/commands/{command}", &["post"], post(incidents::command)),
        ("/api/v1/incidents/{key}/fields", &["put"], put(incidents::set_fields)),
        ("/api/v1/incidents/{key}/followups", &["post"], post(followups::add)),
        ("/api/v1/incidents/{key}/followups/{number}/{act}", &["post"], post(followups::act)),
        ("/api/v1/incidents/{key}/postmortem", &["get"], get(postmortems::show)),
        ("/api/v1/incidents/{key}/postmortem/comments", &["post"], post(postmortems::comment)),
        ("/api/v1/incidents/{key}/postmortem/comments/{number}/resolve", &["post"], post(postmortems::resolve_comment)),
        (
            "/api/v1/incidents/{key}/postmortem/sections/{section}",
            &["get", "put"],
            get(postmortems::versions).put(postmortems::write),
        ),
        ("/api/v1/incidents/{key}/postmortem/{act}", &["post"], post(postmortems::act)),
        ("/api/v1/incidents/{key}/similar", &["get"], get(incidents::similar::list)),
        ("/api/v1/incidents/{key}/timeline", &["get"], get(incidents::timeline)),
        ("/api/v1/issues", &["get"], get(followups::issues::list)),
        ("/api/v1/incidents/{key}/transcript", &["get"], get(incidents::transcript)),
        ("/api/v1/oncall", &["get"], get(pages::on_call)),
        ("/api/v1/oncall/readiness", &["get"], get(readiness::show)),
        ("/api/v1/oncall/overrides", &["get", "post"], get(pages::overrides).post(pages::add_override)),
        ("/api/v1/oncall/overrides/{id}/cancel", &["post"], post(pages::cancel_override)),
        ("/api/v1/pages", &["get", "post"], get(pages::list).post(pages::start)),
        ("/api/v1/pages/{id}", &["get"], get(pages::show)),
        ("/api/v1/pages/{id}/{act}", &["post"], post(pages::act)),
        ("/api/v1/people/{id}/contacts", &["delete", "get"], get(profile::of_person).delete(profile::erase_person)),
        ("/api/v1/postmortems", &["get"], get(postmortems::list)),
        ("/api/v1/profile", &["delete", "get"], get(profile::show).delete(profile::erase)),
        ("/api/v1/profile/methods", &["post"], post(profile::add)),
        ("/api/v1/profile/methods/{id}/{act}", &["post"], post(profile::act)),
        ("/api/v1/profile/quiet-hours", &["put"], put(profile::quiet)),
        ("/api/v1/profile/weekly-test", &["put"], put(profile::weekly_test)),
        ("/api/v1/profile/rules/{urgency}", &["put"], put(profile::rules)),
        ("/api/v1/oncall/hours", &["get"], get(duty_hours::report)),
        ("/api/v1/report/incidents", &["get"], get(reports::incidents)),
        ("/api/v1/report/load", &["get"], get(report_load::report)),
        ("/api/v1/report/outcomes", &["get"], get(reports::outcomes::report)),
        ("/api/v1/report/noise", &["get"], get(noise::report)),
        ("/api/v1/report/times", &["get"], get(reports::times)),
        ("/api/v1/reports", &["get", "post"], get(user_reports::list).post(user_reports::add)),
        ("/api/v1/reports/{number}", &["get"], get(user_reports::show)),
        ("/api/v1/reports/{number}/{act}", &["post"], post(user_reports::act)),
        ("/api/v1/silences", &["get", "post"], get(silences::list).post(silences::make)),
        ("/api/v1/silences/{id}/expire", &["post"], post(silences::expire)),
    ]
}

/// `/api/v1/…` and `/api/openapi.json`
pub fn routes() -> Router<State> {
    let described = Router::new().route("/api/openapi.json", get(|| async { Json(Api::openapi()) }));
    table().into_iter().fold(described, |router, (path, _, methods)| router.route(path, methods))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described_and_every_description_is_a_route() {
        let described = serde_json::to_value(Api::openapi()).unwrap();
        let paths = described["paths"].as_object().unwrap();
        let mut told: Vec<(String, Vec<String>)> = paths
            .iter()
            .map(|(path, methods)| (path.clone(), methods.as_object().unwrap().keys().cloned().collect()))
            .collect();
        let mut routed: Vec<(String, Vec<String>)> = table()
            .into_iter()
            .map(|(path, methods, _)| (path.to_owned(), methods.iter().map(|m| (*m).to_owned()).collect()))
            .collect();
        told.iter_mut().for_each(|(_, methods)| methods.sort());
        told.sort();
        routed.sort();
        assert_eq!(told, routed);
    }
}
