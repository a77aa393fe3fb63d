//! `/reports`: how long things took, over many incidents.

pub mod chart;
pub mod load;
pub mod outcomes;
mod spread;

use serde::{Deserialize, Serialize};

use super::{incidents::Choice, page_context::PageContext, words};
use crate::{
    app::reports::{self, Breakdown, ReportGroup, ReportRequest, TimesReport},
    domain::{
        incident::Severity,
        report::{Figure, Measure, MeasuredIncident},
    },
    store::{Reads, StoreError},
    web::{Problem, api::report_query::ReportQuery},
};
use chart::DotChart;

pub use spread::SpreadView;

/// Number of incidents on the view; the table for spreadsheets has all.
const SHOWN: usize = 200;

/// The longest value of the query.
const LONGEST: usize = 100;

/// The query string.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct ReportsQuery {
    /// The first day.
    pub from: String,
    /// The last day.
    pub until: String,
    /// The time zone.
    pub zone: String,
    /// What it is broken down by.
    pub by: String,
    /// A severity.
    pub severity: String,
    /// A service.
    pub service: String,
    /// A team.
    pub team: String,
    /// `true` to count drills.
    pub drills: String,
    /// `before` or the first day of another period.
    pub compare: String,
    /// The measure of the chart and of the list of incidents.
    pub measure: String,
}

/// The context of `templates/web/reports.html`, without the frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportsView {
    /// What is shown.
    pub filter: ReportsQuery,
    /// The breakdowns.
    pub breakdowns: Vec<&'static str>,
    /// The severities.
    pub severities: Vec<Choice>,
    /// The services.
    pub services: Vec<Choice>,
    /// The teams.
    pub teams: Vec<Choice>,
    /// How many incidents are counted.
    pub total: usize,
    /// True if there are more than a report can count.
    pub incomplete: bool,
    /// The figures over all of them.
    pub figures: Vec<FigureRow>,
    /// The other period.
    pub compared: Option<ComparedPeriod>,
    /// The measure of the chart and of the list.
    pub measure: MeasureWords,
    /// The chart; `None` if no incident has the measure.
    pub chart: Option<DotChart>,
    /// The parts.
    pub groups: Vec<GroupFigureRow>,
    /// The incidents, the newest first.
    pub incidents: Vec<ReportedRow>,
    /// The address of the figures as a table for spreadsheets.
    pub times_csv: String,
    /// The address of the incidents as a table for spreadsheets.
    pub incidents_csv: String,
}

/// A measure, and the moments it runs between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MeasureWords {
    /// Its name.
    pub name: &'static str,
    /// The moment that it runs from.
    pub from: &'static str,
    /// The moment that it runs to.
    pub until: &'static str,
}

/// A figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FigureRow {
    /// What is measured.
    pub measure: MeasureWords,
    /// Over how many incidents.
    pub count: usize,
    /// How many were left out.
    pub left_out: usize,
    /// How long it took, in milliseconds; `None` if all were left out.
    pub spread: Option<SpreadView>,
    /// The median of the other period.
    pub median_before: Option<i64>,
    /// How many incidents of the other period have it.
    pub count_before: usize,
    /// The verdict of the comparison; `None` if nothing is compared.
    pub verdict: Option<&'static str>,
    /// The address of the view with its incidents.
    pub href: String,
}

/// The other period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComparedPeriod {
    /// Its first instant.
    pub from: String,
    /// Its first day.
    pub from_day: String,
    /// How many incidents are counted in it.
    pub incidents: usize,
}

/// A part of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupFigureRow {
    /// Its name; empty for incidents without a service or team.
    pub name: String,
    /// How many incidents it has.
    pub incidents: usize,
    /// The width of its bar, of 100.
    pub width: usize,
    /// How many of them have the measure.
    pub count: usize,
    /// How long it took, in milliseconds.
    pub spread: Option<SpreadView>,
    /// The address of the view with its incidents; `None` if it cannot be selected.
    pub href: Option<String>,
}

/// An incident in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportedRow {
    /// Its key.
    pub key: String,
    /// Its severity.
    pub severity: &'static str,
    /// The name of the severity.
    pub severity_name: String,
    /// The name of the service.
    pub service: Option<String>,
    /// When it was declared.
    pub declared: String,
    /// How long it took, in milliseconds; `None` if it is left out.
    pub span_ms: Option<i64>,
}

/// Reads the report for the reader.
pub fn read(
    reads: &Reads<'_>,
    context: PageContext<'_>,
    query: ReportsQuery,
) -> Result<Result<ReportsView, Problem>, StoreError> {
    let query = query.bounded();
    let zone = context.config.person(context.reader).map_or(chrono_tz::UTC, |person| person.timezone);
    let request = match query.report().request(context.config, context.now, zone) {
        Ok(request) => request,
        Err(problem) => return Ok(Err(problem)),
    };
    let report = reports::times(reads, context.config, context.reader, &request)?;
    let measure = Measure::parse(&query.measure).unwrap_or(Measure::Resolve);
    Ok(Ok(view(context, query.filled(&request, measure), &request, &report)))
}

fn view(context: PageContext<'_>, filter: ReportsQuery, request: &ReportRequest, report: &TimesReport) -> ReportsView {
    let words = context.words();
    let measure = Measure::parse(&filter.measure).unwrap_or(Measure::Resolve);
    let choice = |id: String, name: String| Choice { id, name };
    let services = context.config.services.iter().map(|one| choice(one.id.to_string(), one.name.clone())).collect();
    let teams = context.config.teams.iter().map(|one| choice(one.id.to_string(), one.name.clone())).collect();
    let most = report.groups.iter().map(|group| group.incidents.len()).max().unwrap_or(0);
    let groups = report.groups.iter().map(|part| group_row(context, &filter, request, part, most));
    ReportsView {
        breakdowns: Breakdown::ALL.map(Breakdown::name).to_vec(),
        severities: Severity::ALL.map(|one| choice(one.name().to_owned(), words.severity(one))).to_vec(),
        services,
        teams,
        total: report.incidents.len(),
        incomplete: report.incomplete,
        figures: figure_rows(&filter, report),
        compared: report.other.as_ref().map(|other| ComparedPeriod {
            from: words::at(other.period.from),
            from_day: other.period.from.with_timezone(&request.zone).format("%Y-%m-%d").to_string(),
            incidents: other.incidents,
        }),
        measure: MeasureWords::of(measure),
        chart: DotChart::draw(measure, report, request.zone),
        groups: groups.collect(),
        incidents: report.incidents.iter().take(SHOWN).map(|one| reported_row(context, measure, one)).collect(),
        times_csv: filter.csv("times"),
        incidents_csv: filter.csv("incidents"),
        filter,
    }
}

fn figure_rows(filter: &ReportsQuery, report: &TimesReport) -> Vec<FigureRow> {
    let other = report.other.as_ref();
    let row = |(n, figure): (usize, &Figure)| {
        let before = other.and_then(|other| other.figures.get(n));
        let measure = MeasureWords::of(figure.measure);
        FigureRow {
            measure,
            count: figure.count,
            left_out: figure.left_out,
            spread: figure.spread.map(SpreadView::from),
            median_before: before.and_then(|figure| figure.spread).map(|spread| spread.median),
            count_before: before.map_or(0, |figure| figure.count),
            verdict: other.and_then(|other| other.verdicts.get(n)).map(|verdict| verdict.name()),
            href: ReportsQuery { measure: measure.name.to_owned(), ..filter.clone() }.href(),
        }
    };
    report.figures.iter().enumerate().map(row).collect()
}

fn group_row(
    context: PageContext<'_>,
    filter: &ReportsQuery,
    request: &ReportRequest,
    part: &ReportGroup,
    most: usize,
) -> GroupFigureRow {
    let measure = Measure::parse(&filter.measure).unwrap_or(Measure::Resolve);
    let figure = part.figures.iter().find(|figure| figure.measure == measure);
    let key = part.key.as_str();
    let only = match request.by {
        Breakdown::Week => filter.week(request, key),
        Breakdown::Severity => ReportsQuery { severity: key.to_owned(), ..filter.clone() },
        Breakdown::Service => ReportsQuery { service: key.to_owned(), ..filter.clone() },
        Breakdown::Team => ReportsQuery { team: key.to_owned(), ..filter.clone() },
        Breakdown::Cause | Breakdown::Detection => filter.clone(),
    };
    let href = match request.by {
        Breakdown::Cause | Breakdown::Detection => {
            format!("/incidents?field={}", words::percent(&format!("{}={key}", request.by.name())))
        }
        Breakdown::Week | Breakdown::Severity | Breakdown::Service | Breakdown::Team => only.href(),
    };
    GroupFigureRow {
        name: group_name(context, request.by, key),
        incidents: part.incidents.len(),
        width: (part.incidents.len() * 100).div_ceil(most.max(1)),
        count: figure.map_or(0, |figure| figure.count),
        spread: figure.and_then(|figure| figure.spread).map(SpreadView::from),
        href: if key.is_empty() { None } else { Some(href) },
    }
}

fn group_name(context: PageContext<'_>, by: Breakdown, key: &str) -> String {
    let words = context.words();
    match by {
        Breakdown::Week | Breakdown::Cause | Breakdown::Detection => key.to_owned(),
        Breakdown::Severity => Severity::parse(key).map_or_else(|| key.to_owned(), |one| words.severity(one)),
        Breakdown::Service if key.is_empty() => String::new(),
        Breakdown::Service => words.service(&key.into()),
        Breakdown::Team => {
            let team = context.config.teams.iter().find(|team| team.id.as_str() == key);
            team.map_or_else(|| key.to_owned(), |team| team.name.clone())
        }
    }
}

fn reported_row(context: PageContext<'_>, measure: Measure, incident: &MeasuredIncident) -> ReportedRow {
    let words = context.words();
    ReportedRow {
        key: incident.key.to_string(),
        severity: incident.severity.name(),
        severity_name: words.severity(incident.severity),
        service: incident.service.as_ref().map(|service| words.service(service)),
        declared: words::at(incident.declared),
        span_ms: measure.of(incident),
    }
}

impl MeasureWords {
    /// The words of a measure.
    pub fn of(measure: Measure) -> Self {
        Self { name: measure.name(), from: measure.from().name(), until: measure.until().name() }
    }
}

impl ReportsQuery {
    fn bounded(self) -> Self {
        let cut = |text: String| text.trim().chars().take(LONGEST).collect();
        Self {
            from: cut(self.from),
            until: cut(self.until),
            zone: cut(self.zone),
            by: cut(self.by),
            severity: cut(self.severity),
            service: cut(self.service),
            team: cut(self.team),
            drills: cut(self.drills),
            compare: cut(self.compare),
            measure: cut(self.measure),
        }
    }

    fn report(&self) -> ReportQuery {
        let set = |text: &String| Some(text.clone());
        ReportQuery {
            from: set(&self.from),
            until: set(&self.until),
            zone: set(&self.zone),
            by: set(&self.by),
            severity: set(&self.severity),
            service: set(&self.service),
            team: set(&self.team),
            drills: set(&self.drills),
            compare: set(&self.compare),
            format: None,
        }
    }

    /// The query with what was left out, so that the form shows what is counted.
    fn filled(self, request: &ReportRequest, measure: Measure) -> Self {
        Self {
            from: request.from.to_string(),
            until: request.until.to_string(),
            zone: request.zone.name().to_owned(),
            by: request.by.name().to_owned(),
            measure: measure.name().to_owned(),
            ..self
        }
    }

    /// The query for one week of the period.
    fn week(&self, request: &ReportRequest, monday: &str) -> Self {
        let Ok(monday) = monday.parse::<chrono::NaiveDate>() else { return self.clone() };
        let sunday = monday + chrono::TimeDelta::days(6);
        let (from, until) = (monday.max(request.from), sunday.min(request.until));
        Self { from: from.to_string(), until: until.to_string(), compare: String::new(), ..self.clone() }
    }

    fn pairs(&self) -> [(&'static str, &str); 10] {
        [
            ("from", &self.from),
            ("until", &self.until),
            ("zone", &self.zone),
            ("by", &self.by),
            ("severity", &self.severity),
            ("service", &self.service),
            ("team", &self.team),
            ("drills", &self.drills),
            ("compare", &self.compare),
            ("measure", &self.measure),
        ]
    }

    fn href(&self) -> String {
        format!("/reports?{}", self.text(|_| true))
    }

    fn csv(&self, report: &str) -> String {
        format!("/api/v1/report/{report}?format=csv&{}", self.text(|name| name != "measure"))
    }

    fn text(&self, takes: impl Fn(&str) -> bool) -> String {
        let set = self.pairs().into_iter().filter(|(name, value)| takes(name) && !value.is_empty());
        set.map(|(name, value)| format!("{name}={}", words::percent(value))).collect::<Vec<_>>().join("&")
    }
}
