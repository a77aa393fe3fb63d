//! Refusals of commands about maintenance and the status page.

use serde::{Deserialize, Serialize};

use crate::domain::{Timestamp, status::MaintenanceStatus};

/// A refusal of a command about maintenance and the status page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are what the sentence of the variant needs")]
pub enum StatusRefusal {
    /// There is no such maintenance.
    #[error("there is no maintenance {number}")]
    UnknownMaintenance { number: u32 },
    /// The command does not fit the status of the maintenance.
    #[error("maintenance {number} is {}", status.name())]
    MaintenanceState { number: u32, status: MaintenanceStatus },
    /// The window ends before it begins, or in the past.
    #[error("a window ends after it begins, and in the future")]
    BadWindow { from: Timestamp, until: Timestamp },
}

impl StatusRefusal {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::UnknownMaintenance { .. } => "unknown_maintenance",
            Self::MaintenanceState { .. } => "maintenance_state",
            Self::BadWindow { .. } => "bad_window",
        }
    }
}
