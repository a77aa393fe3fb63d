//! Stories on Discord: the whole bot, its real gateway and its real client, against a Discord on loopback.

#[path = "../fakes/discord/mod.rs"]
mod discord;

mod alone;
mod bot;
mod doctor;
mod faults;
mod forms;
mod full;
mod gaps;
mod gateway;
#[cfg(feature = "failpoints")]
mod kill;
mod losses;
mod monitoring;
mod outsiders;
mod pages;
#[path = "../faults/bot.rs"]
#[allow(dead_code, reason = "each test program uses the part it needs")]
mod process;
mod reach;
mod rooms;
mod stopped;
mod storm;
mod story;
mod threads;
mod timeline;
mod token;
