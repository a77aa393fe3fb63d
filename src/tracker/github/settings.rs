//! The settings of GitHub Issues.

use std::{collections::BTreeMap, time::Duration};

use secrecy::SecretString;

use crate::domain::severity::Severity;

/// `[tracker.github]`
#[derive(Clone, Debug)]
pub struct GitHubSettings {
    /// The base address of the REST API, without a slash at its end: `https://api.github.com`, or
    /// `https://HOST/api/v3` of an Enterprise Server.
    pub base_url: String,
    /// How hotroom signs in.
    pub credentials: GitHubCredentials,
    /// The secret of the webhook; `None` if no webhook is used.
    pub webhook_secret: Option<SecretString>,
    /// The least time between two writes. GitHub asks for a second.
    pub write_interval: Duration,
    /// The repositories.
    pub projects: Vec<GitHubProject>,
}

/// How hotroom signs in.
#[derive(Clone, Debug)]
pub enum GitHubCredentials {
    /// A personal access token.
    Token(SecretString),
    /// An installation of a GitHub App.
    App(GitHubApp),
}

/// A GitHub App, which signs in with its own identity.
#[derive(Clone, Debug)]
pub struct GitHubApp {
    /// The client id, or the number, of the App.
    pub client_id: String,
    /// The number of the installation.
    pub installation: u64,
    /// The private key that GitHub made for the App: PEM, PKCS#1 or PKCS#8.
    pub private_key: SecretString,
}

/// `[[tracker.github.projects]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHubProject {
    /// `owner/name`.
    pub repository: String,
    /// What keys begin with: issue 12 of the prefix `OPS` is `OPS-12`.
    pub prefix: String,
    /// The statuses of an open issue besides `Open`: each is a label with this name.
    pub status_labels: Vec<String>,
    /// The label of each severity. A severity without one is not shown on the issue.
    pub severity_labels: BTreeMap<Severity, String>,
    /// The board whose status field follows the issue.
    pub board: Option<GitHubBoard>,
}

/// `[tracker.github.projects.board]`: a project (board) of GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHubBoard {
    /// Who owns the board, if not the owner of the repository.
    pub owner: Option<String>,
    /// The number in its address.
    pub number: u32,
    /// The field that shows the status, usually `Status`. Its options are named like the statuses.
    pub field: String,
}

impl GitHubSettings {
    /// The project of a repository. GitHub does not distinguish upper and lower case.
    pub fn project(&self, repository: &str) -> Option<&GitHubProject> {
        self.projects.iter().find(|project| project.repository.eq_ignore_ascii_case(repository))
    }
}

/// Checks the name of a repository.
///
/// # Errors
/// Says what must be written.
pub fn check_repository(text: &str) -> Result<(), String> {
    let is_name = |name: &str| {
        let fits = (1..=100).contains(&name.len()) && name != "." && name != "..";
        fits && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    match text.split_once('/') {
        Some((owner, name)) if is_name(owner) && is_name(name) => Ok(()),
        Some(_) | None => Err("must be owner/name, as in the address of the repository".to_owned()),
    }
}
