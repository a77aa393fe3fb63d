//! Planned maintenance of components. Each is an aggregate of its own with the stream `maintenance/<id>`.

mod decide;
mod event;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Timestamp,
    ids::{ComponentId, MaintenanceId},
    people::Actor,
    text::Untrusted,
};

use super::{ComponentStatus, ComponentStatuses, short_id};

pub use decide::{MaintenanceFacts, decide_maintenance, maintenance_effects, new_maintenance, next_maintenance_step};
pub use event::{MAINTENANCE_VERSION, MaintenanceEvent, NewMaintenance, apply_maintenance, replay_maintenance};

/// Where a maintenance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaintenanceStatus {
    /// It has not begun.
    Scheduled,
    /// It has begun.
    InProgress,
    /// The work is done or its window is over, and people check the result.
    Verifying,
    /// It is over.
    Completed,
    /// It does not take place, or was stopped.
    Cancelled,
}

impl MaintenanceStatus {
    /// All of them, in their usual order.
    pub const ALL: [Self; 5] = [Self::Scheduled, Self::InProgress, Self::Verifying, Self::Completed, Self::Cancelled];

    /// The word it is stored and shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::InProgress => "in_progress",
            Self::Verifying => "verifying",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The word of Statuspage's API, which has none for a cancelled one.
    pub fn public_name(self) -> &'static str {
        match self {
            Self::Cancelled => Self::Completed.name(),
            Self::Scheduled | Self::InProgress | Self::Verifying | Self::Completed => self.name(),
        }
    }

    /// True if its components are under maintenance.
    pub fn is_active(self) -> bool {
        match self {
            Self::InProgress | Self::Verifying => true,
            Self::Scheduled | Self::Completed | Self::Cancelled => false,
        }
    }

    /// True if nothing happens any more.
    pub fn is_over(self) -> bool {
        match self {
            Self::Completed | Self::Cancelled => true,
            Self::Scheduled | Self::InProgress | Self::Verifying => false,
        }
    }
}

/// A text that customers read about a maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceUpdate {
    /// The status since then.
    pub status: MaintenanceStatus,
    /// True if it says that the window was moved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moved: bool,
    /// The text; if blank, a template is shown.
    pub body: Untrusted,
    /// When it was posted.
    pub at: Timestamp,
}

/// A planned maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// Its id.
    pub id: MaintenanceId,
    /// Its number, by which commands name it.
    pub number: u32,
    /// What is done, for customers.
    pub title: Untrusted,
    /// The components it affects.
    pub components: Vec<ComponentId>,
    /// When its window begins.
    pub from: Timestamp,
    /// When its window ends.
    pub until: Timestamp,
    /// True if only a person completes it.
    pub by_hand: bool,
    /// Where it stands.
    pub status: MaintenanceStatus,
    /// Its updates, oldest first.
    pub updates: Vec<MaintenanceUpdate>,
    /// Who scheduled it.
    pub created_by: Actor,
    /// When it was scheduled.
    pub created_at: Timestamp,
    /// When customers last read something new.
    pub updated_at: Timestamp,
    /// When it began.
    pub began_at: Option<Timestamp>,
    /// Since when it is verified.
    pub verified_at: Option<Timestamp>,
    /// When it was completed or cancelled.
    pub ended_at: Option<Timestamp>,
    /// When its window was last moved.
    pub moved_at: Option<Timestamp>,
    /// When somebody was last reminded of it.
    pub reminded_at: Option<Timestamp>,
    /// The number of events applied.
    pub version: u64,
}

impl Maintenance {
    /// How the streams of maintenances begin.
    pub const STREAMS: &str = "maintenance/";

    /// Returns the name of its stream.
    pub fn stream(id: MaintenanceId) -> String {
        format!("{}{id}", Self::STREAMS)
    }

    /// The id of its public address.
    pub fn reference(&self) -> String {
        short_id(&format!("maintenance {}", self.id))
    }

    /// What it makes of its components now.
    pub fn holds(&self) -> ComponentStatuses {
        if !self.status.is_active() {
            return ComponentStatuses::new();
        }
        self.components.iter().map(|component| (component.clone(), ComponentStatus::UnderMaintenance)).collect()
    }

    /// True if its window is over and it is not.
    pub fn is_overrun(&self, now: Timestamp) -> bool {
        self.status.is_active() && self.until <= now
    }

    /// True if alerts of its services are muted now, or will be.
    pub fn mutes(&self, now: Timestamp) -> bool {
        !self.status.is_over() && now < self.until
    }
}

/// A change of a maintenance.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant says what its fields mean together")]
pub enum MaintenanceCommand {
    /// Move or extend its window; what is absent stays.
    Move { from: Option<Timestamp>, until: Option<Timestamp>, message: Untrusted },
    /// Tell customers something; without a status it stays as it is.
    Post { status: Option<MaintenanceStatus>, message: Untrusted },
    /// Cancel it.
    Cancel { message: Untrusted },
    /// Do what is due.
    Continue,
}

/// When hotroom acts by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaintenancePolicy {
    /// How long before its begin people are reminded.
    pub remind_before: Duration,
    /// How long it is verified after its window before it is completed.
    pub verify: Duration,
    /// How often whoever scheduled it is reminded that it is not completed.
    pub remind_every: Duration,
}
