//! The status page that customers see.

mod impact;
mod maintenance;
mod mirrored;
mod public;
mod public_ids;
mod rollup;
#[cfg(test)]
mod tests;
mod uptime;

pub use impact::Impact;
pub use maintenance::{
    MAINTENANCE_VERSION, Maintenance, MaintenanceCommand, MaintenanceEvent, MaintenanceFacts, MaintenancePolicy,
    MaintenanceStatus, MaintenanceUpdate, NewMaintenance, apply_maintenance, decide_maintenance, maintenance_effects,
    new_maintenance, next_maintenance_step, replay_maintenance,
};
pub use mirrored::{
    MirroredComponent, MirroredIncident, MirroredPost, MirroredUpdate, StatusMirrorState, UpdateAtMirror, update_digest,
};
pub use public::{AffectedComponent, ComponentStatuses, PublicIncident, PublicPost, PublicUpdate, worst};
pub use public_ids::{public_incident_id, short_id};
pub use rollup::{Banner, banner};
pub use uptime::{ComponentChange, UptimeDay, uptime_days, uptime_millipercent};

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    ids::{ComponentId, IncidentId},
    text::Untrusted,
};

/// The status of a component, in the words of Atlassian Statuspage's API. The order is from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComponentStatus {
    /// It works.
    Operational,
    /// Maintenance.
    UnderMaintenance,
    /// It is slow.
    DegradedPerformance,
    /// Parts of it fail.
    PartialOutage,
    /// It fails.
    MajorOutage,
}

impl ComponentStatus {
    /// Returns the word of the API and of commands.
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

/// The status of a public incident, in the words of Atlassian Statuspage's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicStatus {
    /// The cause is unknown.
    Investigating,
    /// The cause is known.
    Identified,
    /// A fix is in place and monitored.
    Monitoring,
    /// It is resolved.
    Resolved,
}

impl PublicStatus {
    /// All, in their usual order.
    pub const ALL: [Self; 4] = [Self::Investigating, Self::Identified, Self::Monitoring, Self::Resolved];

    /// Returns the word of the API and of commands.
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
    /// The heading of its group.
    pub group: Option<String>,
}

/// A post on the status page: text, public status and components.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusUpdate {
    /// The incident.
    pub incident: IncidentId,
    /// When it was posted.
    pub at: Timestamp,
    /// The public status it sets.
    pub status: PublicStatus,
    /// The text customers read.
    pub body: Untrusted,
    /// The components it changes.
    pub components: Vec<(ComponentId, ComponentStatus)>,
}
