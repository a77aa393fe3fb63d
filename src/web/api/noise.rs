//! `/api/v1/report/noise`: the number of events received, and the number of alerts, groups and incidents they caused.

use axum::{Json, extract::State as Given};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::listing::{ListQuery, value};
use crate::{
    store::{DailyNoise, NoiseCounts},
    web::{Caller, Problem, State, problem::ProblemDocument},
};

/// The period.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedNoise {
    /// Number of days, including today: 1 to 366, default 7.
    days: Option<String>,
}

/// Counts of events, alerts, groups and incidents.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoiseReport {
    /// The sum over all days and sources.
    pub total: NoiseCounts,
    /// One entry per day and source, newest day first.
    pub items: Vec<NoiseLine>,
}

/// The counts of one source on one day.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoiseLine {
    /// The day in UTC.
    pub day: String,
    /// The source; null for incidents without an alert.
    pub source: Option<String>,
    /// The counts.
    #[serde(flatten)]
    pub noise: NoiseCounts,
}

/// Reports per day and source the number of events, alerts, groups and incidents.
#[utoipa::path(get, path = "/api/v1/report/noise", tag = "alerts", params(WantedNoise), responses(
    (status = 200, body = NoiseReport), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn report(
    Given(state): Given<State>,
    _: Caller,
    ListQuery(wanted): ListQuery<WantedNoise>,
) -> Result<Json<NoiseReport>, Problem> {
    let days = |text: &str| text.parse().ok().filter(|days| (1..=366).contains(days));
    let days: i64 = value("days", wanted.days.as_deref(), days, "a number from 1 to 366")?.unwrap_or(7);
    let since = state.app.clock.now() - chrono::TimeDelta::days(days - 1);
    let found = state.app.store.search(move |reads| reads.noise_since(since)).await?;
    let mut total = NoiseCounts::default();
    found.iter().for_each(|line| total += line.noise);
    let line = |DailyNoise { day, source, noise }: DailyNoise| NoiseLine {
        day,
        source: Some(source).filter(|source| !source.is_empty()),
        noise,
    };
    Ok(Json(NoiseReport { total, items: found.into_iter().map(line).collect() }))
}
