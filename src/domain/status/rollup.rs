//! The banner of the status page.

use super::{ComponentStatus, Impact, PublicIncident};

/// The banner: `status` of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Banner {
    /// The impact.
    pub indicator: Impact,
    /// The sentence that clients of the API know.
    pub description: &'static str,
}

/// Returns the banner of all components and open incidents. An incident that names components counts through them, so that
/// the banner never says "outage" above components that all work; one that names none counts by its impact.
pub fn banner<'a>(
    components: impl IntoIterator<Item = ComponentStatus>,
    open: impl IntoIterator<Item = &'a PublicIncident>,
) -> Banner {
    let shown = components.into_iter().max().unwrap_or(ComponentStatus::Operational);
    let silent = open.into_iter().filter(|incident| incident.components.is_empty() && !incident.is_over());
    let told = silent.map(|incident| incident.impact).max().unwrap_or(Impact::None);
    let by_component = Impact::from_component(shown);
    if told > by_component {
        return Banner { indicator: told, description: by_impact(told) };
    }
    let description = match shown {
        ComponentStatus::DegradedPerformance => "Partially Degraded Service",
        ComponentStatus::Operational
        | ComponentStatus::UnderMaintenance
        | ComponentStatus::PartialOutage
        | ComponentStatus::MajorOutage => by_impact(by_component),
    };
    Banner { indicator: by_component, description }
}

fn by_impact(impact: Impact) -> &'static str {
    match impact {
        Impact::None => "All Systems Operational",
        Impact::Maintenance => "Service Under Maintenance",
        Impact::Minor => "Minor Service Outage",
        Impact::Major => "Partial System Outage",
        Impact::Critical => "Major Service Outage",
    }
}
