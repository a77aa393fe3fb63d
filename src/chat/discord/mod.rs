//! Discord: the mirror of the built-in chat.

pub mod checkup;
pub mod client;
mod fingerprint;
pub mod inbound;
pub mod outbound;
pub mod watch;
pub mod wire;

pub use outbound::Discord;

use crate::domain::ids::Platform;

/// The name under which the store knows Discord.
pub const NAME: &str = "discord";

/// Returns the platform that this module serves.
pub fn platform() -> Platform {
    Platform::new(NAME)
}

#[cfg(test)]
pub(in crate::chat) mod tests;
