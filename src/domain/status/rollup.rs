//! The whole page in one word: how grave an incident is for customers, and the banner.

use serde::{Deserialize, Serialize};

use super::{ComponentStatus, PublicIncident};
use crate::domain::severity::Severity;

/// How grave an incident is for customers, in the words of Atlassian Statuspage's API. The order is from light to grave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Not felt.
    None,
    /// Planned work.
    Maintenance,
    /// A nuisance.
    Minor,
    /// Much is affected.
    Major,
    /// Nothing works.
    Critical,
}

impl Impact {
    /// From what the incident says of components; where all it names are well, or it names none, from its severity.
    pub fn of(severity: Severity, components: impl Iterator<Item = ComponentStatus>) -> Self {
        match components.max().map(Self::of_component) {
            Some(Self::None) | None => match severity {
                Severity::Sev1 => Self::Critical,
                Severity::Sev2 => Self::Major,
                Severity::Sev3 => Self::Minor,
                Severity::Sev4 => Self::None,
            },
            Some(impact) => impact,
        }
    }

    fn of_component(status: ComponentStatus) -> Self {
        match status {
            ComponentStatus::Operational => Self::None,
            ComponentStatus::UnderMaintenance => Self::Maintenance,
            ComponentStatus::DegradedPerformance => Self::Minor,
            ComponentStatus::PartialOutage => Self::Major,
            ComponentStatus::MajorOutage => Self::Critical,
        }
    }

    /// The word of the API.
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
    /// How grave.
    pub indicator: Impact,
    /// The words readers of the API know.
    pub description: &'static str,
}

/// The banner from all components and the incidents that are open. An incident that names components speaks through them,
/// so that the banner never says "outage" over a page that is all green; one that names none speaks by its impact.
pub fn banner<'a>(
    components: impl IntoIterator<Item = ComponentStatus>,
    open: impl IntoIterator<Item = &'a PublicIncident>,
) -> Banner {
    let shown = components.into_iter().max().unwrap_or(ComponentStatus::Operational);
    let silent = open.into_iter().filter(|incident| incident.components.is_empty() && !incident.is_over());
    let told = silent.map(|incident| incident.impact).max().unwrap_or(Impact::None);
    let by_component = Impact::of_component(shown);
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
