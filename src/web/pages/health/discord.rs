//! How Discord is, for the page Health.

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

/// How Discord is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiscordHealth {
    /// All in all.
    pub tone: Mood,
    /// How the connection stands, in words.
    pub link: String,
    /// Since when.
    pub since: Option<String>,
    /// When the connection was last lost, and when it was there again.
    pub gap: Option<(String, String)>,
    /// How many rows wait for Discord.
    pub waiting: u64,
    /// How many calls Discord has refused within ten minutes.
    pub refused: usize,
    /// Why no calls are made at present.
    pub stopped: Option<String>,
    /// How many of the latest messages of monitoring no rule fits.
    pub unmatched: usize,
    /// How many channels the server has, as far as it is known, and how many it takes.
    pub channels: Option<(usize, usize)>,
}

impl DiscordHealth {
    /// How it stands; what waits and what is unmatched is read with the page.
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
