//! Ends that clients of other systems talk to unmodified: Alertmanager's API, PagerDuty's Events API, Opsgenie's Alert
//! API. docs/compatible.md shows how to point clients here.
//!
//! Each answers in its vendor's own shape, errors included ([`Dialect`]). What is posted goes the way of all senders:
//! into the inbox under a source of its own kind, on disk before it is answered.

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
    intake::{self, Sent},
    layers::host::Reach,
    problem::Kind,
};
use crate::config::{Config, Source, SourceKind};

pub use dialect::Dialect;

/// Every path, with what it takes.
fn table() -> Vec<(&'static str, MethodRouter<State>)> {
    let alive = || async { "OK" };
    let mut all = vec![("/-/healthy", get(alive)), ("/-/ready", get(super::health::ready))];
    all.extend(alertmanager::table());
    all.extend(opsgenie::table());
    all.extend(pagerduty::table());
    all
}

/// The routes. Some clients append a slash, and a base address that ends in one doubles it (npm `opsgenie-sdk` and PyPI
/// `pypd` do the former), so each path is known in all four forms.
pub fn routes() -> Router<State> {
    table().into_iter().fold(Router::new(), |router, (path, methods)| {
        let forms = [path.to_owned(), format!("{path}/"), format!("/{path}"), format!("/{path}/")];
        forms.iter().fold(router, |router, form| router.route(form, methods.clone()))
    })
}

/// The source of a kind whose secret was given. Every one of them is compared, so that time tells nothing.
fn source_of<'c>(config: &'c Config, kind: SourceKind, given: &[u8]) -> Option<&'c Source> {
    let of_kind = sources(config, kind).filter(|source| source.token.is_some());
    of_kind.fold(None, |found, source| {
        let fits = is_one_of(given, [source.token.as_ref(), source.old_token.as_ref()]);
        found.or(fits.then_some(source))
    })
}

/// The source of a kind that needs no secret, for whoever is on this machine.
fn open_source<'c>(config: &'c Config, kind: SourceKind, parts: &Parts) -> Option<&'c Source> {
    let local = reach_of(parts) == Reach::Local;
    sources(config, kind).find(|source| local && source.token.is_none())
}

fn sources(config: &Config, kind: SourceKind) -> impl Iterator<Item = &Source> {
    config.sources.iter().filter(move |source| source.enabled && source.kind == kind)
}

/// Puts a body into the inbox of a source, and answers when it is on disk; 503 when the source has its share already.
async fn keep(state: &State, source: &Source, delivery: Option<String>, body: Bytes) -> Result<(), Problem> {
    let at = state.app.clock.now();
    intake::keep(state, Sent { source: source.id.to_string(), delivery, at, body: body.into() }).await.map(drop)
}

/// A refusal for want of the right secret, counted.
fn refused(kind: SourceKind) -> Problem {
    metrics::counter!("hotroom_intake_total", "source" => kind.name(), "outcome" => "unauthorized").increment(1);
    Problem::new(Kind::Unauthorized)
}
