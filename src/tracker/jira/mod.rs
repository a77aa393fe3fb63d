//! Jira: Cloud by REST v3, Data Center by REST v2.

mod settings;

pub use settings::{JiraCredentials, JiraEdition, JiraProject, JiraSettings, check_jira_url};
