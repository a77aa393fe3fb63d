//! What another chat platform shows of the chat.

use serde::{Deserialize, Serialize};

use super::{Destination, DestinationEffect, EffectClass, Priority, Subject};
use crate::domain::ids::RoomId;

/// A change on the platform that mirrors the chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum MirrorEffect {
    /// Bring a room up to date there: that it exists, who sees it, whether it is open.
    MirrorRoom {
        /// Which room.
        room: RoomId,
    },
    /// Show there what a message of the chat says now.
    MirrorMessage {
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

impl DestinationEffect for MirrorEffect {
    fn destination(&self) -> Destination {
        Destination::Mirror
    }

    fn lane(&self) -> String {
        match self {
            Self::MirrorMessage { room, message, standing: true, .. } => format!("mirror/{room}/{message}"),
            // What people said keeps its order within a room.
            Self::MirrorRoom { room } | Self::MirrorMessage { room, standing: false, .. } => format!("mirror/{room}"),
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
            Self::MirrorRoom { room } => Some(format!("mirror/{room}")),
            Self::MirrorMessage { message, .. } => Some(format!("mirrored/{message}")),
        }
    }

    fn subject(&self) -> Subject {
        match self {
            Self::MirrorRoom { room } | Self::MirrorMessage { room, .. } => Subject::Room(room.clone()),
        }
    }
}
