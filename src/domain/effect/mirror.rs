//! What another chat platform shows of the chat.

use serde::{Deserialize, Serialize};

use super::{DestinationEffect, EffectClass, Priority, Retries, Subject};
use crate::domain::ids::{Platform, RoomId};

/// A change on the platform that mirrors the chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum MirrorEffect {
    /// Bring a room up to date there: that it exists, who sees it, whether it is open.
    MirrorRoom {
        /// On which platform.
        #[serde(default = "first_platform", skip_serializing_if = "is_first")]
        platform: Platform,
        /// Which room.
        room: RoomId,
    },
    /// Show there what a message of the chat says now.
    MirrorMessage {
        /// On which platform.
        #[serde(default = "first_platform", skip_serializing_if = "is_first")]
        platform: Platform,
        /// Its room.
        room: RoomId,
        /// Which message.
        message: i64,
        /// Whether it is edited to stay up to date (a card, a group, a page) and so waits for no other message.
        standing: bool,
        /// How soon.
        priority: Priority,
    },
}

/// Returns the platform of effects that were stored when there was only one.
fn first_platform() -> Platform {
    Platform::from("discord")
}

fn is_first(platform: &Platform) -> bool {
    *platform == first_platform()
}

/// Returns what precedes a room in lanes and keys. Those of the first platform stay as they are stored.
fn scope(platform: &Platform) -> String {
    if is_first(platform) { String::new() } else { format!("{platform}/") }
}

impl MirrorEffect {
    /// Returns the platform that it is for.
    pub fn platform(&self) -> &Platform {
        match self {
            Self::MirrorRoom { platform, .. } | Self::MirrorMessage { platform, .. } => platform,
        }
    }
}

impl DestinationEffect for MirrorEffect {
    fn is_outside(&self) -> bool {
        // A private incident has a private room there.
        false
    }

    fn retries(&self) -> Retries {
        // The built-in chat holds the message already, and it is rendered when it goes out: late, it is still right.
        Retries::Unlimited
    }

    fn lane(&self) -> String {
        match self {
            Self::MirrorMessage { platform, room, message, standing: true, .. } => {
                format!("mirror/{}{room}/{message}", scope(platform))
            }
            // What people said keeps its order within a room.
            Self::MirrorRoom { platform, room } | Self::MirrorMessage { platform, room, standing: false, .. } => {
                format!("mirror/{}{room}", scope(platform))
            }
        }
    }

    fn priority(&self) -> Priority {
        match self {
            Self::MirrorRoom { .. } => Priority::State,
            Self::MirrorMessage { priority, .. } => *priority,
        }
    }

    fn class(&self) -> EffectClass {
        // A room and a message there carry our reference.
        EffectClass::Readable
    }

    fn coalescing_key(&self) -> Option<String> {
        match self {
            Self::MirrorRoom { platform, room } => Some(format!("mirror/{}{room}", scope(platform))),
            Self::MirrorMessage { platform, message, .. } => Some(format!("mirrored/{}{message}", scope(platform))),
        }
    }

    fn subject(&self) -> Subject {
        match self {
            Self::MirrorRoom { room, .. } | Self::MirrorMessage { room, .. } => Subject::Room(room.clone()),
        }
    }
}
