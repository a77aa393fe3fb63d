//! Whether it gets better: who detects incidents, whether they come back, what is overdue, and the delivery of each service.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::{
    counted,
    request::{Period, ReportRequest},
};
use crate::{
    config::Config,
    domain::{
        Timestamp,
        ids::{IncidentId, PersonId, ServiceId},
        incident::{CAUSE, DEPLOYMENT, DETECTION, FIX, REPEAT_OF},
        report::{
            DeliveryFigures, DeployedIncident, Deployment, MeasuredIncident, Moment, OutcomeIncident, Outcomes,
            RECURS_WITHIN,
        },
        review::PostmortemState,
    },
    store::{ChangeFilter, FollowUpFilter, ListViewer, PostmortemFilter, Reads, ReportFilter, StoreError},
};

/// The most change events of one report.
const MOST_CHANGES: usize = 20_000;
/// The most follow-ups and post-mortems that a report counts.
const MOST_ITEMS: usize = 500;

/// Whether it gets better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomesReport {
    /// How many incidents are counted.
    pub incidents: usize,
    /// What they say.
    pub outcomes: Outcomes,
    /// How many follow-ups of all incidents are overdue now; at most 500 are counted.
    pub overdue_followups: usize,
    /// Post-mortems of the incidents of the period.
    pub postmortems: PostmortemCounts,
    /// The delivery of each service with a deployment in the period.
    pub delivery: Vec<DeliveryFigures>,
}

/// Post-mortems of a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PostmortemCounts {
    /// Published within their targets.
    pub on_time: usize,
    /// Published later.
    pub late: usize,
    /// Not published, and past their targets.
    pub overdue: usize,
}

/// Computes what a person may see of it.
pub fn outcomes(
    reads: &Reads<'_>,
    config: &Config,
    viewer: &PersonId,
    request: &ReportRequest,
    now: Timestamp,
) -> Result<OutcomesReport, StoreError> {
    let period = request.period();
    let wide = Period { from: period.from - TimeDelta::days(RECURS_WITHIN), until: period.until };
    let (incidents, _) = counted(reads, config, viewer, request, wide)?;
    let fields = fields_of(reads, wide, request)?;
    let field = |incident: &MeasuredIncident, name: &str| fields.get(&(incident.id, name.to_owned())).cloned();
    let with_fields = |incident| OutcomeIncident {
        incident,
        detection: field(incident, DETECTION),
        cause: field(incident, CAUSE),
        repeat_of: field(incident, REPEAT_OF),
    };
    let all: Vec<OutcomeIncident<'_>> = incidents.iter().map(with_fields).collect();
    let is_counted = |incident: &MeasuredIncident| incident.declared >= period.from;
    let deployed: Vec<DeployedIncident> = incidents
        .iter()
        .filter(|incident| is_counted(incident))
        .map(|incident| DeployedIncident {
            key: incident.key.to_string(),
            cause: field(incident, DEPLOYMENT),
            fix: field(incident, FIX),
            recovered: incident.moments.get(Moment::Mitigated).or(incident.moments.get(Moment::Resolved)),
        })
        .collect();
    let ids: BTreeSet<IncidentId> = incidents.iter().filter(|one| is_counted(one)).map(|one| one.id).collect();
    let overdue = FollowUpFilter {
        viewer: ListViewer::Person(viewer.clone()),
        due_by: Some(now),
        limit: MOST_ITEMS,
        ..FollowUpFilter::default()
    };
    Ok(OutcomesReport {
        incidents: ids.len(),
        outcomes: Outcomes::of(&all, is_counted),
        overdue_followups: reads.list_followups(&overdue)?.items.len(),
        postmortems: postmortems(reads, viewer, &ids, now)?,
        delivery: delivery(reads, config, request, &deployed)?,
    })
}

type FieldsByIncident = BTreeMap<(IncidentId, String), String>;

fn fields_of(reads: &Reads<'_>, period: Period, request: &ReportRequest) -> Result<FieldsByIncident, StoreError> {
    let Period { from, until } = period;
    let filter = ReportFilter { viewer: ListViewer::Everything, from, until, drills: request.drills };
    let found = reads.reported_fields(&filter, &[DETECTION, CAUSE, REPEAT_OF, DEPLOYMENT, FIX])?;
    Ok(found.into_iter().map(|one| ((one.incident, one.field), one.value)).collect())
}

fn postmortems(
    reads: &Reads<'_>,
    viewer: &PersonId,
    ids: &BTreeSet<IncidentId>,
    now: Timestamp,
) -> Result<PostmortemCounts, StoreError> {
    let filter = PostmortemFilter {
        viewer: ListViewer::Person(viewer.clone()),
        limit: MOST_ITEMS,
        ..PostmortemFilter::default()
    };
    let mut counts = PostmortemCounts::default();
    for listed in reads.list_postmortems(&filter)?.items {
        let postmortem = &listed.postmortem;
        if !ids.contains(&postmortem.incident) || postmortem.state == PostmortemState::Skipped {
            continue;
        }
        let targets = postmortem.targets;
        let due = postmortem.opened_at + targets.draft + targets.review + targets.publish;
        match postmortem.published_at {
            Some(at) if at <= due => counts.on_time += 1,
            Some(_) => counts.late += 1,
            None => counts.overdue += usize::from(now > due),
        }
    }
    Ok(counts)
}

/// The metrics of each service that had a deployment: a change event that names the service.
fn delivery(
    reads: &Reads<'_>,
    config: &Config,
    request: &ReportRequest,
    incidents: &[DeployedIncident],
) -> Result<Vec<DeliveryFigures>, StoreError> {
    let Period { from, until } = request.period();
    let filter = ChangeFilter { from: Some(from), until: Some(until), limit: MOST_CHANGES, ..ChangeFilter::default() };
    let found = reads.list_changes(&filter)?;
    let deployment = |one: crate::store::StoredChange| Some(Deployment::of(one.id, one.service?, &one.change));
    let deployments: Vec<Deployment> = found.into_iter().filter_map(deployment).collect();
    let mut services: BTreeMap<ServiceId, Vec<&Deployment>> = BTreeMap::new();
    for one in &deployments {
        services.entry(one.service.clone()).or_default().push(one);
    }
    services.retain(|service, _| {
        let team = config.service(service.as_str()).and_then(|known| known.team.clone());
        request.service.as_ref().is_none_or(|wanted| wanted == service)
            && request.team.as_ref().is_none_or(|wanted| team.as_ref() == Some(wanted))
    });
    Ok(services.into_iter().map(|(service, all)| DeliveryFigures::of(service, &all, incidents)).collect())
}
