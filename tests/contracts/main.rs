//! Does the fake Discord behave as Discord does? Asked over the wire, request by request, and by clients of Discord that
//! nobody wrote for this project.

#[path = "../fakes/discord/mod.rs"]
mod discord;

mod clients;
mod control;
mod fake;
mod gateway;
mod limits;
mod mirror;
mod raw;
mod rooms;
mod twilight;
