//! An issue as Jira shows it, in the words of the port.

use serde_json::Value;

use super::{
    client::{JiraClient, url_part},
    history, text,
    wire::{
        JiraComment, JiraComments, JiraFields, JiraHistory, JiraIssue, JiraStatus, JiraUser, JiraWatchers, comment_id,
        person_or_nobody, time,
    },
};
use crate::{
    domain::{
        Timestamp,
        tracker::{Issue, IssueChangeRecord, IssueComment, IssueRef, IssueStage, TrackerPerson},
    },
    net::HttpClient,
    tracker::TrackerFailure,
};

/// The fields that are read.
const FIELDS: &str = "project,summary,description,issuetype,status,priority,components,labels,assignee,reporter,security,created,updated";
/// The most comments that are read.
const COMMENTS: usize = 50;

impl JiraClient {
    /// Reads an issue; `None` if it does not exist, or our account may not see it.
    pub(super) async fn read_issue(&self, http: &HttpClient, id: &str) -> Result<Option<Issue>, TrackerFailure> {
        let part = url_part(id);
        let (issue, comments, watchers) = (
            format!("issue/{part}?fields={FIELDS}&expand=changelog"),
            format!("issue/{part}/comment?orderBy=-created&maxResults={COMMENTS}"),
            format!("issue/{part}/watchers"),
        );
        let (body, comments, watchers) = tokio::join!(
            self.get::<JiraIssue>(http, &issue),
            self.get::<JiraComments>(http, &comments),
            self.get::<JiraWatchers>(http, &watchers),
        );
        let body = match body {
            // Jira says the same to those whom it does not know: a token that was revoked must not look like a deletion.
            Err(TrackerFailure::Missing(_)) => return self.ask_account(http).await.map(|_| None),
            Err(failure) => return Err(failure),
            Ok(body) => body,
        };
        let mut issue = self.issue(body)?;
        issue.comments = self.comments(comments?.comments);
        // Seeing who watches needs a permission of its own.
        issue.watchers = match watchers {
            Ok(watchers) => watchers.watchers.into_iter().map(JiraUser::person).collect(),
            Err(TrackerFailure::Refused(_) | TrackerFailure::Missing(_)) => Vec::new(),
            Err(failure) => return Err(failure),
        };
        Ok(Some(issue))
    }

    /// An issue from what a read or a search returned.
    pub(super) fn issue(&self, body: JiraIssue) -> Result<Issue, TrackerFailure> {
        let JiraIssue { id, key, fields, changelog } = body;
        let JiraFields { project, summary, description, issuetype, status, priority, components, labels, .. } = fields;
        let missing = |field: &str| TrackerFailure::Refused(format!("Jira does not show the field {field} of {key}"));
        let updated = fields.updated.as_deref().and_then(time).ok_or_else(|| missing("updated"))?;
        let status = status.ok_or_else(|| missing("status"))?;
        let project = project.map(|project| project.key);
        Ok(Issue {
            url: format!("{}/browse/{}", self.settings.site_url, url_part(&key)),
            project: project.or_else(|| Some(key.rsplit_once('-')?.0.to_owned())).unwrap_or_default(),
            summary: summary.unwrap_or_default(),
            description: self.plain(&description),
            kind: issuetype.map(|kind| kind.name).unwrap_or_default(),
            stage: stage(&status),
            status: status.name,
            priority: priority.map(|priority| priority.name),
            components: components.into_iter().map(|component| component.name).collect(),
            labels,
            assignee: fields.assignee.map(JiraUser::person),
            reporter: fields.reporter.map(JiraUser::person),
            watchers: Vec::new(),
            comments: Vec::new(),
            restricted: fields.security.is_some(),
            created: fields.created.as_deref().and_then(time),
            updated,
            changes: changes(changelog.histories),
            issue: IssueRef { id, key },
        })
    }

    /// Comments, oldest first.
    fn comments(&self, comments: Vec<JiraComment>) -> Vec<IssueComment> {
        let mut comments: Vec<IssueComment> =
            comments.into_iter().filter_map(|comment| self.comment(comment)).collect();
        comments.sort_by_key(|comment| comment.at);
        comments
    }

    fn comment(&self, comment: JiraComment) -> Option<IssueComment> {
        let JiraComment { id, author, body, created, updated, visibility } = comment;
        let at = time(&created)?;
        Some(IssueComment {
            id: comment_id(&id),
            author: person_or_nobody(author),
            text: self.plain(&body),
            at,
            edited: time(&updated).filter(|edited| *edited > at),
            restricted: visibility.is_some(),
        })
    }

    /// Rich text as plain text with the marks of Markdown.
    fn plain(&self, body: &Value) -> String {
        body.as_str().map_or_else(|| text::from_adf(body), text::from_wiki)
    }
}

fn stage(status: &JiraStatus) -> IssueStage {
    match status.status_category.as_ref().map(|category| category.key.as_str()) {
        Some("done") => IssueStage::Done,
        Some("indeterminate") => IssueStage::InProgress,
        // Jira may add categories; "undefined" is one that it had.
        Some(_) | None => IssueStage::Open,
    }
}

/// The changes of fields, newest last.
fn changes(mut histories: Vec<JiraHistory>) -> Vec<IssueChangeRecord> {
    history::sort(&mut histories);
    histories.into_iter().flat_map(records).collect()
}

fn records(entry: JiraHistory) -> Vec<IssueChangeRecord> {
    let id = entry.change_id();
    let at = time(&entry.created).unwrap_or(Timestamp::UNIX_EPOCH);
    let author: TrackerPerson = person_or_nobody(entry.author);
    let record = |item: super::wire::JiraHistoryItem| IssueChangeRecord {
        id: id.clone(),
        author: author.clone(),
        at,
        field: item.field,
        to: item.to_text.or(item.to).filter(|value| !value.is_empty()),
    };
    entry.items.into_iter().map(record).collect()
}
