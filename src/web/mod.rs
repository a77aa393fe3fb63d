//! The front door: intake, console, status page, API, and the loop that serves them.

pub mod assets;
pub mod console;
pub mod pages;
pub mod problem;
pub mod server;
#[cfg(test)]
mod world;
