//! Searches of the fake Jira: the few forms of JQL that hotroom and its judges send. The index lags by five seconds.

use serde_json::{Value, json};

use super::{
    routes::{Answer, Call},
    state::{FakeIssue, JiraState},
};

/// How long a new issue is not found, in milliseconds.
const LAG: i64 = 5_000;

impl JiraState {
    /// Searches by JQL.
    pub fn search(&self, call: &Call<'_>) -> Answer {
        let jql = call.query("jql");
        let (conditions, order) = jql.split_once(" ORDER BY ").unwrap_or((jql, "created ASC"));
        if conditions.trim().is_empty() && self.is_cloud() {
            return Answer::refused(400, "Unbounded JQL queries are not allowed here.");
        }
        let mut found: Vec<&FakeIssue> = Vec::new();
        for issue in self.issues.iter().filter(|issue| issue.created + LAG <= self.now) {
            match conditions.split(" AND ").map(|one| self.holds(issue, one.trim())).collect::<Result<Vec<bool>, _>>() {
                Ok(all) if all.iter().all(|one| *one) => found.push(issue),
                Ok(_) => {}
                Err(what) => return Answer::refused(400, &what),
            }
        }
        found.sort_by_key(|issue| if order.starts_with("updated") { issue.updated } else { issue.created });
        if order.ends_with("DESC") {
            found.reverse();
        }
        self.page_of(&found, call)
    }

    fn holds(&self, issue: &FakeIssue, condition: &str) -> Result<bool, String> {
        let unquoted = |text: &str| text.trim().trim_matches('"').to_owned();
        if condition.is_empty() {
            return Ok(true);
        }
        if let Some((field, value)) = condition.split_once(" = ") {
            let value = unquoted(value);
            return match field {
                "project" => Ok(issue.project.key == value),
                "labels" => Ok(issue.labels().contains(&value)),
                "issuetype" => Ok(value == "Incident"),
                "key" => Ok(issue.key == value),
                other => Err(format!("Field '{other}' does not exist.")),
            };
        }
        if let Some(list) = condition.strip_prefix("project in (").and_then(|rest| rest.strip_suffix(')')) {
            return Ok(list.split(',').any(|key| unquoted(key) == issue.project.key));
        }
        if let Some(value) = condition.strip_prefix("updated >= ") {
            let minutes =
                unquoted(value).strip_prefix('-').and_then(|rest| rest.strip_suffix('m')?.parse::<i64>().ok());
            let minutes = minutes.ok_or_else(|| format!("Date value {value} is invalid."))?;
            return Ok(issue.updated >= self.now - minutes * 60_000);
        }
        Err(format!("Error in the JQL Query: {condition}"))
    }

    /// A page. Cloud pages by token and tells no total; its page may be short without being the last.
    fn page_of(&self, found: &[&FakeIssue], call: &Call<'_>) -> Answer {
        let most = call.number("maxResults", 50).min(100);
        let wanted = call.query.get("fields").map(String::as_str);
        let shown = |issue: &&&FakeIssue| match (wanted, self.is_cloud()) {
            (None, true) => json!({ "id": issue.id }),
            (wanted, _) => self.chosen(issue, wanted, call.query("expand")),
        };
        if !self.is_cloud() {
            let start = call.number("startAt", 0);
            let issues: Vec<Value> = found.iter().skip(start).take(most).map(|issue| shown(&issue)).collect();
            let total = found.len();
            return Answer::ok(json!({ "startAt": start, "maxResults": most, "total": total, "issues": issues }));
        }
        let start: usize = call.query("nextPageToken").parse().unwrap_or(0);
        let size = if most > 2 { most - 1 } else { most };
        let issues: Vec<Value> = found.iter().skip(start).take(size).map(|issue| shown(&issue)).collect();
        let end = start + issues.len();
        let mut body = json!({ "issues": issues, "isLast": end >= found.len() });
        if end < found.len() {
            body["nextPageToken"] = json!(end.to_string());
        }
        Answer::ok(body)
    }
}
