//! Where a hot room is placed on a chat platform that has no capacity for it.

use serde::{Deserialize, Serialize};

/// What a chat platform lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shortage {
    /// It accepts no further channel.
    Channels,
    /// It accepts no further open thread.
    Threads,
    /// The bot lacks the permission.
    Permission,
}

/// Where the room is placed instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    /// In a thread of a feed.
    Thread,
    /// In a channel of its own.
    Channel,
    /// In the console only.
    Nowhere,
}
