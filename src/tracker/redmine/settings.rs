//! The settings of Redmine.

use std::{collections::BTreeMap, time::Duration};

use secrecy::SecretString;

use crate::domain::severity::Severity;

/// `[tracker.redmine]`
#[derive(Clone, Debug)]
pub struct RedmineSettings {
    /// The address of Redmine, without a slash at its end.
    pub base_url: String,
    /// The API key of hotroom's account.
    pub api_key: SecretString,
    /// The number of the custom field that holds the mark.
    pub mark_field: u32,
    /// The markup of descriptions and notes, as set in Redmine.
    pub markup: RedmineMarkup,
    /// How often hotroom asks for changes. Redmine has no webhooks.
    pub interval: Duration,
    /// The projects.
    pub projects: Vec<RedmineProject>,
}

/// The markup of a Redmine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedmineMarkup {
    /// Textile.
    Textile,
    /// Markdown, of either kind.
    Markdown,
}

/// `[[tracker.redmine.projects]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedmineProject {
    /// The identifier, as in the address of the project.
    pub identifier: String,
    /// What keys begin with: issue 12 of the prefix `OPS` is `OPS-12`.
    pub prefix: String,
    /// The type of new issues, which Redmine calls a tracker; `None` for the first of the project.
    pub issue_type: Option<String>,
    /// The priority of each severity. A severity without one leaves the priority alone.
    pub priorities: BTreeMap<Severity, String>,
}

impl RedmineSettings {
    /// The project with an identifier.
    pub fn project(&self, identifier: &str) -> Option<&RedmineProject> {
        self.projects.iter().find(|project| project.identifier == identifier)
    }
}

/// Checks the identifier of a project.
///
/// # Errors
/// Says what must be written.
pub fn check_identifier(text: &str) -> Result<(), String> {
    let fits = (1..=100).contains(&text.len());
    let letters = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte));
    if fits && letters {
        return Ok(());
    }
    Err("must be the identifier in the address of the project: lower-case letters, digits, - and _".to_owned())
}
