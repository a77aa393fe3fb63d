//! What the system behind a source is asked to do.

use serde::{Deserialize, Serialize};

use super::{DestinationEffect, EffectClass, Priority, Subject};
use crate::domain::ids::SourceId;

/// A request to the system that sends the alerts of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum SourceEffect {
    /// Confirm that a source wants what a topic of Amazon SNS publishes.
    ConfirmSubscription {
        /// Which source.
        source: SourceId,
        /// The address that confirms it.
        address: String,
    },
}

impl DestinationEffect for SourceEffect {
    fn is_outside(&self) -> bool {
        true
    }

    fn lane(&self) -> String {
        match self {
            Self::ConfirmSubscription { source, .. } => format!("subscription/{source}"),
        }
    }

    fn priority(&self) -> Priority {
        match self {
            Self::ConfirmSubscription { .. } => Priority::State,
        }
    }

    fn class(&self) -> EffectClass {
        match self {
            // Confirming twice changes nothing.
            Self::ConfirmSubscription { .. } => EffectClass::Keyed,
        }
    }

    fn coalescing_key(&self) -> Option<String> {
        match self {
            Self::ConfirmSubscription { .. } => None,
        }
    }

    fn subject(&self) -> Subject {
        match self {
            Self::ConfirmSubscription { .. } => Subject::Other,
        }
    }
}
