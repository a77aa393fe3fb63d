//! Stories on Discord: the whole bot, its real gateway and its real client, against a Discord on loopback.

#[path = "../fakes/discord/mod.rs"]
mod discord;

mod bot;
mod gateway;
#[cfg(feature = "failpoints")]
mod kill;
#[cfg(feature = "failpoints")]
#[path = "../faults/bot.rs"]
#[allow(dead_code, reason = "each test program uses the part it needs")]
mod process;
mod story;
