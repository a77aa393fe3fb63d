//! The client against a Redmine that remembers and fails.

mod failures;
mod issues;
mod probes;
mod units;

use std::time::Duration;

use secrecy::SecretString;

use super::*;
use crate::{
    domain::{severity::Severity, tracker::TrackerAccount},
    fake_redmine::{ANN, KEY, MARK_FIELD, PROJECT},
};

fn settings(base_url: &str) -> RedmineSettings {
    let priorities = ["Urgent", "High", "Normal", "Low"].map(str::to_owned);
    RedmineSettings {
        base_url: base_url.to_owned(),
        api_key: SecretString::from(KEY),
        mark_field: u32::try_from(MARK_FIELD).expect("in range"),
        markup: RedmineMarkup::Textile,
        interval: Duration::from_secs(30),
        projects: vec![RedmineProject {
            identifier: PROJECT.to_owned(),
            prefix: "OPS".to_owned(),
            issue_type: Some("Support".to_owned()),
            priorities: Severity::ALL.into_iter().zip(priorities).collect(),
        }],
    }
}

fn mark() -> IssueMark {
    IssueMark("hotroom-0192a-HOT-P7".to_owned())
}

fn account(id: u64) -> TrackerAccount {
    TrackerAccount(id.to_string())
}

fn draft() -> IssueDraft {
    IssueDraft {
        project: PROJECT.to_owned(),
        summary: "Checkout fails".to_owned(),
        description: "Nobody can **pay**.".to_owned(),
        issue_type: None,
        severity: Some(Severity::Sev1),
        component: Some("checkout".to_owned()),
        fields: Vec::new(),
        labels: vec!["incident".to_owned()],
        assignee: Some(account(ANN)),
        reporter: None,
        mark: mark(),
        room: Some("https://hot.example.com/rooms/hot-p7".to_owned()),
    }
}

fn why(failure: TrackerFailure) -> String {
    failure.to_string()
}
