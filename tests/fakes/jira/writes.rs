//! Writes to the fake Jira, with what the real one checks.

use serde_json::{Map, Value, json};

use super::{
    catalog::{CAUSES, COMPONENTS, PRIORITIES, RESOLUTIONS, person_name},
    people::id_of,
    routes::Answer,
    state::{HistoryItem, JiraState},
};

/// The longest summary.
const LONGEST_SUMMARY: usize = 255;

impl JiraState {
    pub fn create(&mut self, body: &Value) -> Answer {
        if self.forbidden.contains("CREATE_ISSUES") {
            return Answer::refused(403, "You do not have permission to create issues in this project.");
        }
        let Some(given) = body["fields"].as_object() else { return Answer::refused(400, "Fields are missing.") };
        let Some(project) = self.project_of(given) else {
            return Answer::wrong_field("project", "Specify a valid project ID or key");
        };
        if given.get("issuetype").and_then(|kind| kind["name"].as_str().or(kind["id"].as_str())).is_none() {
            return Answer::wrong_field("issuetype", "Specify an issue type");
        }
        if !given.contains_key("summary") {
            return Answer::wrong_field("summary", "You must specify a summary of the issue.");
        }
        if let Err(answer) = self.check_fields(given) {
            return answer;
        }
        let mut fields = Map::new();
        for (name, value) in given {
            if !matches!(name.as_str(), "project" | "assignee" | "reporter") {
                fields.insert(name.clone(), full(name, value));
            }
        }
        let account = self.account.clone();
        let reporter = given.get("reporter").and_then(account_of).unwrap_or(account.clone());
        let issue = self.insert(project, fields, &reporter);
        if let Some(new) = self.find_mut(&issue.key) {
            new.assignee = given.get("assignee").and_then(account_of);
        }
        let user = self.person(&account);
        self.report(&issue.key, json!({ "webhookEvent": "jira:issue_created", "user": user }));
        let url = format!("{}/rest/api/3/issue/{}", self.url, issue.id);
        Answer::created(json!({ "id": issue.id, "key": issue.key, "self": url }))
    }

    /// Checks values as Jira does; a refusal names the field.
    fn check_fields(&self, given: &Map<String, Value>) -> Result<(), Answer> {
        let screen = self.screen();
        for (name, value) in given {
            if name != "resolution" && !screen.iter().any(|field| field.id == name) {
                let what = format!("Field '{name}' cannot be set. It is not on the appropriate screen, or unknown.");
                return Err(Answer::wrong_field(name, &what));
            }
            if value.is_null() {
                continue;
            }
            if let Err(what) = self.check_value(name, value) {
                return Err(Answer::wrong_field(name, &what));
            }
        }
        Ok(())
    }

    fn check_value(&self, name: &str, value: &Value) -> Result<(), String> {
        let known = |all: &[(&str, &str)], value: &Value| {
            all.iter().any(|(id, name)| value["id"] == *id || value["name"] == *name || value["value"] == *name)
        };
        let fine = match name {
            "summary" => {
                value.as_str().is_some_and(|text| !text.contains('\n') && text.chars().count() <= LONGEST_SUMMARY)
            }
            "labels" => value.as_array().is_some_and(|all| {
                all.iter().all(|label| label.as_str().is_some_and(|label| !label.is_empty() && !label.contains(' ')))
            }),
            "priority" => known(&PRIORITIES, value),
            "resolution" => known(&RESOLUTIONS, value),
            "customfield_10052" => known(&CAUSES, value),
            "components" => value.as_array().is_some_and(|all| all.iter().all(|one| known(&COMPONENTS, one))),
            "assignee" | "reporter" => account_of(value).is_some_and(|account| person_name(&account).is_some()),
            "customfield_10051" => value.is_number(),
            "description" | "customfield_10050" => self.is_rich(value),
            _ => true,
        };
        if fine { Ok(()) } else { Err(format!("The value of '{name}' is not valid.")) }
    }

    /// True for rich text in the shape of the edition.
    fn is_rich(&self, value: &Value) -> bool {
        if self.is_cloud() { value["type"] == "doc" && value["version"] == 1 } else { value.is_string() }
    }

    pub fn edit(&mut self, key: &str, body: &Value) -> Answer {
        if self.find(key).is_none() {
            return Answer::missing();
        }
        if self.forbidden.contains("EDIT_ISSUES") {
            return Answer::refused(403, "You do not have permission to edit this issue.");
        }
        let given = body["fields"].as_object().cloned().unwrap_or_default();
        if let Err(answer) = self.check_fields(&given) {
            return answer;
        }
        let mut items = Vec::new();
        let issue = self.find_mut(key).expect("it was found");
        for (name, value) in &given {
            let value = full(name, value);
            let shown = value["name"].as_str().or(value["value"].as_str()).or(value.as_str()).map(str::to_owned);
            items.push(HistoryItem::new(name, shown.as_deref().map(|shown| id_of(name, shown)), shown.as_deref()));
            issue.fields.insert(name.clone(), value);
        }
        for change in body["update"]["labels"].as_array().into_iter().flatten() {
            if let Some(label) = change["add"].as_str() {
                let mut labels = issue.labels();
                if !labels.iter().any(|known| known == label) {
                    labels.push(label.to_owned());
                }
                items.push(HistoryItem::new("labels", Some(""), Some(&labels.join(" "))));
                issue.fields.insert("labels".to_owned(), json!(labels));
            }
        }
        let account = self.account.clone();
        self.note(key, &account, &items);
        Answer::none()
    }

    pub fn assign(&mut self, key: &str, body: &Value) -> Answer {
        if self.find(key).is_none() {
            return Answer::missing();
        }
        if self.forbidden.contains("ASSIGN_ISSUES") {
            return Answer::refused(403, "You do not have permission to assign issues.");
        }
        let account = account_of(body);
        if account.as_ref().is_some_and(|account| person_name(account).is_none()) {
            return Answer::wrong_field("assignee", "User does not exist.");
        }
        let us = self.account.clone();
        self.find_mut(key).expect("it was found").assignee.clone_from(&account);
        let name = account.as_deref().and_then(person_name);
        self.note(key, &us, &[HistoryItem::new("assignee", account.as_deref(), name)]);
        Answer::none()
    }

    pub fn transition(&mut self, key: &str, body: &Value) -> Answer {
        let Some(issue) = self.find(key) else { return Answer::missing() };
        if self.forbidden.contains("TRANSITION_ISSUES") {
            return Answer::refused(
                400,
                "It seems that you have tried to perform a workflow operation that is not valid.",
            );
        }
        // Some clients send a number.
        let id = &body["transition"]["id"];
        let id = id.as_str().map(str::to_owned).or_else(|| Some(id.as_u64()?.to_string())).unwrap_or_default();
        let possible = issue.project.workflow.from(&issue.status);
        let Some(transition) = possible.into_iter().find(|one| one.id == id) else {
            return Answer::refused(400, "Transition id is not valid for this issue.");
        };
        let given = body["fields"].as_object().cloned().unwrap_or_default();
        if transition.has_screen && !given.contains_key("resolution") {
            return Answer::wrong_field("resolution", "Resolution is required.");
        }
        if let Some(name) = given.keys().find(|name| *name != "resolution" || !transition.has_screen) {
            return Answer::wrong_field(name, "Field cannot be set. It is not on the appropriate screen, or unknown.");
        }
        if let Err(answer) = self.check_fields(&given) {
            return answer;
        }
        let issue = self.find_mut(key).expect("it was found");
        transition.to.clone_into(&mut issue.status);
        let mut items = vec![HistoryItem::new("status", Some(id_of("status", transition.to)), Some(transition.to))];
        for (name, value) in &given {
            let value = full(name, value);
            items.push(HistoryItem::new(name, value["id"].as_str(), value["name"].as_str()));
            issue.fields.insert(name.clone(), value);
        }
        let account = self.account.clone();
        self.note(key, &account, &items);
        Answer::none()
    }

    pub fn comment(&mut self, key: &str, body: &Value) -> Answer {
        if self.find(key).is_none() {
            return Answer::missing();
        }
        if self.forbidden.contains("ADD_COMMENTS") {
            return Answer::refused(403, "You do not have permission to comment on this issue.");
        }
        if !self.is_rich(&body["body"]) {
            return Answer::wrong_field("comment", "Comment body is not valid!");
        }
        let account = self.account.clone();
        let comment = self.add_comment(key, &account, body["body"].clone());
        comment.map_or_else(Answer::missing, Answer::created)
    }

    pub fn add_watcher(&mut self, key: &str, body: &Value) -> Answer {
        if self.find(key).is_none() {
            return Answer::missing();
        }
        match body.as_str() {
            Some(_) if self.forbidden.contains("MANAGE_WATCHERS") => {
                Answer::refused(403, "You do not have the permission to manage the watcher list.")
            }
            Some(account) if person_name(account).is_some() => {
                self.watch(key, account);
                Answer::none()
            }
            _ => Answer::refused(400, "The user does not exist."),
        }
    }

    pub fn remote_link(&mut self, key: &str, body: &Value) -> Answer {
        let (Some(url), Some(_)) = (body["object"]["url"].as_str(), body["object"]["title"].as_str()) else {
            return Answer::wrong_field("object", "A link needs a URL and a title.");
        };
        let global = body["globalId"].as_str().unwrap_or(url).to_owned();
        let id = self.next();
        let Some(issue) = self.find_mut(key) else { return Answer::missing() };
        let is_new = issue.remote_links.insert(global, body.clone()).is_none();
        let answer =
            json!({ "id": id, "self": format!("https://jira.example/rest/api/3/issue/{key}/remotelink/{id}") });
        if is_new { Answer::created(answer) } else { Answer::ok(answer) }
    }

    pub fn link(&mut self, body: &Value) -> Answer {
        if body["type"]["name"] != "Relates" {
            return Answer::refused(404, "No issue link type with name found.");
        }
        let key = |end: &str| {
            let end = &body[end];
            Some(self.find(end["id"].as_str().or(end["key"].as_str())?)?.key.clone())
        };
        let (Some(inward), Some(outward)) = (key("inwardIssue"), key("outwardIssue")) else { return Answer::missing() };
        let account = self.account.clone();
        let issue = self.find_mut(&inward).expect("it was found");
        if !issue.links.contains(&outward) {
            issue.links.push(outward.clone());
            let text = format!("This issue relates to {outward}");
            self.note(&inward, &account, &[HistoryItem::new("Link", Some(&outward), Some(&text))]);
        }
        Answer { status: 201, body: None }
    }
}

fn account_of(value: &Value) -> Option<String> {
    value["accountId"].as_str().or(value["name"].as_str()).or(value["id"].as_str()).map(str::to_owned)
}

/// A value with its id and its name, as Jira shows it.
fn full(name: &str, value: &Value) -> Value {
    let pick = |all: &[(&str, &str)], value: &Value, label: &str| {
        let found =
            all.iter().find(|(id, name)| value["id"] == *id || value["name"] == *name || value["value"] == *name);
        found.map_or_else(|| value.clone(), |(id, name)| json!({ "id": id, label: name }))
    };
    match name {
        "priority" => pick(&PRIORITIES, value, "name"),
        "resolution" => pick(&RESOLUTIONS, value, "name"),
        "customfield_10052" => pick(&CAUSES, value, "value"),
        "components" => value.as_array().into_iter().flatten().map(|one| pick(&COMPONENTS, one, "name")).collect(),
        _ => value.clone(),
    }
}
