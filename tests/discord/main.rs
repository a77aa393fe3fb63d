//! Stories on Discord: the whole bot, its real gateway and its real client, against a Discord on loopback.

#[path = "../fakes/discord/mod.rs"]
mod discord;

mod bot;
mod gateway;
mod story;
