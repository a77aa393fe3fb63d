//! `/reports/load`: the reader's on-call load, and that of the reader's teams as a sum.

use serde::{Deserialize, Serialize};

use super::SpreadView;
use crate::{
    app::reports::{self, TeamLoad},
    domain::report::LoadCounts,
    store::{Reads, StoreError},
    web::{Problem, api::report_query::ReportQuery, pages::page_context::PageContext},
};

/// The query string.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct LoadQuery {
    /// The first day.
    pub from: String,
    /// The last day.
    pub until: String,
}

/// The context of `templates/web/report_load.html`, without the frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoadView {
    /// The first day.
    pub from: String,
    /// The last day.
    pub until: String,
    /// The time zone of the reader.
    pub zone: String,
    /// The reader's own.
    pub own: CountsView,
    /// How many pages the reader acknowledged.
    pub acknowledged: u64,
    /// How long that took, in milliseconds.
    pub spread: Option<SpreadView>,
    /// The teams of the reader.
    pub teams: Vec<TeamLoadRow>,
}

/// Numbers of pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CountsView {
    /// All.
    pub pages: u64,
    /// By day.
    pub day: u64,
    /// By night.
    pub night: u64,
    /// On weekends by day.
    pub weekend: u64,
    /// Interrupted nights.
    pub nights: u64,
}

/// A team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TeamLoadRow {
    /// Its name.
    pub name: String,
    /// How many people it has.
    pub people: usize,
    /// The sum over them; `None` if they are too few.
    pub counts: Option<CountsView>,
}

impl From<LoadCounts> for CountsView {
    fn from(counts: LoadCounts) -> Self {
        let LoadCounts { pages, day, night, weekend, nights } = counts;
        Self { pages, day, night, weekend, nights }
    }
}

/// Reads the load that the reader may see.
pub fn read(
    reads: &Reads<'_>,
    context: PageContext<'_>,
    query: &LoadQuery,
) -> Result<Result<LoadView, Problem>, StoreError> {
    let zone = context.config.person(context.reader).map_or(chrono_tz::UTC, |person| person.timezone);
    let query =
        ReportQuery { from: Some(query.from.clone()), until: Some(query.until.clone()), ..ReportQuery::default() };
    let request = match query.request(context.config, context.now, zone) {
        Ok(request) => request,
        Err(problem) => return Ok(Err(problem)),
    };
    let report = reports::load(reads, context.config, context.reader, &request)?;
    let name = |load: &TeamLoad| context.config.team(&load.team).map_or_else(String::new, |team| team.name.clone());
    let row = |load: &TeamLoad| TeamLoadRow {
        name: name(load),
        people: load.people,
        counts: load.counts.map(CountsView::from),
    };
    Ok(Ok(LoadView {
        from: request.from.to_string(),
        until: request.until.to_string(),
        zone: zone.name().to_owned(),
        own: report.own.counts.into(),
        acknowledged: report.own.acknowledged,
        spread: report.own.spread.map(SpreadView::from),
        teams: report.teams.iter().map(row).collect(),
    }))
}
