//! Reports over many incidents, limited to what the reader may see.

mod load;
mod outcomes;
mod request;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    config::Config,
    domain::{
        ids::{IncidentId, PersonId, TeamId},
        incident::{CAUSE, DETECTION},
        report::{ComparisonVerdict, Figure, Measure, MeasuredIncident, compare, week_of, weeks},
    },
    store::{ListViewer, Reads, ReportFilter, StoreError},
};

pub use load::{LoadReport, TeamLoad, load};
pub use outcomes::{OutcomesReport, PostmortemCounts, outcomes};
pub use request::{Breakdown, Period, ReportRequest};

/// How long things took, in the incidents of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimesReport {
    /// The period.
    pub period: Period,
    /// The incidents that are counted, the newest first.
    pub incidents: Vec<MeasuredIncident>,
    /// True if there are more than a report can count.
    pub incomplete: bool,
    /// The figures over all of them.
    pub figures: Vec<Figure>,
    /// The figures of each part.
    pub groups: Vec<ReportGroup>,
    /// The other period, if two are compared.
    pub other: Option<PeriodComparison>,
}

/// The incidents of one week, severity, service or team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportGroup {
    /// The Monday, the name of the severity, the id of the service or team, or the value of the field; empty for incidents
    /// without one.
    pub key: String,
    /// The keys of the incidents, the newest first.
    pub incidents: Vec<String>,
    /// Their figures.
    pub figures: Vec<Figure>,
}

/// Another period, to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodComparison {
    /// The period.
    pub period: Period,
    /// How many incidents are counted in it.
    pub incidents: usize,
    /// Its figures.
    pub figures: Vec<Figure>,
    /// What the durations of the period of the report are against those of this one, in the order of the figures.
    pub verdicts: Vec<ComparisonVerdict>,
}

/// Computes how long things took.
pub fn times(
    reads: &Reads<'_>,
    config: &Config,
    viewer: &PersonId,
    request: &ReportRequest,
) -> Result<TimesReport, StoreError> {
    let count = |period: Period| counted(reads, config, viewer, request, period);
    let period = request.period();
    let (incidents, incomplete) = count(period)?;
    let all: Vec<&MeasuredIncident> = incidents.iter().collect();
    let other = request.other().map(|other| -> Result<PeriodComparison, StoreError> {
        let (before, _) = count(other)?;
        let before: Vec<&MeasuredIncident> = before.iter().collect();
        Ok(PeriodComparison {
            period: other,
            incidents: before.len(),
            figures: Figure::all(&before),
            verdicts: Measure::ALL.map(|measure| compare(&spans(measure, &all), &spans(measure, &before))).to_vec(),
        })
    });
    let other = other.transpose()?;
    let (figures, groups) = (Figure::all(&all), groups(reads, config, request, &all)?);
    Ok(TimesReport { period, incomplete, figures, groups, other, incidents })
}

fn spans(measure: Measure, incidents: &[&MeasuredIncident]) -> Vec<i64> {
    incidents.iter().filter_map(|incident| measure.of(incident)).collect()
}

/// Returns the incidents of a period that a request counts, and whether there are more than can be counted.
fn counted(
    reads: &Reads<'_>,
    config: &Config,
    viewer: &PersonId,
    request: &ReportRequest,
    period: Period,
) -> Result<(Vec<MeasuredIncident>, bool), StoreError> {
    let viewer = ListViewer::Person(viewer.clone());
    let filter = ReportFilter { viewer, from: period.from, until: period.until, drills: request.drills };
    let mut found = reads.reported_incidents(&filter)?;
    found.items.retain(|incident| {
        request.severity.is_none_or(|severity| severity == incident.severity)
            && request.service.as_ref().is_none_or(|service| incident.service.as_ref() == Some(service))
            && request.team.as_ref().is_none_or(|team| team_of(config, incident).as_ref() == Some(team))
    });
    Ok((found.items, found.more))
}

/// Returns the team that owns the service of an incident now.
fn team_of(config: &Config, incident: &MeasuredIncident) -> Option<TeamId> {
    config.service(incident.service.as_ref()?.as_str())?.team.clone()
}

/// Returns the parts of a report. Every week of the period is one, also without an incident; other parts have at least one.
fn groups(
    reads: &Reads<'_>,
    config: &Config,
    request: &ReportRequest,
    incidents: &[&MeasuredIncident],
) -> Result<Vec<ReportGroup>, StoreError> {
    let values = match request.by {
        Breakdown::Cause => values_of(reads, request, CAUSE)?,
        Breakdown::Detection => values_of(reads, request, DETECTION)?,
        Breakdown::Week | Breakdown::Severity | Breakdown::Service | Breakdown::Team => BTreeMap::new(),
    };
    let mut parts: BTreeMap<String, Vec<&MeasuredIncident>> = BTreeMap::new();
    if request.by == Breakdown::Week {
        let Period { from, until } = request.period();
        parts.extend(weeks(from, until, request.zone).iter().map(|monday| (day(*monday), Vec::new())));
    }
    for incident in incidents {
        let key = match request.by {
            Breakdown::Week => day(week_of(incident.declared, request.zone)),
            Breakdown::Severity => incident.severity.name().to_owned(),
            Breakdown::Service => incident.service.as_ref().map(ToString::to_string).unwrap_or_default(),
            Breakdown::Team => team_of(config, incident).map(|team| team.to_string()).unwrap_or_default(),
            Breakdown::Cause | Breakdown::Detection => values.get(&incident.id).cloned().unwrap_or_default(),
        };
        parts.entry(key).or_default().push(incident);
    }
    let group = |(key, incidents): (String, Vec<&MeasuredIncident>)| ReportGroup {
        key,
        figures: Figure::all(&incidents),
        incidents: incidents.iter().map(|incident| incident.key.to_string()).collect(),
    };
    Ok(parts.into_iter().map(group).collect())
}

/// Returns the value of a field of each incident of a report that has one.
fn values_of(
    reads: &Reads<'_>,
    request: &ReportRequest,
    field: &str,
) -> Result<BTreeMap<IncidentId, String>, StoreError> {
    let Period { from, until } = request.period();
    let filter = ReportFilter { viewer: ListViewer::Everything, from, until, drills: request.drills };
    let found = reads.reported_fields(&filter, &[field])?;
    Ok(found.into_iter().map(|one| (one.incident, one.value)).collect())
}

fn day(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}
