//! Faults: the real binary killed, starved and lied to.

mod bot;
mod kill;
