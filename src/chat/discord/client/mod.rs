//! The Discord client: REST calls within the rate limits, and the gateway.

pub(super) mod answer;
pub(super) mod files;
pub mod gateway;
pub mod limits;
pub mod rest;
pub mod routes;
pub mod snowflake;
