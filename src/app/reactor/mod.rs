//! What follows from an effect's outcome or a due timer.

pub mod outcomes;
pub mod timers;
