//! Every request of the client, judged by Atlassian's description of the API and of rich text, and by rules that the
//! description leaves out.

use std::collections::BTreeMap;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::{Rig, draft, mark};
use crate::{
    domain::{
        severity::Severity,
        tracker::{IssueChange, IssueField, TrackerAccount},
    },
    fake_http::Received,
    fake_jira::{ANN, Flavor},
    shared_files::shared,
    tracker::IssueTracker,
};

/// Makes a request of each kind.
async fn every_request() -> Vec<Received> {
    let rig = Rig::start(Flavor::Cloud).await;
    let field = |field: &str, value: &str| IssueField { field: field.to_owned(), value: value.to_owned() };
    let mut full = draft("OPS");
    full.description = "# Impact\n> quoted\n\n1. one\n2. two `code`\n\n```sh\nreboot\n```\n- **bold** _it_ ~~no~~ https://a.example/x\n\n---".to_owned();
    full.assignee = Some(TrackerAccount(ANN.to_owned()));
    full.reporter = Some(TrackerAccount(ANN.to_owned()));
    full.fields = vec![field("Impact", "All of **it**"), field("Cause", "Bug"), field("Customers affected", "3")];
    let issue = rig.create(&full).await;
    let desk = rig.create(&draft("SD")).await;
    let changes = [
        IssueChange::Move { to: "Done".to_owned(), fields: vec![field("Cause", "Change")] },
        IssueChange::Assign(Some(TrackerAccount(ANN.to_owned()))),
        IssueChange::Assign(None),
        IssueChange::Rename("Payments".to_owned()),
        IssueChange::SetSeverity(Severity::Sev2),
        IssueChange::Fill(vec![field("Impact", "None")]),
        IssueChange::Comment("*Hello* {panel}".to_owned()),
        IssueChange::Watch(TrackerAccount(ANN.to_owned())),
        IssueChange::Mark(mark()),
        IssueChange::LinkRoom { url: "https://hot.example.com/r".to_owned(), title: "#ops-1".to_owned() },
        IssueChange::LinkIssue(desk),
    ];
    for change in changes {
        rig.change(&issue, change).await.expect("a change");
    }
    rig.client.read(&rig.http, &issue.id).await.expect("an answer");
    rig.client.find(&rig.http, "OPS", &mark()).await.expect("an answer");
    rig.jira.advance(10);
    rig.client.changed_since(&rig.http, chrono::DateTime::UNIX_EPOCH).await.expect("an answer");
    rig.client.probe(&rig.http, Some("https://hot.example.com/hooks/jira")).await;
    rig.jira.http.received()
}

/// Atlassian's descriptions.
struct Judge {
    api: Value,
    rich_text: Validator,
    validators: BTreeMap<String, Option<Validator>>,
}

impl Judge {
    fn new() -> Option<Self> {
        let (api, rich) = (shared("specs/jira-platform-v3.json")?, shared("specs/atlassian-adf-v1-full.schema.json")?);
        let mut api: Value = serde_json::from_str(&api).expect("JSON");
        allow_null(&mut api);
        let rich: Value = serde_json::from_str(&rich).expect("JSON");
        let rich_text = jsonschema::validator_for(&rich).expect("a schema");
        Some(Self { api, rich_text, validators: BTreeMap::new() })
    }

    /// What is wrong with a request.
    fn violations(&mut self, request: &Received) -> Vec<String> {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let method = request.method.to_lowercase();
        let Some(template) = template(&self.api["paths"], path, &method) else {
            return vec![format!("{} {path} is not described", request.method)];
        };
        let operation = self.api["paths"][&template][&method].clone();
        let mut found = Vec::new();
        for name in query.split('&').filter_map(|pair| pair.split('=').next()).filter(|name| !name.is_empty()) {
            let known = operation["parameters"].as_array().into_iter().flatten();
            if !known.clone().any(|parameter| parameter["in"] == "query" && parameter["name"] == name) {
                found.push(format!("{template}: no parameter {name}"));
            }
        }
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if request.method != "GET" && !schema.is_null() {
            let components = self.api["components"].clone();
            let validator = self.validators.entry(format!("{method} {template}")).or_insert_with(|| {
                let schema = json!({ "allOf": [schema], "components": components });
                Some(jsonschema::validator_for(&schema).expect("a schema"))
            });
            let body = request.json();
            let errors = validator.iter().flat_map(|validator| validator.iter_errors(&body));
            found.extend(errors.map(|error| format!("{template}{}: {error}", error.instance_path())));
        }
        found.extend(self.undescribed(&template, request));
        found
    }

    /// Rich text, and what a new issue must have.
    fn undescribed(&self, template: &str, request: &Received) -> Vec<String> {
        let mut found = Vec::new();
        let body = request.json();
        let rich = [&body["body"], &body["fields"]["description"], &body["fields"]["customfield_10050"]];
        for text in rich.into_iter().filter(|text| !text.is_null()) {
            found.extend(self.rich_text.iter_errors(text).map(|error| format!("{template}: {error} in {text}")));
        }
        if request.method == "POST" && template == "/rest/api/3/issue" {
            for needed in ["project", "issuetype", "summary", "labels"] {
                if body["fields"][needed].is_null() {
                    found.push(format!("a new issue without {needed}"));
                }
            }
        }
        if template.ends_with("/transitions") && request.method == "POST" && !body["transition"]["id"].is_string() {
            found.push("the id of a transition is a string".to_owned());
        }
        found
    }
}

/// The template of a path: the one with the most parts that are the same.
fn template(paths: &Value, path: &str, method: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let literal = |template: &str| -> Option<usize> {
        let known: Vec<&str> = template.split('/').collect();
        let fits = known.len() == parts.len()
            && known.iter().zip(&parts).all(|(known, part)| known.starts_with('{') || known == part);
        fits.then(|| known.iter().filter(|known| !known.starts_with('{')).count())
    };
    let all = paths.as_object().into_iter().flatten().filter(|(_, methods)| methods.get(method).is_some());
    all.filter_map(|(template, _)| Some((literal(template)?, template.clone()))).max().map(|(_, template)| template)
}

/// Rewrites `nullable` of OpenAPI 3.0 as JSON Schema has it.
fn allow_null(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            let kind = object.get("type").and_then(Value::as_str).map(str::to_owned);
            if let (Some(kind), Some(true)) = (kind, object.get("nullable").and_then(Value::as_bool)) {
                object.insert("type".to_owned(), json!([kind, "null"]));
            }
            object.values_mut().for_each(allow_null);
        }
        Value::Array(all) => all.iter_mut().for_each(allow_null),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn every_request_is_as_atlassian_describes_it() {
    let requests = every_request().await;
    let Some(mut judge) = Judge::new() else { return };
    // The webhooks of the administration are not part of the platform's description.
    let judged: Vec<&Received> = requests.iter().filter(|request| request.path.starts_with("/rest/api/")).collect();
    assert!(judged.len() > 40, "{}", judged.len());
    let found: Vec<String> = judged.into_iter().flat_map(|request| judge.violations(request)).collect();
    // An assignee is set by a body of the user's description, whose account id must not be null to unassign; Jira's text says
    // that it may be.
    let found: Vec<&String> =
        found.iter().filter(|what| !(what.contains("/assignee") && what.contains("null is not of type"))).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test]
async fn the_judge_refuses_what_is_wrong() {
    let Some(mut judge) = Judge::new() else { return };
    let mut request = |method: &str, path: &str, body: Value| {
        let received = Received {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: BTreeMap::new(),
            body: body.to_string().into_bytes(),
        };
        judge.violations(&received)
    };
    let doc = |content: Value| json!({ "type": "doc", "version": 1, "content": content });
    assert!(!request("POST", "/rest/api/3/issue", json!({ "fields": Map::new() })).is_empty());
    assert!(!request("POST", "/rest/api/3/issue/A-1/transitions", json!({ "transition": { "id": 31 } })).is_empty());
    assert!(!request("POST", "/rest/api/3/issue/A-1/comment", json!({ "body": "text" })).is_empty());
    let bare = doc(json!([{ "type": "text", "text": "x" }]));
    assert!(!request("POST", "/rest/api/3/issue/A-1/comment", json!({ "body": bare })).is_empty());
    assert!(!request("GET", "/rest/api/3/search/jql?jq=x", Value::Null).is_empty());
    assert!(!request("GET", "/rest/api/3/nothing", Value::Null).is_empty());
    let good = doc(json!([{ "type": "paragraph", "content": [{ "type": "text", "text": "x" }] }]));
    assert_eq!(request("POST", "/rest/api/3/issue/A-1/comment", json!({ "body": good })), [""; 0]);
}
