//! Discord: the mirror of the built-in chat.

pub mod custom_id;
pub mod limits;
mod messages;
pub mod mirror;
pub mod post;
pub mod rest;
mod rooms;
pub mod routes;
pub mod snowflake;

#[cfg(test)]
mod tests;
