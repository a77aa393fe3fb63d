//! The envelope events are stored in, and the streams they belong to.

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    alert::AlertEvent,
    incident::{IncidentEvent, Shortage},
    oncall::OnCallEvent,
    people::Actor,
};

/// Any event of any stream. The stored log of these is the audit log too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// Of an incident.
    Incident(IncidentEvent),
    /// Of a page, a schedule override.
    OnCall(OnCallEvent),
    /// Of an alert group or a silence: what people and rules did to it. What senders said is in the inbox.
    Alert(AlertEvent),
    /// Of the bot itself.
    System(SystemEvent),
}

/// What happened to the bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant says what its fields mean")]
pub enum SystemEvent {
    /// A changed `bot.toml` was taken.
    ConfigReloaded { digest: String },
    /// A changed `bot.toml` was refused; the old one stays.
    ConfigRefused { mistakes: Vec<String> },
    /// Someone made a sign-in link for someone.
    InviteMade { person: String },
    /// Someone signed in at a browser.
    SignedIn { person: String },
    /// A person asked for something they may not have.
    AccessDenied { what: String },
    /// A delivery id came again with another body.
    ReplayMismatch { source: String, delivery: String },
    /// A stuck row was put back or given up by hand.
    Repaired { what: String },
    /// Something that belongs to no incident was given up.
    GivenUp { what: String, why: String },
    /// Discord is out of reach, for a reason that people can mend.
    DiscordGone { why: String },
    /// Discord is there again.
    DiscordBack,
    /// Messages of a room do not reach Discord, for a reason that people can mend. The room is named where everyone may
    /// see it.
    NotShown { room: Option<String>, why: String },
    /// The Discord server takes few further channels, or none.
    DiscordTight { used: usize, most: usize },
    /// A hot room has no place on Discord, neither as a channel nor as a thread. It is named where everyone may see it.
    NoRoom { room: Option<String>, shortage: Shortage },
    /// Someone who is not served pressed, typed or sent something to the bot.
    OutsiderRefused { account: String, guild: Option<String> },
    /// The disk is full: what comes from outside is refused.
    DiskFull,
    /// There is room on the disk again.
    DiskHasRoom,
}

impl SystemEvent {
    /// The stream of these events.
    pub const STREAM: &str = "system";

    /// The template that tells people of it; none: it is for the audit log alone.
    pub fn notice(&self) -> Option<&'static str> {
        match self {
            Self::ConfigRefused { .. } => Some("config_refused"),
            Self::GivenUp { .. } => Some("given_up"),
            Self::DiscordGone { .. } => Some("discord_gone"),
            Self::DiscordBack => Some("discord_back"),
            Self::NotShown { .. } => Some("not_shown"),
            Self::DiscordTight { .. } => Some("discord_tight"),
            Self::NoRoom { .. } => Some("no_room"),
            Self::DiskFull => Some("disk_full"),
            Self::DiskHasRoom => Some("disk_has_room"),
            Self::ConfigReloaded { .. }
            | Self::InviteMade { .. }
            | Self::SignedIn { .. }
            | Self::AccessDenied { .. }
            | Self::OutsiderRefused { .. }
            | Self::ReplayMismatch { .. }
            | Self::Repaired { .. } => None,
        }
    }
}

/// An event as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its place in the whole log, from 1.
    pub log_seq: i64,
    /// Which stream: `incident/<id>`, `page/<id>`, `group/<id>`, `schedule/<name>`, `system`.
    pub stream: String,
    /// Its place in its stream, from 1.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What happened.
    pub event: Event,
}
