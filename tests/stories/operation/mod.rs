//! Stories of running the bot: backups, sessions, limits, the clock.

mod doctor;
mod exports;
mod limits;
mod numbers;
mod restored;
mod retention;
mod sessions;
mod time;
