//! What delivery reported back: the room, and what could not be delivered.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Timestamp,
    ids::{PageId, PersonId, RoomId, StatusMirrorId},
    incident::{Fallback, Shortage},
};

/// An event that reports a delivery to the incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum DeliveryEvent {
    /// The hot room was opened.
    RoomOpened { room: RoomId },
    /// A delivery to an outside system failed for good.
    DeliveryFailed { what: String, why: String },
    /// A person accepts no direct messages, so the page is posted in the room.
    PersonUnreachable {
        person: PersonId,
        why: String,
        /// The page; `None` in events of earlier versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        page: Option<PageId>,
    },
    /// A member of a private incident has no known account on the chat platform, and so does not see the room there.
    #[serde(rename = "not_on_discord")]
    AccountUnknown { person: PersonId },
    /// The room was placed elsewhere on the chat platform, because capacity is short.
    RoomElsewhere {
        #[serde(rename = "stead")]
        fallback: Fallback,
        #[serde(rename = "lack")]
        shortage: Shortage,
    },
    /// A mirror of the status page does not show what the status page shows. `given_up`: it is not tried again by itself.
    StatusMirrorBehind { mirror: StatusMirrorId, since: Timestamp, why: String, given_up: bool },
    /// A mirror that was behind shows what the status page shows again.
    StatusMirrorCaughtUp { mirror: StatusMirrorId },
}

impl DeliveryEvent {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::RoomOpened { .. } => "room_opened",
            Self::DeliveryFailed { .. } => "delivery_failed",
            Self::PersonUnreachable { .. } => "person_unreachable",
            Self::AccountUnknown { .. } => "not_on_discord",
            Self::RoomElsewhere { .. } => "room_elsewhere",
            Self::StatusMirrorBehind { .. } => "status_mirror_behind",
            Self::StatusMirrorCaughtUp { .. } => "status_mirror_caught_up",
        }
    }
}
