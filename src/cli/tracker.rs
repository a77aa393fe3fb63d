//! `hotroom tracker setup`: prints what has to be created at the tracker.

use std::path::Path;

use super::{Exit, Report, check::hook_url};
use crate::{
    config::{Config, OutsideTracker, TrackerSettings},
    tracker::{TrackerKind, github, jira, redmine},
};

/// Prints the steps. Changes nothing, and asks nobody.
pub fn tracker_setup(path: Option<&Path>, env: Vec<(String, String)>, kind: TrackerKind) -> Report {
    let config = match Config::load(path, env) {
        Ok(config) => config,
        Err(mistakes) => {
            let mut report = Report::new();
            report.find(Exit::Wrong, mistakes);
            return report;
        }
    };
    match config.tracker.outside.as_ref().filter(|outside| outside.kind == kind) {
        Some(outside) => {
            let mut report = Report::new();
            steps(&config, outside).into_iter().for_each(|step| report.say(step));
            report
        }
        None => Report::ended(
            Exit::Wrong,
            format!(
                "[tracker] has another kind than {kind}: set it with its section first; docs/trackers/{kind}.md shows how"
            ),
        ),
    }
}

fn steps(config: &Config, outside: &OutsideTracker) -> Vec<String> {
    let url = hook_url(config, outside).unwrap_or_default();
    match &outside.settings {
        TrackerSettings::Jira(settings) => jira::setup_steps(settings, &url),
        TrackerSettings::GitHub(settings) => github::setup_steps(settings, &url),
        TrackerSettings::Redmine(settings) => redmine::setup_steps(settings),
    }
}
