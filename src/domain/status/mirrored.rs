//! What a mirror of the status page is to show of a public incident, and what is known of it there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{ComponentStatus, Impact, PublicStatus};
use crate::domain::Timestamp;

/// What a mirror is to show of a public incident: its state now, with every text that customers may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirroredIncident {
    /// Its public id, by which it is found again.
    pub reference: String,
    /// Its title.
    pub name: String,
    /// Its status.
    pub status: PublicStatus,
    /// Its highest impact so far.
    pub impact: Impact,
    /// When customers were first affected.
    pub started_at: Timestamp,
    /// Its updates, oldest first; never empty.
    pub updates: Vec<MirroredUpdate>,
    /// The components that it ever affected, as they are now.
    pub components: Vec<MirroredComponent>,
    /// True if the mirror may notify its own subscribers.
    pub notify: bool,
}

impl MirroredIncident {
    /// The newest update. `None` if there is none.
    pub fn newest(&self) -> Option<&MirroredUpdate> {
        self.updates.last()
    }

    /// True if it is resolved for customers.
    pub fn is_over(&self) -> bool {
        self.status == PublicStatus::Resolved
    }
}

/// One update of a mirrored incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirroredUpdate {
    /// Its number, from 1.
    pub number: u32,
    /// The status that it set.
    pub status: PublicStatus,
    /// Its text.
    pub body: String,
}

/// A component at a mirror.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirroredComponent {
    /// What the mirror calls it.
    pub remote: String,
    /// The status that it is to show.
    pub status: ComponentStatus,
}

/// An incident at a mirror, as far as it is known there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MirroredPost {
    /// What the mirror calls the incident.
    pub remote: String,
    /// The updates that were posted, by their numbers: those in between are not, because only the newest is sent.
    #[serde(default)]
    pub updates: BTreeMap<u32, UpdateAtMirror>,
}

impl MirroredPost {
    /// The number of the newest update that was posted; 0 if there is none.
    pub fn newest(&self) -> u32 {
        self.updates.keys().next_back().copied().unwrap_or(0)
    }
}

/// An update at a mirror.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateAtMirror {
    /// What the mirror calls it.
    pub remote: String,
    /// The digest of the text that was sent.
    pub digest: String,
}

/// Returns the digest by which a text that was changed later is recognised.
pub fn update_digest(body: &str) -> String {
    hex::encode(&Sha256::digest(body)[..8])
}

/// What is stored of an incident at a mirror.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusMirrorState {
    /// The incident there; `None` if it was never sent.
    pub post: Option<MirroredPost>,
    /// Since when the mirror does not show the state here; `None` if it does.
    pub behind_since: Option<Timestamp>,
    /// Why the latest attempt failed.
    pub why: Option<String>,
    /// True if the room was told that the mirror is behind.
    pub reported: bool,
}
