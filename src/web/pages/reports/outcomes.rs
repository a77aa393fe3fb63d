//! `/reports/outcomes`: whether it gets better, and the delivery of each service.

use serde::Serialize;

use super::{ReportsQuery, SpreadView};
use crate::{
    app::reports::{self, OutcomesReport},
    domain::report::DeliveryFigures,
    store::{Reads, StoreError},
    web::{
        Problem,
        api::report_query::ReportQuery,
        pages::{page_context::PageContext, words::ConfigNames},
    },
};

/// The context of `templates/web/report_outcomes.html`, without the frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutcomesView {
    /// The first day.
    pub from: String,
    /// The last day.
    pub until: String,
    /// How many incidents are counted.
    pub incidents: usize,
    /// How many of them we detected.
    pub detected_by_us: usize,
    /// How many say who detected them.
    pub detection_known: usize,
    /// The keys of those that came back.
    pub recurring: Vec<String>,
    /// Of how many it is known.
    pub recurrence_known: usize,
    /// How many follow-ups are overdue.
    pub overdue_followups: usize,
    /// Post-mortems that were published on time.
    pub on_time: usize,
    /// Post-mortems that were published late or are overdue.
    pub late: usize,
    /// The services.
    pub services: Vec<DeliveryRow>,
}

/// The metrics of a service; what is `None` is not applicable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryRow {
    /// The name of the service.
    pub name: String,
    /// How many deployments it had.
    pub deployments: usize,
    /// From the commit to the deployment.
    pub lead: Option<SpreadView>,
    /// How many deployments failed.
    pub failed: Option<usize>,
    /// The keys of the incidents that they caused.
    pub failures: Vec<String>,
    /// From the deployment to the recovery.
    pub recovery: Option<SpreadView>,
    /// How many deployments were unplanned fixes.
    pub rework: Option<usize>,
}

impl DeliveryRow {
    fn of(words: ConfigNames<'_>, figures: &DeliveryFigures) -> Self {
        Self {
            name: words.service(&figures.service),
            deployments: figures.deployments,
            lead: figures.lead.map(SpreadView::from),
            failed: figures.failed,
            failures: figures.failures.clone(),
            recovery: figures.recovery.map(SpreadView::from),
            rework: figures.rework,
        }
    }
}

/// Reads the report for the reader.
pub fn read(
    reads: &Reads<'_>,
    context: PageContext<'_>,
    query: &ReportsQuery,
) -> Result<Result<OutcomesView, Problem>, StoreError> {
    let zone = context.config.person(context.reader).map_or(chrono_tz::UTC, |person| person.timezone);
    let query =
        ReportQuery { from: Some(query.from.clone()), until: Some(query.until.clone()), ..ReportQuery::default() };
    let request = match query.request(context.config, context.now, zone) {
        Ok(request) => request,
        Err(problem) => return Ok(Err(problem)),
    };
    let OutcomesReport { incidents, outcomes, overdue_followups, postmortems, delivery } =
        reports::outcomes(reads, context.config, context.reader, &request, context.now)?;
    Ok(Ok(OutcomesView {
        from: request.from.to_string(),
        until: request.until.to_string(),
        incidents,
        detected_by_us: outcomes.detected_by_us,
        detection_known: outcomes.detection_known,
        recurring: outcomes.recurring,
        recurrence_known: outcomes.recurrence_known,
        overdue_followups,
        on_time: postmortems.on_time,
        late: postmortems.late + postmortems.overdue,
        services: delivery.iter().map(|figures| DeliveryRow::of(context.words(), figures)).collect(),
    }))
}
