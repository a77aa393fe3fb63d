//! What mirrors of the status page show.

use serde::{Deserialize, Serialize};

use super::{DestinationEffect, EffectClass, Priority, Retries, Subject};
use crate::domain::ids::{IncidentId, StatusMirrorId};

/// A change at a mirror of the status page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum StatusMirrorEffect {
    /// Show there what the status page shows of an incident now, and its components.
    PublishStatus {
        /// At which mirror.
        mirror: StatusMirrorId,
        /// Which incident.
        incident: IncidentId,
    },
    /// Remove an incident there that is not shown here any more, because it became private.
    WithdrawStatus {
        /// At which mirror.
        mirror: StatusMirrorId,
        /// Which incident.
        incident: IncidentId,
    },
}

impl StatusMirrorEffect {
    /// Returns the mirror.
    pub fn mirror(&self) -> &StatusMirrorId {
        match self {
            Self::PublishStatus { mirror, .. } | Self::WithdrawStatus { mirror, .. } => mirror,
        }
    }

    /// Returns the incident.
    pub fn incident(&self) -> IncidentId {
        match self {
            Self::PublishStatus { incident, .. } | Self::WithdrawStatus { incident, .. } => *incident,
        }
    }
}

impl DestinationEffect for StatusMirrorEffect {
    fn is_outside(&self) -> bool {
        true
    }

    fn retries(&self) -> Retries {
        // A mirror that is away for the night catches up. A call that fails for ever must not hold up the others for ever.
        Retries::Days(2)
    }

    /// One lane for each mirror: two incidents may affect one component, and the newer state has to arrive last.
    fn lane(&self) -> String {
        format!("status_mirror/{}", self.mirror())
    }

    fn priority(&self) -> Priority {
        Priority::State
    }

    fn class(&self) -> EffectClass {
        match self {
            // The incident there carries our reference.
            Self::PublishStatus { .. } => EffectClass::Readable,
            Self::WithdrawStatus { .. } => EffectClass::Keyed,
        }
    }

    /// The state is read when it is sent: one row that waits is enough, the newest.
    fn coalescing_key(&self) -> Option<String> {
        Some(format!("status_mirror/{}/{}", self.mirror(), self.incident()))
    }

    fn subject(&self) -> Subject {
        match self {
            Self::PublishStatus { incident, .. } => Subject::Incident(*incident),
            // It says nothing of the incident, and is sent because the incident became private.
            Self::WithdrawStatus { .. } => Subject::Other,
        }
    }
}
