//! `/api/v1/report/times` and `/api/v1/report/incidents`: how long things took, as JSON and CSV.

pub(super) mod outcomes;

use axum::{
    Json,
    extract::State as Given,
    response::{IntoResponse, Response},
};
use chrono::SecondsFormat;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    csv::CsvTable,
    listing::ListQuery,
    report_query::ReportQuery,
    shapes::{ReportedIncidentShape, TimesReportShape, seconds},
};
use crate::{
    app::reports::{self, ReportRequest, TimesReport},
    domain::report::{Figure, Measure, MeasuredIncident, Moment},
    web::{Caller, Problem, State, problem::ProblemDocument},
};

/// The incidents of a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportedIncidentList {
    /// The incidents, the newest first.
    pub items: Vec<ReportedIncidentShape>,
    /// True if there are more than a report can count.
    pub incomplete: bool,
}

/// Reports how long things took in the incidents of a period that the caller may see.
#[utoipa::path(get, path = "/api/v1/report/times", tag = "reports", params(ReportQuery), responses(
    (status = 200, content((TimesReportShape = "application/json"), (String = "text/csv"))),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn times(
    Given(state): Given<State>,
    caller: Caller,
    ListQuery(query): ListQuery<ReportQuery>,
) -> Result<Response, Problem> {
    let (request, report) = read(&state, caller, &query).await?;
    if query.is_csv()? {
        return Ok(times_table(&report).into_response());
    }
    Ok(Json(TimesReportShape::of(&request, &report)).into_response())
}

/// Lists the incidents of a report with their moments and durations.
#[utoipa::path(get, path = "/api/v1/report/incidents", tag = "reports", params(ReportQuery), responses(
    (status = 200, content((ReportedIncidentList = "application/json"), (String = "text/csv"))),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn incidents(
    Given(state): Given<State>,
    caller: Caller,
    ListQuery(query): ListQuery<ReportQuery>,
) -> Result<Response, Problem> {
    let (_, report) = read(&state, caller, &query).await?;
    if query.is_csv()? {
        return Ok(incidents_table(&report.incidents).into_response());
    }
    let items = report.incidents.iter().map(ReportedIncidentShape::of).collect();
    Ok(Json(ReportedIncidentList { items, incomplete: report.incomplete }).into_response())
}

async fn read(state: &State, caller: Caller, query: &ReportQuery) -> Result<(ReportRequest, TimesReport), Problem> {
    let config = state.app.config.current();
    let request = query.request(&config, state.app.clock.now(), caller.person.timezone)?;
    let asked = request.clone();
    let report = state.app.store.search(move |reads| reports::times(reads, &config, &caller.person.id, &asked)).await?;
    Ok((request, report))
}

/// One row for each figure: first those over all incidents, then those of each part.
fn times_table(report: &TimesReport) -> CsvTable {
    let columns = ["group", "measure", "from", "until", "incidents", "left_out"];
    let spread = ["shortest", "p25", "median", "p75", "p90", "longest", "mean"].map(|name| format!("{name}_seconds"));
    let all = report.figures.iter().map(|figure| figure_row("all", figure));
    let parts = report.groups.iter().flat_map(|group| group.figures.iter().map(|one| figure_row(&group.key, one)));
    CsvTable {
        name: "times",
        columns: columns.into_iter().map(str::to_owned).chain(spread).collect(),
        rows: all.chain(parts).collect(),
    }
}

fn figure_row(group: &str, figure: &Figure) -> Vec<String> {
    let measure = figure.measure;
    let mut row: Vec<String> =
        [group, measure.name(), measure.from().name(), measure.until().name()].map(str::to_owned).to_vec();
    row.extend([figure.count.to_string(), figure.left_out.to_string()]);
    match figure.spread {
        Some(s) => {
            let spans = [s.shortest, s.p25, s.median, s.p75, s.p90, s.longest, s.mean];
            row.extend(spans.map(|millis| seconds(millis).to_string()));
        }
        None => row.extend(std::iter::repeat_n(String::new(), 7)),
    }
    row
}

fn incidents_table(incidents: &[MeasuredIncident]) -> CsvTable {
    let mut columns = vec!["key".to_owned(), "severity".to_owned(), "service".to_owned()];
    columns.extend(Moment::ALL.map(|moment| moment.name().to_owned()));
    columns.extend(Measure::ALL.map(|measure| format!("{}_seconds", measure.name())));
    let row = |incident: &MeasuredIncident| {
        let service = incident.service.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut row = vec![incident.key.to_string(), incident.severity.name().to_owned(), service];
        let at = |moment: Moment| incident.moments.get(moment);
        let text = |moment| at(moment).map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default();
        row.extend(Moment::ALL.map(text));
        let took = |measure: Measure| measure.of(incident).map(|millis| seconds(millis).to_string());
        row.extend(Measure::ALL.map(|measure| took(measure).unwrap_or_default()));
        row
    };
    CsvTable { name: "incidents", columns, rows: incidents.iter().map(row).collect() }
}
