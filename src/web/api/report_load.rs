//! `/api/v1/report/load`: on-call load.

use axum::{
    Json,
    extract::State as Given,
    response::{IntoResponse, Response},
};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    csv::CsvTable,
    listing::ListQuery,
    report_query::ReportQuery,
    shapes::{SpreadShape, seconds},
};
use crate::{
    app::reports::{self, LoadReport},
    domain::report::LoadCounts,
    web::{Caller, Problem, State, problem::ProblemDocument},
};

/// On-call load in a period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoadReport)]
pub struct LoadReportShape {
    /// The first day.
    pub from: NaiveDate,
    /// The last day, which is part of the period.
    pub until: NaiveDate,
    /// Your own.
    pub own: PersonLoadShape,
    /// The sums of the teams that you are in or manage.
    pub teams: Vec<TeamLoadShape>,
}

/// The load of a person, in the person's time zone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonLoad)]
pub struct PersonLoadShape {
    /// How many pages there were.
    #[serde(flatten)]
    pub counts: LoadCountsShape,
    /// How many of them the person acknowledged.
    pub acknowledged: u64,
    /// How many seconds that took from the first message; null if none was acknowledged.
    pub seconds: Option<SpreadShape>,
}

/// The load of a team.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TeamLoad)]
pub struct TeamLoadShape {
    /// The team.
    pub team: String,
    /// How many people it has.
    pub people: u64,
    /// The sum over them; null for fewer than three people.
    pub counts: Option<LoadCountsShape>,
}

/// Numbers of pages, by the time of the first message of each.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoadCounts)]
pub struct LoadCountsShape {
    /// All.
    pub pages: u64,
    /// Between 8 and 22 from Monday to Friday.
    pub day: u64,
    /// Between 22 and 8.
    pub night: u64,
    /// Between 8 and 22 on Saturday and Sunday.
    pub weekend: u64,
    /// Nights with at least one message.
    pub nights: u64,
}

impl From<LoadCounts> for LoadCountsShape {
    fn from(counts: LoadCounts) -> Self {
        let LoadCounts { pages, day, night, weekend, nights } = counts;
        Self { pages, day, night, weekend, nights }
    }
}

/// Reports your own on-call load, and that of your teams as a sum. Nobody sees that of another person.
#[utoipa::path(get, path = "/api/v1/report/load", tag = "reports", params(ReportQuery), responses(
    (status = 200, content((LoadReportShape = "application/json"), (String = "text/csv"))),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn report(
    Given(state): Given<State>,
    caller: Caller,
    ListQuery(query): ListQuery<ReportQuery>,
) -> Result<Response, Problem> {
    let config = state.app.config.current();
    let request = query.request(&config, state.app.clock.now(), caller.person.timezone)?;
    let asked = request.clone();
    let found = state.app.store.search(move |reads| reports::load(reads, &config, &caller.person.id, &asked)).await?;
    if query.is_csv()? {
        return Ok(table(&found).into_response());
    }
    let own = PersonLoadShape {
        counts: found.own.counts.into(),
        acknowledged: found.own.acknowledged,
        seconds: found.own.spread.as_ref().map(SpreadShape::of),
    };
    let team = |load: &reports::TeamLoad| TeamLoadShape {
        team: load.team.to_string(),
        people: load.people as u64,
        counts: load.counts.map(LoadCountsShape::from),
    };
    let teams = found.teams.iter().map(team).collect();
    Ok(Json(LoadReportShape { from: request.from, until: request.until, own, teams }).into_response())
}

fn table(report: &LoadReport) -> CsvTable {
    let columns = ["of", "people", "pages", "day", "night", "weekend", "nights", "acknowledged", "median_seconds"];
    let row = |of: &str, people: usize, counts: Option<LoadCounts>| {
        let numbers = counts.map(|c| [c.pages, c.day, c.night, c.weekend, c.nights].map(|n| n.to_string()));
        let mut row = vec![of.to_owned(), people.to_string()];
        row.extend(numbers.unwrap_or_default());
        row
    };
    let mut own = row("you", 1, Some(report.own.counts));
    own.push(report.own.acknowledged.to_string());
    own.push(report.own.spread.map(|spread| seconds(spread.median).to_string()).unwrap_or_default());
    let team = |load: &reports::TeamLoad| {
        let mut row = row(load.team.as_str(), load.people, load.counts);
        row.extend([String::new(), String::new()]);
        row
    };
    let rows = std::iter::once(own).chain(report.teams.iter().map(team)).collect();
    CsvTable { name: "load", columns: columns.map(str::to_owned).to_vec(), rows }
}
