//! What the status page was told.

use serde::{Deserialize, Serialize};

use crate::domain::{
    ids::ComponentId,
    status::{ComponentStatus, PublicStatus},
    text::Untrusted,
};

/// An event of the incident on the status page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum PublicEvent {
    /// A message was posted, and components changed from `before`.
    StatusPosted {
        status: PublicStatus,
        body: Untrusted,
        components: Vec<(ComponentId, ComponentStatus)>,
        before: Vec<(ComponentId, ComponentStatus)>,
    },
    /// The end was posted, and the components got back the status they had before.
    StatusRestored { body: Untrusted, components: Vec<(ComponentId, ComponentStatus)> },
}

impl PublicEvent {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::StatusPosted { .. } => "status_posted",
            Self::StatusRestored { .. } => "status_restored",
        }
    }
}
