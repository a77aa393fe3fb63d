//! `/api/v1/report/outcomes`: whether it gets better, and DORA's five metrics of each service.

use axum::{
    Json,
    extract::State as Given,
    response::{IntoResponse, Response},
};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::reports::{self, OutcomesReport, PostmortemCounts},
    domain::report::{DeliveryFigures, Spread},
    web::{
        Caller, Problem, State,
        api::{
            csv::CsvTable,
            listing::ListQuery,
            report_query::ReportQuery,
            shapes::{SpreadShape, seconds},
        },
        problem::ProblemDocument,
    },
};

/// Whether it gets better.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutcomesReport)]
pub struct OutcomesShape {
    /// The first day.
    pub from: NaiveDate,
    /// The last day, which is part of the period.
    pub until: NaiveDate,
    /// How many incidents are counted.
    pub incidents: u64,
    /// Those that we detected, of those that say who did.
    pub detected_by_us: ShareShape,
    /// Those with the same class of the cause and service as another one of the 90 days before, or that a person linked.
    pub recurring: ShareShape,
    /// The keys of these.
    pub recurring_incidents: Vec<String>,
    /// How many follow-ups are overdue now.
    pub overdue_followups: u64,
    /// The post-mortems of these incidents.
    pub postmortems: PostmortemCountsShape,
    /// DORA's metrics of each service with a deployment.
    pub delivery: Vec<DeliveryShape>,
}

/// A number of a whole. It is not applicable if the whole is 0.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Share)]
pub struct ShareShape {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
}

/// Post-mortems of a period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PostmortemCounts)]
pub struct PostmortemCountsShape {
    /// Published within their targets.
    pub on_time: u64,
    /// Published later.
    pub late: u64,
    /// Not published, and past their targets.
    pub overdue: u64,
}

/// DORA's five metrics of a service. What is null is not applicable.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryShape {
    /// The service.
    pub service: String,
    /// Deployment frequency: how many deployments there were in the period.
    pub deployments: u64,
    /// Change lead time in seconds, from the commit to the deployment.
    pub lead_seconds: Option<SpreadShape>,
    /// Change fail rate: how many deployments caused an incident.
    pub failed: Option<u64>,
    /// The keys of the incidents that they caused.
    pub failures: Vec<String>,
    /// Failed deployment recovery time in seconds, from the deployment to the recovery.
    pub recovery_seconds: Option<SpreadShape>,
    /// Deployment rework rate: how many deployments were the unplanned fix of an incident.
    pub rework: Option<u64>,
}

impl From<PostmortemCounts> for PostmortemCountsShape {
    fn from(counts: PostmortemCounts) -> Self {
        let PostmortemCounts { on_time, late, overdue } = counts;
        Self { on_time: on_time as u64, late: late as u64, overdue: overdue as u64 }
    }
}

impl From<&DeliveryFigures> for DeliveryShape {
    fn from(figures: &DeliveryFigures) -> Self {
        Self {
            service: figures.service.to_string(),
            deployments: figures.deployments as u64,
            lead_seconds: figures.lead.as_ref().map(SpreadShape::of),
            failed: figures.failed.map(|count| count as u64),
            failures: figures.failures.clone(),
            recovery_seconds: figures.recovery.as_ref().map(SpreadShape::of),
            rework: figures.rework.map(|count| count as u64),
        }
    }
}

/// Reports who detected incidents, which came back, what is overdue, and DORA's five metrics of each service. Failures are only
/// the incidents that name the deployment that caused them. CSV has the metrics of the services.
#[utoipa::path(get, path = "/api/v1/report/outcomes", tag = "reports", params(ReportQuery), responses(
    (status = 200, content((OutcomesShape = "application/json"), (String = "text/csv"))),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(in crate::web::api) async fn report(
    Given(state): Given<State>,
    caller: Caller,
    ListQuery(query): ListQuery<ReportQuery>,
) -> Result<Response, Problem> {
    let (config, now) = (state.app.config.current(), state.app.clock.now());
    let request = query.request(&config, now, caller.person.timezone)?;
    let asked = request.clone();
    let read = move |reads: &crate::store::Reads<'_>| reports::outcomes(reads, &config, &caller.person.id, &asked, now);
    let OutcomesReport { incidents, outcomes, overdue_followups, postmortems, delivery } =
        state.app.store.search(read).await?;
    if query.is_csv()? {
        return Ok(table(&delivery).into_response());
    }
    let share = |count: usize, of: usize| ShareShape { count: count as u64, of: of as u64 };
    Ok(Json(OutcomesShape {
        from: request.from,
        until: request.until,
        incidents: incidents as u64,
        detected_by_us: share(outcomes.detected_by_us, outcomes.detection_known),
        recurring: share(outcomes.recurring.len(), outcomes.recurrence_known),
        recurring_incidents: outcomes.recurring,
        overdue_followups: overdue_followups as u64,
        postmortems: postmortems.into(),
        delivery: delivery.iter().map(DeliveryShape::from).collect(),
    })
    .into_response())
}

fn table(delivery: &[DeliveryFigures]) -> CsvTable {
    let columns = ["service", "deployments", "lead_median_seconds", "failed", "recovery_median_seconds", "rework"];
    let median = |spread: Option<Spread>| spread.map(|one| seconds(one.median).to_string()).unwrap_or_default();
    let count = |count: Option<usize>| count.map(|count| count.to_string()).unwrap_or_default();
    let row = |one: &DeliveryFigures| {
        let numbers = [median(one.lead), count(one.failed), median(one.recovery), count(one.rework)];
        [one.service.to_string(), one.deployments.to_string()].into_iter().chain(numbers).collect()
    };
    CsvTable {
        name: "delivery",
        columns: columns.map(str::to_owned).to_vec(),
        rows: delivery.iter().map(row).collect(),
    }
}
