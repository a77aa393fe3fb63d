//! The console's pages, rendered by the server and readable without scripts. Each file reads the data of one page into
//! a structure whose fields are listed at the top of the page's template, limited to what the reader may see.

pub mod alerts;
pub mod changes;
mod files;
pub mod followups;
pub mod frame;
pub mod groups;
pub mod health;
pub mod heartbeats;
pub mod incident;
pub mod incidents;
pub mod maintenances;
pub mod oncall;
pub mod page_context;
pub mod postmortem;
pub mod profile;
pub mod public_updates;
pub mod readiness;
pub mod record;
pub mod reports;
mod show;
#[cfg(test)]
mod tests;
pub mod words;

pub use show::routes;
