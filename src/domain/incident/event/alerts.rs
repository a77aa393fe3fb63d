//! The alert groups of an incident.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{GroupId, PersonId};

/// An event of the alert groups of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum LinkedAlertsEvent {
    /// An alert group joined the incident.
    AlertsLinked { group: GroupId },
    /// All its alerts are resolved, and the manager was asked what to do.
    AlertsCleared { group: GroupId },
    /// A person acknowledged an alert group before anyone had acknowledged a page.
    AlertsAcknowledged { group: GroupId, person: PersonId },
}

impl LinkedAlertsEvent {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::AlertsLinked { .. } => "alerts_linked",
            Self::AlertsCleared { .. } => "alerts_cleared",
            Self::AlertsAcknowledged { .. } => "alerts_acknowledged",
        }
    }
}
