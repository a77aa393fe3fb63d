//! Decodes `[tracker.pull_requests]`, and what each project says of them.

use super::{pairs, unknown};
use crate::{
    config::{
        kinds,
        model::{PullRequestRepository, PullRequestSettings, TrackerConfig},
        read::Section,
    },
    domain::{
        ids::{StatusId, TeamId},
        tracker::PullRequestStep,
    },
    tracker::github::check_repository,
};

pub(super) fn pull_requests(s: &Section<'_>) -> PullRequestSettings {
    let webhook_secret = s.secret("webhook_secret");
    let incidents = steps(s, "incidents").into_iter().map(|(step, status)| (step, StatusId::new(status))).collect();
    let repositories = s.tables("repositories", "name", repository);
    PullRequestSettings { webhook_secret, incidents, repositories }
}

fn repository(s: &Section<'_>) -> Option<PullRequestRepository> {
    let name = s.need("name", "owner/name", |value| {
        let name = kinds::line(value)?;
        check_repository(&name)?;
        Ok(name)
    });
    let team = s.read("team", "id of a team", kinds::line).map(TeamId::new);
    Some(PullRequestRepository { name: name?, team })
}

/// Reads a status for each step of a pull request.
pub(super) fn steps(s: &Section<'_>, key: &str) -> Vec<(PullRequestStep, String)> {
    let mut steps = Vec::new();
    for (word, status) in pairs(s, key, "table of steps of a pull request") {
        match PullRequestStep::WORDS.iter().find(|(known, _)| *known == word) {
            Some((_, step)) => steps.push((*step, status)),
            None => {
                let words = PullRequestStep::WORDS.map(|(word, _)| word);
                s.wrong(key, unknown("step of a pull request", &word, &words));
            }
        }
    }
    steps
}

/// A report that nobody can sign is never believed.
pub(super) fn check(s: &Section<'_>, config: &TrackerConfig) {
    if config.pull_requests.is_some() && config.pull_request_secrets().is_empty() {
        s.look("pull_requests", |s| {
            s.wrong("webhook_secret", "missing; write webhook_secret = \"env:NAME\", the secret of GitHub's webhook");
        });
    }
}
