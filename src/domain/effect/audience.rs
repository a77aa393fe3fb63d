//! Where a message of the chat goes.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{PersonId, RoomId};

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
