//! The impact of an incident on customers.

use serde::{Deserialize, Serialize};

use super::ComponentStatus;
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

    pub(super) fn from_component(status: ComponentStatus) -> Self {
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
