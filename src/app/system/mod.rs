//! The bot itself: notices about its own state, and reloading the configuration.

pub mod notices;
pub mod reload;
mod time;
