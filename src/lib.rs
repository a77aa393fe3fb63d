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

#[cfg(test)]
mod shared_files;
