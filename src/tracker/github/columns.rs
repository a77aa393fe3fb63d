//! How many items each column of a board has. GitHub has limits of columns on its pages only, so that they are settings here.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{api::GitHubApi, wire::issue_ref};
use crate::{
    domain::{
        Timestamp,
        tracker::{BoardColumn, BoardItem, BoardQuery, ColumnSpec, OLDEST_ITEMS},
    },
    tracker::TrackerFailure,
};

/// The most pages of a board: 2,000 items.
const PAGES: usize = 20;

/// The items of a board, with their value in the field of the columns.
pub(super) const ITEMS: &str = "query($owner: String!, $number: Int!, $field: String!, $after: String) {
  repositoryOwner(login: $owner) { ... on ProjectV2Owner { projectV2(number: $number) {
    items(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes {
        isArchived
        fieldValueByName(name: $field) { ... on ProjectV2ItemFieldSingleSelectValue { name updatedAt } }
        content {
          __typename
          ... on Issue { number title repository { nameWithOwner } }
          ... on PullRequest { number title repository { nameWithOwner } }
          ... on DraftIssue { title }
        }
      }
    }
  } } }
}";

/// An item of the board.
struct ColumnEntry {
    since: Option<Timestamp>,
    item: BoardItem,
}

/// Reads a board. Its columns are those of the settings.
pub(super) async fn read_board(api: GitHubApi<'_>, board: &BoardQuery) -> Result<Vec<BoardColumn>, TrackerFailure> {
    let owner = board.owner.as_deref().unwrap_or_default();
    let mut entries: BTreeMap<String, Vec<ColumnEntry>> = BTreeMap::new();
    let mut after = Value::Null;
    for _ in 0..PAGES {
        let variables = json!({"owner": owner, "number": board.number, "field": board.field, "after": after});
        let data = api.graphql(ITEMS, variables).await?;
        let items = &data["repositoryOwner"]["projectV2"]["items"];
        let Some(nodes) = items["nodes"].as_array() else {
            let why =
                format!("{owner} has no board {}, or the credentials of [tracker.github] may not see it", board.number);
            return Err(TrackerFailure::Refused(why));
        };
        for node in nodes.iter().filter(|node| node["isArchived"] != true) {
            if let Some(column) = node["fieldValueByName"]["name"].as_str() {
                entries.entry(column.to_lowercase()).or_default().push(entry(api, node));
            }
        }
        if items["pageInfo"]["hasNextPage"] != true {
            break;
        }
        after = items["pageInfo"]["endCursor"].clone();
    }
    Ok(board.columns.iter().map(|spec| column(spec, &entries)).collect())
}

fn entry(api: GitHubApi<'_>, node: &Value) -> ColumnEntry {
    let content = &node["content"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let repository = text(&content["repository"]["nameWithOwner"]);
    let key = match (content["number"].as_u64(), api.settings.project(&repository)) {
        (Some(number), Some(project)) if content["__typename"] == "Issue" => issue_ref(project, number).key,
        (Some(number), _) => format!("{repository}#{number}"),
        // A draft has no number.
        (None, _) => String::new(),
    };
    let since = node["fieldValueByName"]["updatedAt"].as_str().and_then(|at| at.parse().ok());
    ColumnEntry { since, item: BoardItem { key, title: text(&content["title"]), since } }
}

fn column(spec: &ColumnSpec, entries: &BTreeMap<String, Vec<ColumnEntry>>) -> BoardColumn {
    let named = spec.statuses.iter().filter_map(|status| entries.get(&status.to_lowercase()));
    let mut items: Vec<&ColumnEntry> = named.flatten().collect();
    items.sort_by_key(|entry| (entry.since.is_none(), entry.since));
    BoardColumn {
        name: spec.name.clone(),
        count: u32::try_from(items.len()).unwrap_or(u32::MAX),
        limit: spec.limit,
        oldest: items.iter().take(OLDEST_ITEMS).map(|entry| entry.item.clone()).collect(),
    }
}
