//! `[chat.discord]`.

use secrecy::SecretString;

/// How a hot room is represented on Discord.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// A channel of its own.
    #[default]
    Channel,
    /// A thread of the incidents feed.
    Thread,
}

/// What the channel of a hot room is called on Discord.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RoomNaming {
    /// Key and title: `hot-12-checkout-is-down`.
    #[default]
    KeyAndTitle,
    /// The key alone: `hot-12`.
    Key,
}

/// `[chat.discord]`
#[derive(Debug, Clone)]
pub struct DiscordConfig {
    /// The bot's token.
    pub token: SecretString,
    /// Base address of the API, without a path; `None` for Discord's own.
    pub base_url: Option<String>,
    /// The guild to serve; `None` for the only one the bot is in.
    pub guild: Option<u64>,
    /// The category of open hot rooms.
    pub category: String,
    /// The category of hot rooms whose incident is closed.
    pub archive_category: String,
    /// How hot rooms are represented.
    pub rooms: Shape,
    /// What they are called.
    pub room_names: RoomNaming,
    /// The role whose members are responders.
    pub responder_role: Option<u64>,
    /// The role whose members are admins.
    pub admin_role: Option<u64>,
}
