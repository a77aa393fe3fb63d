//! The settings of Jira.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::{domain::severity::Severity, net::check_url};

/// `[tracker.jira]`
#[derive(Clone, Debug)]
pub struct JiraSettings {
    /// The base address of the API without `/rest` and without a slash at its end: `https://acme.atlassian.net`, or
    /// `https://api.atlassian.com/ex/jira/<cloud id>` for the token of a service account.
    pub base_url: String,
    /// Where people open issues, without a slash at its end. It differs from `base_url` for the token of a service account.
    pub site_url: String,
    /// Which Jira it is.
    pub edition: JiraEdition,
    /// How hotroom signs in.
    pub credentials: JiraCredentials,
    /// The secrets of the webhook; the first is in use, and another is accepted while it is replaced. Empty if Jira sends no
    /// webhooks.
    pub webhook_secrets: Vec<SecretString>,
    /// What the Automation rule of the button sends in the header `x-hotroom-token`, with one that is being replaced. Empty
    /// if there is no button.
    pub button_secrets: Vec<SecretString>,
    /// The type of a link between two issues: `Relates`.
    pub link_type: String,
    /// How many reads a second are made at most, and half as many writes.
    pub calls_per_second: u32,
    /// The projects.
    pub projects: Vec<JiraProject>,
}

impl JiraSettings {
    /// The project with this key.
    pub fn project(&self, key: &str) -> Option<&JiraProject> {
        self.projects.iter().find(|project| project.key == key)
    }

    /// The project that an issue key such as `OPS-12` belongs to.
    pub fn project_of_issue(&self, key: &str) -> Option<&JiraProject> {
        self.project(key.rsplit_once('-')?.0)
    }
}

/// Which Jira it is. The two differ in their version of the API, in rich text and in how accounts are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JiraEdition {
    /// Jira Cloud: REST v3, Atlassian Document Format, account ids.
    Cloud,
    /// Jira Data Center: REST v2, wiki text, user names.
    DataCenter,
}

impl JiraEdition {
    /// The words of `bot.toml`.
    pub const WORDS: [(&str, Self); 2] = [("cloud", Self::Cloud), ("data_center", Self::DataCenter)];
}

/// How hotroom signs in.
#[derive(Clone, Debug)]
pub enum JiraCredentials {
    /// The mail address of an account and an API token of it (Cloud).
    ApiToken {
        /// The mail address.
        email: String,
        /// The token.
        token: SecretString,
    },
    /// A personal access token (Data Center), or the token of a service account (Cloud).
    Bearer(SecretString),
}

/// `[[tracker.jira.projects]]`
#[derive(Clone, Debug)]
pub struct JiraProject {
    /// The project key, such as `OPS`.
    pub key: String,
    /// The name of the issue type, such as `Incident`.
    pub issue_type: String,
    /// The request type of a service desk: its id on Cloud, such as `25`; `portal/request-type` on Data Center. `None` if the
    /// project is no service desk, or its issues are no requests.
    pub request_type: Option<String>,
    /// The name of the Jira status for each status of hotroom. A status that is not listed moves no issue.
    pub statuses: BTreeMap<String, String>,
    /// The name of the Jira priority for each severity. Empty if issues of the project have no priority.
    pub priorities: BTreeMap<Severity, String>,
    /// The name or id of the Jira field for each field of an incident.
    pub fields: BTreeMap<String, String>,
    /// Labels that every issue gets.
    pub labels: Vec<String>,
}

impl JiraProject {
    /// A project without any maps, with the priorities that a new Jira has.
    pub fn new(key: &str, issue_type: &str) -> Self {
        let names = ["Highest", "High", "Medium", "Low"].map(str::to_owned);
        Self {
            key: key.to_owned(),
            issue_type: issue_type.to_owned(),
            request_type: None,
            statuses: BTreeMap::new(),
            priorities: Severity::ALL.into_iter().zip(names).collect(),
            fields: BTreeMap::new(),
            labels: Vec::new(),
        }
    }
}

/// Checks an address of Jira.
///
/// # Errors
/// Says what must be written.
pub fn check_jira_url(url: &str) -> Result<(), String> {
    check_url(url).map_err(|failure| failure.to_string())?;
    if url.ends_with('/') {
        return Err("must not end with a slash".to_owned());
    }
    if url.contains(['?', '#']) || url.contains("/rest") || url.contains("/browse") {
        return Err("must be the address of Jira itself, such as https://acme.atlassian.net".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_that_of_jira_itself() {
        for good in
            ["https://acme.atlassian.net", "https://api.atlassian.com/ex/jira/1-2", "http://jira.local:8080/jira"]
        {
            assert_eq!(check_jira_url(good), Ok(()), "{good}");
        }
        for bad in ["acme", "https://a.net/", "https://a.net/rest/api/3", "https://a.net/browse/OPS-1", "ftp://a.net"] {
            assert!(check_jira_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_project_of_an_issue_is_the_part_before_its_number() {
        let settings = JiraSettings {
            base_url: String::new(),
            site_url: String::new(),
            edition: JiraEdition::Cloud,
            credentials: JiraCredentials::Bearer(SecretString::from("t")),
            webhook_secrets: Vec::new(),
            button_secrets: Vec::new(),
            link_type: "Relates".to_owned(),
            calls_per_second: 80,
            projects: vec![JiraProject::new("OPS", "Incident")],
        };
        let key = |issue: &str| settings.project_of_issue(issue).map(|project| project.key.clone());
        assert_eq!(key("OPS-12"), Some("OPS".to_owned()));
        assert_eq!(key("DEV-12"), None);
        assert_eq!(key("OPS"), None);
    }
}
