//! Where the hot room is on a chat platform that has no place for it as it should be.

use serde::{Deserialize, Serialize};

/// What the platform lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shortage {
    /// It takes no further channel.
    Channels,
    /// It takes no further thread that is open.
    Threads,
    /// The bot may not make one.
    Permission,
}

/// Where the room is instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    /// In a thread of a feed.
    Thread,
    /// In a channel of its own.
    Channel,
    /// In the console alone.
    Nowhere,
}
