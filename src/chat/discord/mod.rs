//! Discord: the mirror of the built-in chat.

pub mod limits;
pub mod rest;
pub mod routes;
pub mod snowflake;

#[cfg(test)]
mod tests;
