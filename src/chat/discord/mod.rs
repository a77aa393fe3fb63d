//! Discord: the mirror of the built-in chat.

pub mod checkup;
pub mod client;
pub mod outbound;
pub mod watch;
pub mod wire;

pub use outbound::Discord;

#[cfg(test)]
mod tests;
