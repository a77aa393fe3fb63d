//! What issue trackers report. A report is believed only with the signature or the secret of its tracker; it is stored, and
//! answered at once. What follows from it is done later.

use axum::{
    body::Body,
    extract::{Path, State as Given},
    http::{HeaderMap, StatusCode},
};

use crate::{
    config::{Config, OutsideTracker, TrackerSettings},
    tracker::{HookRefusal, TrackerHook, TrackerKind, github, hook::LONGEST_HOOK, jira},
    web::{Problem, State, body, layers::finish::RequestId, problem::Kind},
};

/// Something happened to an issue.
pub(super) async fn report(
    Given(state): Given<State>,
    Path(tracker): Path<String>,
    id: RequestId,
    headers: HeaderMap,
    sent: Body,
) -> Result<StatusCode, Problem> {
    let config = state.app.config.current();
    if tracker == TrackerKind::Github.word()
        && (github::is_pull_request(&headers) || is_ping_alone(&config, &headers))
        && config.tracker.pull_requests.is_some()
    {
        return pull_request(&state, &config, &id, &headers, sent).await;
    }
    let outside = config.tracker.outside.as_ref().filter(|outside| outside.kind.word() == tracker);
    let Some(outside) = outside else { return Err(Problem::new(Kind::NotFound)) };
    let wire = body::read(sent, LONGEST_HOOK).await?;
    let hook = match read_hook(outside, &headers, &wire) {
        Ok(Some(hook)) => hook,
        Ok(None) => return Ok(StatusCode::ACCEPTED),
        Err(refusal) => return refused(&tracker, &refusal),
    };
    state.app.on_tracker_report(outside.id(), hook, id.as_str().to_owned()).await?;
    Ok(StatusCode::ACCEPTED)
}

/// True for the first delivery of a webhook that reports nothing but pull requests.
fn is_ping_alone(config: &Config, headers: &HeaderMap) -> bool {
    let issues = config.tracker.outside.as_ref().is_some_and(|outside| outside.kind == TrackerKind::Github);
    !issues && github::is_ping(headers)
}

/// Something happened to a pull request, whose issue may be in any tracker.
async fn pull_request(
    state: &State,
    config: &Config,
    id: &RequestId,
    headers: &HeaderMap,
    sent: Body,
) -> Result<StatusCode, Problem> {
    let wire = body::read(sent, LONGEST_HOOK).await?;
    let prefixes = config.tracker.prefixes();
    match github::read_pull_request(&config.tracker.pull_request_secrets(), headers, &wire, &prefixes) {
        Ok(Some(hook)) => state.app.on_pull_request(hook, id.as_str().to_owned()).await?,
        Ok(None) => {}
        Err(refusal) => return refused(TrackerKind::Github.word(), &refusal),
    }
    Ok(StatusCode::ACCEPTED)
}

fn read_hook(outside: &OutsideTracker, headers: &HeaderMap, body: &[u8]) -> Result<Option<TrackerHook>, HookRefusal> {
    match &outside.settings {
        TrackerSettings::Jira(settings) => jira::read_hook(settings, headers, body),
        TrackerSettings::GitHub(settings) => github::read_hook(settings, headers, body),
        // Redmine has no webhooks: it is asked for changes.
        TrackerSettings::Redmine(_) => Err(HookRefusal::NoSecret),
    }
}

/// A sender that proved itself is never answered with an error: it would send again what nobody can read.
fn refused(tracker: &str, refusal: &HookRefusal) -> Result<StatusCode, Problem> {
    match refusal {
        HookRefusal::NoSecret => Err(Problem::new(Kind::NotFound)),
        HookRefusal::BadSignature => {
            metrics::counter!("hotroom_tracker_forged_total", "tracker" => tracker.to_owned()).increment(1);
            Err(Problem::new(Kind::BadSignature))
        }
        HookRefusal::Unreadable(why) => {
            tracing::warn!(tracker, why, "a report of the tracker cannot be read");
            Ok(StatusCode::ACCEPTED)
        }
    }
}
