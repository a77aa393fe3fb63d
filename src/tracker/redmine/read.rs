//! Reads issues with their history, and lists those that changed.

use chrono::SecondsFormat;

use super::{
    api::{RedmineApi, escape},
    create::issue_ref,
    settings::RedmineProject,
    wire::{IssueEnvelope, IssuesBody, JournalBody, NamedBody, RedmineIssueBody, StatusBody, TrackerBody},
};
use crate::{
    domain::{
        Timestamp,
        tracker::{ChangeId, Issue, IssueChangeRecord, IssueComment, IssueRef, IssueStage, TrackerPerson},
    },
    tracker::TrackerFailure,
};

/// How many comments and changes are returned: the newest.
const NEWEST: usize = 100;
/// How many issues are listed at once.
const AT_ONCE: usize = 50;
/// How many lists are read at most for a project.
const MOST_LISTS: usize = 100;

/// Reads an issue. `None` if it was deleted, or is hidden from the account of the API key.
pub(super) async fn read(api: RedmineApi<'_>, id: &str) -> Result<Option<Issue>, TrackerFailure> {
    let Some(body) = fetch_if_there(api, id).await? else { return Ok(None) };
    Ok(Some(issue(api, body).await?))
}

/// Reads an issue as Redmine shows it.
pub(super) async fn fetch_if_there(api: RedmineApi<'_>, id: &str) -> Result<Option<RedmineIssueBody>, TrackerFailure> {
    if id.parse::<u64>().is_err() {
        return Err(TrackerFailure::Refused(format!("{id} is no id of an issue of Redmine")));
    }
    let path = format!("issues/{id}.json?include=journals,watchers,relations,allowed_statuses");
    if let Some(body) = api.get_if_there::<IssueEnvelope>(&path).await? {
        return Ok(Some(body.issue));
    }
    // Redmine says the same of what our account may not see: without the projects we know nothing of the issue.
    for project in &api.settings.projects {
        let path = format!("projects/{}.json", project.identifier);
        if api.get_if_there::<serde::de::IgnoredAny>(&path).await?.is_none() {
            return Err(TrackerFailure::Refused(format!(
                "Redmine shows no project {}: the account of [tracker.redmine] has lost its access to it",
                project.identifier
            )));
        }
    }
    Ok(None)
}

/// Lists the issues that changed since a time, in all projects, oldest change first. They have no notes and no history, which
/// take a further call for each issue.
pub(super) async fn changed_since(api: RedmineApi<'_>, since: Timestamp) -> Result<Vec<Issue>, TrackerFailure> {
    let mut issues = Vec::new();
    for project in &api.settings.projects {
        for body in changed_in(api, project, since).await? {
            issues.push(issue(api, body).await?);
        }
    }
    issues.sort_by_key(|issue| issue.updated);
    Ok(issues)
}

async fn changed_in(
    api: RedmineApi<'_>,
    project: &RedmineProject,
    since: Timestamp,
) -> Result<Vec<RedmineIssueBody>, TrackerFailure> {
    let since = escape(&since.to_rfc3339_opts(SecondsFormat::Secs, true));
    let query = format!("project_id={}&subproject_id=!*&status_id=*", escape(&project.identifier));
    let list = format!("issues.json?{query}&updated_on=%3E%3D{since}&sort=updated_on&limit={AT_ONCE}");
    let mut issues = Vec::new();
    for part in 0..MOST_LISTS {
        let found = api.get::<IssuesBody>(&format!("{list}&offset={}", part * AT_ONCE)).await?.issues;
        let is_last = found.len() < AT_ONCE;
        issues.extend(found);
        if is_last {
            break;
        }
    }
    Ok(issues)
}

/// The configured project of an issue, if it is in one.
pub(super) async fn project_of<'a>(
    api: RedmineApi<'a>,
    issue: &RedmineIssueBody,
) -> Result<Option<&'a RedmineProject>, TrackerFailure> {
    let projects = api.projects().await?;
    let identifier = projects.into_iter().find(|project| project.id == issue.project.id);
    Ok(identifier.and_then(|project| api.settings.project(&project.identifier)))
}

/// The id of an entry of the history. Notes and changes of fields share their numbers.
pub(super) fn journal_id(journal: &JournalBody) -> ChangeId {
    ChangeId(format!("journal/{}", journal.id))
}

async fn issue(api: RedmineApi<'_>, body: RedmineIssueBody) -> Result<Issue, TrackerFailure> {
    let project = project_of(api, &body).await?;
    let words = Words { statuses: api.statuses().await?, priorities: api.priorities().await? };
    let trackers = api.trackers().await?;
    let mark = body.field(api.settings.mark_field.into()).filter(|mark| !mark.is_empty());
    let comments: Vec<IssueComment> = body.journals.iter().filter_map(comment).collect();
    let changes: Vec<IssueChangeRecord> = body.journals.iter().flat_map(|journal| words.records(journal)).collect();
    let number = body.id.to_string();
    let issue = project.map_or_else(
        || IssueRef { id: number.clone(), key: format!("#{number}") },
        |project| issue_ref(project, body.id),
    );
    Ok(Issue {
        issue,
        project: project.map_or_else(|| body.project.name.clone(), |project| project.identifier.clone()),
        url: format!("{}/issues/{}", api.settings.base_url, body.id),
        summary: body.subject.clone(),
        description: unix_lines(body.description.as_deref().unwrap_or_default()),
        kind: body.tracker.name.clone(),
        status: body.status.name.clone(),
        stage: stage(&body, &words.statuses, &trackers),
        priority: Some(body.priority.name.clone()),
        components: body.category.iter().map(|category| category.name.clone()).collect(),
        labels: mark.map(str::to_owned).into_iter().collect(),
        assignee: body.assigned_to.as_ref().map(NamedBody::person),
        reporter: body.author.as_ref().map(NamedBody::person),
        watchers: body.watchers.iter().map(NamedBody::person).collect(),
        comments: newest(comments),
        restricted: body.is_private,
        created: body.created_on,
        updated: body.updated_on,
        changes: newest(changes),
    })
}

/// Redmine ends lines as browsers do.
fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn newest<T>(mut items: Vec<T>) -> Vec<T> {
    items.split_off(items.len().saturating_sub(NEWEST))
}

fn stage(issue: &RedmineIssueBody, statuses: &[StatusBody], trackers: &[TrackerBody]) -> IssueStage {
    let listed = statuses.iter().find(|status| status.id == issue.status.id).and_then(|status| status.is_closed);
    let tracker = trackers.iter().find(|tracker| tracker.id == issue.tracker.id);
    let first = tracker.and_then(|tracker| tracker.default_status.as_ref());
    if issue.status.is_closed.or(listed).unwrap_or(false) {
        IssueStage::Done
    } else if first.is_some_and(|first| first.id == issue.status.id) {
        IssueStage::Open
    } else {
        IssueStage::InProgress
    }
}

fn author(journal: &JournalBody) -> TrackerPerson {
    // An account that was deleted is shown as Redmine's number for nobody.
    journal.user.as_ref().map_or_else(|| NamedBody { id: 0, name: "Anonymous".to_owned() }.person(), NamedBody::person)
}

fn comment(journal: &JournalBody) -> Option<IssueComment> {
    let text = journal.notes.as_deref().map(unix_lines).filter(|notes| !notes.trim().is_empty())?;
    Some(IssueComment {
        id: journal_id(journal),
        author: author(journal),
        text,
        at: journal.created_on,
        edited: journal.updated_on.filter(|edited| *edited > journal.created_on),
        restricted: journal.private_notes,
    })
}

/// The names of what the history numbers.
struct Words {
    statuses: Vec<StatusBody>,
    priorities: Vec<NamedBody>,
}

impl Words {
    /// The changes of fields of an entry.
    fn records(&self, journal: &JournalBody) -> Vec<IssueChangeRecord> {
        let details = journal.details.iter().filter(|detail| detail.property == "attr");
        let record = |detail: &super::wire::DetailBody| {
            let number = detail.new_value.as_ref().and_then(|value| value.parse::<u64>().ok());
            let status = self.statuses.iter().find(|status| Some(status.id) == number);
            let priority = self.priorities.iter().find(|priority| Some(priority.id) == number);
            let (field, to) = match detail.name.as_str() {
                "status_id" => ("status", status.map(|status| status.name.clone())),
                "priority_id" => ("priority", priority.map(|priority| priority.name.clone())),
                "assigned_to_id" => ("assignee", detail.new_value.clone()),
                "subject" => ("summary", detail.new_value.clone()),
                other => (other, detail.new_value.clone()),
            };
            let id = journal_id(journal);
            IssueChangeRecord { id, author: author(journal), at: journal.created_on, field: field.to_owned(), to }
        };
        details.map(record).collect()
    }
}
