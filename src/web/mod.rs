//! web

pub mod assets;
pub mod console;
pub mod pages;
#[cfg(test)]
mod world;
