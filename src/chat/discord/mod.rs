//! Discord: the mirror of the built-in chat.

pub mod checkup;
pub mod custom_id;
pub mod form;
pub mod gateway;
mod home;
pub mod interaction;
pub mod limits;
mod messages;
pub mod mirror;
pub mod post;
pub mod registration;
pub mod rest;
mod rooms;
pub mod routes;
pub mod snowflake;
pub mod space;
pub mod watch;

pub use mirror::Discord;

#[cfg(test)]
mod tests;
