//! The status field of a board, which GitHub calls a project. Boards are reached by GraphQL only.

use serde_json::{Value, json};

use super::{
    api::GitHubApi,
    settings::{GitHubBoard, GitHubProject},
    wire::GitHubIssueBody,
};
use crate::tracker::TrackerFailure;

/// The board, its field and the options of it.
pub(super) const FIELD: &str = "query($owner: String!, $number: Int!, $field: String!) {
  repositoryOwner(login: $owner) { ... on ProjectV2Owner { projectV2(number: $number) {
    id
    field(name: $field) { ... on ProjectV2SingleSelectField { id options { id name } } }
  } } }
}";

/// Puts an issue on the board. Where it is there already, it stays.
pub(super) const ADD: &str = "mutation($board: ID!, $issue: ID!) {
  addProjectV2ItemById(input: {projectId: $board, contentId: $issue}) { item { id } }
}";

/// Sets the field of an issue on the board.
pub(super) const SET: &str = "mutation($board: ID!, $item: ID!, $field: ID!, $option: String!) {
  updateProjectV2ItemFieldValue(
    input: {projectId: $board, itemId: $item, fieldId: $field, value: {singleSelectOptionId: $option}}
  ) { projectV2Item { id } }
}";

/// A board and its status field, as GitHub names them.
pub(super) struct BoardField {
    board: String,
    field: String,
    options: Value,
}

impl BoardField {
    /// The names of the options.
    pub fn names(&self) -> Vec<String> {
        let options = self.options.as_array().into_iter().flatten();
        options.filter_map(|option| Some(option["name"].as_str()?.to_owned())).collect()
    }

    fn option(&self, name: &str) -> Option<&str> {
        let is_named = |option: &&Value| option["name"].as_str().is_some_and(|other| other.eq_ignore_ascii_case(name));
        self.options.as_array()?.iter().find(is_named)?["id"].as_str()
    }
}

/// Shows a status on the board of the project, if it has one with such an option.
pub(super) async fn show(
    api: GitHubApi<'_>,
    project: &GitHubProject,
    issue: &GitHubIssueBody,
    status: &str,
) -> Result<(), TrackerFailure> {
    let Some(board) = &project.board else { return Ok(()) };
    let found = find(api, project, board).await?;
    let Some(option) = found.option(status) else { return Ok(()) };
    let added = api.graphql(ADD, json!({"board": found.board, "issue": issue.node_id})).await?;
    let item = &added["addProjectV2ItemById"]["item"]["id"];
    let set = json!({"board": found.board, "item": item, "field": found.field, "option": option});
    api.graphql(SET, set).await.map(|_| ())
}

/// Finds the board and its field.
///
/// # Errors
/// Says what is missing.
pub(super) async fn find(
    api: GitHubApi<'_>,
    project: &GitHubProject,
    board: &GitHubBoard,
) -> Result<BoardField, TrackerFailure> {
    let owner = board.owner.as_deref().or_else(|| Some(project.repository.split_once('/')?.0)).unwrap_or_default();
    let variables = json!({"owner": owner, "number": board.number, "field": board.field});
    let data = api.graphql(FIELD, variables).await?;
    let found = &data["repositoryOwner"]["projectV2"];
    let missing = |what: String| TrackerFailure::Refused(what);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let id = text(&found["id"]).ok_or_else(|| {
        missing(format!("{owner} has no board {}, or the credentials of [tracker.github] may not see it", board.number))
    })?;
    let field = text(&found["field"]["id"]).ok_or_else(|| {
        missing(format!("the board {} of {owner} has no field \"{}\" with options", board.number, board.field))
    })?;
    Ok(BoardField { board: id, field, options: found["field"]["options"].clone() })
}
