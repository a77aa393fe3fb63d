//! What `hotroom check` finds out about GitHub. Nothing is written.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    api::GitHubApi,
    board,
    create::escape,
    settings::{GitHubCredentials, GitHubProject},
    setup::EVENTS,
    status,
};
use crate::{
    domain::tracker::{TrackerAccount, TrackerPerson},
    tracker::{TrackerFinding, TrackerReport},
};

#[derive(Deserialize)]
struct RepositoryBody {
    has_issues: bool,
    #[serde(default)]
    archived: bool,
    permissions: Option<PermissionsBody>,
}

#[derive(Deserialize)]
struct PermissionsBody {
    #[serde(default)]
    triage: bool,
    #[serde(default)]
    push: bool,
}

#[derive(Deserialize)]
struct HookListing {
    active: bool,
    #[serde(default)]
    events: Vec<String>,
    config: HookConfig,
    last_response: Option<LastResponse>,
    updated_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct HookConfig {
    #[serde(default)]
    url: String,
    #[serde(default)]
    content_type: String,
}

#[derive(Deserialize)]
struct LastResponse {
    code: Option<u16>,
    message: Option<String>,
}

/// Finds out whether GitHub can be reached and what the account may do in each repository.
pub(super) async fn probe(api: GitHubApi<'_>, hook_url: Option<&str>) -> TrackerReport {
    let mut report = TrackerReport::default();
    match api.account().await {
        Ok(login) => {
            report.account = Some(TrackerPerson { account: TrackerAccount(login.clone()), name: login, email: None });
        }
        Err(failure) => {
            report.findings.push(TrackerFinding::Wrong(failure.to_string()));
            return report;
        }
    }
    if api.settings.webhook_secret.is_none() {
        let text = "without webhook_secret GitHub cannot report changes; hotroom asks for them at intervals instead";
        report.findings.push(TrackerFinding::Warning(text.to_owned()));
    }
    for project in &api.settings.projects {
        report.findings.extend(repository(api, project).await);
        report.findings.extend(labels(api, project).await);
        report.findings.extend(status_board(api, project).await);
        if let Some(url) = hook_url {
            report.findings.push(webhook(api, project, url).await);
        }
    }
    report
}

async fn repository(api: GitHubApi<'_>, project: &GitHubProject) -> Vec<TrackerFinding> {
    let name = &project.repository;
    let found: RepositoryBody = match api.get(&format!("repos/{name}")).await {
        Ok(found) => found,
        Err(failure) => return vec![TrackerFinding::Wrong(format!("{name}: {failure}"))],
    };
    let mut findings = Vec::new();
    if found.archived {
        findings.push(TrackerFinding::Wrong(format!("{name} is archived: unarchive it, or name another repository")));
    }
    if !found.has_issues {
        findings.push(TrackerFinding::Wrong(format!("{name} has no issues: switch them on in its settings")));
    }
    let may_write = match (&api.settings.credentials, &found.permissions) {
        // The rights of an App are not those of a person; a write shows them.
        (GitHubCredentials::App(_), _) | (GitHubCredentials::Token(_), None) => None,
        (GitHubCredentials::Token(_), Some(permissions)) => Some(permissions.triage || permissions.push),
    };
    findings.push(match may_write {
        Some(true) => TrackerFinding::Good(format!("{name}: issues can be created, labelled, assigned and closed")),
        Some(false) => TrackerFinding::Wrong(format!(
            "{name}: labels, assignees and statuses cannot be set; give the account the role Triage or Write, and the \
             token the permission Issues: read and write"
        )),
        None => TrackerFinding::Warning(format!(
            "{name}: the rights of an App are not shown; it needs Issues: read and write, and Metadata: read"
        )),
    });
    findings
}

/// The statuses, and which of their labels are there.
async fn labels(api: GitHubApi<'_>, project: &GitHubProject) -> Vec<TrackerFinding> {
    let name = &project.repository;
    let mut missing = Vec::new();
    for label in project.status_labels.iter().chain(project.severity_labels.values()) {
        match api.get_if_there(&format!("repos/{name}/labels/{}", escape(label))).await {
            Ok(Some(_)) => {}
            Ok(None) => missing.push(label.as_str()),
            Err(failure) => return vec![TrackerFinding::Warning(format!("{name}: {failure}"))],
        }
    }
    let mut findings =
        vec![TrackerFinding::Good(format!("{name}: statuses are {}", status::names(project).join(", ")))];
    if !missing.is_empty() {
        let text = format!("{name}: hotroom will make the labels {}", missing.join(", "));
        findings.push(TrackerFinding::Good(text));
    }
    findings
}

async fn status_board(api: GitHubApi<'_>, project: &GitHubProject) -> Vec<TrackerFinding> {
    let Some(board) = &project.board else { return Vec::new() };
    let name = &project.repository;
    let found = match board::find(api, project, board).await {
        Ok(found) => found.names(),
        Err(failure) => return vec![TrackerFinding::Wrong(format!("{name}: {failure}"))],
    };
    let has = |status: &String| found.iter().any(|option| option.eq_ignore_ascii_case(status));
    let shown: Vec<String> = status::names(project).into_iter().filter(has).collect();
    if shown.is_empty() {
        let text = format!(
            "{name}: no status has the name of an option of \"{}\", which has {}",
            board.field,
            found.join(", ")
        );
        return vec![TrackerFinding::Wrong(text)];
    }
    vec![TrackerFinding::Good(format!("{name}: the board {} shows {}", board.number, shown.join(", ")))]
}

async fn webhook(api: GitHubApi<'_>, project: &GitHubProject, url: &str) -> TrackerFinding {
    let name = &project.repository;
    let hooks: Vec<HookListing> = match api.get(&format!("repos/{name}/hooks?per_page=100")).await {
        Ok(hooks) => hooks,
        // Only an administrator of the repository sees webhooks; the webhook of an App or an organisation is none of these.
        Err(_) => {
            let text =
                format!("{name}: the account may not see webhooks; look at Settings > Webhooks whether {url} is there");
            return TrackerFinding::Warning(text);
        }
    };
    let Some(hook) = hooks.iter().find(|hook| hook.config.url == url) else {
        let text = format!("{name}: no webhook calls {url}; `hotroom tracker setup github` says how to add it");
        return TrackerFinding::Warning(text);
    };
    let lacks: Vec<&str> =
        EVENTS.into_iter().filter(|event| !hook.events.iter().any(|has| has == event || has == "*")).collect();
    if !hook.active {
        TrackerFinding::Wrong(format!("{name}: the webhook is not active"))
    } else if !lacks.is_empty() {
        TrackerFinding::Wrong(format!("{name}: the webhook does not send {}", lacks.join(", ")))
    } else if hook.config.content_type != "json" {
        TrackerFinding::Wrong(format!("{name}: the webhook must send application/json"))
    } else {
        last_delivery(name, hook)
    }
}

fn last_delivery(name: &str, hook: &HookListing) -> TrackerFinding {
    let last = hook.last_response.as_ref();
    let at = hook.updated_at.map(|at| at.format("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default();
    match last.and_then(|last| last.code) {
        Some(code @ 200..=299) => TrackerFinding::Good(format!("{name}: the webhook was answered with {code} ({at})")),
        Some(code) => {
            let message = last.and_then(|last| last.message.clone()).unwrap_or_default();
            TrackerFinding::Warning(format!("{name}: the last delivery of the webhook failed: {code} {message}"))
        }
        None => TrackerFinding::Good(format!("{name}: the webhook is there and has sent nothing yet")),
    }
}
