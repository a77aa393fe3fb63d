//! Lists the issues that changed.

use chrono::SecondsFormat;

use super::{
    api::GitHubApi,
    settings::GitHubProject,
    wire::{GitHubIssueBody, IssueParts},
};
use crate::{
    domain::{Timestamp, tracker::Issue},
    tracker::TrackerFailure,
};

/// How many issues are listed at once.
const AT_ONCE: usize = 50;
/// How many lists are read at most for a project.
const MOST_LISTS: usize = 100;

/// Lists the issues that changed since a time, in all projects, oldest change first. They have no comments and no history,
/// which take further calls for each issue.
pub(super) async fn changed_since(api: GitHubApi<'_>, since: Timestamp) -> Result<Vec<Issue>, TrackerFailure> {
    let mut issues = Vec::new();
    for project in &api.settings.projects {
        let found = changed_in(api, project, since).await?.into_iter();
        let parts = found.map(|issue| IssueParts { issue, comments: Vec::new(), events: Vec::new() });
        issues.extend(parts.map(|parts| parts.issue(project)));
    }
    issues.sort_by_key(|issue| issue.updated);
    Ok(issues)
}

/// The issues of a project that changed. The same list is asked for each time, so that it costs nothing while no issue
/// changes; only if it does not reach back to the time, lists by the time follow.
async fn changed_in(
    api: GitHubApi<'_>,
    project: &GitHubProject,
    since: Timestamp,
) -> Result<Vec<GitHubIssueBody>, TrackerFailure> {
    let list = format!("repos/{}/issues?state=all&sort=updated&per_page={AT_ONCE}", project.repository);
    let mut issues: Vec<GitHubIssueBody> = api.get_tagged(&format!("{list}&direction=desc")).await?;
    let reaches_back = issues.len() < AT_ONCE || issues.last().is_some_and(|oldest| oldest.updated_at < since);
    if !reaches_back {
        issues = changed_by_time(api, &list, since).await?;
    }
    issues.retain(|issue| issue.updated_at >= since && issue.pull_request.is_none());
    Ok(issues)
}

async fn changed_by_time(
    api: GitHubApi<'_>,
    list: &str,
    since: Timestamp,
) -> Result<Vec<GitHubIssueBody>, TrackerFailure> {
    let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut issues = Vec::new();
    for page in 1..=MOST_LISTS {
        let part: Vec<GitHubIssueBody> = api.get(&format!("{list}&direction=asc&since={since}&page={page}")).await?;
        let is_last = part.len() < AT_ONCE;
        issues.extend(part);
        if is_last {
            break;
        }
    }
    Ok(issues)
}
