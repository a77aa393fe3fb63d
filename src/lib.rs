//! hotroom: incident response from team chat.

pub mod app;
pub mod chat;
pub mod cli;
pub mod command;
pub mod config;
pub mod deliver;
pub mod domain;
pub mod intake;
pub mod net;
pub mod render;
pub mod store;
pub mod web;

/// An outside system for tests, with the table of failures that every adapter must pass.
#[cfg(test)]
#[path = "../tests/fakes/http/mod.rs"]
mod fake_http;
#[cfg(test)]
mod shared_files;

// Files under `tests/fakes` are part of the unit tests too, and name the crate as other test programs do.
#[cfg(test)]
extern crate self as hotroom;
