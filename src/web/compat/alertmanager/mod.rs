//! `/api/v2/…`: Alertmanager's API, version 2 (`api/v2/openapi.yaml`), for Prometheus, amtool, karma, Grafana.
//!
//! Receivers are feeds, and groups are the stored alert groups. Reading, and changing silences, requires `[server]
//! api_token` as a bearer token or as the password of basic authentication; posting alerts also works with the token of
//! a source of the kind `alertmanager-api`. Of version 1 only `POST /api/v1/alerts` exists, as in Alertmanager up to 0.26.

mod alerts;
mod query;
mod silences;
mod status;

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    routing::{MethodRouter, get, post},
};

use super::{open_source, refused, source_of, sources};
use crate::{
    config::{Config, Source, SourceKind},
    web::{
        Problem, State,
        auth::{credentials, is_one_of, is_open},
        problem::Kind,
    },
};

pub(super) fn table() -> Vec<(&'static str, MethodRouter<State>)> {
    vec![
        ("/api/v1/alerts", post(alerts::post_version_1)),
        ("/api/v2/alerts", get(alerts::list).post(alerts::post)),
        ("/api/v2/alerts/groups", get(alerts::groups)),
        ("/api/v2/receivers", get(status::receivers)),
        ("/api/v2/silence/{id}", get(silences::show).delete(silences::expire)),
        ("/api/v2/silences", get(silences::list).post(silences::post)),
        ("/api/v2/status", get(status::status)),
    ]
}

/// A caller who may read everything and create any silence. Extracting it from a request authenticates the caller.
pub(super) struct Operator;

impl FromRequestParts<State> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let config = state.app.config.current();
        if knows_token(&config, parts) { Ok(Self) } else { Err(Problem::new(Kind::Unauthorized)) }
    }
}

fn knows_token(config: &Config, parts: &Parts) -> bool {
    match credentials(&parts.headers) {
        Some(given) => is_one_of(&given, [config.server.api_token.as_ref(), None]),
        None => is_open(&config.server, parts),
    }
}

/// The source that posted alerts belong to: the one whose token was used or, for an operator, the first.
fn sender<'c>(config: &'c Config, parts: &Parts) -> Result<&'c Source, Problem> {
    let kind = SourceKind::AlertmanagerApi;
    let given = credentials(&parts.headers);
    if let Some(source) = given.as_deref().and_then(|given| source_of(config, kind, given)) {
        return Ok(source);
    }
    let first = match (&given, knows_token(config, parts)) {
        (Some(_), true) => sources(config, kind).next(),
        (None, true) => open_source(config, kind, parts),
        (_, false) => return Err(refused(kind)),
    };
    first.ok_or_else(|| {
        Problem::new(Kind::NotFound).because("bot.toml has no enabled [[sources]] of the kind alertmanager-api.")
    })
}
