//! Searches: the issue with a mark, and the issues that changed since a time.

use chrono::TimeDelta;
use serde::{Deserialize, de::DeserializeOwned};
use tracing::warn;

use super::{
    client::{JiraClient, url_part},
    wire::{JiraIssue, JiraIssueKey, JiraSearchPage, time},
};
use crate::{
    domain::{
        Timestamp,
        tracker::{Issue, IssueMark, IssueRef},
    },
    net::HttpClient,
    tracker::TrackerFailure,
};

/// How many issues a page of a search has.
const PAGE: usize = 100;
/// The most pages of one search: 3,000 issues.
const PAGES: usize = 30;
/// The fields that a search returns: small ones, because there may be many issues.
const LISTED: &str =
    "project,summary,issuetype,status,priority,components,labels,assignee,reporter,security,created,updated";
/// How far a search goes back before the time that is asked for: JQL counts whole minutes, and the index lags.
const OVERLAP: TimeDelta = TimeDelta::minutes(2);

/// What the server says of itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServerTime {
    server_time: Option<String>,
}

/// A search.
struct Search<'s> {
    jql: &'s str,
    fields: &'s str,
    page: usize,
}

impl JiraClient {
    /// Looks for the issue with a mark. The oldest is the one that was created first.
    pub(super) async fn find_mark(
        &self,
        http: &HttpClient,
        project: &str,
        mark: &IssueMark,
    ) -> Result<Option<IssueRef>, TrackerFailure> {
        let jql = format!("project = {} AND labels = {} ORDER BY created ASC", quote(project), quote(&mark.0));
        let found: JiraSearchPage<JiraIssueKey> = self.get(http, &self.one_page(&jql)).await?;
        Ok(found.issues.into_iter().next().map(|issue| IssueRef { id: issue.id, key: issue.key }))
    }

    /// Lists the issues of the configured projects that changed since a time, oldest change first. Description, comments,
    /// watchers and history are left out: they are read with the issue.
    pub(super) async fn changed(&self, http: &HttpClient, since: Timestamp) -> Result<Vec<Issue>, TrackerFailure> {
        if self.settings.projects.is_empty() {
            return Ok(Vec::new());
        }
        let server: ServerTime = self.get_short(http, "serverInfo").await?;
        let projects: Vec<String> = self.settings.projects.iter().map(|project| quote(&project.key)).collect();
        let jql = format!(
            "project in ({}) AND updated >= {} ORDER BY updated ASC",
            projects.join(", "),
            quote(&since_words(server.server_time.as_deref().and_then(time), since)?)
        );
        let search = Search { jql: &jql, fields: LISTED, page: PAGE };
        let bodies = self.search_all::<JiraIssue>(http, &search).await?;
        bodies.into_iter().map(|body| self.issue(body)).collect()
    }

    /// The path of a search for one issue.
    pub(super) fn one_page(&self, jql: &str) -> String {
        self.search_path(&Search { jql, fields: "summary", page: 1 }, None, 0)
    }

    async fn search_all<T: DeserializeOwned>(
        &self,
        http: &HttpClient,
        search: &Search<'_>,
    ) -> Result<Vec<T>, TrackerFailure> {
        let (mut all, mut token) = (Vec::new(), None);
        for _ in 0..PAGES {
            let path = self.search_path(search, token.as_deref(), all.len());
            let page: JiraSearchPage<T> = self.get(http, &path).await?;
            let is_empty = page.issues.is_empty();
            all.extend(page.issues);
            // On Cloud a short page need not be the last, and there is no total.
            let is_last = match (self.is_cloud(), &page.next_page_token) {
                (true, next) => next.is_none(),
                (false, _) => is_empty || page.total.is_some_and(|total| all.len() >= total),
            };
            if is_last {
                return Ok(all);
            }
            token = page.next_page_token;
        }
        warn!(found = all.len(), "a search in Jira found more issues than are read");
        Ok(all)
    }

    fn search_path(&self, search: &Search<'_>, token: Option<&str>, start: usize) -> String {
        let Search { jql, fields, page } = search;
        let query = format!("jql={}&fields={}&maxResults={page}", url_part(jql), url_part(fields));
        if !self.is_cloud() {
            return format!("search?{query}&startAt={start}");
        }
        let token = token.map(|token| format!("&nextPageToken={}", url_part(token))).unwrap_or_default();
        format!("search/jql?{query}{token}")
    }
}

/// A time for JQL. JQL reads dates in the time zone of our account, so the time is given relative to now, as the clock of
/// Jira has it.
fn since_words(now: Option<Timestamp>, since: Timestamp) -> Result<String, TrackerFailure> {
    let Some(now) = now else {
        return Err(TrackerFailure::Refused("Jira does not say its time (serverInfo has no serverTime)".to_owned()));
    };
    let ago = (now - since + OVERLAP).num_seconds().max(0);
    Ok(format!("-{}m", ago.unsigned_abs().div_ceil(60).max(1)))
}

/// Quotes a text for JQL.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_given_in_whole_minutes_with_an_overlap() {
        let now = time("2026-01-02T03:04:05.000+0000");
        let words = |seconds| since_words(now, now.unwrap() - TimeDelta::seconds(seconds)).unwrap();
        assert_eq!(words(0), "-2m");
        assert_eq!(words(1), "-3m");
        assert_eq!(words(3600), "-62m");
        assert_eq!(words(-3600), "-1m", "our clock is ahead");
        assert!(since_words(None, now.unwrap()).is_err());
    }

    #[test]
    fn a_text_cannot_leave_its_quotes() {
        assert_eq!(quote(r#"a" OR project = "X\"#), r#""a\" OR project = \"X\\""#);
    }
}
