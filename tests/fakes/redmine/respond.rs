//! Answers requests of the REST interface.

use std::collections::BTreeMap;

use chrono::DateTime;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{
    BOT, KEY, MARK_FIELD, PROJECT,
    state::{PRIORITIES, RedmineIssue, RedmineState, STATUSES},
};
use crate::fake_http::{Reaction, Received};

type Query = BTreeMap<String, String>;

/// Answers a request.
pub fn respond(state: &mut RedmineState, request: &Received) -> Reaction {
    if request.headers.get("x-redmine-api-key").map(String::as_str) != Some(KEY) {
        return Reaction::answer(401, "");
    }
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let parts: Vec<String> = path
        .trim_matches('/')
        .split('/')
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    if request.method == "GET" {
        return read(state, &parts, &fields_of(query));
    }
    match state.reactions.pop_front() {
        Some((reaction, carried_out)) => {
            if carried_out {
                write(state, request, &parts);
            }
            reaction
        }
        None => write(state, request, &parts),
    }
}

fn fields_of(query: &str) -> Query {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    query.split('&').filter_map(|field| field.split_once('=')).map(|(k, v)| (decode(k), decode(v))).collect()
}

fn named(list: &[(u64, &str)]) -> Vec<Value> {
    list.iter().map(|(id, name)| json!({"id": id, "name": name})).collect()
}

fn read(state: &RedmineState, parts: &[&str], query: &Query) -> Reaction {
    let body = match parts {
        ["users", "current.json"] => {
            let roles = json!([{"id": 3, "name": "Incident bot"}]);
            json!({"user": {
                "id": BOT, "login": "hotroom", "admin": state.is_admin, "firstname": "Hot", "lastname": "Room",
                "memberships": [{"id": 1, "project": {"id": 1, "name": "Shop"}, "roles": roles}],
            }})
        }
        ["roles", "3.json"] => json!({"role": {"id": 3, "name": "Incident bot", "permissions": state.permissions}}),
        ["issue_statuses.json"] => {
            let status = |(id, name, closed): &(u64, &str, bool)| json!({"id": id, "name": name, "is_closed": closed});
            json!({"issue_statuses": STATUSES.iter().map(status).collect::<Vec<_>>()})
        }
        ["enumerations", "issue_priorities.json"] => json!({"issue_priorities": named(&PRIORITIES)}),
        ["trackers.json"] => json!({"trackers": [
            {"id": 1, "name": "Bug", "default_status": {"id": 1, "name": "New"}},
            {"id": 3, "name": "Support", "default_status": {"id": 1, "name": "New"}},
        ]}),
        // The list of categories of its own is for those who manage them.
        ["projects", project] if *project == format!("{PROJECT}.json") => json!({"project": {
            "id": 1, "name": "Shop", "identifier": PROJECT, "trackers": [{"id": 3, "name": "Support"}],
            "issue_categories": [{"id": 8, "name": "checkout"}],
        }}),
        ["custom_fields.json"] if state.is_admin => {
            let field = |(id, name): (&u64, &String)| json!({"id": id, "name": name, "customized_type": "issue", "is_filter": *id != MARK_FIELD || state.is_filter});
            json!({"custom_fields": state.fields.iter().map(field).collect::<Vec<_>>()})
        }
        ["custom_fields.json"] => return Reaction::answer(403, ""),
        ["issues.json"] => list(state, query),
        ["issues", file] => match issue_of(state, file) {
            Some(issue) => json!({"issue": state.shown(issue, true)}),
            None => return Reaction::answer(404, ""),
        },
        _ => return Reaction::answer(404, ""),
    };
    Reaction::answer(200, body.to_string())
}

fn issue_of<'a>(state: &'a RedmineState, file: &str) -> Option<&'a RedmineIssue> {
    state.issue(file.strip_suffix(".json").unwrap_or(file).parse().ok()?)
}

fn list(state: &RedmineState, query: &Query) -> Value {
    let mut issues: Vec<&RedmineIssue> = state.issues.iter().collect();
    let is_closed = |issue: &RedmineIssue| STATUSES.iter().any(|(id, _, closed)| *id == issue.status && *closed);
    if query.get("status_id").map(String::as_str) != Some("*") {
        issues.retain(|issue| !is_closed(issue));
    }
    if let Some(mark) = query.get(&format!("cf_{MARK_FIELD}"))
        && state.is_filter
    {
        issues.retain(|issue| issue.fields.get(&MARK_FIELD) == Some(mark));
    }
    if let Some(since) = query.get("updated_on").and_then(|value| value.strip_prefix(">=")) {
        let since = DateTime::parse_from_rfc3339(since).expect("a time");
        issues.retain(|issue| issue.updated >= since);
    }
    if query.get("sort").map(String::as_str) == Some("updated_on") {
        issues.sort_by_key(|issue| issue.updated);
    }
    let number = |name: &str, usual| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (limit, offset) = (number("limit", 25), number("offset", 0));
    let total = issues.len();
    let shown: Vec<Value> =
        issues.into_iter().skip(offset).take(limit).map(|issue| state.shown(issue, false)).collect();
    json!({"issues": shown, "total_count": total, "offset": offset, "limit": limit})
}

fn write(state: &mut RedmineState, request: &Received, parts: &[&str]) -> Reaction {
    let body = request.json();
    match (request.method.as_str(), parts) {
        ("POST", ["issues.json"]) if !state.may("add_issues") => Reaction::answer(403, ""),
        ("POST", ["issues.json"]) => match state.create(BOT, &body["issue"]) {
            Ok(id) => {
                let issue = state.issue(id).expect("there");
                Reaction::answer(201, json!({"issue": state.shown(issue, false)}).to_string())
            }
            Err(errors) => Reaction::answer(422, json!({ "errors": errors }).to_string()),
        },
        ("PUT", ["issues", file]) => {
            let Some(id) = issue_of(state, file).map(|issue| issue.id) else { return Reaction::answer(404, "") };
            if let Some(error) = state.wrong(&body["issue"]) {
                return Reaction::answer(422, json!({"errors": [error]}).to_string());
            }
            state.set(id, BOT, &body["issue"]);
            done()
        }
        ("POST", ["issues", id, "watchers.json"]) => {
            let user = body["user_id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(0);
            let Some(id) = issue_of(state, id).map(|issue| issue.id) else { return Reaction::answer(404, "") };
            if !state.may("add_issue_watchers") {
                return Reaction::answer(403, "");
            }
            state.issue_mut(id).expect("there").watchers.push(user);
            done()
        }
        ("POST", ["issues", id, "relations.json"]) => {
            let other = body["relation"]["issue_to_id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(0);
            let Some(id) = issue_of(state, id).map(|issue| issue.id) else { return Reaction::answer(404, "") };
            if state.issue(other).is_none() {
                return Reaction::answer(422, json!({"errors": ["Related issue cannot be blank"]}).to_string());
            }
            state.issue_mut(id).expect("there").relations.push(other);
            Reaction::answer(201, json!({"relation": {"id": 1, "issue_id": id, "issue_to_id": other}}).to_string())
        }
        _ => Reaction::answer(404, ""),
    }
}

fn done() -> Reaction {
    Reaction::Answer { status: 204, headers: Vec::new(), body: Vec::new() }
}
