//! What outside pagers report. A report is believed only with the signature of its pager; it is answered once it is stored.

use axum::{
    body::Body,
    extract::State as Given,
    http::{HeaderMap, StatusCode},
};

use crate::{
    domain::pager::PagerKind,
    pager::{LONGEST_HOOK, PagerClient, PagerHookRefusal},
    web::{Problem, State, body, layers::finish::RequestId, problem::Kind},
};

/// Something happened to an incident of PagerDuty.
pub(super) async fn pagerduty(
    Given(state): Given<State>,
    id: RequestId,
    headers: HeaderMap,
    sent: Body,
) -> Result<StatusCode, Problem> {
    let config = state.app.config.current();
    let kind = PagerKind::PagerDuty;
    let Some(pager) = config.pager.routes.outside(kind) else { return Err(Problem::new(Kind::NotFound)) };
    let PagerClient::PagerDuty(settings) = &pager.client;
    let wire = body::read(sent, LONGEST_HOOK).await?;
    match settings.read_hook(&headers, &wire) {
        Ok(Some(report)) => state.app.on_pager_report(kind, report, id.as_str().to_owned()).await?,
        Ok(None) => {}
        Err(PagerHookRefusal::NoSecret) => return Err(Problem::new(Kind::NotFound)),
        Err(PagerHookRefusal::BadSignature) => {
            metrics::counter!("hotroom_pager_forged_total", "pager" => kind.word()).increment(1);
            return Err(Problem::new(Kind::BadSignature));
        }
        // A sender that proved itself is never answered with an error: it would send again what nobody can read.
        Err(PagerHookRefusal::Unreadable(why)) => {
            tracing::warn!(pager = kind.word(), why, "a report of the outside pager cannot be read");
        }
    }
    Ok(StatusCode::ACCEPTED)
}
