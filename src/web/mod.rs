//! web

pub mod console;
pub mod pages;
