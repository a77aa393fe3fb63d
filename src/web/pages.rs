//! The console's pages, made by the server and readable without script. Each file reads what one page shows into a
//! structure whose fields are named at the top of the page's template; nobody sees in it what they may not see.

pub mod alerts;
pub mod changes;
mod files;
pub mod frame;
pub mod groups;
pub mod health;
pub mod heartbeats;
pub mod incident;
pub mod incidents;
pub mod oncall;
pub mod record;
mod show;
#[cfg(test)]
mod tests;
pub mod told;
pub mod words;

pub use show::routes;
