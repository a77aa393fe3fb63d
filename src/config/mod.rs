//! `bot.toml`, checked and typed.

mod model;

pub use model::*;
