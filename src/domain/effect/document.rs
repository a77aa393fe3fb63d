//! What is written where documents are kept.

use serde::{Deserialize, Serialize};

use super::{DestinationEffect, EffectClass, Priority, Subject};
use crate::domain::{ids::IncidentId, review::WikiKind};

/// A document outside hotroom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum DocumentEffect {
    /// Write the published post-mortem of an incident as a file.
    WriteDocument {
        /// Which incident.
        incident: IncidentId,
        /// True if a person asked to replace what somebody edited.
        #[serde(default, skip_serializing_if = "is_false")]
        replace: bool,
    },
    /// Show the published post-mortem of an incident in a wiki.
    PublishPage {
        /// Which wiki.
        wiki: WikiKind,
        /// Which incident.
        incident: IncidentId,
        /// True if a person asked to replace what somebody edited, deleted or put there.
        #[serde(default, skip_serializing_if = "is_false")]
        replace: bool,
    },
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl DestinationEffect for DocumentEffect {
    fn is_outside(&self) -> bool {
        true
    }

    fn lane(&self) -> String {
        match self {
            Self::WriteDocument { incident, .. } => format!("document/{incident}"),
            Self::PublishPage { wiki, incident, .. } => format!("document/{}/{incident}", wiki.word()),
        }
    }

    fn priority(&self) -> Priority {
        match self {
            Self::WriteDocument { .. } | Self::PublishPage { .. } => Priority::Chatter,
        }
    }

    fn class(&self) -> EffectClass {
        match self {
            // A file is replaced as a whole by the same text, and so is what an HTTP template names by its address.
            Self::WriteDocument { .. } | Self::PublishPage { wiki: WikiKind::Template, .. } => EffectClass::Keyed,
            // The page carries our mark, and is looked for before it is written.
            Self::PublishPage { wiki: WikiKind::Confluence, .. } => EffectClass::Readable,
        }
    }

    fn coalescing_key(&self) -> Option<String> {
        // A newer row without the request to replace must not drop one with it.
        let (lane, replace) = match self {
            Self::WriteDocument { replace, .. } | Self::PublishPage { replace, .. } => (self.lane(), *replace),
        };
        Some(if replace { format!("{lane}/replace") } else { lane })
    }

    fn subject(&self) -> Subject {
        match self {
            Self::WriteDocument { incident, .. } | Self::PublishPage { incident, .. } => Subject::Incident(*incident),
        }
    }
}
