//! Discord: the mirror of the built-in chat.

pub mod custom_id;
pub mod limits;
pub mod post;
pub mod rest;
pub mod routes;
pub mod snowflake;

#[cfg(test)]
mod tests;
