//! Confluence: Cloud by REST v2 and Data Center by REST v1.
//!
//! A page is ours if its body has our anchor or its property `hotroom` names the incident. The property also keeps the hash of
//! what was written and the version that this made: a page with another version was edited by a person, and is left alone.

mod api;
mod page;
mod probe;
mod publish;
mod settings;
#[cfg(test)]
mod tests;
mod wire;

pub use probe::{ConfluenceDescription, setup_hint};
pub use settings::{ConfluenceCredentials, ConfluenceEdition, ConfluenceSettings, check_confluence_url};
