//! `/api/v1/report/noise`: how much came in, and how much of it people saw.

use axum::{Json, extract::State as Given};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::listing::{Asked, value};
use crate::{
    store::{DailyNoise, NoiseCounts},
    web::{Caller, Problem, State, problem::Document},
};

/// Since when.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedNoise {
    /// How many days, today included: 1 to 366, usually 7.
    days: Option<String>,
}

/// What became of what came in.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoiseReport {
    /// All days and sources together.
    pub total: NoiseCounts,
    /// One line a day and source, the newest day first.
    pub items: Vec<NoiseLine>,
}

/// A day of a source.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoiseLine {
    /// The day in UTC.
    pub day: String,
    /// The source; null: incidents that came of no alert.
    pub source: Option<String>,
    /// How much.
    #[serde(flatten)]
    pub noise: NoiseCounts,
}

/// Tells for each day and source how many events came, how many alerts they were, how many groups these made, and how many
/// incidents came of it.
#[utoipa::path(get, path = "/api/v1/report/noise", tag = "alerts", params(WantedNoise), responses(
    (status = 200, body = NoiseReport), (status = "default", body = Document)))]
pub(super) async fn report(
    Given(state): Given<State>,
    _: Caller,
    Asked(wanted): Asked<WantedNoise>,
) -> Result<Json<NoiseReport>, Problem> {
    let days = |text: &str| text.parse().ok().filter(|days| (1..=366).contains(days));
    let days: i64 = value("days", wanted.days.as_deref(), days, "a number from 1 to 366")?.unwrap_or(7);
    let since = state.app.clock.now() - chrono::TimeDelta::days(days - 1);
    let found = state.app.store.read(move |reads| reads.noise_since(since)).await?;
    let mut total = NoiseCounts::default();
    found.iter().for_each(|line| total += line.noise);
    let line = |DailyNoise { day, source, noise }: DailyNoise| NoiseLine {
        day,
        source: Some(source).filter(|source| !source.is_empty()),
        noise,
    };
    Ok(Json(NoiseReport { total, items: found.into_iter().map(line).collect() }))
}
