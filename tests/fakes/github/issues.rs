//! Writes to issues, with the history that they leave.

use serde_json::{Value, json};

use super::state::{EventState, GitHubState};

fn names(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|name| Some(name.as_str()?.to_owned())).collect()
}

impl GitHubState {
    /// Creates an issue. `Err` with the body of a refusal.
    pub fn create(&mut self, author: &str, fields: &Value) -> Result<u64, Value> {
        self.check(fields)?;
        let title = fields["title"].as_str().filter(|title| !title.is_empty());
        let title = title.ok_or_else(|| invalid("title", "missing_field"))?;
        let number = self.file(author, title, fields["body"].as_str().unwrap_or_default());
        if self.may_triage {
            self.apply(number, author, &json!({"labels": fields["labels"], "assignees": fields["assignees"]}));
        }
        Ok(number)
    }

    /// Checks fields as GitHub does.
    pub fn check(&self, fields: &Value) -> Result<(), Value> {
        if fields["title"].as_str().is_some_and(|title| title.chars().count() > 256) {
            return Err(invalid("title", "title is too long (maximum is 256 characters)"));
        }
        if fields["body"].as_str().is_some_and(|body| body.chars().count() > 65_536) {
            return Err(invalid("body", "body is too long (maximum is 65536 characters)"));
        }
        if names(&fields["labels"]).iter().any(|name| name.chars().count() > 50) {
            return Err(invalid("labels", "name is too long (maximum is 50 characters)"));
        }
        let assignees = names(&fields["assignees"]);
        if assignees.len() > 10 || assignees.iter().any(|login| !self.assignable.contains(login)) {
            return Err(invalid("assignees", "invalid"));
        }
        Ok(())
    }

    /// Applies fields that are checked, and writes the history.
    pub fn apply(&mut self, number: u64, actor: &str, fields: &Value) {
        let may_triage = self.may_triage;
        let before = self.issue(number).expect("there is such an issue").clone();
        let now = self.now;
        let mut events = Vec::new();
        let issue = self.issue_mut(number).expect("there is such an issue");
        if let Some(title) = fields["title"].as_str().filter(|title| *title != before.title) {
            events.push(("renamed", json!({"rename": {"from": before.title, "to": title}})));
            issue.title = title.to_owned();
        }
        if let Some(body) = fields["body"].as_str() {
            issue.body = body.to_owned();
        }
        // A reason without a change of the state is ignored.
        if let Some(state) = fields["state"].as_str().filter(|state| (*state == "closed") != before.is_closed) {
            issue.is_closed = state == "closed";
            issue.reason = fields["state_reason"].as_str().map(str::to_owned);
            let event = if issue.is_closed { "closed" } else { "reopened" };
            events.push((event, json!({"state_reason": issue.reason})));
        }
        if fields["labels"].is_array() && may_triage {
            issue.labels = names(&fields["labels"]);
        }
        if fields["assignees"].is_array() && may_triage {
            issue.assignees = names(&fields["assignees"]);
        }
        let label = |name: &String| json!({"label": {"name": name, "color": "ededed"}});
        let assignee = |login: &String| json!({"assignee": {"login": login, "id": 1}});
        events.extend(gone(&issue.labels, &before.labels).map(|name| ("labeled", label(name))));
        events.extend(gone(&before.labels, &issue.labels).map(|name| ("unlabeled", label(name))));
        events.extend(gone(&issue.assignees, &before.assignees).map(|login| ("assigned", assignee(login))));
        events.extend(gone(&before.assignees, &issue.assignees).map(|login| ("unassigned", assignee(login))));
        issue.updated = now;
        let labels = issue.labels.clone();
        for name in labels {
            self.labels.entry(name).or_insert_with(|| "ededed".to_owned());
        }
        for (event, details) in events {
            let event = EventState { id: self.id(), actor: actor.to_owned(), created: now, event, details };
            self.issue_mut(number).expect("there is such an issue").events.push(event);
        }
    }
}

/// The names that are in the first list only.
fn gone<'a>(first: &'a [String], second: &'a [String]) -> impl Iterator<Item = &'a String> {
    first.iter().filter(|name| !second.contains(name))
}

/// The body with which a field is refused.
pub fn invalid(field: &str, code: &str) -> Value {
    json!({
        "message": "Validation Failed", "documentation_url": "https://docs.github.com/rest/issues/issues",
        "errors": [{"resource": "Issue", "field": field, "code": code}],
    })
}
