//! Decodes `[tracker.jira]`.

use super::{INTERVAL, ReadTracker, address, interval, project, severities, with_fields};
use crate::{
    config::{kinds, model::TrackerSettings, read::Section, secret},
    tracker::{
        MappedField, TrackerProject,
        jira::{JiraCredentials, JiraEdition, JiraProject, JiraSettings, check_jira_url},
    },
};

/// How many reads a second are made at most where nothing is set, and half as many writes. Jira Cloud limits each endpoint and
/// method by the second, and tells apps to spread their calls (Atlassian, "Build an app that respects rate limits"); the
/// limits of a Data Center are set by its administrator.
const CALLS_PER_SECOND: u32 = 80;

pub(super) fn jira(s: &Section<'_>) -> Option<ReadTracker> {
    let url = s.need("url", "http(s) address", |value| {
        let url = address(value)?;
        check_jira_url(&url)?;
        Ok(url)
    });
    let site_url = s.read("site_url", "http(s) address", address);
    let edition = s.read("edition", "cloud or data_center", |value| kinds::word(value, &JiraEdition::WORDS));
    let edition = edition.unwrap_or(JiraEdition::Cloud);
    let credentials = credentials(s, edition);
    let (webhook_secrets, button_secrets) = (secrets(s, "webhook_secrets"), secrets(s, "button_secrets"));
    let link_type = s.read("link_type", "text", kinds::line).unwrap_or_else(|| "Relates".to_owned());
    let calls_per_second = s.read("calls_per_second", "whole number", |value| kinds::count(value, 1..=10_000));
    let interval = interval(s, INTERVAL);
    let read = s.tables("projects", "key", jira_project);
    let (projects, jira_projects) = read.into_iter().unzip();
    let base_url = url?;
    let settings = JiraSettings {
        site_url: site_url.unwrap_or_else(|| base_url.clone()),
        base_url,
        edition,
        credentials: credentials?,
        webhook_secrets,
        button_secrets,
        link_type,
        calls_per_second: calls_per_second.map_or(CALLS_PER_SECOND, |most| u32::try_from(most).unwrap_or(u32::MAX)),
        projects: jira_projects,
    };
    Some(ReadTracker { projects, settings: TrackerSettings::Jira(Box::new(settings)), interval })
}

fn secrets(s: &Section<'_>, key: &str) -> Vec<secrecy::SecretString> {
    if s.has(key) {
        return s.secrets(key);
    }
    // The key is known, and may be left out.
    s.read(key, "list of secrets: \"env:NAME\" or \"file:PATH\"", secret::references);
    Vec::new()
}

fn credentials(s: &Section<'_>, edition: JiraEdition) -> Option<JiraCredentials> {
    let email = s.read("email", "mail address", kinds::line);
    let token = s.needed_secret("token")?;
    Some(match (email, edition) {
        (Some(email), JiraEdition::Cloud) => JiraCredentials::ApiToken { email, token },
        (Some(_), JiraEdition::DataCenter) => {
            s.wrong(
                "email",
                "belongs to an API token of Jira Cloud; a Data Center takes a personal access token alone",
            );
            return None;
        }
        (None, JiraEdition::Cloud | JiraEdition::DataCenter) => JiraCredentials::Bearer(token),
    })
}

fn jira_project(s: &Section<'_>) -> Option<(TrackerProject, JiraProject)> {
    let key = s.need("key", "project key", |value| {
        let key = kinds::line(value)?;
        let fine = key.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        if fine { Ok(key) } else { Err("must be the key of a project, such as \"OPS\"".to_owned()) }
    });
    let issue_type = s.need("issue_type", "name of an issue type", kinds::line);
    let followup_type = s.read("followup_type", "name of an issue type", kinds::line);
    let request_type = s.read("request_type", "id of a request type", kinds::line);
    let priorities = s.has("severity").then(|| severities(s));
    let labels = s.texts("labels").unwrap_or_default();
    let project = with_fields(s, project(s, key.clone().unwrap_or_default(), key.unwrap_or_default()));
    let followup_type = Some(followup_type.unwrap_or_else(|| "Task".to_owned()));
    let project = TrackerProject { followup_type, ..project };
    let plain = JiraProject::new(&project.name, &issue_type?);
    let field = |(field, name): (&MappedField, &String)| (field.word().to_owned(), name.clone());
    let statuses = project.status.iter().map(|(status, name)| (status.to_string(), name.clone()));
    let steps = project.pull_requests.iter();
    let steps = steps.map(|(step, name)| (format!("pull_requests.{}", step.word()), name.clone()));
    let jira = JiraProject {
        request_type,
        statuses: statuses.chain(steps).collect(),
        priorities: priorities.unwrap_or(plain.priorities.clone()),
        fields: project.fields.iter().map(field).collect(),
        labels,
        ..plain
    };
    (!project.name.is_empty()).then_some((project, jira))
}
