//! Decodes `[tracker.redmine]`.

use std::time::Duration;

use super::{PREFIX, ReadTracker, address, interval, prefix, project, severities, with_fields};
use crate::{
    config::{kinds, model::TrackerSettings, read::Section},
    tracker::{
        TrackerProject,
        redmine::{RedmineMarkup, RedmineProject, RedmineSettings, check_identifier},
    },
};

/// Redmine has no webhooks: what happens there is seen this late, at most.
const INTERVAL: Duration = Duration::from_secs(30);

const MARKUPS: [(&str, RedmineMarkup); 2] =
    [("textile", RedmineMarkup::Textile), ("markdown", RedmineMarkup::Markdown)];

pub(super) fn redmine(s: &Section<'_>) -> Option<ReadTracker> {
    let base_url = s.need("url", "http(s) address", address);
    let api_key = s.needed_secret("api_key");
    let mark_field = s.need("mark_field", "whole number", |value| kinds::count(value, 1..=1_000_000_000));
    let markup = s.read("markup", "textile or markdown", |value| kinds::word(value, &MARKUPS));
    let interval = interval(s, INTERVAL);
    let (projects, redmine_projects) = s.tables("projects", "identifier", redmine_project).into_iter().unzip();
    let settings = RedmineSettings {
        base_url: base_url?,
        api_key: api_key?,
        mark_field: u32::try_from(mark_field?).ok()?,
        markup: markup.unwrap_or(RedmineMarkup::Markdown),
        interval,
        projects: redmine_projects,
    };
    Some(ReadTracker { projects, settings: TrackerSettings::Redmine(Box::new(settings)), interval })
}

fn redmine_project(s: &Section<'_>) -> Option<(TrackerProject, RedmineProject)> {
    let identifier = s.need("identifier", "identifier of a project", |value| {
        let identifier = kinds::line(value)?;
        check_identifier(&identifier)?;
        Ok(identifier)
    });
    let prefix = s.need("prefix", PREFIX, prefix);
    let issue_type = s.read("issue_type", "name of an issue type", kinds::line);
    let followup_type = s.read("followup_type", "name of an issue type", kinds::line);
    let priorities = severities(s);
    let project = TrackerProject { followup_type, ..with_fields(s, project(s, identifier?, prefix?)) };
    let (identifier, prefix) = (project.name.clone(), project.prefix.clone());
    Some((project, RedmineProject { identifier, prefix, issue_type, priorities }))
}
