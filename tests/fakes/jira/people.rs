//! What people do in the fake Jira, beside hotroom.

use serde_json::{Map, Value, json};

use super::{
    catalog::{COMPONENTS, PRIORITIES, project, status_parts},
    state::{HistoryItem, JiraState},
};

impl JiraState {
    pub fn person_creates(&mut self, who: &str, key: &str, summary: &str) -> String {
        let mut fields = Map::new();
        fields.insert("summary".to_owned(), json!(summary));
        fields.insert("issuetype".to_owned(), json!({ "name": "Incident" }));
        fields.insert("priority".to_owned(), json!({ "id": "3", "name": "Medium" }));
        let issue = self.insert(project(key).expect("a project"), fields, who);
        let user = self.person(who);
        self.report(&issue.key, json!({ "webhookEvent": "jira:issue_created", "user": user }));
        issue.key
    }

    /// Sets a field, and notes it.
    pub fn person_sets(&mut self, who: &str, key: &str, field: &str, value: &str) {
        let shown = HistoryItem::new(field, Some(id_of(field, value)), Some(value));
        let issue = self.find_mut(key).expect("an issue");
        match field {
            "status" => value.clone_into(&mut issue.status),
            "assignee" => issue.assignee = (!value.is_empty()).then(|| value.to_owned()),
            "security" => issue.restricted = true,
            "priority" => {
                issue.fields.insert(field.to_owned(), json!({ "id": id_of(field, value), "name": value }));
            }
            "components" => {
                let names = value.split(',').map(|name| json!({ "id": id_of(field, name), "name": name }));
                issue.fields.insert(field.to_owned(), names.collect());
            }
            other => _ = issue.fields.insert(other.to_owned(), json!(value)),
        }
        self.note(key, who, &[shown]);
    }

    pub fn person_comments(&mut self, who: &str, key: &str, text: &str) -> String {
        let body = self.rich(text);
        let comment = self.add_comment(key, who, body).expect("an issue");
        comment["id"].as_str().expect("an id").to_owned()
    }

    pub fn person_edits_comment(&mut self, who: &str, key: &str, id: &str, text: &str) {
        let (body, now, author) = (self.rich(text), self.time(self.now), self.person(who));
        let issue = self.find_mut(key).expect("an issue");
        let comment = issue.comments.iter_mut().find(|comment| comment["id"] == id).expect("a comment");
        comment["body"] = body;
        comment["updated"] = json!(now);
        comment["updateAuthor"] = author;
        let comment = comment.clone();
        self.report(key, json!({ "webhookEvent": "comment_updated", "comment": comment }));
    }

    pub fn person_deletes_comment(&mut self, who: &str, key: &str, id: &str) {
        let user = self.person(who);
        let issue = self.find_mut(key).expect("an issue");
        let at = issue.comments.iter().position(|comment| comment["id"] == id).expect("a comment");
        let comment = issue.comments.remove(at);
        self.report(key, json!({ "webhookEvent": "comment_deleted", "comment": comment, "user": user }));
    }

    pub fn person_deletes(&mut self, who: &str, key: &str) {
        let user = self.person(who);
        self.report(key, json!({ "webhookEvent": "jira:issue_deleted", "user": user }));
        self.issues.retain(|issue| issue.key != key);
    }

    pub fn watch(&mut self, key: &str, who: &str) {
        let issue = self.find_mut(key).expect("an issue");
        if !issue.watchers.iter().any(|watcher| watcher == who) {
            issue.watchers.push(who.to_owned());
        }
    }

    /// Adds a comment, and reports it.
    pub fn add_comment(&mut self, key: &str, who: &str, body: Value) -> Option<Value> {
        let (id, now) = (self.next().to_string(), self.now);
        let (author, at) = (self.person(who), self.time(now));
        let issue = self.find_mut(key)?;
        let comment = json!({
            "self": format!("https://jira.example/rest/api/2/issue/{}/comment/{id}", issue.id),
            "id": id, "author": author, "updateAuthor": author, "body": body, "created": at, "updated": at,
            "jsdPublic": false,
        });
        issue.comments.push(comment.clone());
        issue.updated = now;
        self.report(key, json!({ "webhookEvent": "comment_created", "comment": comment }));
        Some(comment)
    }

    pub fn comments(&self, key: &str) -> Vec<(String, Value)> {
        let issue = self.find(key).expect("an issue");
        let author = |comment: &Value| {
            let author = &comment["author"];
            author["accountId"].as_str().or(author["name"].as_str()).unwrap_or_default().to_owned()
        };
        issue.comments.iter().map(|comment| (author(comment), comment["body"].clone())).collect()
    }

    /// Plain text in the shape of the edition.
    fn rich(&self, text: &str) -> Value {
        if !self.is_cloud() {
            return json!(text);
        }
        json!({ "type": "doc", "version": 1,
            "content": [{ "type": "paragraph", "content": [{ "type": "text", "text": text }] }] })
    }
}

/// The id that the history shows for a value.
pub fn id_of<'v>(field: &str, value: &'v str) -> &'v str {
    let id = |all: &[(&'static str, &'static str)]| all.iter().find(|(_, name)| *name == value).map(|(id, _)| *id);
    match field {
        "status" => status_parts(value).0,
        "priority" => id(&PRIORITIES).unwrap_or(value),
        "components" => id(&COMPONENTS).unwrap_or(value),
        _ => value,
    }
}
