//! The answers of the fake Jira: issues, people, screens.

use serde_json::{Map, Value, json};

use super::{
    catalog::{FakeField, FakeTransition, fields, resolution_field, status_parts},
    state::{FakeIssue, JiraState},
};

impl JiraState {
    /// An issue with all its fields.
    pub fn issue_json(&self, issue: &FakeIssue) -> Value {
        let version = if self.is_cloud() { 3 } else { 2 };
        let mut fields = issue.fields.clone();
        let person = |account: &Option<String>| account.as_ref().map(|account| self.person(account));
        let project = json!({
            "self": format!("{}/rest/api/{version}/project/{}", self.url, issue.project.id), "id": issue.project.id,
            "key": issue.project.key, "name": issue.project.key, "projectTypeKey": "software", "simplified": false,
            "avatarUrls": { "48x48": format!("{}/avatar", self.url) },
        });
        let security = issue.restricted.then(|| json!({ "id": "10000", "name": "Staff", "description": "" }));
        for (name, value) in [
            ("project", project),
            ("status", self.status_json(&issue.status)),
            ("assignee", json!(person(&issue.assignee))),
            ("reporter", self.person(&issue.reporter)),
            ("creator", self.person(&issue.reporter)),
            ("security", json!(security)),
            ("created", json!(self.time(issue.created))),
            ("updated", json!(self.time(issue.updated))),
            ("comment", self.comments_json(issue, 0, 100)),
        ] {
            fields.insert(name.to_owned(), value);
        }
        let kind = fields.get("issuetype").and_then(|kind| kind["name"].as_str()).unwrap_or("Incident").to_owned();
        fields.insert("issuetype".to_owned(), self.type_json(&kind));
        for name in ["description", "priority"] {
            fields.entry(name).or_insert(Value::Null);
        }
        for name in ["labels", "components"] {
            fields.entry(name).or_insert(json!([]));
        }
        json!({
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": issue.id, "key": issue.key, "self": format!("{}/rest/api/{version}/issue/{}", self.url, issue.id),
            "fields": fields,
        })
    }

    /// An issue with the fields that are asked for.
    pub fn chosen(&self, issue: &FakeIssue, wanted: Option<&str>, expand: &str) -> Value {
        let mut body = self.issue_json(issue);
        if let Some(wanted) = wanted.filter(|wanted| !wanted.contains("*all")) {
            let names: Vec<&str> = wanted.split(',').collect();
            let all = body["fields"].as_object().cloned().unwrap_or_default();
            let kept: Map<String, Value> = all.into_iter().filter(|(name, _)| names.contains(&name.as_str())).collect();
            body["fields"] = json!(kept);
        }
        if expand.split(',').any(|part| part == "changelog") {
            let mut histories = issue.history.clone();
            if self.is_cloud() {
                histories.reverse();
            }
            let count = histories.len();
            body["changelog"] = json!({ "startAt": 0, "maxResults": count, "total": count, "histories": histories });
        }
        body
    }

    pub fn status_json(&self, name: &str) -> Value {
        let (id, category, category_id) = status_parts(name);
        let version = if self.is_cloud() { 3 } else { 2 };
        json!({
            "self": format!("{}/rest/api/{version}/status/{id}", self.url), "description": "", "name": name, "id": id,
            "iconUrl": format!("{}/images/status.png", self.url),
            "statusCategory": {
                "self": format!("{}/rest/api/{version}/statuscategory/{category_id}", self.url), "id": category_id,
                "key": category, "colorName": "blue-gray", "name": name,
            },
        })
    }

    pub fn type_json(&self, name: &str) -> Value {
        let version = if self.is_cloud() { 3 } else { 2 };
        json!({
            "self": format!("{}/rest/api/{version}/issuetype/10000", self.url), "id": "10000", "description": "",
            "iconUrl": format!("{}/images/type.png", self.url), "name": name, "subtask": false,
        })
    }

    /// Comments, newest first.
    pub fn comments_json(&self, issue: &FakeIssue, start: usize, most: usize) -> Value {
        let newest: Vec<&Value> = issue.comments.iter().rev().skip(start).take(most).collect();
        json!({ "startAt": start, "maxResults": most, "total": issue.comments.len(), "comments": newest })
    }

    pub fn watchers_json(&self, issue: &FakeIssue) -> Value {
        let watchers: Vec<Value> = issue.watchers.iter().map(|account| self.person(account)).collect();
        json!({
            "self": format!("{}/rest/api/2/issue/{}/watchers", self.url, issue.key),
            "isWatching": issue.watchers.contains(&self.account), "watchCount": watchers.len(), "watchers": watchers,
        })
    }

    pub fn transition_json(&self, transition: &FakeTransition, with_fields: bool) -> Value {
        let mut body = json!({
            "id": transition.id, "name": transition.name, "to": self.status_json(transition.to),
            "hasScreen": transition.has_screen, "isGlobal": false, "isInitial": false, "isAvailable": true,
            "isConditional": false, "isLooped": false,
        });
        if with_fields {
            let screen: Vec<FakeField> = if transition.has_screen { vec![resolution_field()] } else { Vec::new() };
            body["fields"] = screen.into_iter().map(|field| (field.id.to_owned(), field_json(field))).collect();
        }
        body
    }

    /// The fields of a screen, without those that are hidden.
    pub fn screen(&self) -> Vec<FakeField> {
        fields().into_iter().filter(|field| !self.hidden.contains(field.id)).collect()
    }
}

/// A field as a screen describes it.
pub fn field_json(field: FakeField) -> Value {
    let mut body = json!({
        "required": field.required, "schema": field.schema, "name": field.name, "key": field.id, "fieldId": field.id,
        "hasDefaultValue": field.id == "reporter", "operations": ["set"],
    });
    if !field.allowed.is_empty() {
        body["allowedValues"] = Value::from(field.allowed);
    }
    body
}
