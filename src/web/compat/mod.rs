//! Endpoints for unmodified clients of other systems: Alertmanager's API, PagerDuty's Events API, Opsgenie's Alert API.
//! docs/compatible.md shows how to configure clients.
//!
//! Each responds in its vendor's format, errors included ([`Dialect`]). Posted data is handled like that of all
//! senders: it is stored in the inbox under a source of its own kind before the response is sent.

mod alertmanager;
mod dialect;
mod opsgenie;
mod pagerduty;

#[cfg(test)]
mod tests;

use axum::{
    Router,
    body::Bytes,
    http::request::Parts,
    routing::{MethodRouter, get},
};

use super::{
    Problem, State,
    auth::{is_one_of, reach_of},
    intake::{self, SourceDelivery},
    layers::host::Reach,
    problem::Kind,
};
use crate::{
    config::{Config, Source, SourceKind},
    intake::DeliveryKey,
};

pub use dialect::Dialect;

/// All paths with their methods.
fn table() -> Vec<(&'static str, MethodRouter<State>)> {
    let alive = || async { "OK" };
    let mut all = vec![("/-/healthy", get(alive)), ("/-/ready", get(super::health::ready))];
    all.extend(alertmanager::table());
    all.extend(opsgenie::table());
    all.extend(pagerduty::table());
    all
}

/// The routes. Some clients append a slash, and a base address that ends in one doubles it (npm `opsgenie-sdk` and PyPI
/// `pypd` do the former), so each path exists in all four forms.
pub fn routes() -> Router<State> {
    table().into_iter().fold(Router::new(), |router, (path, methods)| {
        let forms = [path.to_owned(), format!("{path}/"), format!("/{path}"), format!("/{path}/")];
        forms.iter().fold(router, |router, form| router.route(form, methods.clone()))
    })
}

/// Returns the source of a kind whose secret was given. Every secret is compared, so that timing reveals nothing.
fn source_of<'c>(config: &'c Config, kind: SourceKind, given: &[u8]) -> Option<&'c Source> {
    let of_kind = sources(config, kind).filter(|source| source.token.is_some());
    of_kind.fold(None, |found, source| {
        let fits = is_one_of(given, [source.token.as_ref(), source.old_token.as_ref()]);
        found.or(fits.then_some(source))
    })
}

/// Returns the source of a kind that needs no secret, for local callers only.
fn open_source<'c>(config: &'c Config, kind: SourceKind, parts: &Parts) -> Option<&'c Source> {
    let local = reach_of(parts) == Reach::Local;
    sources(config, kind).find(|source| local && source.token.is_none())
}

fn sources(config: &Config, kind: SourceKind) -> impl Iterator<Item = &Source> {
    config.sources.iter().filter(move |source| source.enabled && source.kind == kind)
}

/// Stores a body in a source's inbox and returns once it is on disk; 503 if the source has used up its share.
async fn keep(state: &State, source: &Source, delivery: Option<String>, body: Bytes) -> Result<(), Problem> {
    let at = state.app.clock.now();
    intake::keep(
        state,
        SourceDelivery { source: source.id.to_string(), delivery: DeliveryKey::of(delivery), at, body: body.into() },
    )
    .await
    .map(drop)
}

/// Counts a request without the right secret and returns the problem.
fn refused(kind: SourceKind) -> Problem {
    metrics::counter!("hotroom_intake_total", "source" => kind.name(), "outcome" => "unauthorized").increment(1);
    Problem::new(Kind::Unauthorized)
}
