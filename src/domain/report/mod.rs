//! Reports: figures over many incidents, computed from the facts of each.
//!
//! Nothing here reads a history: the facts are kept beside the record of an incident and change with it.

mod compare;
mod delivery;
mod figure;
mod load;
mod measure;
mod outcomes;
mod similar;
mod weeks;

#[cfg(test)]
mod tests;

use super::{
    Timestamp,
    ids::{IncidentId, Key, ServiceId},
    incident::{Category, Incident, Severity, TimeName},
};

pub use compare::{ComparisonVerdict, ENOUGH, compare};
pub use delivery::{DeliveryFigures, DeployedIncident, Deployment};
pub use figure::{Figure, Spread};
pub use load::{LoadCounts, PagedMoment, PersonLoad};
pub use measure::{Measure, Moment, Moments};
pub use outcomes::{OutcomeIncident, Outcomes, RECURS_WITHIN};
pub use similar::{Likeness, MOST_SIMILAR, choose, telling_words};
pub use weeks::{midnight, week_of, weeks};

/// What reports need to know of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasuredIncident {
    /// Its id.
    pub id: IncidentId,
    /// Its key.
    pub key: Key,
    /// Its severity.
    pub severity: Severity,
    /// The affected service.
    pub service: Option<ServiceId>,
    /// When it was declared: it belongs to the period in which that is.
    pub declared: Timestamp,
    /// The moments between which figures run.
    pub moments: Moments,
}

impl MeasuredIncident {
    /// Returns the facts of an incident as its record has them.
    pub fn of(incident: &Incident) -> Self {
        let first = |name: TimeName| incident.times.get(&name).map(|time| time.first);
        let declared = first(TimeName::Declared).unwrap_or(incident.status_at);
        // The end is the last one, and one before the incident was reopened is none.
        let end = |name: TimeName| {
            let last = incident.times.get(&name).map(|time| time.last)?;
            if incident.reopened_at.is_some_and(|reopened| last < reopened) { None } else { Some(last) }
        };
        let mut moments = Moments::default();
        moments.set(Moment::Impact, first(TimeName::Impact));
        moments.set(Moment::Detected, first(TimeName::Detected));
        moments.set(Moment::Declared, Some(declared));
        moments.set(Moment::Acknowledged, first(TimeName::Acknowledged));
        moments.set(Moment::Assembled, incident.assembled_at);
        moments.set(Moment::Diagnosed, first(TimeName::Diagnosed));
        moments.set(Moment::Mitigated, end(TimeName::Mitigated));
        moments.set(Moment::Resolved, if incident.is_open() { None } else { end(TimeName::Resolved) });
        moments.set(Moment::Informed, incident.informed_at);
        Self {
            id: incident.id,
            key: incident.key.clone(),
            severity: incident.severity,
            service: incident.service.clone(),
            declared,
            moments,
        }
    }
}

/// True if reports count incidents of this category. They leave out what may be no incident, was none, or is part of
/// another one.
pub fn is_counted(category: Category) -> bool {
    match category {
        Category::Active | Category::Resolved | Category::Closed => true,
        Category::Triage | Category::Declined | Category::Merged | Category::Cancelled => false,
    }
}
