//! What is written where documents are kept.

use serde::{Deserialize, Serialize};

use super::{DestinationEffect, EffectClass, Priority, Subject};
use crate::domain::ids::IncidentId;

/// A document outside hotroom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum DocumentEffect {
    /// Write the published post-mortem of an incident.
    WriteDocument {
        /// Which incident.
        incident: IncidentId,
    },
}

impl DestinationEffect for DocumentEffect {
    fn is_outside(&self) -> bool {
        true
    }

    fn lane(&self) -> String {
        match self {
            Self::WriteDocument { incident } => format!("document/{incident}"),
        }
    }

    fn priority(&self) -> Priority {
        match self {
            Self::WriteDocument { .. } => Priority::Chatter,
        }
    }

    fn class(&self) -> EffectClass {
        match self {
            // A file is replaced as a whole by the same text.
            Self::WriteDocument { .. } => EffectClass::Keyed,
        }
    }

    fn coalescing_key(&self) -> Option<String> {
        match self {
            Self::WriteDocument { incident } => Some(format!("document/{incident}")),
        }
    }

    fn subject(&self) -> Subject {
        match self {
            Self::WriteDocument { incident } => Subject::Incident(*incident),
        }
    }
}
