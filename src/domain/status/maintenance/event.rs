//! Events of maintenances, and the record that they build.

use serde::{Deserialize, Serialize};

use super::{Maintenance, MaintenanceStatus, MaintenanceUpdate};
use crate::domain::{
    Timestamp,
    ids::{ComponentId, MaintenanceId},
    people::Actor,
    text::Untrusted,
};

/// The version of the record that [`apply_maintenance`] builds. Raise it with every change of the record.
pub const MAINTENANCE_VERSION: u32 = 1;

/// What a maintenance is scheduled with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMaintenance {
    /// Its id.
    pub id: MaintenanceId,
    /// Its number.
    pub number: u32,
    /// What is done, for customers.
    pub title: Untrusted,
    /// The first text that customers read.
    pub message: Untrusted,
    /// The components it affects.
    pub components: Vec<ComponentId>,
    /// When its window begins.
    pub from: Timestamp,
    /// When its window ends.
    pub until: Timestamp,
    /// True if only a person completes it.
    pub by_hand: bool,
}

/// What happened to a maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant says what its fields mean")]
pub enum MaintenanceEvent {
    /// It was scheduled.
    MaintenanceScheduled { spec: NewMaintenance },
    /// Its window was moved; these are the values after it.
    MaintenanceMoved { from: Timestamp, until: Timestamp, message: Untrusted },
    /// Customers read something new; blank if a template says it.
    MaintenancePosted { status: MaintenanceStatus, message: Untrusted },
    /// It was cancelled.
    MaintenanceCancelled { message: Untrusted },
    /// People were reminded: of its begin, or that its window is overrun.
    MaintenanceReminded { overrun: bool },
}

impl MaintenanceEvent {
    /// The name it is stored, logged and rendered under.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MaintenanceScheduled { .. } => "maintenance_scheduled",
            Self::MaintenanceMoved { .. } => "maintenance_moved",
            Self::MaintenancePosted { .. } => "maintenance_posted",
            Self::MaintenanceCancelled { .. } => "maintenance_cancelled",
            Self::MaintenanceReminded { .. } => "maintenance_reminded",
        }
    }
}

/// Returns the record after one more event. Events before the first change nothing.
pub fn apply_maintenance(
    item: Option<Maintenance>,
    event: &MaintenanceEvent,
    at: Timestamp,
    by: &Actor,
) -> Option<Maintenance> {
    let mut item = match (item, event) {
        (None, MaintenanceEvent::MaintenanceScheduled { spec }) => scheduled(spec, at, by),
        (None, _) => return None,
        (Some(item), _) => item,
    };
    match event {
        MaintenanceEvent::MaintenanceScheduled { spec } => tell(&mut item, &spec.message, at),
        MaintenanceEvent::MaintenanceMoved { from, until, message } => {
            (item.from, item.until) = (*from, *until);
            if item.status == MaintenanceStatus::Verifying {
                (item.status, item.verified_at) = (MaintenanceStatus::InProgress, None);
            }
            (item.moved_at, item.reminded_at) = (Some(at), None);
            tell(&mut item, message, at);
            item.updates.iter_mut().rev().take(1).for_each(|update| update.moved = true);
        }
        MaintenanceEvent::MaintenancePosted { status, message } => {
            enter(&mut item, *status, at);
            tell(&mut item, message, at);
        }
        MaintenanceEvent::MaintenanceCancelled { message } => {
            enter(&mut item, MaintenanceStatus::Cancelled, at);
            tell(&mut item, message, at);
        }
        MaintenanceEvent::MaintenanceReminded { .. } => item.reminded_at = Some(at),
    }
    item.version += 1;
    Some(item)
}

/// Returns the record of a whole history; `None` if it has no first event.
pub fn replay_maintenance<'e>(
    events: impl IntoIterator<Item = (&'e MaintenanceEvent, Timestamp, &'e Actor)>,
) -> Option<Maintenance> {
    events.into_iter().fold(None, |item, (event, at, by)| apply_maintenance(item, event, at, by))
}

fn scheduled(spec: &NewMaintenance, at: Timestamp, by: &Actor) -> Maintenance {
    let NewMaintenance { id, number, title, components, from, until, by_hand, message: _ } = spec.clone();
    Maintenance {
        id,
        number,
        title,
        components,
        from,
        until,
        by_hand,
        status: MaintenanceStatus::Scheduled,
        updates: Vec::new(),
        created_by: by.clone(),
        created_at: at,
        updated_at: at,
        began_at: None,
        verified_at: None,
        ended_at: None,
        moved_at: None,
        reminded_at: None,
        version: 0,
    }
}

fn tell(item: &mut Maintenance, message: &Untrusted, at: Timestamp) {
    item.updates.push(MaintenanceUpdate { status: item.status, moved: false, body: message.clone(), at });
    item.updated_at = at;
}

fn enter(item: &mut Maintenance, status: MaintenanceStatus, at: Timestamp) {
    if item.status == status {
        return;
    }
    item.status = status;
    item.reminded_at = None;
    match status {
        MaintenanceStatus::Scheduled => {}
        MaintenanceStatus::InProgress => {
            item.began_at = item.began_at.or(Some(at));
            item.verified_at = None;
        }
        MaintenanceStatus::Verifying => item.verified_at = Some(at),
        MaintenanceStatus::Completed | MaintenanceStatus::Cancelled => item.ended_at = Some(at),
    }
}
