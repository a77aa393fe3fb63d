//! Reports.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::reports::{ReportGroup, ReportRequest, TimesReport},
    domain::report::{ComparisonVerdict, Figure, Measure, MeasuredIncident, Moment, Spread},
};

/// How long things took in the incidents of a period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimesReport)]
pub struct TimesReportShape {
    /// The first day.
    pub from: NaiveDate,
    /// The last day, which is part of the period.
    pub until: NaiveDate,
    /// The time zone of days and weeks.
    pub zone: String,
    /// What `groups` are: `week`, `severity`, `service` or `team`.
    pub by: &'static str,
    /// How many incidents are counted.
    pub incidents: u64,
    /// True if there are more than a report can count.
    pub incomplete: bool,
    /// The figures over all of them.
    pub figures: Vec<FigureShape>,
    /// The figures of each part. Weeks without an incident are among them.
    pub groups: Vec<ReportGroupShape>,
    /// The other period, if `compare` asks for one.
    pub compared: Option<ComparisonShape>,
}

/// A measure over many incidents.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Figure)]
pub struct FigureShape {
    /// What is measured: `detect`, `acknowledge`, `assemble`, `diagnose`, `mitigate`, `resolve`, `outage` or `inform`.
    pub measure: &'static str,
    /// The moment that it runs from.
    pub from: &'static str,
    /// The moment that it runs to.
    pub until: &'static str,
    /// Over how many incidents.
    pub incidents: u64,
    /// How many were left out: one of the two moments is missing, or they lie in the other order.
    pub left_out: u64,
    /// How many seconds it took; null if all were left out.
    pub seconds: Option<SpreadShape>,
}

/// How durations are spread.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Spread)]
pub struct SpreadShape {
    /// The shortest.
    pub shortest: i64,
    /// A quarter took at most this.
    pub p25: i64,
    /// A half took at most this.
    pub median: i64,
    /// Three quarters took at most this.
    pub p75: i64,
    /// Nine of ten took at most this.
    pub p90: i64,
    /// The longest.
    pub longest: i64,
    /// The sum divided by the number.
    pub mean: i64,
}

/// The incidents of one week, severity, service or team.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportGroup)]
pub struct ReportGroupShape {
    /// The Monday, severity, service or team; empty for incidents without one.
    pub key: String,
    /// The keys of the incidents, the newest first.
    pub incidents: Vec<String>,
    /// Their figures.
    pub figures: Vec<FigureShape>,
}

/// Another period, to compare with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PeriodComparison)]
pub struct ComparisonShape {
    /// The first instant.
    pub from: DateTime<Utc>,
    /// Its end, which is not part of it.
    pub until: DateTime<Utc>,
    /// How many incidents are counted in it.
    pub incidents: u64,
    /// Its figures.
    pub figures: Vec<ComparedFigureShape>,
}

/// A figure of the other period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ComparedFigure)]
pub struct ComparedFigureShape {
    /// The figure.
    #[serde(flatten)]
    pub figure: FigureShape,
    /// The period of the report against this one: `better`, `worse`, `unclear`, or `too_few` if either has fewer than 20
    /// incidents.
    pub verdict: &'static str,
}

/// An incident of a report, with its moments and durations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MeasuredIncident)]
pub struct ReportedIncidentShape {
    /// The key.
    #[schema(example = "HOT-12")]
    pub key: String,
    /// The severity.
    pub severity: &'static str,
    /// The affected service.
    pub service: Option<String>,
    /// When customers were first affected.
    pub impact: Option<DateTime<Utc>>,
    /// When it was first noticed.
    pub detected: Option<DateTime<Utc>>,
    /// When it was declared.
    pub declared: Option<DateTime<Utc>>,
    /// When a person first acknowledged it.
    pub acknowledged: Option<DateTime<Utc>>,
    /// When two people worked on it.
    pub assembled: Option<DateTime<Utc>>,
    /// When its cause was first known.
    pub diagnosed: Option<DateTime<Utc>>,
    /// When customers were no longer affected, for good.
    pub mitigated: Option<DateTime<Utc>>,
    /// When it was resolved, for good.
    pub resolved: Option<DateTime<Utc>>,
    /// When customers first read of it.
    pub informed: Option<DateTime<Utc>>,
    /// How many seconds each measure took; null where it does not apply.
    pub seconds: MeasuredShape,
}

/// The durations of one incident, in seconds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Measured)]
pub struct MeasuredShape {
    /// From impact to detected.
    pub detect: Option<i64>,
    /// From detected to acknowledged.
    pub acknowledge: Option<i64>,
    /// From declared to assembled.
    pub assemble: Option<i64>,
    /// From detected to diagnosed.
    pub diagnose: Option<i64>,
    /// From detected to mitigated.
    pub mitigate: Option<i64>,
    /// From declared to resolved.
    pub resolve: Option<i64>,
    /// From impact to mitigated.
    pub outage: Option<i64>,
    /// From declared to informed.
    pub inform: Option<i64>,
}

/// Milliseconds as whole seconds.
pub fn seconds(millis: i64) -> i64 {
    millis / 1_000
}

impl TimesReportShape {
    /// The shape of a report.
    pub fn of(request: &ReportRequest, report: &TimesReport) -> Self {
        let compared = report.other.as_ref().map(|other| ComparisonShape {
            from: other.period.from,
            until: other.period.until,
            incidents: other.incidents as u64,
            figures: other
                .figures
                .iter()
                .zip(&other.verdicts)
                .map(|(figure, verdict)| compared(figure, *verdict))
                .collect(),
        });
        Self {
            from: request.from,
            until: request.until,
            zone: request.zone.name().to_owned(),
            by: request.by.name(),
            incidents: report.incidents.len() as u64,
            incomplete: report.incomplete,
            figures: report.figures.iter().map(FigureShape::of).collect(),
            groups: report.groups.iter().map(ReportGroupShape::of).collect(),
            compared,
        }
    }
}

fn compared(figure: &Figure, verdict: ComparisonVerdict) -> ComparedFigureShape {
    ComparedFigureShape { figure: FigureShape::of(figure), verdict: verdict.name() }
}

impl FigureShape {
    fn of(figure: &Figure) -> Self {
        Self {
            measure: figure.measure.name(),
            from: figure.measure.from().name(),
            until: figure.measure.until().name(),
            incidents: figure.count as u64,
            left_out: figure.left_out as u64,
            seconds: figure.spread.as_ref().map(SpreadShape::of),
        }
    }
}

impl SpreadShape {
    /// The shape of a spread.
    pub fn of(spread: &Spread) -> Self {
        Self {
            shortest: seconds(spread.shortest),
            p25: seconds(spread.p25),
            median: seconds(spread.median),
            p75: seconds(spread.p75),
            p90: seconds(spread.p90),
            longest: seconds(spread.longest),
            mean: seconds(spread.mean),
        }
    }
}

impl ReportGroupShape {
    fn of(group: &ReportGroup) -> Self {
        Self {
            key: group.key.clone(),
            incidents: group.incidents.clone(),
            figures: group.figures.iter().map(FigureShape::of).collect(),
        }
    }
}

impl ReportedIncidentShape {
    /// The shape of an incident.
    pub fn of(incident: &MeasuredIncident) -> Self {
        let at = |moment: Moment| incident.moments.get(moment);
        let took = |measure: Measure| measure.of(incident).map(seconds);
        Self {
            key: incident.key.to_string(),
            severity: incident.severity.name(),
            service: incident.service.as_ref().map(ToString::to_string),
            impact: at(Moment::Impact),
            detected: at(Moment::Detected),
            declared: at(Moment::Declared),
            acknowledged: at(Moment::Acknowledged),
            assembled: at(Moment::Assembled),
            diagnosed: at(Moment::Diagnosed),
            mitigated: at(Moment::Mitigated),
            resolved: at(Moment::Resolved),
            informed: at(Moment::Informed),
            seconds: MeasuredShape {
                detect: took(Measure::Detect),
                acknowledge: took(Measure::Acknowledge),
                assemble: took(Measure::Assemble),
                diagnose: took(Measure::Diagnose),
                mitigate: took(Measure::Mitigate),
                resolve: took(Measure::Resolve),
                outage: took(Measure::Outage),
                inform: took(Measure::Inform),
            },
        }
    }
}
