//! Boards of Jira Software: their columns and limits, and how many issues count against each.

use serde::Deserialize;

use super::{
    client::{JiraClient, url_part},
    wire::time,
};
use crate::{
    domain::tracker::{BoardColumn, BoardItem, BoardQuery, OLDEST_ITEMS},
    net::HttpClient,
    tracker::TrackerFailure,
};

/// How many issues a page of a column has. Restricted ones are left out of the oldest.
const PAGE: usize = 50;
/// The most pages of a column where Jira gives no total: what is beyond is not counted.
const PAGES: usize = 20;
/// The most columns that are read.
const MOST_COLUMNS: usize = 20;

/// `GET rest/agile/1.0/board/{id}/configuration`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BoardConfiguration {
    #[serde(rename = "type", default)]
    kind: String,
    column_config: ColumnConfiguration,
    /// The sub-filter of a Kanban board.
    sub_query: Option<SubQuery>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ColumnConfiguration {
    columns: Vec<ConfiguredColumn>,
    constraint_type: Option<String>,
}

#[derive(Deserialize)]
struct ConfiguredColumn {
    name: String,
    #[serde(default)]
    statuses: Vec<StatusId>,
    max: Option<u32>,
}

#[derive(Deserialize)]
struct StatusId {
    id: String,
}

#[derive(Deserialize)]
struct SubQuery {
    query: Option<String>,
}

/// A page of the issues of a board.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BoardIssues {
    issues: Vec<BoardIssue>,
    total: Option<usize>,
    is_last: Option<bool>,
}

#[derive(Deserialize)]
struct BoardIssue {
    key: String,
    fields: BoardIssueFields,
}

#[derive(Deserialize)]
struct BoardIssueFields {
    #[serde(default)]
    summary: String,
    created: Option<String>,
    security: Option<serde::de::IgnoredAny>,
}

impl BoardConfiguration {
    /// What limits count: `None` if the board has no limits, whatever maximum is stored.
    fn limits(&self) -> Option<IssueCounting> {
        match self.column_config.constraint_type.as_deref() {
            Some("issueCount") => Some(IssueCounting::All),
            Some("issueCountExclSubs") => Some(IssueCounting::WithoutSubtasks),
            Some(_) | None => None,
        }
    }

    /// The condition of the issues of a column.
    fn condition(&self, column: &ConfiguredColumn) -> String {
        let statuses: Vec<&str> = column.statuses.iter().map(|status| status.id.as_str()).collect();
        let mut jql = format!("status in ({})", statuses.join(", "));
        if self.limits() == Some(IssueCounting::WithoutSubtasks) {
            jql.push_str(" AND issuetype not in subTaskIssueTypes()");
        }
        if self.kind == "scrum" {
            jql.push_str(" AND sprint in openSprints()");
        }
        let filter = self.sub_query.as_ref().and_then(|sub_query| sub_query.query.as_deref()).unwrap_or_default();
        let filter = without_order(filter);
        if self.kind != "scrum" && !filter.is_empty() {
            jql = format!("{jql} AND ({filter})");
        }
        format!("{jql} ORDER BY created ASC")
    }
}

/// What counts against a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IssueCounting {
    All,
    WithoutSubtasks,
}

/// A query without its order, which cannot stand inside of another.
fn without_order(jql: &str) -> &str {
    let lower = jql.to_ascii_lowercase();
    lower.rfind("order by").map_or(jql, |at| &jql[..at]).trim()
}

impl JiraClient {
    /// Reads a board.
    pub(super) async fn board(
        &self,
        http: &HttpClient,
        board: &BoardQuery,
    ) -> Result<Vec<BoardColumn>, TrackerFailure> {
        let path = format!("rest/agile/1.0/board/{}", board.number);
        let configuration: BoardConfiguration = self.get_at(http, &format!("{path}/configuration")).await?;
        let mut columns = Vec::new();
        for column in configuration.column_config.columns.iter().take(MOST_COLUMNS) {
            let limit = if configuration.limits().is_some() { column.max } else { None };
            let mut read = BoardColumn { name: column.name.clone(), count: 0, limit, oldest: Vec::new() };
            // A column without a status has no issues, and JQL no empty list.
            if column.statuses.iter().all(|status| is_number(&status.id)) && !column.statuses.is_empty() {
                self.count_column(http, &path, &configuration.condition(column), &mut read).await?;
            }
            columns.push(read);
        }
        Ok(columns)
    }

    async fn count_column(
        &self,
        http: &HttpClient,
        path: &str,
        jql: &str,
        column: &mut BoardColumn,
    ) -> Result<(), TrackerFailure> {
        let (jql, fields) = (url_part(jql), url_part("summary,created,security"));
        let mut found = 0;
        for _ in 0..PAGES {
            let query = format!("{path}/issue?jql={jql}&fields={fields}&maxResults={PAGE}&startAt={found}");
            let page: BoardIssues = self.get_at(http, &query).await?;
            found += page.issues.len();
            let is_empty = page.issues.is_empty();
            let shown = page.issues.into_iter().filter(|issue| issue.fields.security.is_none()).map(item);
            let room = OLDEST_ITEMS - column.oldest.len();
            column.oldest.extend(shown.take(room));
            if let Some(total) = page.total {
                found = total;
                break;
            }
            if is_empty || page.is_last == Some(true) {
                break;
            }
        }
        column.count = u32::try_from(found).unwrap_or(u32::MAX);
        Ok(())
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn item(issue: BoardIssue) -> BoardItem {
    BoardItem { key: issue.key, title: issue.fields.summary, since: issue.fields.created.as_deref().and_then(time) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration(kind: &str, constraint: &str, filter: &str) -> BoardConfiguration {
        let body = serde_json::json!({
            "type": kind, "subQuery": {"query": filter},
            "columnConfig": {"constraintType": constraint, "columns": [
                {"name": "Review", "statuses": [{"id": "3"}, {"id": "4"}], "max": 5},
            ]},
        });
        serde_json::from_value(body).expect("a configuration")
    }

    fn condition(kind: &str, constraint: &str, filter: &str) -> String {
        let configuration = configuration(kind, constraint, filter);
        configuration.condition(&configuration.column_config.columns[0])
    }

    #[test]
    fn the_type_of_the_constraint_decides_what_counts() {
        assert_eq!(configuration("kanban", "none", "").limits(), None);
        assert_eq!(configuration("kanban", "issueCount", "").limits(), Some(IssueCounting::All));
        assert_eq!(condition("kanban", "issueCount", ""), "status in (3, 4) ORDER BY created ASC");
        let without = condition("kanban", "issueCountExclSubs", "");
        assert_eq!(without, "status in (3, 4) AND issuetype not in subTaskIssueTypes() ORDER BY created ASC");
    }

    #[test]
    fn the_sub_filter_of_a_kanban_board_and_the_sprints_of_a_scrum_board_count() {
        let filter = "fixVersion is EMPTY OR fixVersion in unreleasedVersions() ORDER BY Rank";
        let kanban = "status in (3, 4) AND (fixVersion is EMPTY OR fixVersion in unreleasedVersions()) \
                      ORDER BY created ASC";
        assert_eq!(condition("kanban", "issueCount", filter), kanban);
        let scrum = "status in (3, 4) AND sprint in openSprints() ORDER BY created ASC";
        assert_eq!(condition("scrum", "issueCount", filter), scrum);
    }
}
