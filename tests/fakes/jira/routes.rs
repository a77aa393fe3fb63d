//! The paths of the fake Jira.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    answers::field_json,
    catalog::{FakeProject, MAIL, TOKEN, fields, person_name, project},
    limits::refusal,
    state::JiraState,
};
use crate::fake_http::{Reaction, Received};

/// An answer.
pub struct Answer {
    pub status: u16,
    pub body: Option<Value>,
}

impl Answer {
    pub fn ok(body: Value) -> Self {
        Self { status: 200, body: Some(body) }
    }

    pub fn created(body: Value) -> Self {
        Self { status: 201, body: Some(body) }
    }

    pub fn none() -> Self {
        Self { status: 204, body: None }
    }

    /// A refusal with a message.
    pub fn refused(status: u16, message: &str) -> Self {
        Self { status, body: Some(json!({ "errorMessages": [message], "errors": {} })) }
    }

    /// A refusal that names a field.
    pub fn wrong_field(field: &str, message: &str) -> Self {
        Self { status: 400, body: Some(json!({ "errorMessages": [], "errors": { field: message } })) }
    }

    pub fn missing() -> Self {
        Self::refused(404, "Issue does not exist or you do not have permission to see it.")
    }

    fn reaction(self) -> Reaction {
        let body = self.body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        Reaction::answer(self.status, body)
    }
}

/// A request, split.
pub struct Call<'r> {
    pub method: &'r str,
    /// The parts of the path after the version.
    pub path: Vec<String>,
    pub query: BTreeMap<String, String>,
    pub body: Value,
}

impl Call<'_> {
    pub fn query(&self, name: &str) -> &str {
        self.query.get(name).map(String::as_str).unwrap_or_default()
    }

    pub fn number(&self, name: &str, otherwise: usize) -> usize {
        self.query(name).parse().unwrap_or(otherwise)
    }
}

/// Answers a request.
pub fn respond(state: &mut JiraState, request: &Received) -> Reaction {
    if let Some(status) = state.down {
        return Reaction::answer(status, Vec::new());
    }
    if let Some(refusal) = state.limits.as_mut().and_then(|limits| limits.count(request)) {
        return refusal;
    }
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let query = hotroom::net::decode_form(query.as_bytes()).unwrap_or_default().into_iter().collect();
    if !is_known(state, request) {
        return Answer::refused(401, "Client must be authenticated to access this resource.").reaction();
    }
    let version = if state.is_cloud() { "/rest/api/3/" } else { "/rest/api/2/" };
    let Some(rest) = path.strip_prefix(version) else {
        if let Some(rest) = path.strip_prefix("/rest/agile/1.0/board/") {
            let call = Call { method: &request.method, path: Vec::new(), query, body: Value::Null };
            return state.agile(rest, &call).reaction();
        }
        return outside_the_platform(state, path).reaction();
    };
    let part = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
    let call = Call { method: &request.method, path: rest.split('/').map(part).collect(), query, body: request.json() };
    if request.method == "GET" {
        if request.path.contains("expand=changelog") && std::mem::take(&mut state.history_is_limited) {
            return refusal("jira-burst-based", 0);
        }
        return read(state, &call).reaction();
    }
    match state.reactions.pop_front() {
        Some((reaction, false)) => reaction,
        Some((reaction, true)) => {
            write(state, &call);
            reaction
        }
        None => write(state, &call).reaction(),
    }
}

fn is_known(state: &JiraState, request: &Received) -> bool {
    let basic = format!("Basic {}", STANDARD.encode(format!("{MAIL}:{TOKEN}")));
    let given = request.headers.get("authorization");
    state.token_is_good && given.is_some_and(|given| *given == basic || *given == format!("Bearer {TOKEN}"))
}

/// The webhooks of the administration.
fn outside_the_platform(state: &JiraState, path: &str) -> Answer {
    if !matches!(path, "/rest/webhooks/1.0/webhook" | "/rest/jira-webhook/1.0/webhooks") {
        return Answer::refused(404, "There is no such resource.");
    }
    if state.forbidden.contains("ADMINISTER") {
        return Answer::refused(403, "You do not have permission to view webhooks.");
    }
    let events = [
        "jira:issue_created",
        "jira:issue_updated",
        "jira:issue_deleted",
        "comment_created",
        "comment_updated",
        "comment_deleted",
    ];
    let hook = |url: &String| json!({ "name": "hotroom", "url": url, "events": events, "enabled": true });
    Answer::ok(state.hook_url.iter().map(hook).collect())
}

fn read(state: &JiraState, call: &Call<'_>) -> Answer {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["myself"] => Answer::ok(state.person(&state.account)),
        ["serverInfo"] => Answer::ok(server_info(state)),
        ["mypermissions"] => permissions(state, call),
        ["user", "search"] => Answer::ok(people_named(state, call.query("username"))),
        ["field"] => Answer::ok(all_fields()),
        ["issueLinkType"] => Answer::ok(link_types(state)),
        ["project", key] => project(key).map_or_else(no_project, |project| Answer::ok(project_json(state, project))),
        ["project", key, "statuses"] => project(key).map_or_else(no_project, |project| statuses(state, project)),
        ["search"] if state.is_cloud() => Answer::refused(410, "The requested API has been removed."),
        ["search"] => state.search(call),
        ["search", "jql"] if state.is_cloud() => state.search(call),
        ["issue", "createmeta", key, "issuetypes"] => project(key)
            .map_or_else(no_project, |_| Answer::ok(page(state, "issueTypes", vec![state.type_json("Incident")]))),
        ["issue", "createmeta", _, "issuetypes", _] => {
            Answer::ok(page(state, "fields", state.screen().into_iter().map(field_json).collect()))
        }
        ["issue", key, rest @ ..] => read_issue(state, call, key, rest),
        _ => Answer::refused(404, "There is no such resource."),
    }
}

fn read_issue(state: &JiraState, call: &Call<'_>, key: &str, rest: &[&str]) -> Answer {
    let Some(issue) = state.find(key) else { return Answer::missing() };
    match rest {
        [] => {
            let wanted = call.query.get("fields").map(String::as_str);
            Answer::ok(state.chosen(issue, wanted, call.query("expand")))
        }
        ["comment"] => Answer::ok(state.comments_json(issue, call.number("startAt", 0), call.number("maxResults", 50))),
        ["watchers"] if state.forbidden.contains("VIEW_VOTERS_AND_WATCHERS") => {
            Answer::refused(403, "You do not have the permission to see the watchers.")
        }
        ["watchers"] => Answer::ok(state.watchers_json(issue)),
        ["transitions"] => {
            let with_fields = call.query("expand").contains("transitions.fields");
            let possible = issue.project.workflow.from(&issue.status);
            let shown: Vec<Value> = possible.iter().map(|one| state.transition_json(one, with_fields)).collect();
            Answer::ok(json!({ "expand": "transitions", "transitions": shown }))
        }
        ["editmeta"] => {
            let screen = state.screen().into_iter().filter(|field| !matches!(field.id, "project" | "issuetype"));
            let fields =
                screen.map(|field| (field.id.to_owned(), field_json(field))).collect::<serde_json::Map<_, _>>();
            Answer::ok(json!({ "fields": fields }))
        }
        ["remotelink"] => Answer::ok(issue.remote_links.values().cloned().collect()),
        _ => Answer::refused(404, "There is no such resource."),
    }
}

fn write(state: &mut JiraState, call: &Call<'_>) -> Answer {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match (call.method, path.as_slice()) {
        ("POST", ["issue"]) => state.create(&call.body),
        ("POST", ["issueLink"]) => state.link(&call.body),
        ("PUT", ["issue", key]) => state.edit(key, &call.body),
        ("PUT", ["issue", key, "assignee"]) => state.assign(key, &call.body),
        ("POST", ["issue", key, "transitions"]) => state.transition(key, &call.body),
        ("POST", ["issue", key, "comment"]) => state.comment(key, &call.body),
        ("POST", ["issue", key, "watchers"]) => state.add_watcher(key, &call.body),
        ("POST", ["issue", key, "remotelink"]) => state.remote_link(key, &call.body),
        ("DELETE", ["issue", key]) => {
            let account = state.account.clone();
            state.person_deletes(&account, key);
            Answer::none()
        }
        _ => Answer::refused(405, "Method not allowed."),
    }
}

/// Everybody whose account it is: a search by user name, of Data Center.
fn people_named(state: &JiraState, account: &str) -> Value {
    person_name(account).map(|_| state.person(account)).into_iter().collect()
}

fn all_fields() -> Value {
    let one = |field: super::catalog::FakeField| {
        json!({
            "id": field.id, "key": field.id, "name": field.name, "custom": field.id.starts_with("custom"),
            "orderable": true, "navigable": true, "searchable": true, "clauseNames": [field.id], "schema": field.schema,
        })
    };
    fields().into_iter().map(one).collect()
}

fn link_types(state: &JiraState) -> Value {
    let url = format!("{}/rest/api/2/issueLinkType/10000", state.url);
    let kind =
        json!({ "id": "10000", "name": "Relates", "inward": "relates to", "outward": "relates to", "self": url });
    json!({ "issueLinkTypes": [kind] })
}

fn no_project() -> Answer {
    Answer::refused(404, "No project could be found with that key.")
}

fn server_info(state: &JiraState) -> Value {
    let kind = if state.is_cloud() { "Cloud" } else { "Server" };
    json!({
        "baseUrl": state.url, "version": if state.is_cloud() { "1001.0.0-SNAPSHOT" } else { "9.12.0" },
        "versionNumbers": [9, 12, 0], "deploymentType": kind, "buildNumber": 912_000,
        "buildDate": "2025-01-01T00:00:00.000+0000", "serverTime": state.time(state.now), "scmInfo": "x",
        "serverTitle": "Jira",
    })
}

fn permissions(state: &JiraState, call: &Call<'_>) -> Answer {
    if project(call.query("projectKey")).is_none() {
        return no_project();
    }
    let one = |(number, key): (usize, &str)| {
        let has = !state.forbidden.contains(key);
        let body = json!({
            "id": number.to_string(), "key": key, "name": key, "type": "PROJECT", "description": "", "havePermission": has,
        });
        (key.to_owned(), body)
    };
    let all: serde_json::Map<String, Value> = call.query("permissions").split(',').enumerate().map(one).collect();
    Answer::ok(json!({ "permissions": all }))
}

fn project_json(state: &JiraState, project: FakeProject) -> Value {
    json!({
        "self": format!("{}/rest/api/2/project/{}", state.url, project.id), "id": project.id, "key": project.key,
        "name": project.key, "description": "", "issueTypes": [state.type_json("Incident")], "projectTypeKey": "software",
    })
}

fn statuses(state: &JiraState, project: FakeProject) -> Answer {
    let statuses: Vec<Value> = project.workflow.statuses().iter().map(|name| state.status_json(name)).collect();
    let mut kind = state.type_json("Incident");
    kind["statuses"] = json!(statuses);
    Answer::ok(json!([kind]))
}

/// A page of a list. Data Center calls every list `values`.
fn page(state: &JiraState, name: &str, all: Vec<Value>) -> Value {
    let name = if state.is_cloud() { name } else { "values" };
    let mut page = json!({ "startAt": 0, "maxResults": 200, "total": all.len() });
    page[name] = json!(all);
    page
}
