//! Redmine.

mod settings;

pub use settings::{RedmineMarkup, RedmineProject, RedmineSettings, check_identifier};
