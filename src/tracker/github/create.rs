//! Creates an issue with its mark, and finds it again by the mark.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    api::GitHubApi,
    settings::GitHubProject,
    status, text,
    wire::{GitHubIssueBody, issue_ref},
};
use crate::{
    domain::tracker::{IssueDraft, IssueMark, IssueRef},
    tracker::TrackerFailure,
};

/// How many of the newest issues are compared with a mark.
const NEWEST: usize = 100;
/// How many of them are listed at once.
const AT_ONCE: usize = 50;

/// Creates an issue.
pub(super) async fn create(api: GitHubApi<'_>, draft: &IssueDraft) -> Result<IssueRef, TrackerFailure> {
    let project = project(api, &draft.project)?;
    let labels = labels(project, draft)?;
    for label in &labels {
        ensure_label(api, project, label).await?;
    }
    // An issue with an assignee who cannot be assigned is refused as a whole.
    let assignees = match &draft.assignee {
        Some(account) if may_be_assigned(api, project, &account.0).await? => vec![account.0.clone()],
        Some(_) | None => Vec::new(),
    };
    let body = json!({
        "title": text::title(&draft.summary),
        "body": text::body(&draft.description, draft.room.as_deref(), &draft.mark),
        "labels": labels,
        "assignees": assignees,
    });
    let made: GitHubIssueBody = api.write(Method::POST, &format!("repos/{}/issues", project.repository), body).await?;
    Ok(issue_ref(project, made.number))
}

/// Finds the issue with a mark among the newest of a repository. The search of GitHub lags, so it is not used. Only an issue
/// of our own account counts: anybody can write a mark.
pub(super) async fn find(
    api: GitHubApi<'_>,
    repository: &str,
    mark: &IssueMark,
) -> Result<Option<IssueRef>, TrackerFailure> {
    let project = project(api, repository)?;
    let account = api.account().await?;
    for page in 1..=NEWEST / AT_ONCE {
        let query = format!("state=all&sort=created&direction=desc&per_page={AT_ONCE}&page={page}");
        let issues: Vec<GitHubIssueBody> = api.get(&format!("repos/{}/issues?{query}", project.repository)).await?;
        let is_ours = |issue: &&GitHubIssueBody| {
            let author = issue.user.as_ref().is_some_and(|user| user.login.eq_ignore_ascii_case(&account));
            let marks = text::marks(issue.body.as_deref().unwrap_or_default());
            author && issue.pull_request.is_none() && marks.contains(&mark.0)
        };
        // The first of two, so that every call finds the same.
        if let Some(issue) = issues.iter().rev().find(is_ours) {
            return Ok(Some(issue_ref(project, issue.number)));
        }
        if issues.len() < AT_ONCE {
            break;
        }
    }
    Ok(None)
}

/// The project of a repository.
pub(super) fn project<'a>(api: GitHubApi<'a>, repository: &str) -> Result<&'a GitHubProject, TrackerFailure> {
    let unknown = || TrackerFailure::Refused(format!("the repository {repository} is not in [tracker.github]"));
    api.settings.project(repository).ok_or_else(unknown)
}

/// Makes a label with its colour, if it is missing.
pub(super) async fn ensure_label(
    api: GitHubApi<'_>,
    project: &GitHubProject,
    label: &str,
) -> Result<(), TrackerFailure> {
    let known = (project.repository.clone(), label.to_lowercase());
    if api.state.labels.lock().await.contains(&known) {
        return Ok(());
    }
    let path = format!("repos/{}/labels", project.repository);
    if api.get_if_there(&format!("{path}/{}", escape(label))).await?.is_none() {
        let body = json!({"name": label, "color": status::color(project, label)});
        // Somebody may have made it meanwhile; if it is refused for another reason, so is the issue.
        match api.write::<Value>(Method::POST, &path, body).await {
            Ok(_) | Err(TrackerFailure::Refused(_)) => {}
            Err(failure) => return Err(failure),
        }
    }
    api.state.labels.lock().await.insert(known);
    Ok(())
}

/// True if issues of the repository can be assigned to an account.
pub(super) async fn may_be_assigned(
    api: GitHubApi<'_>,
    project: &GitHubProject,
    login: &str,
) -> Result<bool, TrackerFailure> {
    let path = format!("repos/{}/assignees/{}", project.repository, escape(login));
    Ok(api.get_if_there(&path).await?.is_some())
}

/// A part of a path.
pub(super) fn escape(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The label of a field, which is a prefix of labels such as `env/`.
///
/// # Errors
/// Says that GitHub's issues have no other fields.
pub(super) fn field_label(field: &str, value: &str) -> Result<String, TrackerFailure> {
    if field.ends_with(['/', ':']) {
        return Ok(text::label(&format!("{field}{value}")));
    }
    Err(TrackerFailure::Refused(format!(
        "issues of GitHub have no field \"{field}\"; write a prefix of labels, such as \"env/\" or \"env:\""
    )))
}

fn labels(project: &GitHubProject, draft: &IssueDraft) -> Result<Vec<String>, TrackerFailure> {
    let given = draft.labels.iter().chain(&draft.component).map(|name| text::label(name));
    let given: Vec<String> = given.filter(|name| !name.is_empty()).collect();
    let mut labels = match draft.severity {
        Some(severity) => status::with_severity(project, &given, severity),
        None => given,
    };
    for field in &draft.fields {
        labels.push(field_label(&field.field, &field.value)?);
    }
    Ok(labels)
}
