//! The impact of an incident on customers, and the banner of the page.

use serde::{Deserialize, Serialize};

use super::{ComponentStatus, PublicIncident};
use crate::domain::severity::Severity;

/// The impact of an incident on customers, in the words of Atlassian Statuspage's API. The order is from low to high.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// None.
    None,
    /// Maintenance.
    Maintenance,
    /// Low.
    Minor,
    /// High.
    Major,
    /// Very high.
    Critical,
}

impl Impact {
    /// Returns the impact by the components of an incident; by its severity if all of them work or it names none.
    pub fn new(severity: Severity, components: impl Iterator<Item = ComponentStatus>) -> Self {
        match components.max().map(Self::from_component) {
            Some(Self::None) | None => match severity {
                Severity::Sev1 => Self::Critical,
                Severity::Sev2 => Self::Major,
                Severity::Sev3 => Self::Minor,
                Severity::Sev4 => Self::None,
            },
            Some(impact) => impact,
        }
    }

    fn from_component(status: ComponentStatus) -> Self {
        match status {
            ComponentStatus::Operational => Self::None,
            ComponentStatus::UnderMaintenance => Self::Maintenance,
            ComponentStatus::DegradedPerformance => Self::Minor,
            ComponentStatus::PartialOutage => Self::Major,
            ComponentStatus::MajorOutage => Self::Critical,
        }
    }

    /// Returns the word of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Maintenance => "maintenance",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }
}

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
