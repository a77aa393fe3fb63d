//! Statuses and severities of GitHub's issues: open or closed with a reason, and labels.

use super::settings::GitHubProject;
use crate::{
    domain::{severity::Severity, tracker::IssueStage},
    tracker::TrackerFailure,
};

/// The status of an open issue without a label of a status.
pub(super) const OPEN: &str = "Open";
/// The statuses of a closed issue, with the reasons that GitHub stores.
const CLOSED: [(&str, &str); 3] = [("Closed", "completed"), ("Not planned", "not_planned"), ("Duplicate", "duplicate")];

/// What the status of an issue consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IssueState {
    pub is_open: bool,
    pub reason: Option<String>,
    pub labels: Vec<String>,
}

/// The name of the status of a closed issue.
pub(super) fn closed_name(reason: Option<&str>) -> &'static str {
    CLOSED.iter().find(|(_, stored)| Some(*stored) == reason).map_or(CLOSED[0].0, |(name, _)| name)
}

/// True if the label is a status. GitHub does not distinguish upper and lower case in labels.
pub(super) fn is_status(project: &GitHubProject, label: &str) -> bool {
    project.status_labels.iter().any(|name| name.eq_ignore_ascii_case(label))
}

/// True if the label is a severity.
pub(super) fn is_severity(project: &GitHubProject, label: &str) -> bool {
    project.severity_labels.values().any(|name| name.eq_ignore_ascii_case(label))
}

pub(super) fn name_of(project: &GitHubProject, state: &IssueState) -> String {
    if !state.is_open {
        return closed_name(state.reason.as_deref()).to_owned();
    }
    let has = |name: &&String| state.labels.iter().any(|label| label.eq_ignore_ascii_case(name));
    project.status_labels.iter().find(has).cloned().unwrap_or_else(|| OPEN.to_owned())
}

pub(super) fn stage_of(project: &GitHubProject, state: &IssueState) -> IssueStage {
    if !state.is_open {
        IssueStage::Done
    } else if name_of(project, state) == OPEN {
        IssueStage::Open
    } else {
        IssueStage::InProgress
    }
}

/// All statuses of a project.
pub(super) fn names(project: &GitHubProject) -> Vec<String> {
    let closed = CLOSED.iter().map(|(name, _)| (*name).to_owned());
    [OPEN.to_owned()].into_iter().chain(project.status_labels.iter().cloned()).chain(closed).collect()
}

/// What an issue is to be for the status `to`.
///
/// # Errors
/// [`TrackerFailure::NoTransition`] when the project has no such status.
pub(super) fn moved(project: &GitHubProject, now: &IssueState, to: &str) -> Result<IssueState, TrackerFailure> {
    let mut labels: Vec<String> = now.labels.iter().filter(|name| !is_status(project, name)).cloned().collect();
    if let Some((_, reason)) = CLOSED.iter().find(|(name, _)| name.eq_ignore_ascii_case(to)) {
        return Ok(IssueState { is_open: false, reason: Some((*reason).to_owned()), labels });
    }
    let label = project.status_labels.iter().find(|name| name.eq_ignore_ascii_case(to));
    if label.is_none() && !OPEN.eq_ignore_ascii_case(to) {
        return Err(TrackerFailure::NoTransition { to: to.to_owned(), possible: names(project) });
    }
    labels.extend(label.cloned());
    Ok(IssueState { is_open: true, reason: None, labels })
}

/// The labels with the one of a severity.
pub(super) fn with_severity(project: &GitHubProject, labels: &[String], severity: Severity) -> Vec<String> {
    let others = labels.iter().filter(|name| !is_severity(project, name)).cloned();
    others.chain(project.severity_labels.get(&severity).cloned()).collect()
}

/// True if both name the same labels.
pub(super) fn same_labels(one: &[String], other: &[String]) -> bool {
    let sorted = |labels: &[String]| {
        let mut names: Vec<String> = labels.iter().map(|name| name.to_lowercase()).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    sorted(one) == sorted(other)
}

/// The colour of a label that is made.
pub(super) fn color(project: &GitHubProject, label: &str) -> &'static str {
    let severity = project.severity_labels.iter().find(|(_, name)| name.eq_ignore_ascii_case(label));
    match severity.map(|(severity, _)| severity) {
        Some(Severity::Sev1) => "b60205",
        Some(Severity::Sev2) => "d93f0b",
        Some(Severity::Sev3) => "fbca04",
        Some(Severity::Sev4) => "0e8a16",
        None if is_status(project, label) => "1d76db",
        None => "ededed",
    }
}
