//! web

pub mod console;
