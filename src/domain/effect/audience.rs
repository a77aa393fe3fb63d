//! Where a message of the chat goes.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{PersonId, RoomId};

/// Stands for the hot room of an incident where an effect names a feed.
pub const HOT_ROOM: &str = "@room";

/// Where an announcement goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The incident's hot room.
    HotRoom,
    /// A feed, by room name.
    Feed(RoomId),
    /// One person, by direct message.
    Person(PersonId),
}

/// The lane of a message to an audience: each audience has one of its own.
pub(super) fn lane_to(base: String, to: &Audience) -> String {
    match to {
        Audience::HotRoom => base,
        Audience::Feed(room) => format!("{base}/{room}"),
        Audience::Person(person) => format!("{base}/@{person}"),
    }
}
