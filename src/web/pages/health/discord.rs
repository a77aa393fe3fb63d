//! The state of Discord, for the health page.

use serde::Serialize;

use super::Mood;
use crate::{
    chat::{
        bot::Capacity,
        discord::{
            Discord,
            client::gateway::Link,
            outbound::capacity::{MAX_CHANNELS, capacity},
        },
    },
    web::pages::words,
};

/// The state of Discord.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiscordHealth {
    /// The overall level.
    pub tone: Mood,
    /// The state of the connection, as text.
    pub link: String,
    /// When that state began.
    pub since: Option<String>,
    /// When the connection was last lost, and when it was restored.
    pub gap: Option<(String, String)>,
    /// Number of effects queued for Discord.
    pub waiting: u64,
    /// Number of calls that Discord rejected in the last ten minutes.
    pub refused: usize,
    /// Why no calls are made.
    pub stopped: Option<String>,
    /// Number of recent monitoring messages that match no rule.
    pub unmatched: usize,
    /// Number of channels on the server, if known, and the maximum.
    pub channels: Option<(usize, usize)>,
}

impl DiscordHealth {
    /// The state of the connection; queued effects and unmatched messages are read with the page.
    pub fn of(discord: &Discord) -> Self {
        let (stands, (stopped, refused)) = (discord.standing().stands(), discord.rest().health());
        let used = discord.used();
        let tight = used.is_some_and(|used| capacity(used) != Capacity::Ample);
        let tone = match stands.link {
            Link::Ready if stopped.is_none() && !tight => Mood::Good,
            Link::Ready | Link::Connecting | Link::Lost(_) => Mood::Warning,
            Link::Stopped(_) => Mood::Critical,
        };
        Self {
            tone,
            link: stands.link.to_string(),
            since: stands.since.map(words::at),
            gap: stands.gap.map(|(lost, back)| (words::at(lost), words::at(back))),
            waiting: 0,
            refused,
            stopped: stopped.map(|stop| stop.to_string()),
            unmatched: 0,
            channels: used.map(|used| (used, MAX_CHANNELS)),
        }
    }
}
