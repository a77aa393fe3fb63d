//! The board, by GraphQL.

use serde_json::{Value, json};

use super::state::GitHubState;
use crate::fake_http::Reaction;

/// The options of the field `Status`.
const OPTIONS: [&str; 3] = ["Open", "In Progress", "Closed"];

/// Answers a query.
pub fn graphql(state: &mut GitHubState, request: &Value) -> Reaction {
    let (query, variables) = (request["query"].as_str().unwrap_or_default(), &request["variables"]);
    let text = |name: &str| variables[name].as_str().unwrap_or_default();
    let data = if query.contains("items(first:") {
        let is_board = variables["owner"] == "acme" && variables["number"] == 7;
        json!({"repositoryOwner": {"projectV2": if is_board { items(state, variables) } else { Value::Null }}})
    } else if query.contains("repositoryOwner(") {
        let is_board = variables["owner"] == "acme" && variables["number"] == 7;
        let options: Vec<Value> = OPTIONS.iter().map(|name| json!({"id": format!("O_{name}"), "name": name})).collect();
        let field = if variables["field"] == "Status" { json!({"id": "F_1", "options": options}) } else { Value::Null };
        let board = if is_board { json!({"id": "P_7", "field": field}) } else { Value::Null };
        json!({"repositoryOwner": {"projectV2": board}})
    } else if query.contains("addProjectV2ItemById(") && text("board") == "P_7" {
        json!({"addProjectV2ItemById": {"item": {"id": text("issue").replace("I_", "PVTI_")}}})
    } else if query.contains("updateProjectV2ItemFieldValue(") && text("field") == "F_1" {
        let number = text("item").trim_start_matches("PVTI_").parse().expect("an item of the board");
        state.board.insert(number, text("option").trim_start_matches("O_").to_owned());
        json!({"updateProjectV2ItemFieldValue": {"projectV2Item": {"id": text("item")}}})
    } else {
        let error = json!({"type": "NOT_FOUND", "message": "Could not resolve to a node with the global id"});
        return Reaction::answer(200, json!({"data": null, "errors": [error]}).to_string());
    };
    Reaction::answer(200, json!({ "data": data }).to_string())
}

/// The items of the board, two on a page.
fn items(state: &GitHubState, variables: &Value) -> Value {
    let start: usize = variables["after"].as_str().and_then(|after| after.parse().ok()).unwrap_or(0);
    let nodes: Vec<Value> = state
        .board
        .iter()
        .skip(start)
        .take(2)
        .map(|(number, column)| {
            let issue = state.issue(*number).expect("an issue of the board");
            json!({
                "isArchived": false,
                "fieldValueByName": {"name": column, "updatedAt": super::state::text(issue.updated)},
                "content": {
                    "__typename": "Issue", "number": number, "title": issue.title,
                    "repository": {"nameWithOwner": super::REPOSITORY},
                },
            })
        })
        .collect();
    let end = start + nodes.len();
    let page = json!({"hasNextPage": end < state.board.len(), "endCursor": end.to_string()});
    json!({"items": {"pageInfo": page, "nodes": nodes}})
}
