//! The client against a GitHub that remembers and fails.

mod described_hooks;
mod failures;
mod hooks;
mod issues;
mod probes;
mod units;

use std::time::Duration;

use secrecy::SecretString;

use super::*;
use crate::{
    domain::{severity::Severity, tracker::TrackerAccount},
    fake_github::{REPOSITORY, TOKEN},
};

/// The secret of the webhook.
const SECRET: &str = "It's a Secret to Everybody";

fn project() -> GitHubProject {
    let severities = Severity::ALL.map(|severity| (severity, severity.name().to_owned()));
    GitHubProject {
        repository: REPOSITORY.to_owned(),
        prefix: "OPS".to_owned(),
        status_labels: vec!["In Progress".to_owned(), "In Review".to_owned()],
        severity_labels: severities.into_iter().collect(),
        board: None,
    }
}

fn settings(base_url: &str) -> GitHubSettings {
    GitHubSettings {
        base_url: base_url.to_owned(),
        credentials: GitHubCredentials::Token(SecretString::from(TOKEN)),
        webhook_secret: Some(SecretString::from(SECRET)),
        write_interval: Duration::ZERO,
        projects: vec![project()],
    }
}

fn mark() -> IssueMark {
    IssueMark("hotroom-0192a-HOT-P7".to_owned())
}

fn account(login: &str) -> TrackerAccount {
    TrackerAccount(login.to_owned())
}

fn draft() -> IssueDraft {
    IssueDraft {
        project: REPOSITORY.to_owned(),
        summary: "Checkout fails".to_owned(),
        description: "Nobody can *pay*.".to_owned(),
        issue_type: None,
        severity: Some(Severity::Sev1),
        component: Some("checkout".to_owned()),
        fields: Vec::new(),
        labels: vec!["incident".to_owned()],
        assignee: Some(account("ann")),
        reporter: None,
        mark: mark(),
        room: Some("https://hot.example.com/rooms/hot-p7".to_owned()),
    }
}

fn why(failure: TrackerFailure) -> String {
    failure.to_string()
}
