//! Reads an issue with its newest comments and its history.

use reqwest::header::LINK;

use super::{
    api::GitHubApi,
    settings::GitHubProject,
    wire::{CommentBody, EventBody, GitHubIssueBody, IssueParts},
};
use crate::{domain::tracker::Issue, net::HttpResponse, tracker::TrackerFailure};

/// How many comments and events are read: the newest.
const NEWEST: u64 = 100;

/// Where an issue is: the parts of its id.
pub(super) struct IssuePlace<'a> {
    pub project: &'a GitHubProject,
    pub number: u64,
}

impl<'a> IssuePlace<'a> {
    /// Parses an id.
    pub fn parse(api: GitHubApi<'a>, id: &str) -> Result<Self, TrackerFailure> {
        let parts = id.split_once('#').and_then(|(name, number)| Some((name, number.parse().ok()?)));
        let Some((repository, number)) = parts else {
            return Err(TrackerFailure::Refused(format!("{id} is no id of an issue of GitHub")));
        };
        Ok(Self { project: super::create::project(api, repository)?, number })
    }

    /// The path of the issue.
    pub fn path(&self) -> String {
        format!("repos/{}/issues/{}", self.project.repository, self.number)
    }
}

/// Reads an issue. `None` if it was deleted or is a pull request.
pub(super) async fn read(api: GitHubApi<'_>, id: &str) -> Result<Option<Issue>, TrackerFailure> {
    let place = IssuePlace::parse(api, id)?;
    let Some(answer) = api.get_if_there(&place.path()).await? else {
        // GitHub says the same of what is hidden: without its repository we know nothing of the issue.
        let repository = format!("repos/{}", place.project.repository);
        return match api.get_if_there(&repository).await? {
            Some(_) => Ok(None),
            None => Err(TrackerFailure::Refused(format!(
                "GitHub shows no {repository}: the credentials of [tracker.github] have lost their access to it"
            ))),
        };
    };
    let issue: GitHubIssueBody = answer.json()?;
    if issue.pull_request.is_some() {
        return Ok(None);
    }
    let comments = comments(api, &place, issue.comments).await?;
    let events = events(api, &place).await?;
    Ok(Some(IssueParts { issue, comments, events }.issue(place.project)))
}

/// The newest comments. They are listed oldest first, so that the last two pages are read.
async fn comments(api: GitHubApi<'_>, place: &IssuePlace<'_>, count: u64) -> Result<Vec<CommentBody>, TrackerFailure> {
    let last = count.div_ceil(NEWEST);
    let mut comments: Vec<CommentBody> = Vec::new();
    for page in last.saturating_sub(1).max(1)..=last {
        let path = format!("{}/comments?per_page={NEWEST}&page={page}", place.path());
        comments.extend(api.get::<Vec<CommentBody>>(&path).await?);
    }
    let older = comments.len().saturating_sub(NEWEST as usize);
    Ok(comments.split_off(older))
}

/// The newest entries of the history, oldest first.
pub(super) async fn events(api: GitHubApi<'_>, place: &IssuePlace<'_>) -> Result<Vec<EventBody>, TrackerFailure> {
    let path = format!("{}/events?per_page={NEWEST}", place.path());
    let first = api.fetch(&path).await?;
    let events = match last_page(&first) {
        Some(page) => api.get(&format!("{path}&page={page}")).await?,
        None => first.json()?,
    };
    Ok(events)
}

/// The number of the last page, if there are several.
fn last_page(answer: &HttpResponse) -> Option<u64> {
    let links = answer.headers.get(LINK)?.to_str().ok()?;
    let last = links.split(',').find(|link| link.contains("rel=\"last\""))?;
    let (_, query) = last.split_once('?')?;
    let (query, _) = query.split_once('>')?;
    query.split('&').find_map(|field| field.strip_prefix("page="))?.parse().ok()
}
