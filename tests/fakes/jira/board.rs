//! Boards of Jira Software: the configuration and the issues of a column.

use serde_json::{Value, json};

use super::{
    catalog::status_parts,
    routes::{Answer, Call},
    state::{FakeIssue, JiraState},
};

/// A board with the columns To Do, In Progress (at most two) and Done.
pub fn board(constraint: &str, filter: &str) -> Value {
    let column = |name: &str, max: Value| {
        let mut column = json!({ "name": name, "statuses": [{ "id": status_parts(name).0, "self": "x" }] });
        if !max.is_null() {
            column["max"] = max;
        }
        column
    };
    json!({
        "id": 42, "name": "Delivery", "type": "kanban", "self": "x", "filter": { "id": "1001", "self": "x" },
        "subQuery": { "query": filter }, "ranking": { "rankCustomFieldId": 10_020 },
        "columnConfig": {
            "columns": [column("To Do", Value::Null), column("In Progress", json!(2)), column("Done", Value::Null)],
            "constraintType": constraint,
        },
    })
}

impl JiraState {
    /// Answers `rest/agile/1.0/board/…`; `rest` is what follows.
    pub fn agile(&self, rest: &str, call: &Call<'_>) -> Answer {
        if self.forbidden.contains("BOARD") {
            return Answer::refused(403, "The user does not have permission to view the board.");
        }
        let Some(board) = &self.board else { return Answer::refused(404, "Board does not exist.") };
        match rest {
            "42/configuration" => Answer::ok(board.clone()),
            "42/issue" => self.column_issues(call),
            _ => Answer::refused(404, "Board does not exist."),
        }
    }

    fn column_issues(&self, call: &Call<'_>) -> Answer {
        let jql = call.query("jql");
        let conditions = jql.split_once(" ORDER BY ").map_or(jql, |(conditions, _)| conditions);
        let mut found: Vec<&FakeIssue> = Vec::new();
        for issue in &self.issues {
            match conditions.split(" AND ").map(|one| fits(issue, one)).collect::<Option<Vec<bool>>>() {
                Some(all) if all.iter().all(|one| *one) => found.push(issue),
                Some(_) => {}
                None => return Answer::refused(400, &format!("Error in the JQL Query: {jql}")),
            }
        }
        found.sort_by_key(|issue| issue.created);
        let (start, most) = (call.number("startAt", 0), call.number("maxResults", 50));
        let wanted = call.query.get("fields").map(String::as_str);
        let shown = found.iter().skip(start).take(most).map(|issue| self.chosen(issue, wanted, ""));
        let issues: Vec<Value> = shown.collect();
        Answer::ok(json!({ "startAt": start, "maxResults": most, "total": found.len(), "issues": issues }))
    }
}

/// Whether a condition of JQL holds; `None` for one that the fake does not know.
fn fits(issue: &FakeIssue, condition: &str) -> Option<bool> {
    if let Some(ids) = condition.strip_prefix("status in (").and_then(|rest| rest.strip_suffix(')')) {
        return Some(ids.split(", ").any(|id| id == status_parts(&issue.status).0));
    }
    if let Some(label) = condition.strip_prefix("(labels = ").and_then(|rest| rest.strip_suffix(')')) {
        return Some(issue.labels().iter().any(|known| known == label));
    }
    if condition == "issuetype not in subTaskIssueTypes()" {
        let kind = issue.fields.get("issuetype").and_then(|kind| kind["name"].as_str());
        return Some(kind != Some("Sub-task"));
    }
    None
}
