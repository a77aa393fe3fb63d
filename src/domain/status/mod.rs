//! The status page: what customers are told.

mod public;
mod rollup;
#[cfg(test)]
mod tests;

pub use public::{Affected, PublicIncident, PublicPost, PublicUpdate, Shown, worst};
pub use rollup::{Banner, Impact, banner};

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    ids::{ComponentId, IncidentId},
    text::Untrusted,
};

/// How a component is doing, in the words of Atlassian Statuspage's API. The order is from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComponentStatus {
    /// All is well.
    Operational,
    /// Planned work.
    UnderMaintenance,
    /// Slow.
    DegradedPerformance,
    /// Partly down.
    PartialOutage,
    /// Down.
    MajorOutage,
}

impl ComponentStatus {
    /// The word of the API, and of commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::UnderMaintenance => "under_maintenance",
            Self::DegradedPerformance => "degraded_performance",
            Self::PartialOutage => "partial_outage",
            Self::MajorOutage => "major_outage",
        }
    }
}

/// Where a public incident stands, in the words of Atlassian Statuspage's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicStatus {
    /// Something is wrong.
    Investigating,
    /// The cause is known.
    Identified,
    /// A fix is in place and watched.
    Monitoring,
    /// Over.
    Resolved,
}

impl PublicStatus {
    /// All, in the order they come.
    pub const ALL: [Self; 4] = [Self::Investigating, Self::Identified, Self::Monitoring, Self::Resolved];

    /// The word of the API, and of commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Investigating => "investigating",
            Self::Identified => "identified",
            Self::Monitoring => "monitoring",
            Self::Resolved => "resolved",
        }
    }
}

/// A component as the operator declares it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// The name used in commands.
    pub id: ComponentId,
    /// The name customers see.
    pub name: String,
    /// One line under the name.
    pub description: Option<String>,
    /// The heading it stands under.
    pub group: Option<String>,
}

/// One update of the public page: text, public status and components in one act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusUpdate {
    /// The incident it speaks of.
    pub incident: IncidentId,
    /// When it was posted.
    pub at: Timestamp,
    /// The public status it sets.
    pub status: PublicStatus,
    /// The text customers read.
    pub body: Untrusted,
    /// What it says of components.
    pub components: Vec<(ComponentId, ComponentStatus)>,
}
