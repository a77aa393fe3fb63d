//! DORA's five metrics of one service, from its deployments and the incidents that name them.
//!
//! A deployment failed if an incident names it as its cause, and was rework if an incident names it as its fix. Nothing is
//! guessed from times.

use super::Spread;
use crate::domain::{Timestamp, alert::Change, ids::ServiceId};

/// The details in which senders say what was deployed.
const NAMES: [&str; 8] = ["id", "deployment", "commit", "sha", "revision", "version", "ref", "run"];
/// The details in which senders say when the change was committed.
const COMMITTED: [&str; 3] = ["committed_at", "commit_time", "commit_date"];
/// The fewest characters of a commit that stand for it.
const SHORT_COMMIT: usize = 7;

/// A deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The service.
    pub service: ServiceId,
    /// When it was made.
    pub at: Timestamp,
    /// When the change was committed, if its sender says so.
    pub committed: Option<Timestamp>,
    /// What people call it, in lower case: the number of the change event, the commit, the version.
    names: Vec<String>,
}

impl Deployment {
    /// Returns the deployment that a change event reports.
    pub fn of(number: i64, service: ServiceId, change: &Change) -> Self {
        let detail = |name: &str| change.details.get(name).map(|text| text.verbatim().trim().to_lowercase());
        let committed = COMMITTED.iter().find_map(|name| change.details.get(*name)?.verbatim().trim().parse().ok());
        let mut names: Vec<String> =
            NAMES.iter().filter_map(|name| detail(name)).filter(|name| !name.is_empty()).collect();
        names.push(number.to_string());
        Self { service, at: change.at, committed, names }
    }

    /// True if the value of a field of an incident names it. A commit may be shortened.
    pub fn is_called(&self, said: &str) -> bool {
        let said = said.trim();
        let is_commit = said.len() >= SHORT_COMMIT && said.chars().all(|c| c.is_ascii_hexdigit());
        self.names.iter().any(|name| name == said || (is_commit && name.starts_with(said)))
    }
}

/// An incident, as far as deployments concern it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeployedIncident {
    /// Its key.
    pub key: String,
    /// The deployment that caused it, as people named it, in lower case.
    pub cause: Option<String>,
    /// The unplanned deployment that fixed it.
    pub fix: Option<String>,
    /// When customers were no longer affected.
    pub recovered: Option<Timestamp>,
}

/// The five metrics of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryFigures {
    /// The service.
    pub service: ServiceId,
    /// How many deployments it had in the period.
    pub deployments: usize,
    /// Of how many the time of the commit is known.
    pub committed: usize,
    /// Change lead time: from the commit to the deployment; `None` if no commit is known.
    pub lead: Option<Spread>,
    /// The deployments that caused an incident; `None` if no incident says what caused it.
    pub failed: Option<usize>,
    /// The keys of the incidents that deployments caused.
    pub failures: Vec<String>,
    /// Failed deployment recovery time: from the deployment to the recovery; `None` if none failed and was recovered.
    pub recovery: Option<Spread>,
    /// The deployments that were the unplanned fix of an incident; `None` if no incident says what fixed it.
    pub rework: Option<usize>,
}

impl DeliveryFigures {
    /// Computes the metrics of a service from its deployments in a period and the incidents that the reader may see.
    pub fn of(service: ServiceId, deployments: &[&Deployment], incidents: &[DeployedIncident]) -> Self {
        let of_cause = |one: &Deployment| -> Vec<&DeployedIncident> {
            let named = |incident: &&DeployedIncident| incident.cause.as_ref().is_some_and(|said| one.is_called(said));
            incidents.iter().filter(named).collect()
        };
        let (mut failed, mut recoveries, mut failures) = (0, Vec::new(), Vec::new());
        for deployment in deployments {
            let caused = of_cause(deployment);
            failed += usize::from(!caused.is_empty());
            for incident in caused {
                let span = incident.recovered.map(|end| (end - deployment.at).num_milliseconds());
                recoveries.extend(span.filter(|span| *span >= 0));
                if !failures.contains(&incident.key) {
                    failures.push(incident.key.clone());
                }
            }
        }
        let lead = |one: &&Deployment| one.committed.map(|committed| (one.at - committed).num_milliseconds());
        let mut leads: Vec<i64> = deployments.iter().filter_map(lead).filter(|span| *span >= 0).collect();
        leads.sort_unstable();
        recoveries.sort_unstable();
        let is_fix = |one: &&&Deployment| {
            incidents.iter().filter_map(|incident| incident.fix.as_ref()).any(|said| one.is_called(said))
        };
        // Where people have incidents and never say what caused or fixed them, a zero would be false.
        let says = |said: fn(&DeployedIncident) -> bool| incidents.is_empty() || incidents.iter().any(said);
        let known = |says: bool, count: usize| if says && !deployments.is_empty() { Some(count) } else { None };
        Self {
            deployments: deployments.len(),
            committed: leads.len(),
            lead: Spread::of_sorted(&leads),
            failed: known(says(|incident| incident.cause.is_some()), failed),
            failures,
            recovery: Spread::of_sorted(&recoveries),
            rework: known(says(|incident| incident.fix.is_some()), deployments.iter().filter(is_fix).count()),
            service,
        }
    }
}
