//! What `hotroom check` finds out about Jira. Nothing is written.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    client::{JiraClient, url_part},
    fields::{JiraFieldMetas, find, value_name},
    settings::{JiraEdition, JiraProject},
    setup::{EVENTS, PERMISSIONS},
    wire::{JiraIssueKey, JiraName, JiraSearchPage, JiraTransitions},
};
use crate::{
    net::HttpClient,
    tracker::{
        TrackerFailure,
        TrackerFinding::{self, Good, Warning, Wrong},
        TrackerReport,
    },
};

/// The most names that a finding lists.
const LISTED: usize = 20;
/// Fields that are required and that hotroom sets, or Jira itself.
const SET: [&str; 8] =
    ["project", "issuetype", "summary", "labels", "description", "reporter", "priority", "components"];

/// What the server says of itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServerBody {
    #[serde(default)]
    version: String,
    deployment_type: Option<String>,
}

#[derive(Deserialize)]
struct PermissionsBody {
    permissions: BTreeMap<String, PermissionBody>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PermissionBody {
    #[serde(default)]
    have_permission: bool,
}

/// An issue type with its statuses.
#[derive(Deserialize)]
struct TypeStatuses {
    name: String,
    #[serde(default)]
    statuses: Vec<JiraName>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinkTypes {
    issue_link_types: Vec<JiraName>,
}

/// A webhook of the administration.
#[derive(Deserialize)]
struct HookEntry {
    #[serde(default)]
    url: String,
    #[serde(default)]
    events: Vec<String>,
    #[serde(default = "enabled")]
    enabled: bool,
}

fn enabled() -> bool {
    true
}

impl JiraClient {
    /// Finds out what Jira says about our account and the projects.
    pub(super) async fn report(&self, http: &HttpClient, hook_url: Option<&str>) -> TrackerReport {
        let mut report = TrackerReport::default();
        let account = match self.ask_account(http).await {
            Ok(account) => account,
            Err(failure) => {
                report.findings.push(Wrong(format!("{}: {failure}", self.settings.base_url)));
                return report;
            }
        };
        report.findings.push(Good(format!("signed in as {} (account {})", account.name, account.account.0)));
        report.account = Some(account);
        report.findings.push(self.check_edition(http).await);
        for project in &self.settings.projects {
            report.findings.extend(self.check_project(http, project).await);
        }
        report.findings.extend(self.check_link_type(http).await);
        report.findings.push(self.check_webhook(http, hook_url).await);
        report
    }

    async fn check_edition(&self, http: &HttpClient) -> TrackerFinding {
        let server: ServerBody = match self.get_short(http, "serverInfo").await {
            Ok(server) => server,
            Err(failure) => return Warning(format!("its version is not known: {failure}")),
        };
        let is_cloud = server.deployment_type.as_deref() == Some("Cloud");
        match (self.settings.edition, is_cloud) {
            (JiraEdition::Cloud, true) | (JiraEdition::DataCenter, false) => {
                Good(format!("version {}", server.version))
            }
            (JiraEdition::Cloud, false) => {
                Wrong("this is a Jira Data Center: set [tracker.jira] edition = \"data_center\"".to_owned())
            }
            (JiraEdition::DataCenter, true) => {
                Wrong("this is a Jira Cloud: set [tracker.jira] edition = \"cloud\"".to_owned())
            }
        }
    }

    async fn check_project(&self, http: &HttpClient, project: &JiraProject) -> Vec<TrackerFinding> {
        let mut findings = match self.check_permissions(http, project).await {
            Ok(findings) => findings,
            Err(failure) => return vec![Wrong(format!("{}: {failure}", project.key))],
        };
        match self.check_statuses(http, project).await {
            Ok(found) => findings.extend(found),
            Err(failure) => findings.push(Warning(format!("{}: statuses are not known: {failure}", project.key))),
        }
        match self.create_metas(http, project).await {
            Ok(metas) => findings.extend(check_fields(project, &metas)),
            Err(failure) => findings.push(Wrong(format!("{}: {failure}", project.key))),
        }
        findings
    }

    async fn check_permissions(
        &self,
        http: &HttpClient,
        project: &JiraProject,
    ) -> Result<Vec<TrackerFinding>, TrackerFailure> {
        let keys: Vec<&str> = PERMISSIONS.iter().map(|permission| permission.key).collect();
        let path = format!("mypermissions?projectKey={}&permissions={}", url_part(&project.key), keys.join(","));
        let body: PermissionsBody = self.get_short(http, &path).await?;
        let mut findings = Vec::new();
        for permission in &PERMISSIONS {
            let has = body.permissions.get(permission.key).is_some_and(|found| found.have_permission);
            if has {
                continue;
            }
            let what = format!(
                "{}: our account may not {}: grant it \"{}\" under Project settings > Permissions",
                project.key, permission.use_for, permission.name
            );
            findings.push(if permission.is_optional { Warning(what) } else { Wrong(what) });
        }
        if findings.is_empty() {
            findings.push(Good(format!("{}: our account has every permission", project.key)));
        }
        Ok(findings)
    }

    async fn check_statuses(
        &self,
        http: &HttpClient,
        project: &JiraProject,
    ) -> Result<Vec<TrackerFinding>, TrackerFailure> {
        let types: Vec<TypeStatuses> =
            self.get_short(http, &format!("project/{}/statuses", url_part(&project.key))).await?;
        let Some(found) = types.iter().find(|kind| kind.name.eq_ignore_ascii_case(&project.issue_type)) else {
            let names = list(types.iter().map(|kind| kind.name.as_str()));
            let what =
                format!("{}: there is no issue type \"{}\"; there are: {names}", project.key, project.issue_type);
            return Ok(vec![Wrong(what)]);
        };
        let names = || list(found.statuses.iter().map(|status| status.name.as_str()));
        let mut findings = Vec::new();
        for (ours, theirs) in &project.statuses {
            let exists = found.statuses.iter().any(|status| status.name.eq_ignore_ascii_case(theirs));
            findings.push(if exists {
                Good(format!("{}: {ours} moves to \"{theirs}\"", project.key))
            } else {
                Wrong(format!(
                    "{}: {ours} moves to \"{theirs}\", which is no status; there are: {}",
                    project.key,
                    names()
                ))
            });
        }
        findings.extend(self.newest_transitions(http, project).await?);
        Ok(findings)
    }

    /// Jira shows transitions only of an issue, so those of the newest are shown.
    async fn newest_transitions(
        &self,
        http: &HttpClient,
        project: &JiraProject,
    ) -> Result<Option<TrackerFinding>, TrackerFailure> {
        let jql =
            format!("project = \"{}\" AND issuetype = \"{}\" ORDER BY created DESC", project.key, project.issue_type);
        let found: JiraSearchPage<JiraIssueKey> = self.get_short(http, &self.one_page(&jql)).await?;
        let Some(issue) = found.issues.into_iter().next() else { return Ok(None) };
        let path = format!("issue/{}/transitions", url_part(&issue.id));
        let possible: JiraTransitions = self.get_short(http, &path).await?;
        let names = list(possible.transitions.iter().map(|transition| transition.to.name.as_str()));
        Ok(Some(Good(format!("{}: {} can move to: {names}", project.key, issue.key))))
    }

    async fn check_link_type(&self, http: &HttpClient) -> Option<TrackerFinding> {
        let types: LinkTypes = match self.get_short(http, "issueLinkType").await {
            Ok(types) => types,
            Err(failure) => return Some(Warning(format!("types of links are not known: {failure}"))),
        };
        let wanted = &self.settings.link_type;
        if types.issue_link_types.iter().any(|kind| kind.name.eq_ignore_ascii_case(wanted)) {
            return None;
        }
        let names = list(types.issue_link_types.iter().map(|kind| kind.name.as_str()));
        Some(Wrong(format!("[tracker.jira] link_type: there is no \"{wanted}\"; there are: {names}")))
    }

    async fn check_webhook(&self, http: &HttpClient, hook_url: Option<&str>) -> TrackerFinding {
        if self.settings.webhook_secrets.is_empty() {
            let what = "without [tracker.jira] webhook_secrets Jira cannot report changes; hotroom looks for them at intervals";
            return Warning(what.to_owned());
        }
        let Some(url) = hook_url else {
            let what = "hotroom has no public address, so that Jira cannot call it: set [server] public_url";
            return Wrong(what.to_owned());
        };
        match self.webhooks(http).await {
            Err(failure) => Warning(format!(
                "our account may not see whether a webhook calls {url} (that takes Administer Jira); look at Settings > \
                 System > WebHooks: {failure}"
            )),
            Ok(hooks) => check_hooks(&hooks, url),
        }
    }

    async fn webhooks(&self, http: &HttpClient) -> Result<Vec<HookEntry>, TrackerFailure> {
        let path = match self.settings.edition {
            JiraEdition::Cloud => "rest/webhooks/1.0/webhook",
            JiraEdition::DataCenter => "rest/jira-webhook/1.0/webhooks",
        };
        self.get_at(http, path).await
    }
}

fn check_hooks(hooks: &[HookEntry], url: &str) -> TrackerFinding {
    let Some(hook) = hooks.iter().find(|hook| hook.url == url) else {
        return Wrong(format!("no webhook calls {url}; `hotroom tracker setup jira` says how to add it"));
    };
    if !hook.enabled {
        return Wrong(format!("the webhook that calls {url} is disabled: enable it"));
    }
    let missing: Vec<&str> = EVENTS.into_iter().filter(|event| !hook.events.iter().any(|sent| sent == event)).collect();
    if missing.is_empty() {
        return Good(format!("its webhook calls {url}"));
    }
    Wrong(format!("the webhook that calls {url} does not send {}: select them", missing.join(", ")))
}

fn check_fields(project: &JiraProject, metas: &JiraFieldMetas) -> Vec<TrackerFinding> {
    let key = &project.key;
    let mut findings = Vec::new();
    if !metas.contains_key("labels") {
        findings.push(Wrong(format!(
            "{key}: the create screen of \"{}\" lacks the field Labels, by which hotroom finds its issues: add it",
            project.issue_type
        )));
    }
    findings.extend(check_priorities(project, metas));
    for (ours, theirs) in &project.fields {
        findings.push(match find(metas, theirs) {
            None => {
                let names = list(metas.values().map(|meta| meta.name.as_str()));
                Wrong(format!("{key}: {ours} is mapped to \"{theirs}\", which is no field of the create screen; there are: {names}"))
            }
            Some((id, meta)) => {
                let allowed = list(meta.allowed_values.iter().filter_map(value_name));
                let allowed = if allowed.is_empty() { String::new() } else { format!("; allowed: {allowed}") };
                Good(format!("{key}: {ours} is \"{}\" ({id}, {}){allowed}", meta.name, meta.schema.kind))
            }
        });
    }
    for (id, meta) in metas {
        let is_mapped = project.fields.values().any(|name| name == id || name.eq_ignore_ascii_case(&meta.name));
        if meta.required && !meta.has_default_value && !SET.contains(&id.as_str()) && !is_mapped {
            findings.push(Wrong(format!(
                "{key}: Jira requires the field \"{}\" of a new issue: map a field of incidents to it, or make it optional",
                meta.name
            )));
        }
    }
    findings
}

fn check_priorities(project: &JiraProject, metas: &JiraFieldMetas) -> Vec<TrackerFinding> {
    let key = &project.key;
    let Some(meta) = metas.get("priority") else {
        let what = format!("{key}: the create screen has no priority, so that issues do not show the severity");
        return if project.priorities.is_empty() { Vec::new() } else { vec![Warning(what)] };
    };
    let exists =
        |name: &str| meta.allowed_values.iter().filter_map(value_name).any(|one| one.eq_ignore_ascii_case(name));
    let wrong = project.priorities.iter().filter(|(_, name)| !meta.allowed_values.is_empty() && !exists(name));
    let names = list(meta.allowed_values.iter().filter_map(value_name));
    wrong
        .map(|(severity, name)| {
            Wrong(format!(
                "{key}: {} is the priority \"{name}\", which does not exist; there are: {names}",
                severity.name()
            ))
        })
        .collect()
}

/// Names in one line.
fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    let more = if names.len() > LISTED { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(LISTED)].join(", "))
}
